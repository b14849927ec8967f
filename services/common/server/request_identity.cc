#include "services/common/server/request_identity.h"

#include <cstddef>
#include <cstdint>

#include "absl/random/random.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"

namespace assay::server {
namespace {

constexpr size_t kMaxRequestIdBytes = 128;
constexpr size_t kTraceIdDigits = 32;
constexpr size_t kSpanIdDigits = 16;
// version "-" trace id "-" span id "-" flags
constexpr size_t kTraceparentBytes = 2 + 1 + kTraceIdDigits + 1 + kSpanIdDigits + 1 + 2;

bool IsRequestId(absl::string_view id) {
  if (id.empty() || id.size() > kMaxRequestIdBytes) return false;
  for (const char c : id) {
    if (!absl::ascii_isalnum(static_cast<unsigned char>(c)) && c != '.' && c != '_' && c != ':' &&
        c != '-') {
      return false;
    }
  }
  return true;
}

bool IsLowerHex(absl::string_view digits) {
  for (const char c : digits) {
    if (!(c >= '0' && c <= '9') && !(c >= 'a' && c <= 'f')) return false;
  }
  return true;
}

bool IsAllZero(absl::string_view digits) {
  return digits.find_first_not_of('0') == absl::string_view::npos;
}

std::string RandomHex16() {
  thread_local absl::BitGen generator;
  // Never zero: an all-zero id is invalid in W3C Trace Context.
  const uint64_t bits = absl::Uniform<uint64_t>(absl::IntervalClosed, generator, 1, UINT64_MAX);
  return absl::StrCat(absl::Hex(bits, absl::kZeroPad16));
}

// Fills the trace part from a `traceparent`; false where it is not well formed. Versions above 00
// may carry more fields after the flags, which are ignored as the specification asks.
bool ParseTraceparent(absl::string_view text, RequestIdentity* identity) {
  if (text.size() < kTraceparentBytes || text[2] != '-' || text[35] != '-' || text[52] != '-') {
    return false;
  }
  const absl::string_view version = text.substr(0, 2);
  const absl::string_view trace_id = text.substr(3, kTraceIdDigits);
  const absl::string_view span_id = text.substr(36, kSpanIdDigits);
  const absl::string_view flags = text.substr(53, 2);
  if (!IsLowerHex(version) || !IsLowerHex(trace_id) || !IsLowerHex(span_id) || !IsLowerHex(flags)) {
    return false;
  }
  if (version == "ff" || IsAllZero(trace_id) || IsAllZero(span_id)) return false;
  if (version == "00" && text.size() != kTraceparentBytes) return false;
  if (text.size() > kTraceparentBytes && text[kTraceparentBytes] != '-') return false;
  identity->trace_id = std::string(trace_id);
  identity->parent_span_id = std::string(span_id);
  // The lowest bit of the last digit says "sampled".
  const char last = flags[1];
  identity->sampled = ((last <= '9' ? last - '0' : last - 'a' + 10) & 1) != 0;
  return true;
}

}  // namespace

RequestIdentity IdentifyRequest(absl::string_view request_id, absl::string_view traceparent) {
  RequestIdentity identity;
  identity.request_id = IsRequestId(request_id) ? std::string(request_id) : NewRequestId();
  if (!ParseTraceparent(traceparent, &identity)) {
    identity.trace_id = absl::StrCat(RandomHex16(), RandomHex16());
  }
  return identity;
}

std::string NewRequestId() { return absl::StrCat(RandomHex16(), RandomHex16()); }

std::string ChildTraceparent(const RequestIdentity& identity) {
  return absl::StrCat("00-", identity.trace_id, "-", RandomHex16(), "-",
                      identity.sampled ? "01" : "00");
}

}  // namespace assay::server
