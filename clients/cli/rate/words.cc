#include "clients/cli/rate/words.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace assay::cli {
namespace {

bool IsNumber(const std::string& text) {
  return !text.empty() &&
         std::all_of(text.begin(), text.end(), [](char c) { return absl::ascii_isdigit(c); });
}

}  // namespace

ScaleWords::ScaleWords(const framework::v1::Scale& scale,
                       const framework::v1::ScoringModel& scoring) {
  std::vector<std::string> wanted;
  for (int i = 0; i < scale.levels_size(); ++i) {
    const framework::v1::Level& level = scale.levels(i);
    const auto place = static_cast<Level>(i + 1);
    AddWord(level.id(), place);
    AddWord(level.label(), place);
    AddWord(level.abbreviation(), place);
    labels_.push_back(IsNumber(level.id()) || level.label().empty() ? level.id() : level.label());
    const bool short_form = !level.abbreviation().empty() && level.abbreviation() != labels_.back();
    wanted.push_back(short_form ? absl::StrCat(labels_.back(), " (", level.abbreviation(), ")")
                                : labels_.back());
  }
  wanted_ = absl::StrCat(absl::StrJoin(wanted, ", "), " or blank");
  for (const framework::v1::PublishedWord& word : scoring.published_words()) {
    AddWord(word.word(), 0);
  }
}

void ScaleWords::AddWord(absl::string_view word, Level level) {
  if (!word.empty()) levels_.try_emplace(absl::AsciiStrToLower(word), level);
}

absl::optional<Level> ScaleWords::Parse(absl::string_view cell) const {
  cell = absl::StripAsciiWhitespace(cell);
  if (cell.empty()) return Level{0};
  const auto found = levels_.find(absl::AsciiStrToLower(cell));
  if (found == levels_.end()) return absl::nullopt;
  return found->second;
}

const std::string& ScaleWords::Label(Level level) const {
  return labels_[static_cast<std::size_t>(level)];
}

}  // namespace assay::cli
