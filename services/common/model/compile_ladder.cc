// Ladders, slots, and the matrices of items and categories.
#include <map>
#include <set>
#include <string>
#include <tuple>
#include <utility>

#include "absl/strings/str_cat.h"

#include "services/common/model/compiler.h"

namespace assay::model {
namespace {

// Whether the stage has a row, step, cap or band of that name.
bool HasRule(const StageProgram& stage, absl::string_view rule) {
  for (const CompiledRow& row : stage.table.rows) {
    if (row.source->id() == rule) return true;
  }
  for (const framework::v1::Adjustments::Step& step : stage.source->adjustments().steps()) {
    if (step.id() == rule) return true;
  }
  for (const CompiledCap& cap : stage.caps) {
    if (cap.source->id() == rule) return true;
  }
  for (const framework::v1::Band& band : stage.source->percent_bands().bands()) {
    if (band.level() == rule) return true;
  }
  return false;
}

}  // namespace

Compiler::Compiler(std::shared_ptr<const framework::v1::FrameworkVersion> version)
    : model_(std::shared_ptr<CompiledModel>(new CompiledModel())) {
  model_->version_ = std::move(version);
}

int Compiler::PositionById(ClosedAxis closed, absl::string_view id) const {
  switch (closed) {
    case ClosedAxis::kGroup:
      return model_->GroupById(id);
    case ClosedAxis::kItem:
      return model_->ItemById(id);
    case ClosedAxis::kCategory: {
      // `item/category`: both ids are free of slashes.
      const std::size_t slash = id.find('/');
      if (slash == absl::string_view::npos) return -1;
      const int item = model_->ItemById(id.substr(0, slash));
      const int category = model_->CategoryById(id.substr(slash + 1));
      if (item < 0 || category < 0) return -1;
      return item * version().categories_size() + category;
    }
    case ClosedAxis::kWhole:
      break;
  }
  return -1;
}

bool Compiler::Take(const Path& path, std::size_t bytes) {
  if (took_too_much_) return false;
  taken_ += bytes;
  if (taken_ <= kMaxStageBytes) return true;
  took_too_much_ = true;
  bad_.Add(path, absl::StrCat(taken_, " bytes of compiled stages up to here"),
           absl::StrCat("at most ", kMaxStageBytes,
                        ": fewer stages, items, categories or shared rules"));
  return false;
}

// Structure of shared tables; what their rows name is checked where a stage uses them.
void Compiler::CheckTables() {
  const auto& tables = version().scoring_model().tables();
  CheckCount(kScoringModel.At("tables"), tables.size(), 0, 64);
  absl::flat_hash_set<absl::string_view> seen;
  for (int i = 0; i < tables.size(); ++i) {
    const Path path = kScoringModel.At("tables", i);
    CheckId(path.At("id"), tables[i].id(), 64, seen);
    CheckRows(path, tables[i]);
    tables_[tables[i].id()] = &tables[i];
    table_index_[tables[i].id()] = i;
  }
}

// Structure of cap sets, likewise; the caps themselves are checked where a stage uses them.
void Compiler::CheckCapSets() {
  const auto& sets = version().scoring_model().cap_sets();
  CheckCount(kScoringModel.At("cap_sets"), sets.size(), 0, 64);
  absl::flat_hash_set<absl::string_view> seen;
  for (int i = 0; i < sets.size(); ++i) {
    const Path path = kScoringModel.At("cap_sets", i);
    CheckId(path.At("id"), sets[i].id(), 64, seen);
    CheckCount(path.At("caps"), sets[i].caps_size(), 1, kMaxCaps);
    cap_sets_.emplace(sets[i].id(), i);
  }
}

void Compiler::CompileLadder(const Path& path, const framework::v1::Ladder& source,
                             LadderProgram& ladder) {
  ladder.source = &source;
  for (int kind : source.subject_kinds()) {
    if (kind <= 0 || !framework::v1::SubjectKind_IsValid(kind)) {
      bad_.Add(path.At("subject_kinds"), kind, "kinds of subject");
    } else {
      ladder.kinds |= 1U << kind;
    }
  }
  if (source.subject_kinds().empty()) bad_.Add(path.At("subject_kinds"), "", "at least one kind");
  TermScope scope;
  scope.where = "a ladder";
  scope.services = true;
  ladder.when = CompileCondition(path.At("when"), source.when(), scope);
  if (!CheckCount(path.At("stages"), source.stages_size(), 1, 32)) return;
  absl::flat_hash_set<absl::string_view> seen;
  ladder.stages.reserve(static_cast<std::size_t>(source.stages_size()));
  for (int i = 0; i < source.stages_size(); ++i) {
    const Path at = path.At("stages", i);
    CheckId(at.At("id"), source.stages(i).id(), 64, seen);
    CompileStage(at, source.stages(i), ladder);
  }
  if (ladder.stages.empty()) return;
  const StageProgram& last = ladder.stages.back();
  if (last.closed != ClosedAxis::kWhole || last.open != 0) {
    const Path at = path.At("stages", source.stages_size() - 1);
    bad_.Add(at.At("per"), last.source->per_size(),
             "no axis: the last stage is the overall outcome");
  }
}

void Compiler::CompileLadders() {
  const auto& ladders = version().scoring_model().ladders();
  if (!CheckCount(kScoringModel.At("ladders"), ladders.size(), 1, 32)) return;
  absl::flat_hash_set<absl::string_view> seen;
  model_->program_->ladders.resize(static_cast<std::size_t>(ladders.size()));
  for (int i = 0; i < ladders.size(); ++i) {
    const Path path = kScoringModel.At("ladders", i);
    CheckId(path.At("id"), ladders[i].id(), 64, seen);
    LadderProgram& ladder = model_->program_->ladders[static_cast<std::size_t>(i)];
    CompileLadder(path, ladders[i], ladder);
    model_->program_->carries_forward |= ladder.carries_forward;
  }
}

// Stages that keep the same axes on the same scale share their records across ladders. Where one
// ladder has two such stages, they are told apart by name; the last stage alone needs none.
void Compiler::AssignSlots() {
  using Key = std::tuple<ClosedAxis, OpenAxes, int>;
  auto key_of = [](const StageProgram& stage) {
    return Key(stage.closed, stage.open, stage.scale);
  };
  std::set<std::pair<Key, std::string>> named;
  for (const LadderProgram& ladder : model_->program_->ladders) {
    std::map<Key, int> count;
    for (const StageProgram& stage : ladder.stages) ++count[key_of(stage)];
    for (const StageProgram& stage : ladder.stages) {
      if (count[key_of(stage)] > 1 && &stage != &ladder.stages.back()) {
        named.emplace(key_of(stage), stage.source->id());
      }
    }
  }
  std::map<std::pair<Key, std::string>, std::uint16_t> slots;
  for (LadderProgram& ladder : model_->program_->ladders) {
    for (StageProgram& stage : ladder.stages) {
      std::pair<Key, std::string> id(key_of(stage), stage.source->id());
      if (&stage == &ladder.stages.back() || named.count(id) == 0) id.second.clear();
      const auto next = static_cast<std::uint16_t>(model_->slots_.size());
      const auto [it, added] = slots.emplace(id, next);
      if (added) model_->slots_.push_back({stage.closed, stage.open, stage.scale, id.second});
      stage.slot = it->second;
    }
  }
}

void Compiler::CompileApplicability() {
  const auto& rows = version().scoring_model().applicability();
  Program& program = *model_->program_;
  program.applicability_of_item.resize(static_cast<std::size_t>(version().items_size()));
  if (!CheckCount(kScoringModel.At("applicability"), rows.size(), 0, 512)) return;
  TermScope scope;
  scope.where = "an applicability row";
  for (int i = 0; i < rows.size(); ++i) {
    const Path path = kScoringModel.At("applicability", i);
    if (rows[i].items().empty()) bad_.Add(path.At("items"), "", "at least one item");
    for (const std::string& id : rows[i].items()) {
      const int item = model_->ItemById(id);
      if (item < 0) {
        bad_.Add(check::kReferenceUnknown, path.At("items"), id, "the id of an item");
        continue;
      }
      program.applicability_of_item[static_cast<std::size_t>(item)].push_back(
          static_cast<std::uint16_t>(i));
    }
    program.applicability.push_back({CompileCondition(path.At("when"), rows[i].when(), scope)});
  }
}

// An exception must name a rule that is there, and say why it may break monotony.
void Compiler::CheckExceptions() {
  const auto& exceptions = version().scoring_model().monotone_exceptions();
  if (!CheckCount(kScoringModel.At("monotone_exceptions"), exceptions.size(), 0, 64)) return;
  // No ladders, or too many, is a fault of its own.
  if (model_->program_->ladders.empty()) return;
  for (int i = 0; i < exceptions.size(); ++i) {
    const Path path = kScoringModel.At("monotone_exceptions", i);
    const framework::v1::MonotoneException& exception = exceptions[i];
    if (exception.reason().empty()) {
      bad_.Add(check::kExceptionWithoutReason, path.At("reason"), "", "why the rule may do so");
    }
    bool ladder_known = exception.ladder().empty();
    bool stage_known = false;
    bool rule_known = false;
    for (const LadderProgram& ladder : model_->program_->ladders) {
      if (!exception.ladder().empty() && ladder.source->id() != exception.ladder()) continue;
      ladder_known = true;
      for (const StageProgram& stage : ladder.stages) {
        if (stage.source->id() != exception.stage()) continue;
        stage_known = true;
        rule_known = rule_known || HasRule(stage, exception.rule());
      }
    }
    if (!ladder_known) {
      bad_.Add(check::kReferenceUnknown, path.At("ladder"), exception.ladder(),
               "the id of a ladder, or nothing");
    } else if (!stage_known) {
      bad_.Add(check::kReferenceUnknown, path.At("stage"), exception.stage(), "the id of a stage");
    } else if (!rule_known) {
      bad_.Add(check::kReferenceUnknown, path.At("rule"), exception.rule(),
               "the id of a row, step or cap of the stage, or the level of one of its bands");
    }
  }
}

void Compiler::CompileRequiredCategories() {
  const auto& rows = version().scoring_model().required_categories();
  if (!CheckCount(kScoringModel.At("required_categories"), rows.size(), 0, 4096)) return;
  TermScope scope;
  scope.where = "a row of required categories";
  for (int i = 0; i < rows.size(); ++i) {
    const Path path = kScoringModel.At("required_categories", i);
    CategoryRow row;
    row.when = CompileCondition(path.At("when"), rows[i].when(), scope);
    if (!rows[i].items().empty()) {
      row.items = PositionSet(path.At("items"), ClosedAxis::kItem, rows[i].items());
    }
    if (rows[i].categories().empty()) bad_.Add(path.At("categories"), "", "at least one category");
    for (const std::string& id : rows[i].categories()) {
      const int category = model_->CategoryById(id);
      if (category < 0) {
        bad_.Add(check::kReferenceUnknown, path.At("categories"), id,
                 "the id of an evidence category");
      } else if (category < 64) {
        row.categories |= Bit(category);
      }
    }
    model_->program_->categories.push_back(std::move(row));
  }
}

bool Compiler::CompileAll() {
  model_->IndexCatalogue();
  CheckCatalogue();
  // Positions are numbered in 16 bits and sets of levels in 64: past the limits nothing else is
  // compiled.
  const bool good = bad_.count() == harmless_;
  CheckTables();
  CheckCapSets();
  if (!good) return false;
  CompileLadders();
  CompileApplicability();
  CompileRequiredCategories();
  CheckExceptions();
  return bad_.count() == soft_;
}

absl::Status Compiler::Finish() {
  AssignSlots();
  absl::StatusOr<Digests> digests = DigestsOf(version());
  if (!digests.ok()) return digests.status();
  model_->model_digest_ = std::move(digests->model);
  model_->version_digest_ = std::move(digests->version);
  Program& program = *model_->program_;
  program.direct_links.resize(static_cast<std::size_t>(version().items_size()));
  for (const framework::v1::RegulationLink& link : version().regulation_links()) {
    if (link.relation() != framework::v1::REGULATION_RELATION_DIRECT) continue;
    const int item = model_->ItemById(link.item());
    program.direct_links[static_cast<std::size_t>(item)].push_back(link.regulation());
  }
  return absl::OkStatus();
}

absl::StatusOr<std::shared_ptr<const CompiledModel>> Compiler::Run() {
  if (!CompileAll() || !bad_.empty()) return bad_.ToStatus();
  if (absl::Status status = Finish(); !status.ok()) return status;
  return std::shared_ptr<const CompiledModel>(std::move(model_));
}

CompileResult Compiler::RunWithFaults() {
  CompileResult result;
  const bool provable = CompileAll();
  if (provable) {
    const absl::Status status = Finish();
    if (status.ok()) {
      result.model = std::move(model_);
    } else {
      bad_.AddText("", status.message());
    }
  }
  result.faults = bad_.Take();
  return result;
}

CompileResult CompileWithFaults(std::shared_ptr<const framework::v1::FrameworkVersion> version) {
  return Compiler(std::move(version)).RunWithFaults();
}

CompileResult CompileWithFaults(const framework::v1::FrameworkVersion& version) {
  return CompileWithFaults(std::make_shared<const framework::v1::FrameworkVersion>(version));
}

absl::StatusOr<std::shared_ptr<const CompiledModel>> CompiledModel::Compile(
    std::shared_ptr<const framework::v1::FrameworkVersion> version) {
  return Compiler(std::move(version)).Run();
}

absl::StatusOr<std::shared_ptr<const CompiledModel>> CompiledModel::Compile(
    const framework::v1::FrameworkVersion& version) {
  return Compile(std::make_shared<const framework::v1::FrameworkVersion>(version));
}

}  // namespace assay::model
