#include "services/common/model/prove_catalogue.h"

#include <algorithm>
#include <string>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"

#include "services/common/model/checks.h"

namespace assay::model {
namespace {

using framework::v1::FrameworkVersion;

// `location` for SUBJECT_KIND_LOCATION.
std::string KindWord(int kind) {
  const std::string name =
      framework::v1::SubjectKind_Name(static_cast<framework::v1::SubjectKind>(kind));
  return absl::AsciiStrToLower(absl::StrReplaceAll(name, {{"SUBJECT_KIND_", ""}}));
}

// Whether `space` may be enumerated, with so many looks at each combination; else says so at
// `path`.
bool MayEnumerate(const FactSpace& space, std::size_t looks, const ProveLimits& limits,
                  const std::string& path, ProofLog& log) {
  if (space.Size() > static_cast<double>(limits.facts)) {
    log.Add(check::kEnumerationTooLarge, path,
            absl::StrCat("got about ", space.Size(), " combinations of facts, want at most ",
                         limits.facts));
    return false;
  }
  if (log.Take(space.Size() * static_cast<double>(looks), limits)) return true;
  log.Add(check::kEnumerationTooLarge, path, absl::StrCat("got ", OverTotal(limits)));
  return false;
}

// Whether the item may apply in the sector, whatever else holds.
bool MayApply(const CompiledModel& model, int item, int sector) {
  const Program& program = model.program();
  const auto& rows = program.applicability_of_item[static_cast<std::size_t>(item)];
  if (rows.empty()) return true;
  return std::any_of(rows.begin(), rows.end(), [&](std::uint16_t row) {
    const auto& terms = program.applicability[row].when.all;
    return std::all_of(terms.begin(), terms.end(), [&](const CompiledTerm& term) {
      return term.kind != TermKind::kSector || (term.bits & Bit(sector)) != 0;
    });
  });
}

void NoteReason(const std::string& reason, const std::string& path, absl::string_view what,
                ProofLog& log) {
  if (!reason.empty()) return;
  log.Add(check::kReasonMissing, path + ".reason",
          absl::StrCat("got nothing, want why ", what, ", in a sentence for people"));
}

void ProveCapReason(const framework::v1::Cap& cap, const std::string& path, ProofLog& log) {
  if (cap.strength() == framework::v1::CAP_STRENGTH_STRICT) {
    NoteReason(cap.reason(), path, "the cap holds", log);
  } else if (cap.reason().empty()) {
    log.Add(check::kOverrideWithoutReason, path + ".reason",
            absl::StrCat("got nothing, want why cap ", cap.id(),
                         " holds normally: whoever overrides it must know"));
  }
}

}  // namespace

void ProveLadders(const CompiledModel& model, const ProveLimits& limits, ProofLog& log) {
  const std::vector<LadderProgram>& ladders = model.program().ladders;
  FactSpace space(model, /*linked=*/false);
  for (const LadderProgram& ladder : ladders) space.Use(ladder.when);
  if (!MayEnumerate(space, ladders.size(), limits, "scoring_model.ladders", log)) return;
  std::uint32_t kinds = 0;
  for (const LadderProgram& ladder : ladders) kinds |= ladder.kinds;
  std::vector<bool> used(ladders.size());
  std::uint32_t gaps = 0;
  for (const FactState& facts : space.All()) {
    std::uint32_t left = kinds;
    for (std::size_t i = 0; i < ladders.size(); ++i) {
      if (!FactsHold(ladders[i].when, facts, 0)) continue;
      used[i] = used[i] || (left & ladders[i].kinds) != 0;
      left &= ~ladders[i].kinds;
    }
    for (std::uint32_t rest = left & ~gaps; rest != 0; rest &= rest - 1) {
      const std::string words = space.Words(facts, /*with_services=*/true);
      log.Add(check::kLadderGap, "scoring_model.ladders",
              absl::StrCat("no ladder rates some subjects of the kind ",
                           KindWord(__builtin_ctz(rest)), ", though others are rated"),
              {words.empty() ? "nothing is known of the subject" : words});
    }
    gaps |= left;
  }
  for (std::size_t i = 0; i < ladders.size(); ++i) {
    if (used[i]) continue;
    log.Add(check::kLadderDead, absl::StrCat("scoring_model.ladders[", i, "]"),
            absl::StrCat("ladder ", ladders[i].source->id(),
                         " rates no subject: its condition never holds, or ladders before it "
                         "take all of its subjects"));
  }
}

void ProveItems(const CompiledModel& model, const ProveLimits& limits, ProofLog& log) {
  const FrameworkVersion& version = model.version();
  for (int s = 0; s < version.sectors_size(); ++s) {
    std::vector<int> total(static_cast<std::size_t>(version.groups_size()));
    std::vector<int> applies(total.size());
    for (int item = 0; item < version.items_size(); ++item) {
      const auto group = static_cast<std::size_t>(model.GroupOfItem(item));
      ++total[group];
      if (MayApply(model, item, s)) ++applies[group];
    }
    for (std::size_t g = 0; g < total.size(); ++g) {
      if (total[g] == 0 || applies[g] != 0) continue;
      log.Add(
          check::kSectorWithoutItems, absl::StrCat("sectors[", s, "]"),
          absl::StrCat("in sector ", version.sectors(s).id(), ", none of the ", total[g],
                       " items of group ", version.groups(static_cast<int>(g)).id(), " applies"));
    }
  }
  const auto& rows = model.program().applicability;
  for (std::size_t r = 0; r < rows.size(); ++r) {
    const std::string path = absl::StrCat("scoring_model.applicability[", r, "]");
    FactSpace space(model, /*linked=*/false);
    space.Use(rows[r].when);
    if (!MayEnumerate(space, 1, limits, path, log)) continue;
    const std::vector<FactState> all = space.All();
    const bool some = std::any_of(all.begin(), all.end(), [&](const FactState& facts) {
      return FactsHold(rows[r].when, facts, 0);
    });
    if (some) continue;
    log.Add(
        check::kItemNeverApplies, path,
        absl::StrCat(
            "its condition never holds, so it lets ",
            absl::StrJoin(version.scoring_model().applicability(static_cast<int>(r)).items(), ", "),
            " apply nowhere"));
  }
}

void ProveCategories(const CompiledModel& model, const ProveLimits& limits, ProofLog& log) {
  const std::vector<CategoryRow>& rows = model.program().categories;
  if (rows.empty()) return;
  FactSpace space(model, /*linked=*/false);
  for (const CategoryRow& row : rows) space.Use(row.when);
  const std::size_t items = std::max(1, model.version().items_size());
  if (!MayEnumerate(space, rows.size() * items, limits, "scoring_model.required_categories", log)) {
    return;
  }
  std::vector<bool> used(rows.size());
  for (const FactState& facts : space.All()) {
    std::vector<bool> decided(static_cast<std::size_t>(model.version().items_size()));
    for (std::size_t r = 0; r < rows.size(); ++r) {
      if (!FactsHold(rows[r].when, facts, 0)) continue;
      for (std::size_t item = 0; item < decided.size(); ++item) {
        if (decided[item] || (!rows[r].items.empty() && !rows[r].items[item])) continue;
        used[r] = decided[item] = true;
      }
    }
  }
  for (std::size_t r = 0; r < rows.size(); ++r) {
    if (used[r]) continue;
    log.Add(check::kCategoryRowDead, absl::StrCat("scoring_model.required_categories[", r, "]"),
            "the row decides for no item: rows before it do, or its condition never holds");
  }
}

void ProveReasons(const CompiledModel& model, ProofLog& log) {
  const framework::v1::ScoringModel& scoring = model.version().scoring_model();
  for (int l = 0; l < scoring.ladders_size(); ++l) {
    for (int s = 0; s < scoring.ladders(l).stages_size(); ++s) {
      const framework::v1::Stage& stage = scoring.ladders(l).stages(s);
      const std::string path = StagePath(static_cast<std::size_t>(l), static_cast<std::size_t>(s));
      for (int c = 0; c < stage.caps_size(); ++c) {
        ProveCapReason(stage.caps(c), absl::StrCat(path, ".caps[", c, "]"), log);
      }
      for (int e = 0; e < stage.exclusions_size(); ++e) {
        NoteReason(stage.exclusions(e).reason(), absl::StrCat(path, ".exclusions[", e, "]"),
                   "the inputs are left out", log);
      }
    }
  }
  for (int s = 0; s < scoring.cap_sets_size(); ++s) {
    for (int c = 0; c < scoring.cap_sets(s).caps_size(); ++c) {
      ProveCapReason(scoring.cap_sets(s).caps(c),
                     absl::StrCat("scoring_model.cap_sets[", s, "].caps[", c, "]"), log);
    }
  }
  for (int a = 0; a < scoring.applicability_size(); ++a) {
    NoteReason(scoring.applicability(a).reason(),
               absl::StrCat("scoring_model.applicability[", a, "]"), "the items apply only there",
               log);
  }
}

}  // namespace assay::model
