#pragma once

// Every way in which the inputs of a node can be, as far as its rules can tell. Private to this
// folder.
//
// Thread safety: immutable once made. Ownership: borrows model, ladder and stage.
// Cost: ForEach visits Size() vectors without allocating for each, but where inputs are named.

#include <cstddef>
#include <functional>
#include <string>
#include <vector>

#include "services/common/model/model.h"
#include "services/common/model/program.h"

namespace assay::model {

// One way in which the inputs of a node can be.
struct Inputs {
  InputCounts counts;
  std::vector<Level> named;  // by dimension of the space, 0: missing
  int percent = 0;           // over services or locations: the rounded percentage
  Level judged = 0;          // where an assessor enters the outcome
};

class InputSpace {
 public:
  enum class Kind {
    kJudged,   // an assessor's outcome
    kCounted,  // multisets of levels
    kNamed,    // levels of inputs that rules name
    kPercent,  // percentages of any number of inputs
    kEndless,  // any number of inputs, whose counts decide: not to be enumerated
  };

  // The inputs of the node with this index in `stage.positions`.
  InputSpace(const CompiledModel& model, const LadderProgram& ladder, const StageProgram& stage,
             std::size_t index);

  Kind kind() const { return kind_; }
  // How many vectors there are.
  double Size() const;
  void ForEach(const std::function<void(const Inputs&)>& visit) const;
  // Calls `visit` with each vector in which one rated input is one level better.
  void ForEachRaised(const Inputs& from, const std::function<void(const Inputs&)>& visit) const;
  // Calls `visit` with each vector in which one blank has an outcome, and with its level.
  void ForEachScored(const Inputs& from,
                     const std::function<void(const Inputs&, Level)>& visit) const;
  // The vector in which a single input has an outcome.
  Inputs Single(Level level) const;

  // The level of a named input; 0 where it is missing.
  Level At(const Inputs& inputs, const NamedInput& name) const;
  // Whether enough inputs are rated for the stage to have an outcome.
  bool Suffices(const Inputs& inputs) const;
  // `1, 4, 4`, `inspection 1, staffing none`, `62 %`.
  std::string Words(const Inputs& inputs) const;
  // Tells spaces of the same vectors, as far as rules can tell.
  std::string Signature() const;

 private:
  void UseNames();
  void UseCounts();
  void AddName(const NamedInput& name);
  bool SizeAllowed(int rated) const;
  void Fill(Inputs& inputs) const;
  std::string NameOf(const NamedInput& name) const;

  const CompiledModel& model_;
  const LadderProgram& ladder_;
  const StageProgram& stage_;
  Kind kind_ = Kind::kCounted;
  int levels_ = 0;
  int inputs_ = 0;      // of the node; of open axes: kAnyNumber
  int most_each_ = 0;   // kCounted: most inputs on one level
  bool exact_ = false;  // all inputs must be rated, and how many there are is known
  bool counts_ = false;
  std::vector<NamedInput> names_;
};

// Calls `visit` for every condition of a stage's rows, steps and caps.
void ForEachCondition(const StageProgram& stage,
                      const std::function<void(const CompiledCondition&)>& visit);

}  // namespace assay::model
