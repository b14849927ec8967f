#include "services/common/text/quote.h"

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"

#include "services/common/text/utf8.h"

namespace assay::text {
namespace {

// The longest prefix within the limit that does not end inside a character.
absl::string_view Cut(absl::string_view value) {
  std::size_t size = kMaxQuotedBytes;
  while (size > 0 && (static_cast<unsigned char>(value[size]) & 0xC0) == 0x80) --size;
  return value.substr(0, size);
}

std::string Escape(absl::string_view value) {
  return IsValidUtf8(value) ? absl::Utf8SafeCHexEscape(value) : absl::CHexEscape(value);
}

}  // namespace

std::string Quoted(absl::string_view value) {
  if (value.size() <= kMaxQuotedBytes) return absl::StrCat("\"", Escape(value), "\"");
  return absl::StrCat("\"", Escape(Cut(value)), "...\" (", value.size(), " bytes)");
}

}  // namespace assay::text
