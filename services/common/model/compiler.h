// Builds a CompiledModel. Private to this folder.
//
// One Compiler compiles one version: it walks the message, notes every fault with its path and goes
// on, so that an author sees all of them at once. Thread safety: none. Ownership: makes the model
// it returns.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <tuple>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

#include "services/common/model/checks.h"
#include "services/common/model/compile.h"
#include "services/common/model/faults.h"
#include "services/common/model/model.h"
#include "services/common/model/path.h"
#include "services/common/model/program.h"

namespace assay::model {

// What a condition may ask about where it stands.
struct TermScope {
  absl::string_view where;  // for messages: "a cap"
  bool inputs = false;      // counts of the node's inputs
  bool outcome = false;     // the method's outcome
  bool node = false;        // the node itself
  bool compare = false;     // named inputs
  bool services = false;    // number of services
  bool linked = false;      // regulations linked to the node
  const LadderProgram* ladder = nullptr;
  const StageProgram* stage = nullptr;  // gives the scales and the inputs
};

class Compiler {
 public:
  explicit Compiler(std::shared_ptr<const framework::v1::FrameworkVersion> version);

  absl::StatusOr<std::shared_ptr<const CompiledModel>> Run();
  CompileResult RunWithFaults();

 private:
  // Compiles; false where what there is cannot be proven.
  bool CompileAll();
  absl::Status Finish();

  // Takes so many bytes more for what is below `path`; false where kMaxStageBytes does not allow
  // it, which is told once. What it was asked for is then not made.
  bool Take(const Path& path, std::size_t bytes);
  // What the compiled condition takes, at the most, and the reading of it.
  static std::size_t BytesOf(const framework::v1::Condition& condition);
  static std::size_t BytesOf(const framework::v1::DecisionTable& table);
  std::size_t BytesOf(const LadderProgram& ladder, const StageProgram& stage) const;

  // compile_catalogue.cc
  void CheckCatalogue();
  void CheckNameAndDates();
  void CheckItems();
  void CheckLinks();
  void CheckScales();
  void CheckWords();
  void CheckId(const Path& path, absl::string_view id, std::size_t most,
               absl::flat_hash_set<absl::string_view>& seen, bool dots = false);
  // False where there are more than `most`: what is past it need not be looked at.
  bool CheckCount(const Path& path, int count, int least, int most);

  // compile_condition.cc
  CompiledCondition CompileCondition(const Path& path, const framework::v1::Condition& condition,
                                     const TermScope& scope);
  bool CompileTerm(const Path& path, const framework::v1::Term& term, const TermScope& scope,
                   CompiledTerm& out);
  bool CompileCount(const Path& path, const framework::v1::Term::Count& count,
                    const TermScope& scope, CompiledTerm& out);
  bool CompileFact(const Path& path, const framework::v1::Term& term, const TermScope& scope,
                   CompiledTerm& out);
  bool CompileCompare(const Path& path, const framework::v1::Term::Compare& compare,
                      const TermScope& scope, CompiledTerm& out);
  bool CompileAssessed(const Path& path, const framework::v1::Term::DateRange& range,
                       CompiledTerm& out);
  bool CompileRange(const Path& path, bool has_low, int low, bool has_high, int high,
                    CompiledTerm& out);
  bool FindInput(const Path& path, absl::string_view name, const TermScope& scope, NamedInput& out);
  template <typename Ids>
  bool LevelBits(const Path& path, const Ids& ids, int scale, Bits& out);
  Level RequireLevel(const Path& path, absl::string_view id, int scale);

  // compile_ladder.cc
  void CompileLadders();
  void CompileLadder(const Path& path, const framework::v1::Ladder& source, LadderProgram& ladder);
  void CompileApplicability();
  void CompileRequiredCategories();
  void CheckExceptions();
  void AssignSlots();
  void CheckTables();
  void CheckCapSets();

  // compile_stage.cc
  void CompileStage(const Path& path, const framework::v1::Stage& source, LadderProgram& ladder);
  bool CompileAxes(const Path& path, StageProgram& stage);
  bool CompileFrom(const Path& path, const LadderProgram& ladder, StageProgram& stage);
  void CompilePositions(const Path& path, const LadderProgram& ladder, StageProgram& stage);
  void CompileInputs(const LadderProgram& ladder, StageProgram& stage) const;
  void CompileMethod(const Path& path, const LadderProgram& ladder, StageProgram& stage);
  void CompileMissing(const Path& path, StageProgram& stage);
  void CompileCaps(const Path& path, const LadderProgram& ladder, StageProgram& stage);
  void CompileCap(const Path& path, const framework::v1::Cap& source, const TermScope& scope,
                  absl::flat_hash_set<absl::string_view>& seen, StageProgram& stage);
  void CompileExclusions(const Path& path, const LadderProgram& ladder, StageProgram& stage);
  void CompileAdjustments(const Path& path, const LadderProgram& ladder, StageProgram& stage);
  std::vector<bool> PositionSet(const Path& path, ClosedAxis closed,
                                const google::protobuf::RepeatedPtrField<std::string>& ids);

  // compile_table.cc
  void CompileTable(const Path& path, const framework::v1::DecisionTable& source,
                    const LadderProgram& ladder, StageProgram& stage);
  void CheckRows(const Path& path, const framework::v1::DecisionTable& source);
  void CompilePercent(const Path& path, StageProgram& stage);
  void CheckBands(const Path& path, const StageProgram& stage,
                  const std::vector<int>& bands_of_percent);

  const framework::v1::FrameworkVersion& version() const { return *model_->version_; }
  int PositionById(ClosedAxis closed, absl::string_view id) const;

  std::shared_ptr<CompiledModel> model_;
  Faults bad_;
  // Faults in spite of which the model can be proven.
  std::size_t soft_ = 0;
  // Faults of the catalogue that leave its counts and positions sound, so that the rest is compiled
  // all the same and its faults are told with them.
  std::size_t harmless_ = 0;
  std::size_t taken_ = 0;  // of kMaxStageBytes
  bool took_too_much_ = false;
  absl::flat_hash_map<std::string, const framework::v1::DecisionTable*> tables_;
  absl::flat_hash_map<std::string, int> table_index_;
  absl::flat_hash_set<std::string> tables_with_faults_;
  std::map<std::tuple<int, int, int>, TableProgram> compiled_tables_;  // table, scale, input scale
  absl::flat_hash_map<std::string, int> cap_sets_;
  absl::flat_hash_set<std::string> caps_with_faults_;
};

// Both digests of a version, from one encoding (digests.cc).
struct Digests {
  std::string model;
  std::string version;
};
absl::StatusOr<Digests> DigestsOf(const framework::v1::FrameworkVersion& version);

// Fills in lookup tables once caps are known (compile_table.cc).
void BuildLookup(TableProgram& table);
void FoldCaps(int max_inputs, StageProgram& stage);

}  // namespace assay::model
