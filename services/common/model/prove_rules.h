#pragma once

// What a node's rules make of its inputs and of facts, through the compiled tables. Private to this
// folder.
//
// Thread safety: immutable. Ownership: borrows model and stage.
// Cost: a few dozen nanoseconds a call.

#include <cstddef>
#include <cstdint>
#include <vector>

#include "services/common/model/program.h"
#include "services/common/model/prove_facts.h"
#include "services/common/model/prove_inputs.h"

namespace assay::model {

// Facts that rules of a node cannot tell apart, as the rules whose terms on facts hold.
struct FactCase {
  Bits rows = 0;
  std::uint32_t caps = 0;
  std::uint32_t steps = 0;
  FactState facts;
};

// What follows from the inputs alone.
struct Part {
  bool suffices = false;
  Level method = 0;  // percentages and judgements
  Level start = 0;   // adjustments
  Level lowest = 0;
  Bits rows = 0;  // whose terms on inputs hold
  std::uint32_t caps = 0;
  std::uint32_t steps = 0;
};

struct Verdict {
  enum class Why { kRated, kTooFew, kUnrated, kGap };
  Why why = Why::kTooFew;
  Level method = 0;
  Level result = 0;
  int row = -1;
  std::uint32_t steps = 0;
  std::uint32_t bound = 0;  // caps, as bits
};

class NodeRules {
 public:
  NodeRules(const CompiledModel& model, const StageProgram& stage);

  FactCase CaseOf(const FactState& facts, int position) const;
  Part PartOf(const InputSpace& space, const Inputs& inputs) const;
  Verdict Judge(const Part& part, const FactCase& facts, InputSpace::Kind kind) const;
  // The best outcome of the method at which a cap may apply.
  Level BestCapped(std::size_t cap) const;

 private:
  bool InputsHold(const CompiledCondition& condition, const InputSpace& space,
                  const Inputs& inputs) const;
  Bits RowsOf(const InputSpace& space, const Inputs& inputs) const;
  void JudgeMethod(const Part& part, const FactCase& facts, Verdict& verdict) const;

  const CompiledModel& model_;
  const StageProgram& stage_;
  // By outcome of the method: the caps that it lets apply.
  std::vector<std::uint32_t> caps_by_outcome_;
};

}  // namespace assay::model
