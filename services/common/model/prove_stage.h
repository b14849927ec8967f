#pragma once

// Proves one stage. Private to this folder.
//
// Thread safety: none. Ownership: borrows model, limits and log, which outlive it.
// Cost: visits every vector of every node's inputs; nodes of the same shape once.

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"

#include "services/common/model/program.h"
#include "services/common/model/prove.h"
#include "services/common/model/prove_facts.h"
#include "services/common/model/prove_inputs.h"
#include "services/common/model/prove_rules.h"

namespace assay::model {

// What the whole proof gathers.
struct ProofLog {
  // Adds a diagnostic; its severity is that of the check.
  void Add(absl::string_view check, std::string field, std::string message,
           std::vector<std::string> examples = {});

  std::vector<framework::v1::Diagnostic> diagnostics;
  std::vector<bool> exceptions_used;
  // By shared table: rows that decided in some use, and the uses that were not enumerated.
  std::vector<Bits> rows_used;
  std::vector<int> table_uses;
  std::vector<bool> table_unknown;
  // By path of a cap, own or shared: whether it bound in some use, and what to say if not.
  struct CapUse {
    bool bound = false;
    std::string check;
    std::string message;
  };
  std::map<std::string, CapUse> caps;
  std::int64_t vectors = 0;
  double steps = 0;  // taken so far, of ProveLimits::total

  // Whether the caller wants no more of it.
  bool Cancelled(const ProveLimits& limits) {
    cancelled = cancelled || (limits.cancelled && limits.cancelled());
    return cancelled;
  }
  bool cancelled = false;

  // Takes so many steps more; false where the limit does not allow it, or the caller wants none.
  bool Take(double more, const ProveLimits& limits) {
    if (Cancelled(limits)) return false;
    if (steps + more > static_cast<double>(limits.total)) return false;
    steps += more;
    return true;
  }
};

// What is said where it does not.
std::string OverTotal(const ProveLimits& limits);

class StageProver {
 public:
  StageProver(const CompiledModel& model, const ProveLimits& limits, std::size_t ladder,
              std::size_t stage, ProofLog& log);

  void Run();

 private:
  // What was seen at the nodes of one shape.
  struct Seen {
    Bits reached = 0;
    Bits rows = 0;
    std::uint32_t bound = 0;
    std::uint32_t steps = 0;
    bool complete = false;
  };
  // A finding while it gathers its examples.
  struct Gathered {
    std::string check;
    std::string field;
    std::string message;
    std::vector<std::string> examples;
    std::int64_t count = 0;
  };

  bool CasesOf(std::size_t index, FactSpace& space, std::vector<FactCase>& cases);
  bool LinkedAt(std::size_t index) const;
  bool InLadder(const FactState& facts) const;
  Seen ProveNode(std::size_t index);
  bool Fits(std::size_t index, const InputSpace& space, const FactSpace& facts, bool few,
            double cases);
  void Visit(const InputSpace& space, const FactSpace& facts, const std::vector<FactCase>& cases,
             Seen& seen);

  void Compare(const InputSpace& space, const FactSpace& facts, const FactCase& fact_case,
               const Inputs& low, const Verdict& from, const Inputs& high, const Verdict& to);
  void NoteOutside(const InputSpace& space, const Inputs& inputs, const Verdict& verdict);
  void NoteScored(const InputSpace& space, const FactSpace& facts, const FactCase& fact_case,
                  const Inputs& inputs, const Verdict& verdict);
  Gathered& Gather(absl::string_view check, const std::string& key, const std::string& field);

  void ReportReached(const std::vector<Seen>& seen);
  void ReportRules(const Seen& all);
  void ReportRows(const Seen& all);
  void CheckCarried();
  bool Excused(const Verdict& from, const Verdict& to);

  std::vector<std::string> RuleIds(const Verdict& verdict) const;
  std::string RuleField(const Verdict& verdict) const;
  std::string Label(Level level) const;
  std::string Example(const InputSpace& space, const FactSpace& facts, const FactState& state,
                      const Inputs& inputs, const Verdict& verdict) const;
  std::string TablePath() const;
  std::string CapPath(std::size_t cap) const;

  const CompiledModel& model_;
  const ProveLimits& limits_;
  ProofLog& log_;
  std::size_t ladder_index_;
  const LadderProgram& ladder_;
  const StageProgram& stage_;
  std::string path_;
  int table_ = -1;  // index of the shared table; -1: none
  const NodeRules rules_;
  std::map<std::string, Seen> shapes_;
  std::map<std::string, std::size_t> gathered_index_;
  std::vector<Gathered> gathered_;
};

// The path of a stage, `scoring_model.ladders[0].stages[1]`.
std::string StagePath(std::size_t ladder, std::size_t stage);

// Reports the rows of a table, at `path`, that are not in `used`.
void ReportDeadRows(const framework::v1::DecisionTable& table, const std::string& path, Bits used,
                    ProofLog& log);

// The shared table that a stage uses; -1: none.
int SharedTable(const CompiledModel& model, const StageProgram& stage);

}  // namespace assay::model
