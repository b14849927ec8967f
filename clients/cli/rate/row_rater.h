// Rates one row by the compiled model: the same engine, the same rules as the services.
//
// Thread safety: none; one rater a thread. Ownership: borrows the method, which outlives it.
// Cost: a few microseconds a row, no allocation once warm but for the rule's id.
#pragma once

#include <string>
#include <vector>

#include "absl/strings/string_view.h"

#include "clients/cli/rate/layout.h"
#include "clients/cli/rate/method.h"
#include "clients/cli/rate/row_reader.h"
#include "services/common/model/rate.h"

namespace assay::cli {

struct GroupResult {
  Level level = 0;            // 0: none
  int percent = -1;           // whole percentage by the model's rounding; -1: none
  absl::string_view limiter;  // id of the cap that bound; empty: none. Lives as long as the model
};

struct RowResult {
  // In catalogue order.
  std::vector<GroupResult> groups;
  Level overall = 0;
  // Id of the rule that decided the overall outcome; empty where there is none.
  std::string rule;
};

class RowRater {
 public:
  explicit RowRater(const Method& method);

  // Rates a row. Ratings of groups are taken as given, scores as assessed; both as true on the
  // first day of the version, of a location with one service, without notices or flags.
  const RowResult& Rate(Layout::Form form, const RowValues& values);

 private:
  void FillState(const std::vector<model::Place>& places, model::Status status,
                 const RowValues& values);

  const Method& method_;
  const model::SubjectHistory subject_;
  const std::vector<model::PreviousRating> nothing_before_;
  model::State state_;
  model::Scratch scratch_;
  model::Evaluation evaluation_;
  RowResult result_;
};

}  // namespace assay::cli
