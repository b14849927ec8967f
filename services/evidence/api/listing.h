#pragma once

// Pages of lists: what is common to their requests.
//
// Thread safety: pure. Cost: one digest of the request.

#include <cstddef>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

#include "services/common/errors/violations.h"
#include "services/common/paging/page_token.h"
#include "services/evidence/core/fingerprint.h"
#include "services/evidence/core/limits.h"

namespace assay::evidence {

// Where a list goes on, and how far.
struct Page {
  paging::QueryFingerprint query;
  // Empty: from the start.
  std::string cursor;
  size_t size = 0;
};

// The page that a request asks for. Wrong sizes are noted in `bad`, a wrong token is the status.
template <typename Request>
absl::StatusOr<Page> PageOf(absl::string_view method, const Request& request,
                            errors::Violations& bad) {
  Page page;
  Request query = request;
  query.clear_page_size();
  query.clear_page_token();
  page.query = paging::QueryFingerprint::Of(method, StableBytes(query));
  page.size = static_cast<size_t>(
      paging::ResolvePageSize(request.page_size(), {kDefaultPage, kMaxPage}, bad));
  if (request.page_token().empty()) return page;
  absl::StatusOr<std::string> cursor = paging::DecodePageToken(request.page_token(), page.query);
  if (!cursor.ok()) return cursor.status();
  page.cursor = *std::move(cursor);
  return page;
}

}  // namespace assay::evidence
