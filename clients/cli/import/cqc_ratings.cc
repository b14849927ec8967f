#include "clients/cli/import/cqc_ratings.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

#include "clients/cli/ingest/request_id.h"
#include "services/common/clock/day_proto.h"
#include "services/common/text/slug.h"

namespace assay::importer {
namespace {

using clock::Day;
using evidence::v1::Judgement;
using evidence::v1::JudgementStatus;
using evidence::v1::RecordWrite;

// The first day of assessments whose statements are scored directly (domain, section 1.1).
Day FirstDirectScores() { return Day::FromCivil(2024, 12, 2).value(); }

// A published outcome of one node, in words.
struct Finding {
  type::v1::Node node;
  std::string word;
  std::string field;  // its path in the document
  Day effective;
  absl::optional<Day> start;
  JudgementStatus status = evidence::v1::JUDGEMENT_STATUS_GIVEN;
  std::string reference;
  bool current = false;  // of `currentRatings`: it stands, whatever it says
};

// What a word means at a node.
struct Meaning {
  bool known = false;
  type::v1::Outcome outcome;  // level 0: in words
  type::v1::Unrated unrated;
};

// "3 - Evidence shows a good standard of care" begins with its score.
absl::string_view ScoreIn(absl::string_view word) {
  const std::size_t end = word.find(' ');
  return end == absl::string_view::npos ? word : word.substr(0, end);
}

// The scale that has the word among its labels, where the model knows the node on several: services
// that are not rated meet regulations, or do not. Else the node's first.
int ScaleOf(const model::CompiledModel& model, const Finding& finding, int first) {
  const auto& scales = model.version().scoring_model().scales();
  if (model.LevelByAny(first, finding.word) != 0) return first;
  for (int scale = 0; scale < scales.size(); ++scale) {
    const auto& levels = scales[scale].levels();
    const bool has = std::any_of(levels.begin(), levels.end(), [&](const auto& level) {
      return absl::EqualsIgnoreCase(level.label(), finding.word);
    });
    if (!has) continue;
    const absl::StatusOr<model::Place> place = model.ResolveNode(finding.node, scales[scale].id());
    if (place.ok() && model.ScaleOf(*place) == scale) return scale;
  }
  return first;
}

Meaning MeaningOf(const model::CompiledModel& model, const Finding& finding) {
  Meaning meaning;
  const absl::StatusOr<model::Place> place = model.ResolveNode(finding.node);
  if (!place.ok()) return meaning;
  const int scale = ScaleOf(model, finding, model.ScaleOf(*place));
  model::Level level = model.LevelByAny(scale, finding.word);
  if (level == 0 && !finding.node.item().empty()) {
    level = model.LevelByAny(scale, ScoreIn(finding.word));
  }
  if (level != 0) {
    meaning.known = true;
    meaning.outcome = model.OutcomeOf(scale, level);
    meaning.outcome.clear_label();
    return meaning;
  }
  const std::optional<absl::string_view> reason = model.PublishedWord(finding.word);
  if (!reason.has_value()) return meaning;
  meaning.known = true;
  meaning.unrated.set_reason(std::string(*reason));
  meaning.unrated.set_text(finding.word);
  return meaning;
}

void AddJudgement(const RatedLocation& location, const model::CompiledModel& model,
                  const Finding& finding, const Meaning& meaning, MappedDocument* mapped) {
  mapped->writes.emplace_back();
  RecordWrite& write = mapped->writes.back();
  write.mutable_judgement()->set_parent(location.name);
  Judgement* judgement = write.mutable_judgement()->mutable_judgement();
  *judgement->mutable_node() = finding.node;
  judgement->set_framework_version(std::string(model.name()));
  if (meaning.outcome.level() != 0) {
    *judgement->mutable_outcome() = meaning.outcome;
  } else {
    *judgement->mutable_not_rated() = meaning.unrated;
  }
  judgement->set_status(finding.status);
  *judgement->mutable_effective_date() = clock::DayToProto(finding.effective);
  if (finding.start.has_value()) {
    *judgement->mutable_assessment_start() = clock::DayToProto(*finding.start);
  }
  judgement->mutable_source()->set_system(kCqcSystem);
  judgement->mutable_source()->set_reference(finding.reference);
  ingest::SetRequestId(kCqcSystem, &write);
}

std::string NodeWords(const type::v1::Node& node) {
  const absl::string_view what = !node.item().empty()    ? absl::string_view(node.item())
                                 : !node.group().empty() ? absl::string_view(node.group())
                                                         : absl::string_view("overall");
  return node.service().empty() ? std::string(what) : absl::StrCat(node.service(), ": ", what);
}

// The slug of a service's name, which is noted; a violation where it has none.
std::string ServiceOf(const Fields& fields, MappedDocument* mapped) {
  const std::string name = fields.RequiredText("name");
  if (name.empty()) return "";
  const absl::StatusOr<std::string> slug = text::Slug(name);
  if (slug.ok() && slug->size() <= 64) {
    mapped->services.emplace(*slug, name);
    return *slug;
  }
  fields.bad().Add(fields.PathOf("name"), name, "a name of letters that makes a short id");
  return "";
}

// ---- Before the single assessment framework ----

// One entry of `currentRatings` or `historicRatings`, and what its parts have in common.
struct Report {
  absl::optional<Day> date;
  std::string link;
  std::string organisation;
  bool current = false;
};

class PublishedRatings {
 public:
  PublishedRatings(const RatedLocation& location, const model::CompiledModel& model,
                   errors::Violations* bad, MappedDocument* mapped)
      : location_(location), model_(model), bad_(*bad), mapped_(*mapped) {}

  void Take(const Fields& document) {
    const Fields current = document.Object("currentRatings");
    Report report = ReportOf(current, {});
    report.current = true;
    TakeEntry(current, report);
    for (const Fields& entry : document.Objects("historicRatings")) {
      TakeEntry(entry, ReportOf(entry, {}));
    }
  }

  // Adds all judgements that count, oldest first.
  void Write() {
    std::stable_sort(findings_.begin(), findings_.end(),
                     [](const Finding& a, const Finding& b) { return a.effective < b.effective; });
    std::set<std::string> rated;  // nodes with a rating so far
    for (const Finding& finding : findings_) {
      const Meaning meaning = MeaningOf(model_, finding);
      if (!meaning.known) {
        bad_.Add(finding.field, finding.word, "a rating, or words published in its place");
        continue;
      }
      const std::string node = NodeWords(finding.node);
      if (meaning.outcome.level() != 0) {
        rated.insert(node);
      } else if (!finding.current && rated.count(node) > 0) {
        // An inspection that ended without a rating leaves the one that stood.
        mapped_.notes.push_back(absl::StrCat(finding.field, ": left out, ", finding.word, " on ",
                                             finding.effective.ToString(),
                                             " does not end the rating that stood"));
        continue;
      }
      AddJudgement(location_, model_, finding, meaning, &mapped_);
    }
    if (!unrated_services_.empty()) {
      mapped_.notes.push_back(absl::StrCat("serviceRatings: left out, ", model_.name(),
                                           " rates no services (",
                                           absl::StrJoin(unrated_services_, ", "), ")"));
    }
    if (undated_ > 0) {
      mapped_.notes.push_back(
          absl::StrCat("reportDate: left out ", undated_, " ratings without a date"));
    }
  }

 private:
  // What `fields` says of its report, else what it lies in says.
  static Report ReportOf(const Fields& fields, const Report& outer) {
    Report report = outer;
    if (const absl::optional<Day> date = fields.Date("reportDate")) report.date = date;
    std::string link = fields.Text("reportLinkId");
    if (!link.empty()) report.link = std::move(link);
    std::string organisation = fields.Text("organisationId");
    if (!organisation.empty()) report.organisation = std::move(organisation);
    return report;
  }

  void TakeEntry(const Fields& entry, const Report& report) {
    const Fields overall = entry.Object("overall");
    TakeRated(overall, "", ReportOf(overall, report));
    for (const Fields& service : entry.Objects("serviceRatings")) {
      const std::string id = ServiceOf(service, &mapped_);
      if (!id.empty()) TakeRated(service, id, ReportOf(service, report));
    }
  }

  // An overall rating with its key questions.
  void TakeRated(const Fields& fields, const std::string& service, const Report& report) {
    for (const Fields& question : fields.Objects("keyQuestionRatings")) {
      const std::string name = question.RequiredText("name");
      const int group = model_.GroupByAny(name);
      if (group < 0) {
        if (!name.empty()) bad_.Add(question.PathOf("name"), name, "a key question");
        continue;
      }
      type::v1::Node node;
      node.set_service(service);
      node.set_group(model_.version().groups(group).id());
      TakeRating(question, node, ReportOf(question, report));
    }
    type::v1::Node node;
    node.set_service(service);
    TakeRating(fields, node, report);
  }

  void TakeRating(const Fields& fields, const type::v1::Node& node, const Report& report) {
    const std::string word = fields.Text("rating");
    if (word.empty()) return;
    if (!node.service().empty() && !model_.ResolveNode(node).ok()) {
      unrated_services_.insert(node.service());
      return;
    }
    Finding finding;
    finding.node = node;
    finding.word = word;
    finding.field = fields.PathOf("rating");
    finding.current = report.current;
    if (!report.date.has_value()) {
      // Words without a date say that nothing was published; a rating without one cannot be placed.
      if (!model_.PublishedWord(word).has_value()) ++undated_;
      return;
    }
    finding.effective = *report.date;
    finding.reference = ReferenceOf(report);
    findings_.push_back(std::move(finding));
  }

  std::string ReferenceOf(const Report& report) const {
    std::string reference =
        report.link.empty() ? absl::StrCat("report-", report.date->ToString()) : report.link;
    const bool own = report.organisation.empty() || report.organisation == location_.id ||
                     report.organisation == location_.provider_id;
    if (!own) absl::StrAppend(&reference, ", inherited from ", report.organisation);
    return reference;
  }

  const RatedLocation& location_;
  const model::CompiledModel& model_;
  errors::Violations& bad_;
  MappedDocument& mapped_;
  std::vector<Finding> findings_;
  std::set<std::string> unrated_services_;
  int undated_ = 0;
};

// ---- The single assessment framework ----

class Assessments {
 public:
  Assessments(const RatedLocation& location, const CqcContext& context, errors::Violations* bad,
              MappedDocument* mapped)
      : location_(location), context_(context), bad_(*bad), mapped_(*mapped) {}

  void Take(const Fields& document) {
    const std::vector<Fields> plans = document.Objects("assessment");
    std::set<std::string> groups;
    for (const Fields& plan : plans) {
      for (const Fields& asg : plan.Object("ratings").Objects("asgRatings")) {
        groups.insert(absl::AsciiStrToLower(asg.Text("name")));
      }
    }
    // With one assessment service group its ratings are the location's; with more each has its own
    // and the location has none (domain, section 2.5).
    by_service_ = groups.size() > 1;
    for (const Fields& plan : plans) TakePlan(plan);
  }

 private:
  void TakePlan(const Fields& plan) {
    const absl::optional<Day> published = plan.Date("assessmentPlanPublishedDateTime");
    const Fields ratings = plan.Object("ratings");
    const std::vector<Fields> groups = ratings.Objects("asgRatings");
    for (const Fields& group : groups) {
      TakeAssessment(group, published, by_service_ ? ServiceOf(group, &mapped_) : std::string());
    }
    if (!groups.empty()) return;
    for (const Fields& overall : ratings.Objects("overall")) TakeAssessment(overall, published, "");
  }

  void TakeAssessment(const Fields& fields, absl::optional<Day> published,
                      const std::string& service) {
    const absl::optional<Day> start = fields.Date("assessmentDate");
    if (!published.has_value()) published = start;
    if (!published.has_value()) {
      mapped_.notes.push_back(
          absl::StrCat(fields.PathOf("assessmentDate"), ": left out an assessment without a date"));
      return;
    }
    Finding finding;
    finding.node.set_service(service);
    finding.effective = *published;
    finding.start = start;
    const bool direct = start.value_or(*published) >= FirstDirectScores();
    model_ = direct ? context_.saf_2024 : context_.saf_2023;
    plan_ = fields.Text("assessmentPlanId");
    if (plan_.empty()) plan_ = absl::StrCat("assessment-", published->ToString());
    for (const Fields& question : fields.Objects("keyQuestionRatings")) {
      TakeKeyQuestion(question, finding);
    }
    Add(fields, "rating", "overall", finding);
  }

  void TakeKeyQuestion(const Fields& question, Finding finding) {
    const std::string name = question.RequiredText("name");
    const int group = model_->GroupByAny(name);
    if (group < 0) {
      if (!name.empty()) bad_.Add(question.PathOf("name"), name, "a key question");
      return;
    }
    for (const Fields& topic : question.Objects("topicareas")) TakeStatement(topic, finding);
    finding.node.set_group(model_->version().groups(group).id());
    Add(question, "rating", finding.node.group(), finding);
  }

  void TakeStatement(const Fields& topic, Finding finding) {
    const std::string id = topic.Text("qualityStatementId");
    const std::string name = topic.Text("name");
    int item = id.empty() ? -1 : model_->ItemByAny(id);
    if (item < 0) item = model_->ItemByAny(name);
    if (item < 0) {
      bad_.Add(topic.PathOf("qualityStatementId"), id.empty() ? name : id, "a quality statement");
      return;
    }
    finding.node.set_item(model_->version().items(item).id());
    // Not assessed this time, but scored: the score came from before (domain, section 11).
    const bool carried = absl::EqualsIgnoreCase(topic.Text("status"), "Not Assessed");
    finding.status = carried ? evidence::v1::JUDGEMENT_STATUS_CARRIED_FORWARD
                             : evidence::v1::JUDGEMENT_STATUS_ASSESSED;
    Add(topic, "qualityStatementscore", id.empty() ? finding.node.item() : id, finding);
  }

  // Adds what stands in `key`, if anything does.
  void Add(const Fields& fields, const char* key, absl::string_view part, Finding finding) {
    finding.word = fields.Text(key);
    if (finding.word.empty()) return;
    finding.field = fields.PathOf(key);
    finding.reference = absl::StrCat(plan_, "/", part);
    const Meaning meaning = MeaningOf(*model_, finding);
    if (meaning.known) {
      AddJudgement(location_, *model_, finding, meaning, &mapped_);
    } else {
      bad_.Add(finding.field, finding.word, "a rating, a score, or words published in its place");
    }
  }

  const RatedLocation& location_;
  const CqcContext& context_;
  errors::Violations& bad_;
  MappedDocument& mapped_;
  bool by_service_ = false;
  const model::CompiledModel* model_ = nullptr;  // of the assessment at hand
  std::string plan_;                             // and its reference
};

}  // namespace

void MapPublishedRatings(const Fields& document, const RatedLocation& location,
                         const CqcContext& context, MappedDocument* mapped) {
  PublishedRatings ratings(location, *context.kloe, &document.bad(), mapped);
  ratings.Take(document);
  ratings.Write();
}

void MapAssessments(const Fields& document, const RatedLocation& location,
                    const CqcContext& context, MappedDocument* mapped) {
  Assessments(location, context, &document.bad(), mapped).Take(document);
}

}  // namespace assay::importer
