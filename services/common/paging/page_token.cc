#include "services/common/paging/page_token.h"

#include <algorithm>

#include "absl/status/status.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"

#include "services/common/digest/digest.h"
#include "services/common/errors/errors.h"

namespace assay::paging {
namespace {

constexpr char kVersion = 1;
constexpr std::size_t kFingerprintBytes = 8;
constexpr std::size_t kChecksumBytes = 4;
constexpr std::size_t kOverheadBytes = 1 + kFingerprintBytes + kChecksumBytes;
static_assert((kMaxCursorBytes + kOverheadBytes) * 4 <= kMaxTokenBytes * 3);

constexpr absl::string_view kField = "page_token";

std::string Checksum(absl::string_view bytes) {
  return std::string(digest::Sha256(bytes).bytes().substr(0, kChecksumBytes));
}

// The bytes of a token that decodes, encodes back to itself and carries its checksum.
bool Unwrap(absl::string_view token, std::string& bytes) {
  if (token.size() > kMaxTokenBytes || !absl::WebSafeBase64Unescape(token, &bytes)) return false;
  // Padding, blanks and stray low bits would decode as well; one token has one spelling.
  if (bytes.size() < kOverheadBytes || absl::WebSafeBase64Escape(bytes) != token) return false;
  const std::size_t body = bytes.size() - kChecksumBytes;
  if (absl::string_view(bytes).substr(body) != Checksum(absl::string_view(bytes).substr(0, body))) {
    return false;
  }
  bytes.resize(body);
  return bytes[0] == kVersion;
}

}  // namespace

QueryFingerprint QueryFingerprint::Of(absl::string_view method, absl::string_view query) {
  digest::Sha256Stream stream;
  stream.Update(method).Update(absl::string_view("\0", 1)).Update(query);
  const digest::Digest digest = stream.Finish();
  QueryFingerprint fingerprint;
  std::copy_n(digest.bytes().begin(), kFingerprintBytes, fingerprint.bytes_.begin());
  return fingerprint;
}

absl::StatusOr<std::string> EncodePageToken(const QueryFingerprint& query,
                                            absl::string_view cursor) {
  if (cursor.size() > kMaxCursorBytes) {
    return absl::InvalidArgumentError(absl::StrCat("got a page cursor of ", cursor.size(),
                                                   " bytes, want at most ", kMaxCursorBytes));
  }
  std::string bytes = absl::StrCat(absl::string_view(&kVersion, 1), query.bytes(), cursor);
  bytes += Checksum(bytes);
  return absl::WebSafeBase64Escape(bytes);
}

absl::StatusOr<std::string> DecodePageToken(absl::string_view token,
                                            const QueryFingerprint& query) {
  std::string bytes;
  if (!Unwrap(token, bytes)) return errors::MalformedToken(kField);
  if (absl::string_view(bytes).substr(1, kFingerprintBytes) != query.bytes()) {
    return errors::PageTokenMismatch("");
  }
  return bytes.substr(1 + kFingerprintBytes);
}

std::int32_t ResolvePageSize(std::int32_t requested, const PageSizeLimits& limits,
                             errors::Violations& bad) {
  if (requested < 0) {
    bad.Add(
        "page_size", requested,
        absl::StrCat("0 for the default of ", limits.default_size, ", or 1 to ", limits.max_size));
  }
  if (requested <= 0) return limits.default_size;
  return std::min(requested, limits.max_size);
}

}  // namespace assay::paging
