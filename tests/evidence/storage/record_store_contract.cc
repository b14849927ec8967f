#include "tests/evidence/storage/record_store_contract.h"

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <map>
#include <mutex>
#include <random>
#include <set>
#include <thread>
#include <utility>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"

#include "services/common/errors/errors.h"
#include "services/evidence/core/decide.h"
#include "services/evidence/core/etag.h"
#include "tests/evidence/storage/store_testing.h"

namespace assay::evidence {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr char kHome[] = "locations/1-102";
constexpr char kOtherHome[] = "locations/1-104";
constexpr size_t kMuch = size_t{1} << 30;

}  // namespace

void RecordStoreContract::SetUp() {
  harness_ = GetParam().make();
  Reopen();
}

void RecordStoreContract::Reopen() {
  store_.reset();
  absl::StatusOr<std::unique_ptr<RecordStore>> store = harness_->Open(clock_, random_);
  ASSERT_TRUE(store.ok()) << store.status() << errors::PrivateDetail(store.status());
  store_ = *std::move(store);
}

WriteResult RecordStoreContract::Put(Write write) {
  std::vector<Write> writes;
  writes.push_back(std::move(write));
  BatchResult result = PutAll(std::move(writes));
  if (result.writes.size() != 1) {
    WriteResult failed;
    failed.status = result.status;
    return failed;
  }
  EXPECT_EQ(result.status, result.writes[0].status);
  return std::move(result.writes[0]);
}

BatchResult RecordStoreContract::PutAll(std::vector<Write> writes, bool allow_partial) {
  return store_->AppendAndWait(BatchOf(std::move(writes), allow_partial));
}

std::vector<std::string> RecordStoreContract::LogOf(int32_t partition) {
  std::vector<std::string> payloads;
  const auto records = store_->Log(partition, 0, 1000000, kMuch);
  EXPECT_TRUE(records.ok()) << records.status();
  int64_t counter = 0;
  absl::Time last = absl::InfinitePast();
  for (const StoredRecord& record : *records) {
    EXPECT_EQ(record.position.partition, partition);
    EXPECT_EQ(record.position.counter, ++counter) << "a gap";
    EXPECT_GT(record.recorded, last);
    last = record.recorded;
    payloads.push_back(record.payload);
  }
  EXPECT_EQ(store_->Counters()[partition], counter);
  return payloads;
}

std::vector<std::string> RecordStoreContract::NamesOf(const RegistryQuery& query) {
  std::vector<std::string> found;
  const auto records = store_->ListCurrent(query);
  EXPECT_TRUE(records.ok()) << records.status() << errors::PrivateDetail(records.status());
  for (const StoredRecord& record : *records) found.push_back(record.subject);
  return found;
}

TEST_P(RecordStoreContract, CountsFromOneInEachPartitionWithoutGaps) {
  const WriteResult home = Put(LocationWrite(kHome));
  ASSERT_TRUE(home.status.ok()) << home.status;
  EXPECT_TRUE(home.written);
  EXPECT_EQ(home.record.position, (Position{PartitionOf(kHome), 1}));
  EXPECT_EQ(Put(LocationWrite(kOtherHome)).record.position.counter, 1);
  EXPECT_EQ(Put(JudgementWrite(kHome, 1)).record.position.counter, 2);
  EXPECT_EQ(Put(JudgementWrite(kHome, 2)).record.position.counter, 3);
  EXPECT_EQ(Put(AreaWrite("areas/icb.QHL", 2, 0, kOpen)).record.position, (Position{256, 1}));
  EXPECT_THAT(LogOf(PartitionOf(kHome)), ElementsAre("state", "judgement 1", "judgement 2"));
  EXPECT_THAT(LogOf(PartitionOf(kOtherHome)), ElementsAre("state"));
  EXPECT_TRUE(store_->Check().ok()) << store_->Check();
}

TEST_P(RecordStoreContract, RecordedTimesRiseThoughTheClockStandsStillOrGoesBack) {
  const absl::Time now = clock_.Now();
  EXPECT_EQ(Put(LocationWrite(kHome)).record.recorded, now);
  EXPECT_EQ(Put(JudgementWrite(kHome, 1)).record.recorded, now + absl::Microseconds(1));
  clock_.Advance(-absl::Hours(1));
  EXPECT_EQ(Put(JudgementWrite(kHome, 2)).record.recorded, now + absl::Microseconds(2));
  Reopen();
  EXPECT_EQ(Put(JudgementWrite(kHome, 3)).record.recorded, now + absl::Microseconds(3));
  clock_.Set(now + absl::Hours(1));
  EXPECT_EQ(Put(JudgementWrite(kHome, 4)).record.recorded, now + absl::Hours(1));
}

TEST_P(RecordStoreContract, EverythingIsThereAfterItIsOpenedAgain) {
  const uint64_t epoch = store_->epoch();
  Put(LocationWrite(kHome));
  Put(JudgementWrite(kHome, 1));
  const std::vector<int64_t> counters = store_->Counters();
  Reopen();
  EXPECT_EQ(store_->epoch(), epoch);
  EXPECT_EQ(store_->Counters(), counters);
  EXPECT_THAT(LogOf(PartitionOf(kHome)), ElementsAre("state", "judgement 1"));
  EXPECT_EQ(Put(JudgementWrite(kHome, 2)).record.position.counter, 3);
}

TEST_P(RecordStoreContract, EpochsOfTwoStoresDiffer) {
  const uint64_t epoch = store_->epoch();
  harness_ = (store_.reset(), GetParam().make());
  Reopen();
  EXPECT_NE(store_->epoch(), epoch);
}

TEST_P(RecordStoreContract, RefusesWhatIsAboutAnUnknownSubject) {
  struct Case {
    const char* subject;
    const char* reason;
  };
  for (const Case& c :
       {Case{kHome, "LOCATION_NOT_FOUND"}, Case{"providers/1-1", "PROVIDER_NOT_FOUND"},
        Case{"areas/icb.QHL", "AREA_NOT_FOUND"},
        Case{"locations/1-102/services/homecare", "SERVICE_NOT_FOUND"}}) {
    const WriteResult result = Put(JudgementWrite(c.subject, 1));
    EXPECT_EQ(result.status.code(), absl::StatusCode::kNotFound) << c.subject;
    EXPECT_EQ(errors::Reason(result.status), c.reason);
    EXPECT_THAT(LogOf(PartitionOf(c.subject)), IsEmpty());
  }
}

TEST_P(RecordStoreContract, ABatchIsWrittenWholeOrNotAtAll) {
  const BatchResult good = PutAll({LocationWrite(kHome), JudgementWrite(kHome, 1)});
  ASSERT_TRUE(good.status.ok());
  ASSERT_EQ(good.writes.size(), 2u);
  const std::vector<int64_t> before = store_->Counters();

  const BatchResult bad = PutAll({LocationWrite(kOtherHome), Under(JudgementWrite(kHome, 2), 9),
                                  JudgementWrite("locations/1-999", 3), JudgementWrite(kHome, 4)});
  EXPECT_EQ(errors::Reason(bad.status), "LOCATION_NOT_FOUND");
  EXPECT_EQ(store_->Counters(), before);
  EXPECT_FALSE(store_->ReadCurrent(SubjectOf(kOtherHome))->has_value());
  // Its request id is free again, and its subject is still unknown.
  EXPECT_TRUE(Put(Under(JudgementWrite(kHome, 5), 9, "other")).written);
  EXPECT_EQ(errors::Reason(Put(JudgementWrite(kOtherHome, 6)).status), "LOCATION_NOT_FOUND");
  EXPECT_THAT(LogOf(PartitionOf(kHome)), ElementsAre("state", "judgement 1", "judgement 5"));
}

TEST_P(RecordStoreContract, APartialBatchWritesTheGoodOnes) {
  const BatchResult result =
      PutAll({JudgementWrite(kHome, 1), LocationWrite(kHome), JudgementWrite(kHome, 2)}, true);
  EXPECT_TRUE(result.status.ok());
  ASSERT_EQ(result.writes.size(), 3u);
  EXPECT_EQ(errors::Reason(result.writes[0].status), "LOCATION_NOT_FOUND");
  EXPECT_TRUE(result.writes[1].written);
  EXPECT_TRUE(result.writes[2].written);
  EXPECT_THAT(LogOf(PartitionOf(kHome)), ElementsAre("state", "judgement 2"));
}

TEST_P(RecordStoreContract, ARequestIdGivesTheFirstAnswerAlsoAfterARestart) {
  Put(LocationWrite(kHome));
  const WriteResult first = Put(Under(JudgementWrite(kHome, 1), 7));
  ASSERT_TRUE(first.written);
  for (const bool reopened : {false, true}) {
    if (reopened) Reopen();
    // The service makes a new id for the repeated call; the first one's stands.
    const WriteResult again = Put(Under(JudgementWrite(kHome, 2), 7));
    ASSERT_TRUE(again.status.ok()) << again.status;
    EXPECT_FALSE(again.written);
    EXPECT_EQ(again.record.position, first.record.position);
    EXPECT_EQ(again.record.recorded, first.record.recorded);
    EXPECT_EQ(again.record.payload, "judgement 1");

    const WriteResult other = Put(Under(JudgementWrite(kHome, 3), 7, "another body"));
    EXPECT_EQ(other.status.code(), absl::StatusCode::kAlreadyExists);
    EXPECT_EQ(errors::Reason(other.status), "REQUEST_ID_REUSED");
  }
  EXPECT_THAT(LogOf(PartitionOf(kHome)), ElementsAre("state", "judgement 1"));
}

TEST_P(RecordStoreContract, ARequestIdTwiceInABatchIsWrittenOnce) {
  const BatchResult result = PutAll({LocationWrite(kHome), Under(JudgementWrite(kHome, 1), 7),
                                     Under(JudgementWrite(kHome, 2), 7)});
  ASSERT_TRUE(result.status.ok()) << result.status;
  EXPECT_TRUE(result.writes[1].written);
  EXPECT_FALSE(result.writes[2].written);
  EXPECT_EQ(result.writes[2].record.position, result.writes[1].record.position);
}

// So many writes that no request id of theirs is looked up before they are written: a location and
// judgements of it from the number `first` on, each under its own request id.
std::vector<Write> ManyUnderRequestIds(absl::string_view home, uint64_t first) {
  std::vector<Write> writes = {Under(LocationWrite(home), first)};
  for (uint64_t number = first + 1; number <= first + kTakenAsNewFrom; ++number) {
    writes.push_back(Under(JudgementWrite(home, number), number));
  }
  return writes;
}

TEST_P(RecordStoreContract, ALargeBatchThatIsSentAgainGivesTheFirstAnswers) {
  const BatchResult first = PutAll(ManyUnderRequestIds(kHome, 100));
  ASSERT_TRUE(first.status.ok()) << first.status;
  for (const bool reopened : {false, true}) {
    if (reopened) Reopen();
    const std::vector<int64_t> before = store_->Counters();
    const BatchResult again = PutAll(ManyUnderRequestIds(kHome, 100));
    ASSERT_TRUE(again.status.ok()) << again.status << errors::PrivateDetail(again.status);
    ASSERT_EQ(again.writes.size(), first.writes.size());
    for (size_t at = 0; at < again.writes.size(); ++at) {
      EXPECT_FALSE(again.writes[at].written) << at;
      EXPECT_EQ(again.writes[at].record.position, first.writes[at].record.position) << at;
    }
    EXPECT_EQ(store_->Counters(), before);
  }
}

TEST_P(RecordStoreContract, ALargeBatchMayHoldARequestIdThatWasUsed) {
  PutAll({LocationWrite(kHome), Under(JudgementWrite(kHome, 1), 164)});
  // The last write of the batch was answered before; it and the others are what they are.
  std::vector<Write> writes = ManyUnderRequestIds(kOtherHome, 100);
  writes.back() = Under(JudgementWrite(kHome, 2), 164);
  const BatchResult result = PutAll(writes);
  ASSERT_TRUE(result.status.ok()) << result.status << errors::PrivateDetail(result.status);
  EXPECT_FALSE(result.writes.back().written);
  EXPECT_EQ(result.writes.back().record.payload, "judgement 1");
  EXPECT_THAT(LogOf(PartitionOf(kHome)), ElementsAre("state", "judgement 1"));
  EXPECT_EQ(LogOf(PartitionOf(kOtherHome)).size(), kTakenAsNewFrom);
  // With another body it is refused, and all of its batch with it; or it alone.
  for (const bool partial : {false, true}) {
    writes = ManyUnderRequestIds(kOtherHome, partial ? 300 : 200);
    writes.back() = Under(JudgementWrite(kHome, 2), 164, "other");
    const BatchResult refused = PutAll(writes, partial);
    EXPECT_EQ(errors::Reason(refused.status), partial ? "" : "REQUEST_ID_REUSED");
    EXPECT_EQ(errors::Reason(refused.writes.back().status), "REQUEST_ID_REUSED");
  }
  // Of the last one the location's state was there already.
  EXPECT_EQ(LogOf(PartitionOf(kOtherHome)).size(), 2 * kTakenAsNewFrom - 1);
  CheckLogs();
}

TEST_P(RecordStoreContract, ARefusedWriteOfALargeBatchIsAnsweredAsBefore) {
  std::vector<Write> writes = ManyUnderRequestIds(kHome, 100);
  ASSERT_TRUE(PutAll(writes).status.ok());
  // Nobody knows this location; but the request id was used, so that its first answer stands.
  Write elsewhere = Under(JudgementWrite("locations/1-999", 7), 150);
  elsewhere.row.partition = PartitionOf(kHome);
  std::vector<Write> more = ManyUnderRequestIds(kHome, 300);
  more.push_back(elsewhere);
  const BatchResult result = PutAll(more);
  ASSERT_TRUE(result.status.ok()) << result.status;
  EXPECT_EQ(result.writes.back().record.payload, "judgement 150");
}

TEST_P(RecordStoreContract, BatchesOfAStreamAreWrittenInTheirOrder) {
  std::mutex mutex;
  std::condition_variable changed;
  std::vector<int> answered;
  std::vector<std::string> homes;
  for (int number = 0; number < 200; ++number)
    homes.push_back(absl::StrCat("locations/2-", number));
  for (int number = 0; number < 200; ++number) {
    Batch batch = BatchOf({LocationWrite(homes[static_cast<size_t>(number)])});
    batch.stream = 7;
    store_->Append(std::move(batch), [&, number](const BatchResult& result) {
      EXPECT_TRUE(result.status.ok()) << result.status;
      const std::lock_guard<std::mutex> lock(mutex);
      answered.push_back(number);
      changed.notify_one();
    });
  }
  std::unique_lock<std::mutex> lock(mutex);
  changed.wait(lock, [&] { return answered.size() == homes.size(); });
  EXPECT_TRUE(std::is_sorted(answered.begin(), answered.end()));
}

TEST_P(RecordStoreContract, ASourceReferenceIsRecordedOnce) {
  Put(LocationWrite(kHome));
  Write write = JudgementWrite(kHome, 1);
  write.origin = Id(1000);
  write.body = Id(1);
  const WriteResult first = Put(write);
  ASSERT_TRUE(first.written);
  write.row.id = Id(2);
  const WriteResult again = Put(Under(write, 70));
  EXPECT_TRUE(again.status.ok());
  EXPECT_FALSE(again.written);
  EXPECT_EQ(again.record.position, first.record.position);
  // The request id is noted all the same: with another body it is refused.
  EXPECT_EQ(errors::Reason(Put(Under(JudgementWrite(kHome, 3), 70, "other")).status),
            "REQUEST_ID_REUSED");
  write.body = Id(2);
  EXPECT_TRUE(Put(write).written);
}

TEST_P(RecordStoreContract, ACorrectionMayGoBackToWhatWasThereBefore) {
  const auto from = [](Write write, uint64_t body) {
    write.origin = Id(1000);
    write.body = Id(body);
    return write;
  };
  PutAll({LocationWrite(kHome), from(JudgementWrite(kHome, 1), 1)});
  EXPECT_TRUE(Put(from(CorrectionWrite(kHome, 2, 1), 2)).written);
  // The import that brought the first one, run again, does not bring it back.
  EXPECT_FALSE(Put(from(JudgementWrite(kHome, 3), 1)).written);
  EXPECT_TRUE(Put(from(CorrectionWrite(kHome, 4, 2), 1)).written);
  // The same correction again finds its body in force.
  EXPECT_FALSE(Put(from(CorrectionWrite(kHome, 5, 2), 1)).written);
  EXPECT_THAT(LogOf(PartitionOf(kHome)),
              ElementsAre("state", "judgement 1", "judgement 2", "judgement 4"));
}

TEST_P(RecordStoreContract, WhatIsWrongIsChosenAmongTheRecordsInForceOfItsOrigin) {
  const auto from = [](Write write, uint64_t origin, uint64_t body) {
    write.origin = Id(origin);
    write.body = Id(body);
    return write;
  };
  PutAll({LocationWrite(kHome), from(JudgementWrite(kHome, 1), 1000, 1),
          from(JudgementWrite(kHome, 2), 1000, 2), from(JudgementWrite(kHome, 3), 1001, 3)});
  const auto correct = [&](uint64_t number, const std::string& wanted) {
    Write write = JudgementWrite(kHome, number);
    write.wrong_origin = Id(1000);
    write.choose = [wanted](const std::vector<StoredRecord>& in_force, Write& chosen) {
      for (const StoredRecord& record : in_force) {
        if (record.payload != wanted) continue;
        chosen.supersedes = Id(static_cast<uint64_t>(wanted.back() - '0'));
        chosen.supersedes_kind = record.kind;
        chosen.row.payload = wanted + " corrected";
        return absl::OkStatus();
      }
      return absl::NotFoundError("none of them");
    };
    return Put(write);
  };
  EXPECT_TRUE(correct(4, "judgement 2").written);
  EXPECT_EQ(correct(5, "judgement 2").status.code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(correct(6, "judgement 3").status.code(), absl::StatusCode::kNotFound);
  EXPECT_TRUE(correct(7, "judgement 1").written);
  EXPECT_THAT(LogOf(PartitionOf(kHome)),
              ElementsAre("state", "judgement 1", "judgement 2", "judgement 3",
                          "judgement 2 corrected", "judgement 1 corrected"));
}

TEST_P(RecordStoreContract, ACorrectionMayComeInTheBatchOfWhatItCorrects) {
  Write first = JudgementWrite(kHome, 1);
  first.origin = Id(1000);
  first.body = Id(1);
  Write correction = JudgementWrite(kHome, 2);
  correction.wrong_origin = Id(1000);
  correction.choose = [](const std::vector<StoredRecord>& in_force, Write& chosen) {
    if (in_force.size() != 1) return absl::NotFoundError("not one");
    chosen.supersedes = in_force[0].id;
    chosen.supersedes_kind = in_force[0].kind;
    return absl::OkStatus();
  };
  const BatchResult both = PutAll({LocationWrite(kHome), first, correction, correction}, true);
  ASSERT_EQ(both.writes.size(), 4u) << both.status;
  EXPECT_TRUE(both.writes[2].written) << both.writes[2].status;
  EXPECT_EQ(both.writes[3].status.code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(store_->ReadSubject(SubjectOf(kHome), {})->records[1].superseded_by, 3);
}

TEST_P(RecordStoreContract, ARecordIsSupersededOnce) {
  PutAll({LocationWrite(kHome), JudgementWrite(kHome, 1)});
  const WriteResult correction = Put(Under(CorrectionWrite(kHome, 2, 1), 50));
  ASSERT_TRUE(correction.status.ok()) << correction.status;
  const WriteResult second = Put(CorrectionWrite(kHome, 3, 1));
  EXPECT_EQ(second.status.code(), absl::StatusCode::kAborted);
  EXPECT_EQ(errors::Reason(second.status), "ALREADY_SUPERSEDED");
  // The repeat of the first gets the first answer, not the refusal.
  EXPECT_EQ(Put(Under(CorrectionWrite(kHome, 4, 1), 50)).record.position,
            correction.record.position);
  // The correction itself may be corrected.
  EXPECT_TRUE(Put(CorrectionWrite(kHome, 5, 2)).written);
  Reopen();
  EXPECT_EQ(errors::Reason(Put(CorrectionWrite(kHome, 6, 1)).status), "ALREADY_SUPERSEDED");
}

TEST_P(RecordStoreContract, TwoInABatchCannotSupersedeTheSame) {
  PutAll({LocationWrite(kHome), JudgementWrite(kHome, 1)});
  const BatchResult both = PutAll({CorrectionWrite(kHome, 2, 1), CorrectionWrite(kHome, 3, 1)});
  EXPECT_EQ(errors::Reason(both.status), "ALREADY_SUPERSEDED");
  EXPECT_THAT(LogOf(PartitionOf(kHome)), ElementsAre("state", "judgement 1"));
  EXPECT_TRUE(Put(CorrectionWrite(kHome, 4, 1)).written);
}

TEST_P(RecordStoreContract, ACorrectionUnderAnEtagWantsTheRecordOfThatEtag) {
  Put(LocationWrite(kHome));
  const WriteResult first = Put(JudgementWrite(kHome, 1));
  const WriteResult other = Put(JudgementWrite(kHome, 2));
  Write correction = CorrectionWrite(kHome, 3, 1);
  correction.etag = EtagOf(store_->epoch(), other.record.position);
  EXPECT_EQ(errors::Reason(Put(correction).status), "ETAG_MISMATCH");
  correction.etag = EtagOf(store_->epoch(), first.record.position);
  EXPECT_TRUE(Put(correction).written);
}

TEST_P(RecordStoreContract, AServiceWantsItsLocationInTheRegistry) {
  const auto service = [](const std::string& home, const char* id) {
    Write write = LocationWrite(absl::StrCat(home, "/services/", id));
    write.row.kind = v1::RECORD_KIND_SERVICE;
    write.registry->parent = home;
    return write;
  };
  const WriteResult refused = Put(service(kHome, "homecare"));
  EXPECT_EQ(errors::Reason(refused.status), "LOCATION_NOT_FOUND");
  EXPECT_THAT(LogOf(PartitionOf(kHome)), IsEmpty());
  // Within a batch what comes before is there.
  std::vector<Write> both;
  both.push_back(LocationWrite(kHome));
  both.push_back(service(kHome, "homecare"));
  EXPECT_TRUE(PutAll(std::move(both)).status.ok());
  EXPECT_TRUE(Put(service(kHome, "extra-care")).written);
  EXPECT_FALSE(Put(service(kHome, "extra-care")).written);
}

TEST_P(RecordStoreContract, OnlyARecordOfTheSubjectAndKindIsSuperseded) {
  PutAll({LocationWrite(kHome), LocationWrite(kOtherHome), JudgementWrite(kHome, 1)});
  EXPECT_EQ(errors::Reason(Put(CorrectionWrite(kHome, 2, 77)).status), "JUDGEMENT_NOT_FOUND");
  EXPECT_EQ(errors::Reason(Put(CorrectionWrite(kOtherHome, 2, 1)).status), "JUDGEMENT_NOT_FOUND");
  Write action = CorrectionWrite(kHome, 2, 1);
  action.supersedes_kind = v1::RECORD_KIND_REGULATORY_ACTION;
  EXPECT_EQ(errors::Reason(Put(action).status), "ACTION_NOT_FOUND");
}

TEST_P(RecordStoreContract, TheSameStateOfTheRegistryWritesNothing) {
  const WriteResult first = Put(LocationWrite(kHome, "a"));
  const WriteResult same = Put(LocationWrite(kHome, "a"));
  EXPECT_TRUE(same.status.ok());
  EXPECT_FALSE(same.written);
  EXPECT_EQ(same.record.position, first.record.position);
  EXPECT_TRUE(Put(LocationWrite(kHome, "b")).written);
  EXPECT_TRUE(Put(LocationWrite(kHome, "a")).written);
  EXPECT_THAT(LogOf(PartitionOf(kHome)), ElementsAre("a", "b", "a"));
  EXPECT_EQ((*store_->ReadCurrent(SubjectOf(kHome)))->position.counter, 3);
}

TEST_P(RecordStoreContract, AnEtagMustBeTheCurrentOne) {
  Write write = LocationWrite(kHome, "a");
  write.etag = "0123456789abcdef";
  EXPECT_EQ(errors::Reason(Put(write).status), "ETAG_MISMATCH");
  const Position first = Put(LocationWrite(kHome, "a")).record.position;
  write.row.payload = "b";
  write.etag = EtagOf(store_->epoch(), first);
  EXPECT_TRUE(Put(write).written);
  write.row.payload = "c";
  const WriteResult stale = Put(write);
  EXPECT_EQ(stale.status.code(), absl::StatusCode::kAborted);
  EXPECT_EQ(errors::Reason(stale.status), "ETAG_MISMATCH");
}

TEST_P(RecordStoreContract, AnUnknownProviderIsCreatedWithItsLocationOnce) {
  const std::string provider = "providers/1-101";
  Write write = LocationWrite(kHome);
  write.registry->provider = provider;
  write.implied_provider = ProviderWrite(provider, "by id alone").row;
  const WriteResult first = Put(write);
  ASSERT_TRUE(first.status.ok()) << first.status;
  ASSERT_TRUE(first.implied_provider.has_value());
  EXPECT_EQ(*first.implied_provider, (Position{PartitionOf(provider), 1}));
  EXPECT_EQ((*store_->ReadCurrent(SubjectOf(provider)))->payload, "by id alone");

  write.row.payload = "new state";
  EXPECT_FALSE(Put(write).implied_provider.has_value());
  EXPECT_THAT(LogOf(PartitionOf(provider)), ElementsAre("by id alone"));
  // With its details known it is a new state like any other.
  EXPECT_TRUE(Put(ProviderWrite(provider, "with a name")).written);
}

TEST_P(RecordStoreContract, ReadsARecordByItsName) {
  PutAll({LocationWrite(kHome), LocationWrite(kOtherHome), JudgementWrite(kHome, 1)});
  const auto read = [&](const char* subject, v1::RecordKind kind, uint64_t id) {
    return store_->Read(SubjectOf(subject), kind, Id(id))->has_value();
  };
  EXPECT_TRUE(read(kHome, v1::RECORD_KIND_JUDGEMENT, 1));
  EXPECT_FALSE(read(kHome, v1::RECORD_KIND_JUDGEMENT, 2));
  EXPECT_FALSE(read(kHome, v1::RECORD_KIND_REGULATORY_ACTION, 1));
  EXPECT_FALSE(read(kOtherHome, v1::RECORD_KIND_JUDGEMENT, 1));
  EXPECT_FALSE(read("locations/1-102/services/homecare", v1::RECORD_KIND_JUDGEMENT, 1));
}

TEST_P(RecordStoreContract, ReadsASubjectInTheOrderOfRecording) {
  PutAll({LocationWrite(kHome), JudgementWrite(kHome, 40), JudgementWrite(kHome, 3),
          JudgementWrite(kHome, 21)});
  const auto all = store_->ReadSubject(SubjectOf(kHome), {});
  ASSERT_TRUE(all.ok()) << all.status();
  ASSERT_EQ(all->records.size(), 4u);
  EXPECT_EQ(all->records[1].payload, "judgement 40");
  EXPECT_EQ(all->records[3].payload, "judgement 21");
  EXPECT_EQ(all->subject_counter, 4);
  EXPECT_EQ(all->partition_counter, 4);

  SubjectQuery query;
  query.kinds = {v1::RECORD_KIND_JUDGEMENT};
  query.after = 2;
  query.limit = 1;
  const auto some = store_->ReadSubject(SubjectOf(kHome), query);
  ASSERT_EQ(some->records.size(), 1u);
  EXPECT_EQ(some->records[0].payload, "judgement 3");
  EXPECT_EQ(some->subject_counter, 4);
  EXPECT_THAT(store_->ReadSubject(SubjectOf("locations/1-999"), {})->records, IsEmpty());
  EXPECT_EQ(store_->ReadSubject(SubjectOf("locations/1-999"), {})->subject_counter, 0);
}

TEST_P(RecordStoreContract, ReadsASubjectBackwardsBetweenBounds) {
  PutAll({LocationWrite(kHome), JudgementWrite(kHome, 40), JudgementWrite(kHome, 3),
          JudgementWrite(kHome, 21)});
  SubjectQuery query;
  query.newest_first = true;
  query.limit = 2;
  const auto counters = [&] {
    std::vector<int64_t> found;
    const auto read = store_->ReadSubject(SubjectOf(kHome), query);
    EXPECT_TRUE(read.ok()) << read.status();
    for (const StoredRecord& record : read->records) found.push_back(record.position.counter);
    return found;
  };
  EXPECT_THAT(counters(), ElementsAre(4, 3));
  query.before = 3;
  EXPECT_THAT(counters(), ElementsAre(2, 1));
  query.after = 1;
  EXPECT_THAT(counters(), ElementsAre(2));
  query.newest_first = false;
  query.before = 4;
  EXPECT_THAT(counters(), ElementsAre(2, 3));
}

TEST_P(RecordStoreContract, ReadsTheLogInPieces) {
  PutAll({LocationWrite(kHome), JudgementWrite(kHome, 1), JudgementWrite(kHome, 2)});
  const int32_t partition = PartitionOf(kHome);
  EXPECT_EQ(store_->Log(partition, 0, 2, kMuch)->size(), 2u);
  EXPECT_EQ(store_->Log(partition, 2, 2, kMuch)->size(), 1u);
  EXPECT_EQ(store_->Log(partition, 3, 2, kMuch)->size(), 0u);
  // The record that reaches the bytes is included, so that a large one cannot block the feed.
  EXPECT_EQ(store_->Log(partition, 0, 10, 1)->size(), 1u);
  EXPECT_EQ(store_->Log(partition, 0, 10, 6)->size(), 2u);
}

TEST_P(RecordStoreContract, ListsTheRegistryByNameAndFilter) {
  Write first = LocationWrite("locations/1-1");
  first.registry->provider = "providers/1-9";
  first.registry->sector = "adult-social-care";
  first.registry->from = 100;
  first.registry->before = 200;
  first.registry->areas = {{"areas/icb.A", kSinceEver, 150}, {"areas/icb.B", 150, kOpen}};
  Write second = LocationWrite("locations/1-2");
  second.registry->provider = "providers/1-9";
  second.registry->areas = {{"areas/icb.A", kSinceEver, kOpen}};
  Write third = LocationWrite("locations/1-3");
  PutAll({third, first, second, AreaWrite("areas/icb.A", 2, 0, 150),
          AreaWrite("areas/region.R", 1, 0, kOpen)});

  struct Case {
    const char* what;
    RegistryQuery query;
    std::vector<std::string> want;
  };
  const auto locations = [](auto&& fill) {
    RegistryQuery query;
    query.kind = v1::RECORD_KIND_LOCATION;
    fill(query);
    return query;
  };
  const auto areas = [](auto&& fill) {
    RegistryQuery query;
    query.kind = v1::RECORD_KIND_AREA;
    fill(query);
    return query;
  };
  using Query = RegistryQuery;
  const std::string l1 = "locations/1-1", l2 = "locations/1-2", l3 = "locations/1-3";
  const Case cases[] = {
      {"all", locations([](Query&) {}), {l1, l2, l3}},
      {"a page", locations([](Query& q) { q.limit = 2; }), {l1, l2}},
      {"the next page", locations([](Query& q) { q.after = "locations/1-2"; }), {l3}},
      {"by provider", locations([](Query& q) { q.provider = "providers/1-9"; }), {l1, l2}},
      {"by sector", locations([](Query& q) { q.sector = "adult-social-care"; }), {l1}},
      {"registered", locations([](Query& q) { q.in_force = true, q.on = 99; }), {l2, l3}},
      {"on the first day",
       locations([](Query& q) { q.in_force = true, q.on = 100; }),
       {l1, l2, l3}},
      {"on the last", locations([](Query& q) { q.in_force = true, q.on = 200; }), {l2, l3}},
      {"in an area", locations([](Query& q) { q.area = "areas/icb.A", q.on = 149; }), {l1, l2}},
      {"moved away", locations([](Query& q) { q.area = "areas/icb.A", q.on = 150; }), {l2}},
      {"moved in", locations([](Query& q) { q.area = "areas/icb.B", q.on = 150; }), {l1}},
      {"area, next page",
       locations([](Query& q) { q.area = "areas/icb.A", q.on = 1, q.after = "locations/1-1"; }),
       {l2}},
      {"area and provider and sector",
       locations([](Query& q) {
         q.area = "areas/icb.A", q.on = 1, q.provider = "providers/1-9";
         q.sector = "adult-social-care";
       }),
       {l1}},
      {"areas", areas([](Query&) {}), {"areas/icb.A", "areas/region.R"}},
      {"areas of a kind", areas([](Query& q) { q.area_kind = 1; }), {"areas/region.R"}},
      {"areas of a day",
       areas([](Query& q) { q.in_force = true, q.on = 150; }),
       {"areas/region.R"}},
  };
  for (const Case& c : cases) EXPECT_EQ(NamesOf(c.query), c.want) << c.what;

  // A new state takes the place of the old one in every list.
  first.row.payload = "moved";
  first.registry->areas = {{"areas/icb.B", kSinceEver, kOpen}};
  first.registry->provider = "providers/1-8";
  Put(first);
  EXPECT_THAT(NamesOf(cases[8].query), ElementsAre(l2));
  EXPECT_THAT(NamesOf(cases[3].query), ElementsAre(l2));
}

TEST_P(RecordStoreContract, AKnownMomentStaysWhatItWas) {
  const int32_t partition = PartitionOf(kHome);
  const absl::Time start = clock_.Now();
  EXPECT_EQ(*store_->CounterAt(partition, start), 0);
  // The clock stands still, but what comes now was not known at `start`.
  Put(LocationWrite(kHome));
  EXPECT_EQ(*store_->CounterAt(partition, start), 0);
  clock_.Advance(absl::Seconds(1));
  for (uint64_t number = 1; number <= 9; ++number) {
    Put(JudgementWrite(kHome, number));
    clock_.Advance(absl::Seconds(1));
  }
  EXPECT_EQ(*store_->CounterAt(partition, start + absl::Milliseconds(500)), 1);
  EXPECT_EQ(*store_->CounterAt(partition, start + absl::Seconds(1)), 2);
  EXPECT_EQ(*store_->CounterAt(partition, start + absl::Seconds(5)), 6);
  EXPECT_EQ(*store_->CounterAt(partition, clock_.Now()), 10);
  EXPECT_EQ(store_->CounterAt(partition, clock_.Now() + absl::Seconds(1)).status().code(),
            absl::StatusCode::kInvalidArgument);
}

TEST_P(RecordStoreContract, ListenersAreToldOfEveryCommitThatAddsRecords) {
  // Listeners run after the answers; closing the store waits for them.
  std::atomic<int> woken{0};
  const uint64_t key = store_->AddListener([&] { ++woken; });
  Put(LocationWrite(kHome));
  Put(LocationWrite(kHome));                // unchanged
  Put(JudgementWrite("locations/9-9", 1));  // refused
  store_->RemoveListener(key);
  Put(JudgementWrite(kHome, 1));
  store_.reset();
  EXPECT_EQ(woken.load(), 1);
}

TEST_P(RecordStoreContract, BatchesOfOneCallerAreWrittenInTheirOrder) {
  std::mutex mutex;
  std::vector<int64_t> counters;
  store_->Append(BatchOf({LocationWrite(kHome)}), [](const BatchResult&) {});
  for (uint64_t number = 1; number <= 200; ++number) {
    store_->Append(BatchOf({JudgementWrite(kHome, number)}), [&](BatchResult result) {
      const std::lock_guard<std::mutex> lock(mutex);
      counters.push_back(result.status.ok() ? result.writes[0].record.position.counter : -1);
    });
  }
  store_.reset();  // answers all that is queued
  ASSERT_EQ(counters.size(), 200u);
  for (size_t at = 0; at < counters.size(); ++at) EXPECT_EQ(counters[at], int64_t(at) + 2);
}

TEST_P(RecordStoreContract, ConcurrentWritersLeaveNoGapAndLoseNothing) {
  constexpr int kThreads = 6;
  constexpr uint64_t kBatches = 40;
  std::vector<std::string> subjects;
  std::vector<Write> states;
  for (int number = 0; number < 10; ++number) {
    subjects.push_back(absl::StrCat("locations/1-", number));
    states.push_back(LocationWrite(subjects.back()));
  }
  ASSERT_TRUE(PutAll(std::move(states)).status.ok());
  std::mutex mutex;
  std::map<std::pair<int32_t, int64_t>, std::string> acknowledged;
  std::vector<std::thread> threads;
  for (int thread = 0; thread < kThreads; ++thread) {
    threads.emplace_back([&, thread] {
      for (uint64_t batch = 0; batch < kBatches; ++batch) {
        std::vector<Write> writes;
        for (uint64_t one = 0; one < 5; ++one) {
          const uint64_t number = (thread * kBatches + batch) * 5 + one + 1;
          writes.push_back(JudgementWrite(subjects[number % subjects.size()], number));
        }
        const BatchResult result = store_->AppendAndWait(BatchOf(std::move(writes)));
        const std::lock_guard<std::mutex> lock(mutex);
        for (const WriteResult& write : result.writes) {
          const Position at = write.record.position;
          EXPECT_TRUE(
              acknowledged.emplace(std::make_pair(at.partition, at.counter), write.record.payload)
                  .second);
        }
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(acknowledged.size(), kThreads * kBatches * 5);
  Reopen();
  for (const auto& [position, payload] : acknowledged) {
    const auto record = store_->Log(position.first, position.second - 1, 1, kMuch);
    ASSERT_EQ(record->size(), 1u);
    EXPECT_EQ(record->front().payload, payload);
  }
  for (const std::string& subject : subjects) LogOf(PartitionOf(subject));
}

// A small model of the store: what is in the log of each partition, by payload.
TEST_P(RecordStoreContract, RandomHistoriesEqualAModel) {
  for (const unsigned seed : {1u, 2u, 3u, 4u, 5u}) {
    SCOPED_TRACE(absl::StrCat("seed ", seed));
    harness_ = (store_.reset(), GetParam().make());
    Reopen();
    std::mt19937 dice(seed);
    const auto roll = [&](uint64_t sides) { return dice() % sides; };
    std::map<int32_t, std::vector<std::string>> logs;
    std::map<std::string, std::string> current;
    std::map<uint64_t, std::string> judged;  // judgement to its subject
    std::set<uint64_t> superseded;
    uint64_t next = 1;
    for (int step = 0; step < 150; ++step) {
      const std::string subject = absl::StrCat("locations/1-", roll(6));
      const int32_t partition = PartitionOf(subject);
      const uint64_t choice = roll(10);
      if (choice < 2) {
        const std::string payload = absl::StrCat("state ", roll(3));
        const bool same = current.count(subject) > 0 && current[subject] == payload;
        EXPECT_EQ(Put(LocationWrite(subject, payload)).written, !same);
        if (!same) logs[partition].push_back(payload);
        current[subject] = payload;
      } else if (choice < 7 || judged.empty()) {
        const uint64_t number = next++;
        const bool known = current.count(subject) > 0;
        EXPECT_EQ(Put(JudgementWrite(subject, number)).written, known);
        if (known) logs[partition].push_back(absl::StrCat("judgement ", number));
        if (known) judged[number] = subject;
      } else if (choice < 9) {
        const uint64_t target = std::next(judged.begin(), roll(judged.size()))->first;
        const std::string owner = judged[target];
        const uint64_t number = next++;
        const bool first = superseded.insert(target).second;
        EXPECT_EQ(Put(CorrectionWrite(owner, number, target)).written, first);
        if (first) logs[PartitionOf(owner)].push_back(absl::StrCat("judgement ", number));
        if (first) judged[number] = owner;
      } else {
        Reopen();
      }
    }
    for (const auto& [partition, payloads] : logs) EXPECT_EQ(LogOf(partition), payloads);
  }
}

}  // namespace assay::evidence
