// The words of a scale as people write them in a file.
//
// Thread safety: const functions may be called by many threads. Cost: a parse is one hash look-up
// of a short text, without allocation for abbreviations and scores.
#pragma once

#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/string_view.h"
#include "absl/types/optional.h"

#include "assay/framework/v1/model.pb.h"
#include "services/common/model/model.h"

namespace assay::cli {

using model::Level;

class ScaleWords {
 public:
  ScaleWords() = default;

  // The levels of `scale` by id, published words and abbreviation; and the words that are published
  // where an outcome would stand (`scoring.published_words`), which mean none.
  ScaleWords(const framework::v1::Scale& scale, const framework::v1::ScoringModel& scoring);

  // The level that `cell` says, without regard to case and to blanks around it; 0 for a blank cell
  // or a word published in an outcome's place; absent where it is no word of the scale.
  absl::optional<Level> Parse(absl::string_view cell) const;

  // The published words of a level as a file shows them: `Requires improvement`; the id where that
  // is a number (a score or stars). Empty for 0.
  const std::string& Label(Level level) const;

  // What a cell may hold, for an error: "Outstanding, ..., blank" with abbreviations.
  const std::string& wanted() const { return wanted_; }

 private:
  void AddWord(absl::string_view word, Level level);

  absl::flat_hash_map<std::string, Level> levels_;
  std::vector<std::string> labels_{""};
  std::string wanted_;
};

}  // namespace assay::cli
