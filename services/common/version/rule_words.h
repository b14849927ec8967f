#pragma once

// The rules of a scoring model, one at a time, in words: with the labels of its levels and the
// names of its groups and items. For comparing versions; how a whole method reads is another
// matter.
//
// Thread safety: immutable. Ownership: borrows the version, which outlives it. Cost: a few strings.

#include <string>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/string_view.h"

#include "assay/framework/v1/framework.pb.h"

namespace assay::version {

class RuleWords {
 public:
  explicit RuleWords(const framework::v1::FrameworkVersion& version);

  // The label of a level, of whatever scale; its id where scales disagree or none has it.
  std::string Level(const std::string& id) const;
  // The name of a group or item; its id where there is none.
  std::string Node(const std::string& id) const;

  // `at least 2 of Inadequate and no open breach`; `always` for an empty one.
  std::string Of(const framework::v1::Condition& condition) const;
  // `Good where at least 2 of Outstanding`, `otherwise Good`.
  std::string Of(const framework::v1::DecisionTable::Row& row) const;
  // `Good from 63 to 87 %`.
  std::string Of(const framework::v1::Band& band) const;
  // `up by 1 where ...`.
  std::string Of(const framework::v1::Adjustments::Step& step) const;
  // `at most Good where ... (normally)`.
  std::string Of(const framework::v1::Cap& cap) const;
  // `1 Poor < 2 Fine`.
  std::string Of(const framework::v1::Scale& scale) const;

 private:
  std::string Of(const framework::v1::Term& term) const;
  template <class Ids>
  std::string Levels(const Ids& ids) const;
  template <class Ids>
  std::string Nodes(const Ids& ids) const;

  absl::flat_hash_map<std::string, std::string> levels_;
  absl::flat_hash_map<std::string, std::string> nodes_;
};

// `half up`, `down` ...
std::string RoundingWords(framework::v1::Rounding rounding);

// `2024-12-02`; `no day` where it is not set.
std::string DayWords(const type::v1::Date& date, bool set);

}  // namespace assay::version
