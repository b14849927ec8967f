#include "clients/cli/nation/biography.h"

#include <algorithm>
#include <cstdint>
#include <utility>

#include "absl/strings/str_cat.h"

#include "clients/cli/nation/findings.h"
#include "services/common/clock/day_proto.h"

namespace assay::nation {
namespace {

using clock::Day;
using evidence::v1::Judgement;
using evidence::v1::RecordWrite;
using evidence::v1::RegulatoryAction;
using type::v1::Rating;

constexpr std::int32_t kSixYears = 2191;          // days
constexpr std::int32_t kLeastSinceFirst = 700;    // days between the window's begin and the newest
constexpr std::int32_t kLeastBetween = 300;       // days between the newest and the one before
constexpr std::int32_t kLeastBetweenFirst = 200;  // days between the first two of three
constexpr std::uint32_t kLatePerMille = 30;
constexpr std::uint32_t kCorrectedPerMille = 10;
constexpr std::uint32_t kCarriedPerMille = 700;  // of statements that agree with the rating before
constexpr std::uint32_t kSamePerMille = 600;     // of ratings that stay what they were

// Of requires improvement and inadequate, and of the better ones: together 2 % of all locations.
constexpr std::uint32_t kOpenActionPerMille = 60;
constexpr std::uint32_t kClosedActionPerMille = 12;

constexpr const char* kRegulations[] = {"12", "17", "18", "13", "9"};

// The span of days on which the newest assessment may start, under one version.
struct Era {
  Day first;
  Day last;
  std::uint32_t weight = 0;
};

std::vector<Era> ErasOf(const Methods& methods, Day window, Day until) {
  // Most locations were last assessed before scores came.
  constexpr std::uint32_t kWeights[] = {60, 12, 28};
  std::vector<Era> eras;
  for (std::size_t at = 0; at < methods.all().size(); ++at) {
    const bool last = at + 1 == methods.all().size();
    Era era;
    era.first = std::max(methods.all()[at].from, window.Plus(kLeastSinceFirst));
    era.last = last ? until.Plus(-1) : std::min(until, methods.all()[at + 1].from).Plus(-1);
    era.weight = era.first <= era.last ? kWeights[std::min<std::size_t>(at, 2)] : 0;
    eras.push_back(era);
  }
  return eras;
}

Day DayIn(Day first, Day last, Dice* dice) { return first.Plus(dice->Between(0, last - first)); }

// Writes the judgements of one location.
class Biographer {
 public:
  Biographer(const Subject& subject, Biography* biography, Dice* dice)
      : subject_(subject), biography_(biography), dice_(dice) {
    const std::size_t units = std::max<std::size_t>(1, subject.services.size());
    before_.resize(units);
  }

  // `overall` is wanted of each service, or of the location as a whole.
  void Assess(std::size_t number, const std::vector<Rating>& overall) {
    at_ = &biography_->assessments[number];
    number_ = number;
    written_ = 0;
    previous_ = number == 0 ? nullptr : &biography_->assessments[number - 1];
    begin_ = biography_->writes.size();
    if (!at_->method->scored) {
      Judge(overall.front());
      return;
    }
    for (std::size_t unit = 0; unit < overall.size(); ++unit) Score(unit, overall[unit]);
  }

  // Index of the first judgement of the assessment that was written last.
  std::size_t begin() const { return begin_; }

 private:
  std::vector<std::string> KeyQuestionIds() const {
    std::vector<std::string> ids;
    for (const KeyQuestion& question : at_->method->key_questions) ids.push_back(question.id);
    return ids;
  }

  // Key questions and the whole are published as they are.
  void Judge(Rating overall) {
    const std::vector<Rating> ratings = DrawKeyQuestions(overall, KeyQuestionIds(), dice_);
    for (std::size_t at = 0; at < ratings.size(); ++at) {
      Judgement* judgement = AddRated(ratings[at]);
      judgement->mutable_node()->set_group(at_->method->key_questions[at].id);
    }
    AddRated(overall)->mutable_node();
    for (std::vector<Rating>& before : before_) before = ratings;
  }

  void Score(std::size_t unit, Rating overall) {
    const std::vector<Rating> ratings = DrawKeyQuestions(overall, KeyQuestionIds(), dice_);
    const std::size_t first = biography_->writes.size();
    bool assessed = false;
    for (std::size_t at = 0; at < ratings.size(); ++at) {
      assessed |= ScoreKeyQuestion(unit, at, ratings[at]);
    }
    // An assessment that looked at nothing would be none.
    if (!assessed && first < biography_->writes.size()) {
      Judgement* judgement = biography_->writes[first].mutable_judgement()->mutable_judgement();
      judgement->set_status(evidence::v1::JUDGEMENT_STATUS_ASSESSED);
      judgement->clear_carried_from();
    }
    before_[unit] = ratings;
  }

  // Returns whether a statement was assessed.
  bool ScoreKeyQuestion(std::size_t unit, std::size_t at, Rating rating) {
    std::vector<const Statement*> statements;
    for (const Statement& statement : at_->method->key_questions[at].statements) {
      if (statement.ScoredIn(subject_.sector)) statements.push_back(&statement);
    }
    const std::vector<int> scores = DrawScores(rating, static_cast<int>(statements.size()), dice_);
    bool assessed = false;
    for (std::size_t index = 0; index < statements.size(); ++index) {
      Judgement* judgement = Add();
      judgement->mutable_node()->set_item(statements[index]->id);
      if (!subject_.services.empty()) {
        judgement->mutable_node()->set_service(subject_.services[unit]);
      }
      judgement->mutable_outcome()->set_scale(at_->method->score_scale);
      judgement->mutable_outcome()->set_level(scores[index]);
      const bool carried = previous_ != nullptr && scores[index] == ScoreFor(before_[unit][at]) &&
                           dice_->PerMille(kCarriedPerMille);
      judgement->set_status(carried ? evidence::v1::JUDGEMENT_STATUS_CARRIED_FORWARD
                                    : evidence::v1::JUDGEMENT_STATUS_ASSESSED);
      if (carried) *judgement->mutable_carried_from() = clock::DayToProto(previous_->effective);
      assessed |= !carried;
    }
    return assessed;
  }

  Judgement* AddRated(Rating rating) {
    Judgement* judgement = Add();
    judgement->mutable_outcome()->set_scale(at_->method->rating_scale);
    judgement->mutable_outcome()->set_level(at_->method->levels[rating]);
    judgement->set_status(evidence::v1::JUDGEMENT_STATUS_GIVEN);
    return judgement;
  }

  Judgement* Add() {
    biography_->writes.emplace_back();
    auto* request = biography_->writes.back().mutable_judgement();
    request->set_parent(subject_.name);
    Judgement* judgement = request->mutable_judgement();
    judgement->set_framework_version(at_->method->version);
    *judgement->mutable_effective_date() = clock::DayToProto(at_->effective);
    *judgement->mutable_assessment_start() = clock::DayToProto(at_->start);
    judgement->mutable_source()->set_system("sample");
    judgement->mutable_source()->set_reference(
        absl::StrCat(subject_.id, "/", number_ + 1, "/", ++written_));
    return judgement;
  }

  const Subject& subject_;
  Biography* biography_;
  Dice* dice_;
  const Assessment* at_ = nullptr;
  const Assessment* previous_ = nullptr;
  std::size_t number_ = 0;
  std::size_t begin_ = 0;
  int written_ = 0;
  std::vector<std::vector<Rating>> before_;  // of each unit, by key question
};

// Moves some judgements of earlier assessments, those before `last`, behind the newest ones.
void MakeLate(std::size_t last, std::vector<RecordWrite>* writes, Dice* dice) {
  const std::uint32_t all = static_cast<std::uint32_t>(writes->size());
  std::uint32_t late =
      std::min(dice->ShareOf(all, kLatePerMille), static_cast<std::uint32_t>(last));
  for (; late > 0; --late, --last) {
    const std::size_t at = dice->Below(static_cast<std::uint32_t>(last));
    std::rotate(writes->begin() + static_cast<std::ptrdiff_t>(at),
                writes->begin() + static_cast<std::ptrdiff_t>(at) + 1, writes->end());
  }
}

// Spoils some of the first `count` writes, all judgements, and appends what puts them right.
void MakeCorrections(const Subject& subject, std::size_t count, std::vector<RecordWrite>* writes,
                     Dice* dice) {
  std::vector<std::size_t> chosen;
  for (std::uint32_t left = dice->ShareOf(static_cast<std::uint32_t>(count), kCorrectedPerMille);
       left > 0; --left) {
    const std::size_t at = dice->Below(static_cast<std::uint32_t>(count));
    if (std::find(chosen.begin(), chosen.end(), at) == chosen.end()) chosen.push_back(at);
  }
  for (const std::size_t at : chosen) {
    RecordWrite write;
    evidence::v1::CorrectRequest* correction = write.mutable_correction();
    Judgement* wrong = (*writes)[at].mutable_judgement()->mutable_judgement();
    *correction->mutable_judgement() = *wrong;
    correction->mutable_judgement()->mutable_source()->set_reference(
        absl::StrCat(wrong->source().reference(), "/corrected"));
    correction->mutable_wrong()->set_parent(subject.name);
    *correction->mutable_wrong()->mutable_source() = wrong->source();
    correction->set_reason("The level was entered wrongly.");
    const int level = wrong->outcome().level();
    wrong->mutable_outcome()->set_level(level == 1 ? 2 : level - 1);
    writes->push_back(std::move(write));
  }
}

RecordWrite ActionWrite(const Subject& subject, const std::string& service) {
  RecordWrite write;
  write.mutable_action()->set_parent(subject.name);
  RegulatoryAction* action = write.mutable_action()->mutable_action();
  action->set_service(service);
  action->mutable_source()->set_system("sample");
  action->mutable_source()->set_reference(absl::StrCat(subject.id, "/action"));
  return write;
}

// An action that is open on the last day; it lowers no overall rating under what was drawn.
evidence::v1::RegulatoryActionKind OpenKind(Rating overall, Dice* dice) {
  if (overall == type::v1::RATING_INADEQUATE) {
    return dice->PerMille(700) ? evidence::v1::REGULATORY_ACTION_KIND_WARNING_NOTICE
                               : evidence::v1::REGULATORY_ACTION_KIND_CONDITION;
  }
  return dice->PerMille(700) ? evidence::v1::REGULATORY_ACTION_KIND_REQUIREMENT_NOTICE
                             : evidence::v1::REGULATORY_ACTION_KIND_BREACH;
}

// `service` has the rating `overall`; empty: the location as a whole has.
void DrawAction(const Subject& subject, const std::string& service, Rating overall, Day until,
                Biography* biography, Dice* dice) {
  const bool open =
      overall == type::v1::RATING_INADEQUATE || overall == type::v1::RATING_REQUIRES_IMPROVEMENT;
  if (!dice->PerMille(open ? kOpenActionPerMille : kClosedActionPerMille)) return;
  RecordWrite write = ActionWrite(subject, service);
  RegulatoryAction* action = write.mutable_action()->mutable_action();
  action->set_regulation(kRegulations[dice->Below(5)]);
  if (open) {
    action->set_kind(OpenKind(overall, dice));
    *action->mutable_opened() = clock::DayToProto(biography->assessments.back().effective);
  } else {
    action->set_kind(evidence::v1::REGULATORY_ACTION_KIND_REQUIREMENT_NOTICE);
    const Day opened = biography->assessments.front().effective;
    *action->mutable_opened() = clock::DayToProto(opened);
    *action->mutable_closed() =
        clock::DayToProto(std::min(until, opened.Plus(dice->Between(60, 250))));
  }
  biography->writes.push_back(std::move(write));
}

}  // namespace

std::vector<Assessment> DrawAssessments(const Methods& methods, Day until, Dice* dice) {
  const Day window = until.Plus(-kSixYears);
  const std::vector<Era> eras = ErasOf(methods, window, until);
  std::vector<std::uint32_t> weights;
  for (const Era& era : eras) weights.push_back(era.weight);
  const Era& era = eras[dice->Weighted(weights)];
  std::vector<Day> starts = {DayIn(era.first, era.last, dice)};
  starts.push_back(DayIn(window, starts.back().Plus(-kLeastBetween), dice));
  const Day latest_first = starts.back().Plus(-kLeastBetweenFirst);
  if (latest_first >= window && dice->PerMille(600)) {
    starts.push_back(DayIn(window, latest_first, dice));
  }
  std::reverse(starts.begin(), starts.end());
  std::vector<Assessment> assessments;
  for (const Day start : starts) {
    const Day effective = std::min(until, start.Plus(dice->Between(30, 110)));
    assessments.push_back({&methods.For(start), start, effective});
  }
  return assessments;
}

Biography DrawBiography(const Subject& subject, std::vector<Assessment> assessments, Day until,
                        Dice* dice) {
  Biography biography;
  biography.assessments = std::move(assessments);
  std::vector<Rating> newest;
  for (std::size_t unit = 0; unit < std::max<std::size_t>(1, subject.services.size()); ++unit) {
    newest.push_back(DrawRating(dice));
  }
  Biographer biographer(subject, &biography, dice);
  for (std::size_t at = 0; at < biography.assessments.size(); ++at) {
    std::vector<Rating> overall = newest;
    for (Rating& rating : overall) {
      const bool differs = at + 1 < biography.assessments.size() && !dice->PerMille(kSamePerMille);
      if (differs) rating = DrawRating(dice);
    }
    biographer.Assess(at, overall);
  }
  const std::size_t judgements = biography.writes.size();
  MakeLate(biographer.begin(), &biography.writes, dice);
  const bool by_service = !subject.services.empty() && biography.assessments.back().method->scored;
  DrawAction(subject, by_service ? subject.services.front() : std::string(), newest.front(), until,
             &biography, dice);
  MakeCorrections(subject, judgements, &biography.writes, dice);
  return biography;
}

}  // namespace assay::nation
