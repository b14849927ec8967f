#pragma once

// What may hold about a subject besides the outcomes of its inputs: open actions, flags, sector,
// dates. Private to this folder.
//
// Thread safety: pure. Cost: one pass over the combinations that the conditions can tell apart.

#include <cstdint>
#include <string>
#include <vector>

#include "services/common/model/model.h"
#include "services/common/model/program.h"

namespace assay::model {

// One combination of facts.
struct FactState {
  Bits flags = 0;
  int sector = -1;  // -1: unknown
  Day assessed = kNoDay;
  Bits kinds = 0;         // of open actions
  Bits linked_kinds = 0;  // of those on a linked regulation
  int services = 0;
};

// Whether a term on facts holds; terms on inputs and outcomes count as held.
bool FactHolds(const CompiledTerm& term, const FactState& state, int position);
bool FactsHold(const CompiledCondition& condition, const FactState& state, int position);

// All combinations that some conditions can tell apart.
class FactSpace {
 public:
  // `linked`: whether a regulation is linked to the node.
  FactSpace(const CompiledModel& model, bool linked) : model_(model), linked_(linked) {}

  void Use(const CompiledCondition& condition);
  // How many combinations there are.
  double Size() const;
  std::vector<FactState> All() const;
  // `sector nhs-trust, an open breach`; empty where nothing special holds. The number of services
  // only where it is asked for: a stage sees its inputs.
  std::string Words(const FactState& state, bool with_services = false) const;

 private:
  std::vector<Bits> FlagSets() const;
  std::vector<int> Sectors() const;
  std::vector<Day> Days() const;
  std::vector<FactState> Actions() const;
  std::vector<int> Services() const;
  std::vector<Bits> KindsApart() const;

  const CompiledModel& model_;
  bool linked_;
  bool linked_asked_ = false;
  Bits flags_ = 0;
  std::vector<Bits> sector_terms_;
  std::vector<Bits> action_terms_;
  std::vector<Day> days_;
  int services_ = -1;  // largest number that matters; -1: none does
};

}  // namespace assay::model
