#include "services/common/version/finding.h"

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"

#include "services/common/text/quote.h"

namespace assay::version {

std::string Diagnostic::ToString() const {
  std::string result = file;
  if (line > 0) absl::StrAppend(&result, ":", line, ":", column);
  if (!result.empty()) absl::StrAppend(&result, ": ");
  if (!field.empty()) absl::StrAppend(&result, field, ": ");
  return absl::StrCat(result, message);
}

std::string JoinDiagnostics(const std::vector<Diagnostic>& diagnostics, std::size_t limit) {
  std::string result;
  for (std::size_t i = 0; i < diagnostics.size() && i < limit; ++i) {
    if (i > 0) result += '\n';
    result += diagnostics[i].ToString();
  }
  if (diagnostics.size() > limit) {
    absl::StrAppend(&result, "\nand ", diagnostics.size() - limit, " more");
  }
  return result;
}

void Findings::Add(absl::string_view field, absl::string_view got, absl::string_view want) {
  AddAs(model::check::kFieldInvalid, field, got, want);
}

void Findings::AddText(absl::string_view field, absl::string_view message) {
  AddTextAs(model::check::kFieldInvalid, field, message);
}

void Findings::AddAs(absl::string_view check, absl::string_view field, absl::string_view got,
                     absl::string_view want) {
  AddTextAs(check, field,
            absl::StrCat("got ", got.empty() ? "nothing" : text::Quoted(got), ", want ", want));
}

void Findings::AddTextAs(absl::string_view check, absl::string_view field,
                         absl::string_view message) {
  all_.push_back(Finding{std::string(field), std::string(message), std::string(check)});
}

}  // namespace assay::version
