#include "services/common/version/keys.h"

#include <string>

#include "absl/strings/ascii.h"
#include "absl/strings/str_replace.h"

namespace assay::version {

std::string FoldCase(absl::string_view text) {
  return absl::AsciiStrToLower(
      absl::StrReplaceAll(absl::StripAsciiWhitespace(text), {{"\u2019", "'"}, {"\u2018", "'"}}));
}

std::string FoldSector(absl::string_view text) {
  return absl::StrReplaceAll(FoldCase(text), {{"-", " "}, {"_", " "}});
}

}  // namespace assay::version
