#pragma once

// Page tokens: opaque, bound to the query they continue, and noticed when they are not ours.
//
// A token is base64url (no padding) of: version byte 1, the first 8 bytes of the query's
// fingerprint, the cursor, and the first 4 bytes of SHA-256 over all of that. It guards against
// mistakes, not against forgery: a cursor must never reach what its caller may not read.
//
// Thread safety: pure. Cost: one or two SHA-256 of a short text, about a microsecond.

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

#include "services/common/errors/violations.h"

namespace assay::paging {

// A cursor holds the place a listing stopped at, in the lister's own bytes.
inline constexpr std::size_t kMaxCursorBytes = 1024;

// The longest token, in characters.
inline constexpr std::size_t kMaxTokenBytes = 1383;

// What a listing asked for: the method and every argument but page size and page token.
class QueryFingerprint {
 public:
  // `method` as "RatingService.ListRatings"; `query` the canonical bytes of the other arguments
  // (digest::CanonicalEncode of the request with page_size and page_token cleared).
  static QueryFingerprint Of(absl::string_view method, absl::string_view query);

  // Eight bytes; the view lives as long as this value.
  absl::string_view bytes() const { return absl::string_view(bytes_.data(), bytes_.size()); }

 private:
  std::array<char, 8> bytes_{};
};

// The token for `cursor`, which is at most kMaxCursorBytes (longer is INVALID_ARGUMENT: a fault of
// the lister). An empty cursor is a cursor like any other; the last page has no token at all.
absl::StatusOr<std::string> EncodePageToken(const QueryFingerprint& query,
                                            absl::string_view cursor);

// The cursor of a token that continues `query`. INVALID_ARGUMENT: TOKEN_MALFORMED for what is not a
// whole token of this service, PAGE_TOKEN_MISMATCH for a token of another query. The empty token,
// which asks for the first page, is the caller's to look at before.
absl::StatusOr<std::string> DecodePageToken(absl::string_view token, const QueryFingerprint& query);

// A method's page sizes, in entries. Both at least 1, the default not above the maximum.
struct PageSizeLimits {
  std::int32_t default_size;
  std::int32_t max_size;
};

// The size to use: the default for 0, the maximum for more. A negative one is noted in `bad` under
// `page_size`, and the default returned.
std::int32_t ResolvePageSize(std::int32_t requested, const PageSizeLimits& limits,
                             errors::Violations& bad);

}  // namespace assay::paging
