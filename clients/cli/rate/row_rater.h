// Rates one row by the compiled model: the same engine, the same rules as the services.
//
// Thread safety: none; one rater a thread. Ownership: borrows method and layout, which outlive it.
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

// The outcome of a node, in the words of its scale; they live as long as the method.
struct NodeView {
  absl::string_view label;    // empty: none
  int percent = -1;           // whole percentage by the model's rounding; -1: none
  absl::string_view limiter;  // id of the cap that bound; empty: none
};

// A given outcome beside what the others give.
struct GivenView {
  absl::string_view given;
  absl::string_view computed;  // empty: nothing
  bool differs = false;        // the engine warns
};

struct RowResult {
  // Of the groups, in catalogue order.
  std::vector<NodeView> groups;
  // As Layout::given.
  std::vector<GivenView> given;
  NodeView overall;
  Level overall_level = 0;  // 0: none
  // Id of the rule that decided the overall outcome; empty where there is none.
  std::string rule;
};

class RowRater {
 public:
  RowRater(const Method& method, const Layout& layout);

  // Rates a row. Ratings of groups and of the whole are taken as given, scores as assessed; all as
  // true on the first day of the version, of a subject without services, notices or flags.
  const RowResult& Rate(const RowValues& values);

 private:
  void FillState(const RowValues& values);
  NodeView View(const model::NodeResult& node) const;
  absl::string_view LabelAt(const model::NodeResult& node, Level level) const;
  const model::NodeResult* NodeOf(const Input& input) const;
  GivenView ViewGiven(std::size_t input, const RowValues& values) const;

  const Method& method_;
  const Layout& layout_;
  const model::SubjectHistory subject_;
  const std::vector<model::PreviousRating> nothing_before_;
  model::State state_;
  model::Scratch scratch_;
  model::Evaluation evaluation_;
  RowResult result_;
};

}  // namespace assay::cli
