// The work of rating one version. Private to this folder; see rate.h for what it does.
//
// Thread safety: none; lives for one call. Ownership: borrows everything.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "services/common/model/program.h"
#include "services/common/model/rate.h"

namespace assay::model {

enum class Truth : std::uint8_t { kFalse, kTrue, kUnknown };

class Rater {
 public:
  Rater(const CompiledModel& model, int version, const State& state, const WithoutCaps& without,
        Scratch& scratch, Evaluation& out)
      : model_(model),
        program_(model.program()),
        version_(version),
        state_(state),
        without_(without),
        scratch_(scratch),
        out_(out) {}

  void Run();

 private:
  // What a condition is asked about.
  struct Where {
    const StageProgram* stage = nullptr;
    int position = 0;
    std::uint16_t unit = 0;
    std::size_t ordinal = 0;  // of the unit among the stage's
    const InputCounts* inputs = nullptr;
    Level outcome = 0;
  };

  // A node at work.
  struct Node {
    const StageProgram& stage;
    std::size_t index;    // of the position among the stage's
    std::size_t ordinal;  // of the unit among the stage's
    NodeResult& result;
    InputCounts inputs;
    Truth applies = Truth::kTrue;
  };

  void FindRange();
  void FindUnits();
  void FindFacts();
  void FindFlags();
  bool FindLadder();
  void RunStage(std::size_t stage);
  void RunNode(Node& node);
  void RunJudged(Node& node);
  void RunComputed(Node& node);
  void RunMethod(Node& node);
  void RunTable(Node& node);
  void RunAdjustments(Node& node);
  void Gather(Node& node);
  void GatherOne(Node& node, const StageProgram& from, std::size_t from_index, std::size_t index,
                 std::size_t ordinal);
  // Whether a node of `stage` and `unit` leaves the input out.
  bool Excluded(const StageProgram& stage, std::uint16_t unit, int from_stage,
                const NodeResult& input) const;
  // Says that the inputs do not suffice, with the model's reason or this one.
  void SetTooFew(Node& node, NoOutcome why) const;
  void UseEntry(Node& node, const Entry& entry) const;
  void UseGiven(Node& node, const Entry& entry) const;
  void UsePrevious(Node& node) const;
  void ApplyCaps(Node& node, const PercentEntry* entry);
  void ApplyOverride(Node& node) const;
  bool LeaveOut(Node& node) const;

  bool Holds(const CompiledCondition& condition, const Where& where) const {
    return Judge(condition, where) == Truth::kTrue;
  }
  Truth Judge(const CompiledCondition& condition, const Where& where) const;
  Truth JudgeTerm(const CompiledTerm& term, const Where& where) const;
  bool JudgeCompare(const CompiledTerm& term, const Where& where) const;
  bool JudgeAction(const CompiledTerm& term, const Where& where) const;
  bool Linked(const std::string& regulation, const Where& where) const;
  Truth Applies(int item, std::uint16_t unit) const;
  // Whether a matrix row fits the item, and which categories it wants.
  const CategoryRow* RequiredFor(int item, std::uint16_t unit) const;
  int SectorOf(std::uint16_t unit) const;
  std::uint16_t ProjectUnit(std::uint16_t unit, OpenAxes to) const;
  std::size_t UnitCount(const StageProgram& stage) const {
    return scratch_.units[stage.open].size();
  }
  const NodeResult& NodeAt(std::size_t stage, std::size_t index, std::size_t ordinal) const {
    const StageProgram& program = ladder_->stages[stage];
    return out_.nodes[static_cast<std::size_t>(out_.stage_begin[stage]) +
                      index * UnitCount(program) + ordinal];
  }

  const CompiledModel& model_;
  const Program& program_;
  const int version_;
  const State& state_;
  const WithoutCaps& without_;
  Scratch& scratch_;
  Evaluation& out_;
  const LadderProgram* ladder_ = nullptr;
  std::size_t begin_ = 0;  // this version's range in state_.entries
  std::size_t end_ = 0;
  Bits flags_ = 0;
};

}  // namespace assay::model
