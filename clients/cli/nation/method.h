// What the generator needs to know of a framework version: its key questions, the statements that a
// sector scores, and how outcomes are written.
//
// Thread safety: immutable values. Cost: copies of some ids.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

#include "assay/framework/v1/framework.pb.h"
#include "assay/type/v1/outcome.pb.h"
#include "services/common/clock/day.h"

namespace assay::nation {

struct Statement {
  std::string id;
  // Sectors that score it; empty: all.
  std::vector<std::string> sectors;

  bool ScoredIn(absl::string_view sector) const;
};

struct KeyQuestion {
  std::string id;
  std::vector<Statement> statements;
};

// One framework version.
struct Method {
  std::string version;          // full resource name
  clock::Day from;              // assessments that start on this day or later use it
  bool scored = false;          // statements are scored; else key questions are judged
  std::string score_scale;      // scale of the scores 1 to 4; empty where nothing is scored
  std::string rating_scale;     // scale of the four ratings
  std::int32_t levels[5] = {};  // level on the rating scale, by type.v1.Rating
  std::vector<KeyQuestion> key_questions;
  std::vector<std::string> sectors;  // sector ids that it knows
};

// The versions that the six years go through, by first day.
class Methods {
 public:
  // Picks cqc-kloe@2017-11, cqc-saf@2023-11 and cqc-saf@2024-12 out of `versions`. NOT_FOUND names
  // every one that is missing; INVALID_ARGUMENT where one has no scale of the four ratings, or
  // statements without a scale of scores.
  static absl::StatusOr<Methods> From(
      const std::vector<const framework::v1::FrameworkVersion*>& versions);

  const Method& kloe() const { return methods_[0]; }
  const std::vector<Method>& all() const { return methods_; }
  // The version for an assessment that starts on `day`.
  const Method& For(clock::Day day) const;

 private:
  std::vector<Method> methods_;
};

}  // namespace assay::nation
