#include "services/common/text/spelling.h"

#include <string>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"

namespace assay::text {
namespace {

// Calls `use` with each character in lower case, and with plain apostrophes.
template <class Use>
std::string Folded(absl::string_view text, Use use) {
  std::string folded;
  folded.reserve(text.size());
  while (!text.empty()) {
    if (text.front() == '\xE2' &&
        (absl::StartsWith(text, "\u2019") || absl::StartsWith(text, "\u2018"))) {
      text.remove_prefix(3);
      folded.push_back('\'');
      continue;
    }
    use(absl::ascii_tolower(static_cast<unsigned char>(text.front())), folded);
    text.remove_prefix(1);
  }
  return folded;
}

}  // namespace

std::string FoldCase(absl::string_view text) {
  return Folded(absl::StripAsciiWhitespace(text),
                [](char c, std::string& folded) { folded.push_back(c); });
}

std::string FoldGroup(absl::string_view text) {
  return Folded(absl::StripAsciiWhitespace(text),
                [](char c, std::string& folded) { folded.push_back(c == '_' ? '-' : c); });
}

std::string FoldSector(absl::string_view text) {
  return Folded(text, [](char c, std::string& folded) {
    const bool between = c == '-' || c == '_' || absl::ascii_isspace(static_cast<unsigned char>(c));
    if (!between) folded.push_back(c);
  });
}

}  // namespace assay::text
