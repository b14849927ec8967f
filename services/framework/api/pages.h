#pragma once

// Paging through lists that are in memory, in their own order.
//
// A page token holds the key of the page's last entry, so that it stays right where entries were
// added meanwhile; it is bound to the method and every other argument of the request.
//
// Thread safety: pure. Cost: linear in the list.

#include <cstddef>
#include <string>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

#include "services/common/digest/canonical.h"
#include "services/common/errors/errors.h"
#include "services/common/paging/page_token.h"

namespace assay::framework {

// Entries `begin` up to, without, `end`, and the token of what follows (empty: nothing does).
struct Page {
  std::size_t begin = 0;
  std::size_t end = 0;
  std::string next_page_token;
};

// The page of `count` entries that continues `query` by `token`. INVALID_ARGUMENT for a token that
// is malformed, belongs to another query, or names an entry that is gone.
absl::StatusOr<Page> PageOf(const paging::QueryFingerprint& query, absl::string_view token,
                            std::size_t page_size, std::size_t count,
                            absl::FunctionRef<std::string(std::size_t)> key_of);

// What a list request asks for, its paging left aside. INVALID_ARGUMENT for text that is not UTF-8.
template <class Request>
absl::StatusOr<paging::QueryFingerprint> FingerprintOf(absl::string_view method, Request request) {
  request.clear_page_size();
  request.clear_page_token();
  const absl::StatusOr<std::string> bytes = digest::CanonicalEncode(request);
  if (!bytes.ok()) return errors::Internal(method, bytes.status().message());
  return paging::QueryFingerprint::Of(method, *bytes);
}

}  // namespace assay::framework
