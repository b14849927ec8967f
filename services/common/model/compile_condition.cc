// Conditions: names become numbers, and what a place cannot ask about is refused.
#include <string>

#include "absl/strings/str_cat.h"

#include "services/common/clock/day_proto.h"
#include "services/common/model/compiler.h"

namespace assay::model {
namespace {

using framework::v1::Term;

bool Refuse(Faults& bad, const Path& path, absl::string_view what, absl::string_view where) {
  bad.AddText(path, absl::StrCat(where, " cannot ask about ", what));
  return false;
}

int KindByWord(absl::string_view word) {
  for (int kind = 1; kind < evidence::v1::RegulatoryActionKind_ARRAYSIZE; ++kind) {
    if (ActionKindWord(kind) == word) return kind;
  }
  return 0;
}

}  // namespace

Level Compiler::RequireLevel(const Path& path, absl::string_view id, int scale) {
  if (scale < 0) return 0;
  const Level level = model_->LevelById(scale, id);
  if (level == 0) {
    bad_.Add(
        check::kReferenceUnknown, path, id,
        absl::StrCat("the id of a level of scale ", version().scoring_model().scales(scale).id()));
  }
  return level;
}

template <typename Ids>
bool Compiler::LevelBits(const Path& path, const Ids& ids, int scale, Bits& out) {
  if (ids.empty()) bad_.Add(path, "", "at least one level");
  bool good = !ids.empty();
  for (const std::string& id : ids) {
    const Level level = RequireLevel(path, id, scale);
    good = good && level != 0;
    out |= Bit(level);
  }
  return good;
}

bool Compiler::CompileRange(const Path& path, bool has_low, int low, bool has_high, int high,
                            CompiledTerm& out) {
  if (!has_low && !has_high) {
    bad_.Add(path, "", "at_least, at_most or both");
    return false;
  }
  if (has_low) out.low = low;
  if (has_high) out.high = high;
  if (out.low < 0 || out.high < out.low || low > 65535 || (has_high && high > 65535)) {
    bad_.Add(path, absl::StrCat(out.low, " to ", out.high), "a range of counts from 0 to 65535");
    return false;
  }
  return true;
}

bool Compiler::CompileCount(const Path& path, const Term::Count& count, const TermScope& scope,
                            CompiledTerm& out) {
  out.kind = TermKind::kCount;
  const bool levels =
      LevelBits(path.At("levels"), count.levels(), scope.stage->input_scale, out.bits);
  return CompileRange(path, count.has_at_least(), count.at_least(), count.has_at_most(),
                      count.at_most(), out) &&
         levels;
}

bool Compiler::FindInput(const Path& path, absl::string_view name, const TermScope& scope,
                         NamedInput& out) {
  int found = 0;
  for (int index : scope.stage->from) {
    const StageProgram& from = scope.ladder->stages[static_cast<std::size_t>(index)];
    if (from.open != scope.stage->open) {
      bad_.Add(path, name, "an input that the stage does not collapse over services or locations");
      return false;
    }
    const int position = from.closed == ClosedAxis::kWhole ? (from.source->id() == name ? 0 : -1)
                                                           : PositionById(from.closed, name);
    if (position < 0 || from.index_of_position[static_cast<std::size_t>(position)] < 0) continue;
    out.stage = static_cast<std::uint8_t>(index);
    out.position = static_cast<std::uint16_t>(position);
    ++found;
  }
  if (found != 1) {
    bad_.Add(check::kReferenceUnknown, path, name,
             "the id of exactly one input (its stage's id where it keeps no axis)");
  }
  return found == 1;
}

bool Compiler::CompileCompare(const Path& path, const Term::Compare& compare,
                              const TermScope& scope, CompiledTerm& out) {
  out.kind = TermKind::kCompare;
  bool good = FindInput(path.At("input"), compare.input(), scope, out.left);
  out.comparison = compare.comparison();
  if (out.comparison == framework::v1::COMPARISON_UNSPECIFIED ||
      !framework::v1::Comparison_IsValid(out.comparison)) {
    bad_.Add(path.At("comparison"), out.comparison, "a comparison");
    good = false;
  }
  if (compare.right_case() == Term::Compare::kLevel) {
    out.right_is_level = true;
    out.level = RequireLevel(path.At("level"), compare.level(), scope.stage->input_scale);
    return good && out.level != 0;
  }
  if (compare.right_case() == Term::Compare::kOther) {
    return FindInput(path.At("other"), compare.other(), scope, out.right) && good;
  }
  bad_.Add(path, "", "level or other");
  return false;
}

bool Compiler::CompileAssessed(const Path& path, const Term::DateRange& range, CompiledTerm& out) {
  out.kind = TermKind::kAssessed;
  auto read = [&](const char* field, const type::v1::Date& date, Day& day) {
    if (clock::IsUnset(date)) return true;
    absl::StatusOr<Day> parsed = clock::DayFromProto(date);
    if (!parsed.ok()) {
      bad_.AddText(path.At(field), parsed.status().message());
      return false;
    }
    day = *parsed;
    return true;
  };
  const bool from = read("from", range.from(), out.from);
  const bool before = read("before", range.before(), out.before);
  if (!from || !before) return false;
  if (out.from == kNoDay && out.before == kNoDay) {
    bad_.Add(path, "", "from, before or both");
    return false;
  }
  if (out.from != kNoDay && out.before != kNoDay && !(out.from < out.before)) {
    bad_.Add(path.At("before"), out.before.ToString(),
             absl::StrCat("a day after ", out.from.ToString()));
    return false;
  }
  return true;
}

// Terms about the subject, not about the node's inputs.
bool Compiler::CompileFact(const Path& path, const Term& term, const TermScope& scope,
                           CompiledTerm& out) {
  switch (term.term_case()) {
    case Term::kOpenAction:
      out.kind = TermKind::kAction;
      out.linked = term.open_action().on_linked_regulation();
      for (const std::string& word : term.open_action().kinds()) {
        const int kind = KindByWord(word);
        if (kind == 0) {
          bad_.Add(path.At("open_action.kinds"), word,
                   "breach, requirement-notice, warning-notice or condition");
        }
        out.bits |= Bit(kind);
      }
      if (out.linked && !scope.linked) {
        return Refuse(bad_, path.At("open_action.on_linked_regulation"), "linked regulations",
                      scope.where);
      }
      return true;
    case Term::kFlag: {
      out.kind = TermKind::kFlag;
      if (term.flag().empty() || term.flag().size() > 64) {
        bad_.Add(path.At("flag"), term.flag(), "a flag of 1 to 64 bytes");
        return false;
      }
      std::vector<std::string>& flags = model_->program_->flags;
      for (std::size_t i = 0; i < flags.size(); ++i) {
        if (flags[i] == term.flag()) out.flag = static_cast<int>(i);
      }
      if (out.flag >= 0) return true;
      if (flags.size() == 64) {
        bad_.Add(path.At("flag"), term.flag(), "at most 64 different flags");
        return false;
      }
      out.flag = static_cast<int>(flags.size());
      flags.push_back(term.flag());
      return true;
    }
    case Term::kSector:
      out.kind = TermKind::kSector;
      if (term.sector().names().empty())
        bad_.Add(path.At("sector.names"), "", "at least one sector");
      for (const std::string& name : term.sector().names()) {
        const int sector = model_->SectorById(name);
        if (sector < 0) {
          bad_.Add(check::kReferenceUnknown, path.At("sector.names"), name, "the id of a sector");
        } else {
          out.bits |= Bit(sector);
        }
      }
      return true;
    case Term::kAssessed:
      return CompileAssessed(path.At("assessed"), term.assessed(), out);
    default:
      bad_.Add(path, "", "a term");
      return false;
  }
}

bool Compiler::CompileTerm(const Path& path, const Term& term, const TermScope& scope,
                           CompiledTerm& out) {
  switch (term.term_case()) {
    case Term::kCount:
      if (!scope.inputs) return Refuse(bad_, path.At("count"), "inputs", scope.where);
      return CompileCount(path.At("count"), term.count(), scope, out);
    case Term::kRated:
      if (!scope.inputs) return Refuse(bad_, path.At("rated"), "inputs", scope.where);
      out.kind = TermKind::kRated;
      return CompileRange(path.At("rated"), term.rated().has_at_least(), term.rated().at_least(),
                          term.rated().has_at_most(), term.rated().at_most(), out);
    case Term::kLowestAtMost:
      if (!scope.inputs) return Refuse(bad_, path.At("lowest_at_most"), "inputs", scope.where);
      out.kind = TermKind::kLowest;
      out.level =
          RequireLevel(path.At("lowest_at_most"), term.lowest_at_most(), scope.stage->input_scale);
      return out.level != 0;
    case Term::kOutcome:
      if (!scope.outcome) return Refuse(bad_, path.At("outcome"), "the outcome", scope.where);
      out.kind = TermKind::kOutcome;
      return LevelBits(path.At("outcome.levels"), term.outcome().levels(), scope.stage->scale,
                       out.bits);
    case Term::kNode:
      if (!scope.node) return Refuse(bad_, path.At("node"), "the node", scope.where);
      out.kind = TermKind::kNode;
      out.nodes = PositionSet(path.At("node.names"), scope.stage->closed, term.node().names());
      return true;
    case Term::kCompare:
      if (!scope.compare) return Refuse(bad_, path.At("compare"), "named inputs", scope.where);
      return CompileCompare(path.At("compare"), term.compare(), scope, out);
    case Term::kServices:
      if (!scope.services) return Refuse(bad_, path.At("services"), "services", scope.where);
      out.kind = TermKind::kServices;
      return CompileRange(path.At("services"), term.services().has_at_least(),
                          term.services().at_least(), term.services().has_at_most(),
                          term.services().at_most(), out);
    default:
      return CompileFact(path, term, scope, out);
  }
}

// A shared rule is compiled for every stage that names it, however long its lists of ids are.
std::size_t Compiler::BytesOf(const framework::v1::Condition& condition) {
  std::size_t bytes = condition.ByteSizeLong();
  for (const Term& term : condition.all()) {
    bytes += sizeof(CompiledTerm);
    if (term.has_node()) bytes += kMaxPositions / 8;
  }
  return bytes;
}

CompiledCondition Compiler::CompileCondition(const Path& path,
                                             const framework::v1::Condition& condition,
                                             const TermScope& scope) {
  CompiledCondition compiled;
  if (!CheckCount(path.At("all"), condition.all_size(), 0, kMaxTerms)) return compiled;
  for (int i = 0; i < condition.all_size(); ++i) {
    CompiledTerm term;
    term.source = &condition.all(i);
    if (CompileTerm(path.At("all", i), condition.all(i), scope, term)) {
      compiled.all.push_back(std::move(term));
    }
  }
  return compiled;
}

}  // namespace assay::model
