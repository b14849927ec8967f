#include "clients/cli/output/override_view.h"

#include <cstddef>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

#include "clients/cli/output/words.h"

namespace assay::cli {
namespace {

constexpr std::size_t kLineBytes = 96;

// A text of any length in lines of some words, each two blanks in.
std::string Paragraphs(const std::string& text) {
  std::string out;
  for (const absl::string_view paragraph : absl::StrSplit(text, '\n')) {
    std::string line;
    for (const absl::string_view word : absl::StrSplit(paragraph, ' ', absl::SkipEmpty())) {
      if (!line.empty() && line.size() + 1 + word.size() > kLineBytes) {
        absl::StrAppend(&out, "  ", Shown(line), "\n");
        line.clear();
      }
      absl::StrAppend(&line, line.empty() ? "" : " ", word);
    }
    if (!line.empty()) absl::StrAppend(&out, "  ", Shown(line), "\n");
  }
  return out;
}

}  // namespace

std::string OverrideText(const evidence::v1::Override& one, const Style& style) {
  const std::string from = one.has_from() ? OutcomeText(one.from()) : "no outcome";
  const std::string to = one.has_outcome() ? OutcomeText(one.outcome())
                                           : absl::StrCat("unrated, ", UnratedText(one.unrated()));
  std::string out = absl::StrCat("\n", style.Paint(Tone::kStrong, "override"), " of ",
                                 Shown(NodeText(one.node())), ": ", Shown(from), " to ", Shown(to),
                                 ", from ", DateText(one.effective_date()), "\n");
  if (one.has_erased_time()) {
    absl::StrAppend(&out, "  its rationale was erased\n");
  } else {
    absl::StrAppend(&out, Paragraphs(one.rationale()));
  }
  const struct {
    const char* word;
    const std::string& text;
  } lines[] = {{"quality control", one.quality_control_reference()},
               {"decided by", one.decided_by()},
               {"record", one.name()}};
  for (const auto& each : lines) {
    if (!each.text.empty()) absl::StrAppend(&out, "  ", each.word, " ", Shown(each.text), "\n");
  }
  return out;
}

}  // namespace assay::cli
