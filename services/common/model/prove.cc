#include "services/common/model/prove.h"

#include <algorithm>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"

#include "services/common/model/checks.h"
#include "services/common/model/prove_catalogue.h"
#include "services/common/model/prove_stage.h"

namespace assay::model {
namespace {

void ReportTables(const CompiledModel& model, ProofLog& log) {
  const auto& tables = model.version().scoring_model().tables();
  for (int t = 0; t < tables.size(); ++t) {
    const auto i = static_cast<std::size_t>(t);
    const std::string path = absl::StrCat("scoring_model.tables[", t, "]");
    if (log.table_uses[i] == 0) {
      log.Add(check::kTableUnused, path, absl::StrCat("no stage uses table ", tables[t].id()));
    } else if (!log.table_unknown[i]) {
      ReportDeadRows(tables[t], path, log.rows_used[i], log);
    }
  }
}

// A shared cap may bind in one stage and not in another.
void ReportCaps(ProofLog& log) {
  for (const auto& [path, use] : log.caps) {
    if (!use.bound) log.Add(use.check, path, use.message);
  }
}

void ReportExceptions(const CompiledModel& model, ProofLog& log) {
  const auto& exceptions = model.version().scoring_model().monotone_exceptions();
  for (int i = 0; i < exceptions.size(); ++i) {
    if (log.exceptions_used[static_cast<std::size_t>(i)]) continue;
    log.Add(check::kExceptionUnused, absl::StrCat("scoring_model.monotone_exceptions[", i, "]"),
            absl::StrCat("rule ", exceptions[i].rule(), " of stage ", exceptions[i].stage(),
                         " never breaks monotony"));
  }
}

// One shared table says the same thing of several stages once.
void DropRepeated(std::vector<framework::v1::Diagnostic>& diagnostics) {
  std::vector<framework::v1::Diagnostic> kept;
  for (framework::v1::Diagnostic& one : diagnostics) {
    const bool known = std::any_of(kept.begin(), kept.end(), [&](const auto& other) {
      return other.check() == one.check() && other.field() == one.field() &&
             other.message() == one.message();
    });
    if (!known) kept.push_back(std::move(one));
  }
  diagnostics = std::move(kept);
}

}  // namespace

void SortDiagnostics(std::vector<framework::v1::Diagnostic>* diagnostics) {
  std::stable_sort(diagnostics->begin(), diagnostics->end(),
                   [](const auto& a, const auto& b) { return a.severity() > b.severity(); });
}

Proof Prove(const CompiledModel& model, const ProveLimits& limits) {
  const framework::v1::ScoringModel& scoring = model.version().scoring_model();
  ProofLog log;
  log.exceptions_used.resize(static_cast<std::size_t>(scoring.monotone_exceptions_size()));
  const auto tables = static_cast<std::size_t>(scoring.tables_size());
  log.rows_used.resize(tables);
  log.table_uses.resize(tables);
  log.table_unknown.resize(tables);
  ProveItems(model, limits, log);
  ProveLadders(model, limits, log);
  const auto& ladders = model.program().ladders;
  for (std::size_t l = 0; l < ladders.size(); ++l) {
    for (std::size_t s = 0; s < ladders[l].stages.size(); ++s) {
      StageProver(model, limits, l, s, log).Run();
    }
  }
  ReportTables(model, log);
  ReportCaps(log);
  ProveCategories(model, limits, log);
  ProveReasons(model, log);
  ReportExceptions(model, log);
  DropRepeated(log.diagnostics);
  Proof proof;
  proof.diagnostics = std::move(log.diagnostics);
  proof.vectors = log.vectors;
  SortDiagnostics(&proof.diagnostics);
  return proof;
}

}  // namespace assay::model
