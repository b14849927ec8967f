#include "clients/cli/output/rating_view.h"

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

#include "clients/cli/output/table.h"
#include "clients/cli/output/words.h"

namespace assay::cli {
namespace {

using Align = Table::Align;

// The words of a result that is an outcome or a reason, for Rating, GroupRating and ServiceRating.
template <class Rated>
Cell ResultCell(const Rated& rated) {
  if (rated.has_outcome()) return Cell(OutcomeText(rated.outcome()), ToneOf(rated.rating()));
  return Cell("Unrated", Tone::kFaint);
}

// What stands beside a result: the reason for none, else how it came about unless it was computed.
template <class Rated>
std::string NoteOf(const Rated& rated) {
  if (rated.has_unrated()) return UnratedText(rated.unrated());
  return rated.origin() == scoring::v1::OUTCOME_ORIGIN_COMPUTED ? "" : OriginText(rated.origin());
}

Table GroupTable() {
  return Table({{"key question"},
                {"rating"},
                {"points", Align::kRight},
                {"%", Align::kRight},
                {"scored", Align::kRight},
                {"rule"},
                {"limited by"},
                {"since"},
                {"note"}});
}

void AddGroups(const google::protobuf::RepeatedPtrField<scoring::v1::GroupRating>& groups,
               Table* table) {
  for (const scoring::v1::GroupRating& group : groups) {
    const bool points = group.has_points();
    const std::string name = group.display_name().empty() ? group.group() : group.display_name();
    table->AddRow(
        {name, ResultCell(group),
         points ? absl::StrCat(group.points().numerator(), "/", group.points().denominator()) : "",
         points ? absl::StrCat(group.percent()) : "",
         group.items_total() > 0 ? absl::StrCat(group.items_rated(), "/", group.items_total()) : "",
         group.rule(), Cell(group.limiter(), Tone::kWarn), DateText(group.effective_date()),
         NoteOf(group)});
  }
}

std::string Services(const scoring::v1::Rating& rating, const Style& style) {
  std::string out;
  for (const scoring::v1::ServiceRating& service : rating.services()) {
    const Cell result = ResultCell(service);
    absl::StrAppend(&out, "\n", style.Paint(Tone::kStrong, Shown(service.service())), "  ",
                    style.Paint(result.tone, Shown(result.text)));
    const std::string note = NoteOf(service);
    if (!note.empty()) absl::StrAppend(&out, "  (", Shown(note), ")");
    absl::StrAppend(&out, "\n");
    Table table = GroupTable();
    AddGroups(service.groups(), &table);
    if (!table.empty()) absl::StrAppend(&out, table.Render(style, 2));
  }
  return out;
}

std::string Items(const scoring::v1::Rating& rating, const Style& style) {
  Table table({{"item"}, {"service"}, {"outcome"}, {"origin"}, {"since"}});
  for (const scoring::v1::ItemOutcome& item : rating.items()) {
    const std::string level = item.has_outcome() ? absl::StrCat(item.outcome().level()) : "-";
    const std::string label = item.has_outcome() ? OutcomeText(item.outcome()) : "";
    table.AddRow({item.item(), item.service(),
                  absl::StrCat(level, label.empty() ? "" : "  ", label),
                  Cell(OriginText(item.origin()), Tone::kFaint), DateText(item.effective_date())});
  }
  return table.empty() ? "" : absl::StrCat("\n", table.Render(style));
}

// Where it holds, by which method, and its proof.
std::string Footer(const scoring::v1::Rating& rating, const Style& style) {
  std::string out = "\n";
  const std::string from = DateText(rating.valid_from());
  const std::string before = DateText(rating.valid_before());
  if (!from.empty()) {
    absl::StrAppend(&out, "holds from ", from,
                    before.empty() ? "" : absl::StrCat(" until the day before ", before), "\n");
  }
  if (!rating.framework_version().empty()) {
    absl::StrAppend(&out, "method ", Shown(rating.framework_version()), "\n");
  }
  if (!rating.derivation_digest().empty()) {
    absl::StrAppend(&out, "derivation ", absl::BytesToHexString(rating.derivation_digest()), "\n");
  }
  return style.on() ? style.Paint(Tone::kFaint, out) : out;
}

std::string Inputs(const scoring::v1::Derivation& derivation, const Style& style) {
  Table table({{"#", Align::kRight},
               {"input"},
               {"outcome"},
               {"origin"},
               {"since"},
               {"record", Align::kRight}});
  for (int i = 0; i < derivation.inputs_size(); ++i) {
    const scoring::v1::Input& input = derivation.inputs(i);
    const std::string outcome = input.has_outcome() ? absl::StrCat(input.outcome().level(), "  ",
                                                                   OutcomeText(input.outcome()))
                                                    : UnratedText(input.unrated());
    table.AddRow({absl::StrCat(i), NodeText(input.node()), outcome,
                  Cell(OriginText(input.origin()), Tone::kFaint), DateText(input.effective_date()),
                  input.counter() > 0 ? absl::StrCat(input.counter()) : ""});
  }
  return table.empty() ? "" : absl::StrCat("\n", table.Render(style));
}

std::string CapsOf(const scoring::v1::Step& step) {
  std::vector<std::string> applied;
  for (const scoring::v1::CapTrial& cap : step.caps()) {
    if (!cap.applies()) continue;
    std::string text = absl::StrCat(cap.cap(), cap.bound() ? " (bound" : " (applies");
    if (cap.has_outcome_without()) {
      absl::StrAppend(&text, ", without it ", OutcomeText(cap.outcome_without()));
    }
    applied.push_back(text + ")");
  }
  return absl::StrJoin(applied, ", ");
}

std::string Steps(const scoring::v1::Derivation& derivation, const Style& style) {
  Table table({{"step"},
               {"node"},
               {"points", Align::kRight},
               {"%", Align::kRight},
               {"inputs", Align::kRight},
               {"rule"},
               {"outcome"},
               {"caps"}});
  for (const scoring::v1::Step& step : derivation.steps()) {
    const bool points = step.denominator() > 0;
    table.AddRow({step.node().stage(), NodeText(step.node()),
                  points ? absl::StrCat(step.numerator(), "/", step.denominator()) : "",
                  points ? absl::StrCat(step.percent()) : "",
                  absl::StrCat(step.inputs_rated(), "/", step.inputs_total()), step.rule(),
                  step.has_outcome() ? OutcomeText(step.outcome()) : UnratedText(step.unrated()),
                  Cell(CapsOf(step), Tone::kWarn)});
  }
  return table.empty() ? "" : absl::StrCat("\n", table.Render(style));
}

std::string Warnings(const scoring::v1::Rating& rating, const Style& style) {
  std::string out;
  for (const scoring::v1::Warning& warning : rating.warnings()) {
    absl::StrAppend(&out, out.empty() ? "\n" : "", style.Paint(Tone::kWarn, "note"), " ",
                    Shown(NodeText(warning.node())), ": ",
                    Shown(warning.text().empty() ? warning.code() : warning.text()), "\n");
  }
  return out;
}

std::string Heading(const scoring::v1::Rating& rating, const Style& style) {
  const Cell result = ResultCell(rating);
  std::string out = style.Paint(Tone::kStrong, Shown(rating.subject()));
  if (!rating.display_name().empty()) absl::StrAppend(&out, "  ", Shown(rating.display_name()));
  if (rating.deregistered()) absl::StrAppend(&out, "  ", style.Paint(Tone::kWarn, "deregistered"));
  absl::StrAppend(&out, "\noverall  ", style.Paint(result.tone, Shown(result.text)));
  if (!rating.rule().empty()) absl::StrAppend(&out, "  by ", Shown(rating.rule()));
  if (!rating.limiter().empty()) {
    absl::StrAppend(&out, "  limited by ", style.Paint(Tone::kWarn, Shown(rating.limiter())));
  }
  const std::string note = NoteOf(rating);
  if (!note.empty()) absl::StrAppend(&out, "  (", Shown(note), ")");
  return out + "\n";
}

}  // namespace

std::string RatingPage(const scoring::v1::Rating& rating, const Style& style) {
  std::string out = Heading(rating, style);
  Table groups = GroupTable();
  AddGroups(rating.groups(), &groups);
  if (!groups.empty()) absl::StrAppend(&out, "\n", groups.Render(style));
  absl::StrAppend(&out, Services(rating, style), Items(rating, style), Warnings(rating, style),
                  Footer(rating, style));
  return out;
}

std::string ExplanationPage(const scoring::v1::ExplainRatingResponse& answer, const Style& style) {
  std::string out = Heading(answer.rating(), style);
  if (answer.explanation_size() > 0) absl::StrAppend(&out, "\n");
  for (const std::string& sentence : answer.explanation()) {
    absl::StrAppend(&out, "- ", Shown(sentence), "\n");
  }
  absl::StrAppend(&out, Inputs(answer.derivation(), style), Steps(answer.derivation(), style),
                  Warnings(answer.rating(), style), Footer(answer.rating(), style));
  return out;
}

std::string WatchLine(const scoring::v1::WatchRatingsResponse& event, const Style& style) {
  if (event.has_rating()) {
    const scoring::v1::Rating& rating = event.rating();
    const Cell result = ResultCell(rating);
    const std::string since = DateText(rating.valid_from());
    return absl::StrCat(Shown(rating.subject()), "  ", style.Paint(result.tone, Shown(result.text)),
                        rating.rule().empty() ? "" : "  by " + Shown(rating.rule()),
                        since.empty() ? "" : "  since " + since, "\n");
  }
  if (event.event_case() == scoring::v1::WatchRatingsResponse::kLeft) {
    return absl::StrCat(Shown(event.left()), "  ", style.Paint(Tone::kFaint, "left"), "\n");
  }
  return "";
}

}  // namespace assay::cli
