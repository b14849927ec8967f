#include "tests/evidence/random_history.h"

#include <algorithm>
#include <cstdlib>
#include <memory>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

#include "services/common/clock/day_proto.h"
#include "services/common/errors/errors.h"
#include "services/evidence/api/feed.h"
#include "services/evidence/api/record_methods.h"
#include "services/evidence/api/registry_methods.h"
#include "services/evidence/core/record_kinds.h"
#include "tests/evidence/evidence_testing.h"
#include "tests/evidence/history_steps.h"

namespace assay::evidence {
namespace {

constexpr const char* kItems[] = {"safe.learning-culture", "safe.safeguarding",
                                  "caring.kindness-compassion-and-dignity"};
constexpr const char* kGroups[] = {"safe", "caring", "well-led"};
constexpr const char* kSectors[] = {"adult-social-care", "hospitals", "primary-medical-services"};

type::v1::Date DayText(int day) {
  return clock::DayToProto(clock::Day::Parse("2025-01-01").value().Plus(day));
}

// Runs one history on a location of its own, and notes what is not as the model says.
class Play {
 public:
  Play(TestBackend& test, std::string home, uint64_t seed)
      : test_(test), home_(std::move(home)), random_(seed) {
    Register(0);
  }

  // Empty where all is as it should be.
  std::string Through(const std::vector<Step>& steps) {
    const type::v1::Revision start = backend().Newest();
    for (const Step& step : steps) {
      test_.clock().Advance(absl::Milliseconds(1));
      Take(step);
      if (!wrong_.empty()) return wrong_;
    }
    CheckStates();
    CheckLists();
    CheckTexts();
    CheckFeed(start);
    return wrong_;
  }

 private:
  const Backend& backend() { return test_.backend(); }

  void Wrong(const std::string& what) {
    if (wrong_.empty()) wrong_ = what;
  }

  void Register(int sector) {
    v1::UpsertLocationRequest request;
    *request.mutable_location() = LocationOf(home_);
    request.mutable_location()->set_sector(kSectors[sector]);
    const auto state = UpsertLocation(backend(), request);
    if (!state.ok()) Wrong(absl::StrCat("register: ", state.status().ToString()));
  }

  // A message as the step sends it: with its source.
  template <typename Message>
  static Message Sourced(const Step& step, Message message) {
    if (step.source >= 0) {
      message.mutable_source()->set_system("import");
      message.mutable_source()->set_reference(absl::StrCat("INS-", step.source));
    }
    return message;
  }

  v1::Judgement JudgementOf(const Step& step) {
    v1::Judgement judgement = ScoreOf(kItems[step.which], step.level, "2025-01-01");
    *judgement.mutable_effective_date() = DayText(step.day);
    if (step.carried) judgement.set_status(v1::JUDGEMENT_STATUS_CARRIED_FORWARD);
    return Sourced(step, std::move(judgement));
  }
  v1::RegulatoryAction RegulatoryActionOf(const Step& step) {
    v1::RegulatoryAction action = ActionOf("2025-01-01");
    *action.mutable_opened() = DayText(step.day);
    if (step.length >= 0) *action.mutable_closed() = DayText(step.day + step.length);
    return Sourced(step, std::move(action));
  }
  v1::Override DepartureOf(const Step& step) {
    v1::Override one =
        OverrideOf(kGroups[step.which], 1 + step.level % 4, step.level, "2025-01-01");
    *one.mutable_effective_date() = DayText(step.day);
    return Sourced(step, std::move(one));
  }
  v1::Publication WentOut(const Step& step) {
    v1::Publication publication = PublicationOf(step.level, "2025-01-01");
    *publication.mutable_publication_date() = DayText(step.day);
    return Sourced(step, std::move(publication));
  }
  v1::EvidenceItem ItemOf(const Step& step) {
    v1::EvidenceItem item = EvidenceOf(absl::StrCat("text ", step.which), "2025-01-01");
    *item.mutable_received() = DayText(step.day);
    return Sourced(step, std::move(item));
  }

  // What tells a record from others of its kind and source, once its texts are gone.
  static std::string PlaceOf(const Step& step, StepKind kind) {
    switch (kind) {
      case StepKind::kJudgement:
      case StepKind::kOverride:
        return absl::StrCat(step.which);
      case StepKind::kAction:
        return absl::StrCat(step.day);
      default:
        return "";
    }
  }

  template <typename Message>
  static ModelRecord RecordOf(const Step& step, StepKind kind, const Message& message) {
    ModelRecord record;
    record.kind = kind;
    record.step = step;
    record.body = message.SerializeAsString();
    record.place = PlaceOf(step, kind);
    return record;
  }

  // Notes the answer to a write: the record that the model finds, or a new one.
  template <typename Message>
  void Note(ModelRecord record, bool correction, const Message& answer) {
    record.name = answer.name();
    record.recorded = absl::FromUnixSeconds(answer.recorded_time().seconds()) +
                      absl::Nanoseconds(answer.recorded_time().nanos());
    const ModelRecord* same = SameOfSource(records_, record, correction);
    const bool repeated =
        std::any_of(records_.begin(), records_.end(),
                    [&record](const ModelRecord& one) { return one.name == record.name; });
    if (same != nullptr && same->name != record.name) {
      return Wrong(absl::StrCat("the source has ", same->name, " already, not ", record.name));
    }
    if (same == nullptr && repeated && !repeating_) {
      return Wrong(absl::StrCat(record.name, " is another record of the source"));
    }
    if (!repeated) records_.push_back(std::move(record));
  }

  template <typename Message, typename Request, typename Method>
  void Create(const Step& step, const Message& message, Request& request, Method method) {
    request.set_parent(home_);
    request.set_request_id(request_id_);
    const auto answer = method(backend(), request);
    if (!answer.ok()) return Wrong(absl::StrCat("create: ", answer.status().ToString()));
    Note(RecordOf(step, step.kind, message), false, *answer);
  }

  std::string NewUuid() {
    constexpr char kHex[] = "0123456789abcdef";
    std::string uuid = "00000000-0000-7000-8000-000000000000";
    for (size_t at = 0; at < uuid.size(); ++at) {
      if (uuid[at] == '0') uuid[at] = kHex[random_() % 16];
    }
    return uuid;
  }

  void Take(const Step& step) {
    if (step.kind == StepKind::kRepeat) {
      const size_t before = records_.size();
      repeating_ = true;
      if (last_.has_value()) Do(*last_);
      repeating_ = false;
      if (records_.size() != before) Wrong("a repeated request recorded anew");
      return;
    }
    request_id_ = NewUuid();
    // What a correction is about may be another record the next time.
    const bool creates = step.kind <= StepKind::kEvidence;
    last_ = creates ? absl::optional<Step>(step) : absl::nullopt;
    Do(step);
  }

  void Do(const Step& step) {
    switch (step.kind) {
      case StepKind::kJudgement: {
        v1::CreateJudgementRequest request;
        *request.mutable_judgement() = JudgementOf(step);
        return Create(step, request.judgement(), request, CreateJudgement);
      }
      case StepKind::kAction: {
        v1::CreateRegulatoryActionRequest request;
        *request.mutable_action() = RegulatoryActionOf(step);
        return Create(step, request.action(), request, CreateRegulatoryAction);
      }
      case StepKind::kOverride: {
        v1::CreateOverrideRequest request;
        *request.mutable_override() = DepartureOf(step);
        return Create(step, request.override(), request, CreateOverride);
      }
      case StepKind::kPublication: {
        v1::CreatePublicationRequest request;
        *request.mutable_publication() = WentOut(step);
        return Create(step, request.publication(), request, CreatePublication);
      }
      case StepKind::kEvidence: {
        v1::CreateEvidenceItemRequest request;
        *request.mutable_evidence_item() = ItemOf(step);
        return Create(step, request.evidence_item(), request, CreateEvidenceItem);
      }
      case StepKind::kCorrect:
      case StepKind::kRetract:
        return Supersede(step);
      case StepKind::kErase:
        return Destroy(step);
      case StepKind::kRegister:
        return Register(step.which);
      case StepKind::kWait:
        return test_.clock().Advance(absl::Hours(step.length + 1));
      case StepKind::kRepeat:
        return;
    }
  }

  void Supersede(const Step& step) {
    if (records_.empty()) return;
    const size_t at = static_cast<size_t>(step.target) % records_.size();
    const StepKind kind = records_[at].kind;
    v1::CorrectRequest request;
    request.set_name(records_[at].name);
    request.set_reason("it was wrong");
    request.set_request_id(request_id_);
    if (step.kind == StepKind::kCorrect) Replace(step, kind, request);
    const bool gone = records_[at].superseded != absl::InfiniteFuture();
    const bool known = step.kind == StepKind::kCorrect &&
                       SameOfSource(records_, Replacement(step, kind, request), true) != nullptr;
    const auto answer = Correct(backend(), request);
    if (gone && !known) {
      if (errors::Reason(answer.status()) != "ALREADY_SUPERSEDED") {
        Wrong(absl::StrCat("a second correction: ", answer.status().ToString()));
      }
      return;
    }
    if (!answer.ok()) return Wrong(absl::StrCat("correct: ", answer.status().ToString()));
    VisitRecord(answer->record(), [&](const auto& message) {
      Note(Replacement(step, kind, request), true, message);
    });
    // What says what is in force already supersedes nothing.
    if (known) return;
    absl::Time recorded = records_.back().recorded;
    if (answer->record().has_retraction()) {
      const auto& time = answer->record().retraction().recorded_time();
      recorded = absl::FromUnixSeconds(time.seconds()) + absl::Nanoseconds(time.nanos());
    }
    records_[at].superseded = recorded;
  }

  static ModelRecord Replacement(const Step& step, StepKind kind,
                                 const v1::CorrectRequest& request) {
    switch (kind) {
      case StepKind::kJudgement:
        return RecordOf(step, kind, request.judgement());
      case StepKind::kAction:
        return RecordOf(step, kind, request.action());
      case StepKind::kOverride:
        return RecordOf(step, kind, request.override());
      case StepKind::kPublication:
        return RecordOf(step, kind, request.publication());
      default:
        return RecordOf(step, kind, request.evidence_item());
    }
  }

  void Replace(const Step& step, StepKind kind, v1::CorrectRequest& request) {
    switch (kind) {
      case StepKind::kJudgement:
        *request.mutable_judgement() = JudgementOf(step);
        return;
      case StepKind::kAction:
        *request.mutable_action() = RegulatoryActionOf(step);
        return;
      case StepKind::kOverride:
        *request.mutable_override() = DepartureOf(step);
        return;
      case StepKind::kPublication:
        *request.mutable_publication() = WentOut(step);
        return;
      default:
        *request.mutable_evidence_item() = ItemOf(step);
    }
  }

  void Destroy(const Step& step) {
    if (records_.empty()) return;
    ModelRecord& record = records_[static_cast<size_t>(step.target) % records_.size()];
    v1::EraseRequest request;
    request.set_name(record.name);
    request.set_reason("DPR-17");
    request.set_request_id(request_id_);
    const auto answer = Erase(backend(), request);
    if (!answer.ok()) return Wrong(absl::StrCat("erase: ", answer.status().ToString()));
    record.erased = true;
  }

  // An erased item is there without its text; every other has it.
  void CheckTexts() {
    v1::ListEvidenceItemsRequest request;
    request.set_parent(home_);
    request.set_page_size(1000);
    const auto page = ListEvidenceItems(backend(), request);
    if (!page.ok()) return Wrong(page.status().ToString());
    for (const v1::EvidenceItem& item : page->evidence_items()) {
      const auto record =
          std::find_if(records_.begin(), records_.end(),
                       [&](const ModelRecord& one) { return one.name == item.name(); });
      if (record == records_.end()) return Wrong(absl::StrCat("unknown ", item.name()));
      if (record->erased != item.text().empty() || record->erased != item.has_erased_time()) {
        Wrong(absl::StrCat(item.name(), record->erased ? " still has its text" : " has no text"));
      }
    }
  }

  // States at random days and moments, those of the writes themselves among them.
  void CheckStates() {
    std::vector<absl::Time> moments = {test_.clock().Now()};
    for (const ModelRecord& record : records_) moments.push_back(record.recorded);
    for (int check = 0; check < 12 && wrong_.empty(); ++check) {
      const int day = static_cast<int>(random_() % 560);
      absl::Time known = moments[random_() % moments.size()];
      if (random_() % 2 == 0) known -= absl::Microseconds(1);
      CheckState(day, std::min(known, test_.clock().Now()));
    }
  }

  void CheckState(int day, absl::Time known) {
    v1::GetStateRequest request;
    request.set_name(home_);
    *request.mutable_as_of()->mutable_effective_date() = DayText(day);
    const int64_t nanos = absl::ToUnixNanos(known);
    request.mutable_as_of()->mutable_known_at()->set_seconds(nanos / 1000000000);
    request.mutable_as_of()->mutable_known_at()->set_nanos(static_cast<int>(nanos % 1000000000));
    for (const v1::RecordKind kind :
         {v1::RECORD_KIND_JUDGEMENT, v1::RECORD_KIND_REGULATORY_ACTION, v1::RECORD_KIND_OVERRIDE,
          v1::RECORD_KIND_PUBLICATION, v1::RECORD_KIND_EVIDENCE_ITEM}) {
      request.add_kinds(kind);
    }
    const auto state = GetState(backend(), request);
    std::vector<std::string> found;
    if (state.ok()) {
      for (const v1::Record& record : state->records()) {
        VisitRecord(record, [&](const auto& message) { found.push_back(message.name()); });
      }
    }
    std::sort(found.begin(), found.end());
    const std::vector<std::string> wanted = TrueOn(records_, day, known);
    if (found == wanted) return;
    Wrong(absl::StrCat("state of day ", day, " as known at ", absl::FormatTime(known), ": ",
                       state.status().ToString(), "\ngot\n", absl::StrJoin(found, "\n"), "\nwant\n",
                       absl::StrJoin(wanted, "\n")));
  }

  // The names of a kind in the order of recording, in pages of 3.
  template <typename Request, typename Method, typename Entries>
  void CheckList(StepKind kind, Method method, Entries entries) {
    for (const bool standing : {false, true}) {
      std::vector<std::string> wanted;
      for (const ModelRecord& record : records_) {
        if (record.kind != kind) continue;
        if (standing && record.superseded != absl::InfiniteFuture()) continue;
        wanted.push_back(record.name);
      }
      Request request;
      request.set_parent(home_);
      request.set_page_size(3);
      request.mutable_filter()->set_standing(standing);
      std::vector<std::string> found;
      do {
        const auto page = method(backend(), request);
        if (!page.ok()) return Wrong(absl::StrCat("list: ", page.status().ToString()));
        for (const auto& one : entries(*page)) found.push_back(one.name());
        request.set_page_token(page->next_page_token());
      } while (!request.page_token().empty());
      if (found != wanted) {
        Wrong(absl::StrCat("list", standing ? " of what stands" : "", ": got\n",
                           absl::StrJoin(found, "\n"), "\nwant\n", absl::StrJoin(wanted, "\n")));
      }
    }
  }

  void CheckLists() {
    CheckList<v1::ListJudgementsRequest>(StepKind::kJudgement, ListJudgements,
                                         [](const auto& page) { return page.judgements(); });
    CheckList<v1::ListRegulatoryActionsRequest>(StepKind::kAction, ListRegulatoryActions,
                                                [](const auto& page) { return page.actions(); });
    CheckList<v1::ListOverridesRequest>(StepKind::kOverride, ListOverrides,
                                        [](const auto& page) { return page.overrides(); });
    CheckList<v1::ListPublicationsRequest>(StepKind::kPublication, ListPublications,
                                           [](const auto& page) { return page.publications(); });
    CheckList<v1::ListEvidenceItemsRequest>(StepKind::kEvidence, ListEvidenceItems,
                                            [](const auto& page) { return page.evidence_items(); });
  }

  // The names of this location's records in a feed, in their order.
  std::vector<std::string> Followed(const v1::StreamChangesRequest& request) {
    std::vector<std::string> names;
    const auto feed = Feed::Open(test_.store(), test_.clock(), request);
    if (!feed.ok()) {
      Wrong(feed.status().ToString());
      return names;
    }
    while (true) {
      v1::StreamChangesResponse batch;
      const auto step = (*feed)->Next(&batch);
      if (!step.ok()) Wrong(step.status().ToString());
      if (!step.ok() || *step == Feed::Step::kNothing || *step == Feed::Step::kEnd) return names;
      if (*step == Feed::Step::kAgain) continue;
      for (const v1::Change& change : batch.changes()) {
        if (change.record().subject() != home_) continue;
        VisitRecord(change.record(), [&](const auto& message) { names.push_back(message.name()); });
      }
    }
  }

  // A snapshot from the start has what stands of this location, among that of all others.
  void CheckSnapshot() {
    std::vector<std::string> standing;
    for (const ModelRecord& record : records_) {
      if (record.superseded == absl::InfiniteFuture()) standing.push_back(record.name);
    }
    v1::StreamChangesRequest request;
    request.set_snapshot(true);
    if (Followed(request) != standing) Wrong("the snapshot does not have what stands");
  }

  void CheckFeed(const type::v1::Revision& start) {
    std::vector<std::string> all;
    for (const ModelRecord& record : records_) all.push_back(record.name);
    v1::StreamChangesRequest request;
    *request.mutable_after() = start;
    if (Followed(request) != all) Wrong("the feed does not have what was recorded");
    CheckSnapshot();
  }

  TestBackend& test_;
  const std::string home_;
  std::mt19937_64 random_;
  std::vector<ModelRecord> records_;
  std::string request_id_;
  absl::optional<Step> last_;
  bool repeating_ = false;
  std::string wrong_;
};

int SeedsOf(const HistoryEngine& engine) {
  const char* given = std::getenv("ASSAY_SEEDS");
  if (given != nullptr) return std::atoi(given);
  return std::getenv("ASSAY_NIGHTLY") == nullptr ? engine.usual : engine.nightly;
}

TEST_P(RandomHistory, EqualsASmallModel) {
  // A new store now and then, so that what is read from the start stays short.
  constexpr int kSeedsAStore = 25;
  std::unique_ptr<TestBackend> test;
  int homes = 0;
  const int seeds = SeedsOf(GetParam());
  for (int seed = 1; seed <= seeds; ++seed) {
    if (seed % kSeedsAStore == 1) test = std::make_unique<TestBackend>(GetParam().engine.make());
    const auto failure = [&](const std::vector<Step>& steps) {
      return Play(*test, absl::StrCat("locations/1-", ++homes), static_cast<uint64_t>(seed))
          .Through(steps);
    };
    const std::vector<Step> steps = StepsOf(static_cast<uint64_t>(seed));
    if (failure(steps).empty()) continue;
    const std::vector<Step> fewest =
        Shrink(steps, [&](const std::vector<Step>& fewer) { return !failure(fewer).empty(); });
    FAIL() << "seed " << seed << ": " << failure(fewest) << "\nafter\n" << Show(fewest);
  }
}

TEST(HistoryShrinking, FindsTheFewestStepsThatFail) {
  const std::vector<Step> steps = StepsOf(7);
  const auto fails = [](const std::vector<Step>& fewer) {
    return std::count_if(fewer.begin(), fewer.end(),
                         [](const Step& step) { return step.level == 4; }) >= 2;
  };
  ASSERT_TRUE(fails(steps));
  EXPECT_EQ(Shrink(steps, fails).size(), 2u);
}

}  // namespace
}  // namespace assay::evidence
