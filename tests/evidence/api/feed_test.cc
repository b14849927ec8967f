#include "services/evidence/api/feed.h"

#include <map>
#include <set>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "services/common/errors/errors.h"
#include "services/evidence/api/record_methods.h"
#include "services/evidence/api/registry_methods.h"
#include "services/evidence/core/stored.h"
#include "tests/evidence/evidence_testing.h"

namespace assay::evidence {
namespace {

using Key = std::pair<int32_t, int64_t>;

class FeedTest : public testing::Test {
 protected:
  // `homes` locations with `actions` each.
  void Fill(int homes, int actions) {
    int64_t sequence = 0;
    for (int home = 0; home < homes; ++home) {
      v1::IngestRecordsRequest request;
      request.set_sequence(++sequence);
      const std::string name = absl::StrCat("locations/1-", home);
      *request.add_writes()->mutable_location()->mutable_location() = LocationOf(name);
      for (int action = 0; action < actions; ++action) {
        v1::CreateRegulatoryActionRequest* create = request.add_writes()->mutable_action();
        create->set_parent(name);
        *create->mutable_action() = ActionOf("2025-01-01");
      }
      const auto answer = IngestBatch(test_.backend(), request, sequence - 1);
      ASSERT_EQ(answer.status().code(), 0) << answer.status().message();
    }
  }

  std::unique_ptr<Feed> Open(const v1::StreamChangesRequest& request) {
    return Feed::Open(test_.store(), test_.clock(), request).value();
  }

  // All batches until the feed has nothing more.
  static std::vector<v1::StreamChangesResponse> Drain(Feed& feed) {
    std::vector<v1::StreamChangesResponse> batches;
    while (true) {
      v1::StreamChangesResponse batch;
      const auto step = feed.Next(&batch);
      EXPECT_TRUE(step.ok()) << step.status();
      if (step.ok() && *step == Feed::Step::kAgain) continue;
      if (!step.ok() || *step != Feed::Step::kBatch) return batches;
      batches.push_back(std::move(batch));
    }
  }

  // Adds a batch's changes; each must be new and the next of its partition.
  static void Take(const v1::StreamChangesResponse& batch, std::map<int32_t, int64_t>& newest) {
    for (const v1::Change& change : batch.changes()) {
      EXPECT_EQ(change.counter(), ++newest[change.partition()]);
    }
  }

  TestBackend test_;
};

TEST_F(FeedTest, GivesEveryChangeOnceInOrderAndThenWaits) {
  Fill(20, 80);
  const auto feed = Open({});
  const auto batches = Drain(*feed);
  std::map<int32_t, int64_t> newest;
  for (const auto& batch : batches) {
    EXPECT_LE(batch.changes_size(), 500);
    Take(batch, newest);
  }
  EXPECT_TRUE(batches.front().has_checkpoint());
  EXPECT_TRUE(batches.back().caught_up());
  EXPECT_TRUE(batches.back().has_checkpoint());
  const std::vector<int64_t> counters = test_.store().Counters();
  for (int32_t partition = 0; partition < kPartitions; ++partition) {
    EXPECT_EQ(newest[partition], counters[static_cast<size_t>(partition)]);
  }
  v1::StreamChangesResponse nothing;
  EXPECT_EQ(*feed->Next(&nothing), Feed::Step::kNothing);
  Fill(21, 80);  // the same states, new actions, one new home
  for (const auto& batch : Drain(*feed)) Take(batch, newest);
  const std::vector<int64_t> later = test_.store().Counters();
  for (int32_t partition = 0; partition < kPartitions; ++partition) {
    EXPECT_EQ(newest[partition], later[static_cast<size_t>(partition)]);
  }
}

TEST_F(FeedTest, ResumesFromEveryCheckpointWithoutGapOrRepetition) {
  Fill(60, 80);
  const auto all = Drain(*Open({}));
  ASSERT_GT(all.size(), 9u);
  std::map<int32_t, int64_t> before;
  int checkpoints = 0;
  for (size_t at = 0; at < all.size(); ++at) {
    Take(all[at], before);
    if (!all[at].has_checkpoint()) continue;
    ++checkpoints;
    v1::StreamChangesRequest request;
    *request.mutable_after() = all[at].checkpoint();
    std::map<int32_t, int64_t> resumed = before;
    for (const auto& batch : Drain(*Open(request))) Take(batch, resumed);
    const std::vector<int64_t> counters = test_.store().Counters();
    for (int32_t partition = 0; partition < kPartitions; ++partition) {
      EXPECT_EQ(resumed[partition], counters[static_cast<size_t>(partition)]) << at;
    }
  }
  EXPECT_GE(checkpoints, 3);
}

TEST_F(FeedTest, KeepsTheKindsAskedFor) {
  Fill(10, 30);
  v1::StreamChangesRequest request;
  request.add_kinds(v1::RECORD_KIND_LOCATION);
  int locations = 0;
  const auto batches = Drain(*Open(request));
  for (const auto& batch : batches) {
    for (const v1::Change& change : batch.changes()) {
      EXPECT_TRUE(change.record().has_location());
      ++locations;
    }
  }
  EXPECT_EQ(locations, 10);
  // Its token covers what was left out too.
  EXPECT_TRUE(batches.back().caught_up());
  request.clear_kinds();
  *request.mutable_after() = batches.back().checkpoint();
  const auto rest = Drain(*Open(request));
  ASSERT_EQ(rest.size(), 1u);
  EXPECT_EQ(rest[0].changes_size(), 0);
}

TEST_F(FeedTest, ASparseFilterGivesTheThreadBackBetweenPiecesOfTheLog) {
  for (int round = 0; round < 4; ++round) Fill(30, 100);
  v1::StreamChangesRequest request;
  request.add_kinds(v1::RECORD_KIND_AREA);
  const auto feed = Open(request);
  int again = 0;
  int batches = 0;
  while (true) {
    v1::StreamChangesResponse batch;
    const auto step = feed->Next(&batch);
    ASSERT_TRUE(step.ok()) << step.status();
    if (*step == Feed::Step::kNothing) break;
    again += *step == Feed::Step::kAgain ? 1 : 0;
    batches += *step == Feed::Step::kBatch ? 1 : 0;
  }
  // 12,000 records: pieces of at most 5,000 records or 256 KiB.
  EXPECT_GE(again, 3);
  // The first and the last; between them one for every few pieces, so that little is looked at
  // twice.
  EXPECT_GE(batches, 2);
  EXPECT_LT(batches, again);
}

TEST_F(FeedTest, ATokenMovesPastWhatAFilterLeavesOut) {
  Fill(3, 5);
  v1::StreamChangesRequest request;
  request.add_kinds(v1::RECORD_KIND_AREA);
  const auto feed = Open(request);
  Drain(*feed);
  EXPECT_EQ(feed->AskAgainIn(), absl::nullopt);
  test_.clock().Advance(absl::Hours(1));
  Fill(3, 5);
  const auto later = Drain(*feed);
  ASSERT_EQ(later.size(), 1u);
  EXPECT_EQ(later[0].changes_size(), 0);
  EXPECT_EQ(later[0].checkpoint().token(), test_.backend().Newest().token());
}

// Regression: every commit sent every reader a token, whatever it asked for.
TEST_F(FeedTest, TokensThatCoverOnlyWhatWasLeftOutAreFew) {
  Fill(1, 0);
  v1::StreamChangesRequest request;
  request.add_kinds(v1::RECORD_KIND_AREA);
  const auto feed = Open(request);
  Drain(*feed);
  size_t sent = 0;
  constexpr int kCommits = 100;
  const absl::Duration step = absl::Milliseconds(10);
  for (int commit = 0; commit < kCommits; ++commit) {
    test_.clock().Advance(step);
    Fill(1, 1);
    sent += Drain(*feed).size();
    // What is held back is due soon, though nothing more be written.
    const absl::optional<absl::Duration> again = feed->AskAgainIn();
    EXPECT_LE(again.value_or(absl::ZeroDuration()), Feed::kCheckpointInterval);
  }
  EXPECT_EQ(sent, kCommits * step / Feed::kCheckpointInterval);
  Fill(1, 1);
  EXPECT_THAT(Drain(*feed), testing::IsEmpty());
  ASSERT_TRUE(feed->AskAgainIn().has_value());
  test_.clock().Advance(*feed->AskAgainIn());
  const auto last = Drain(*feed);
  ASSERT_EQ(last.size(), 1u);
  EXPECT_EQ(last[0].checkpoint().token(), test_.backend().Newest().token());
  EXPECT_EQ(feed->AskAgainIn(), absl::nullopt);
}

TEST_F(FeedTest, AKindComesWithItsRetractions) {
  Fill(1, 0);
  const auto wrong = CreateJudgement(
      test_.backend(), ScoreRequest("locations/1-0", "safe.learning-culture", 2, "2025-01-01"));
  ASSERT_TRUE(wrong.ok()) << wrong.status();
  v1::CorrectRequest retraction;
  retraction.set_name(wrong->name());
  retraction.set_reason("another home's");
  ASSERT_TRUE(Correct(test_.backend(), retraction).ok());
  const auto kinds = [&](v1::RecordKind kind) {
    v1::StreamChangesRequest request;
    request.add_kinds(kind);
    request.set_without_texts(true);
    std::vector<std::string> found;
    for (const auto& batch : Drain(*Open(request))) {
      for (const v1::Change& change : batch.changes()) {
        EXPECT_EQ(change.record().retraction().reason(), "");
        found.push_back(change.record().has_retraction() ? "retraction" : "other");
      }
    }
    return found;
  };
  EXPECT_THAT(kinds(v1::RECORD_KIND_JUDGEMENT), testing::ElementsAre("other", "retraction"));
  EXPECT_THAT(kinds(v1::RECORD_KIND_RETRACTION), testing::ElementsAre("retraction"));
  EXPECT_THAT(kinds(v1::RECORD_KIND_OVERRIDE), testing::IsEmpty());
}

TEST_F(FeedTest, ASnapshotHasWhatStandsAndThenEveryChange) {
  constexpr char kItem[] = "safe.learning-culture";
  Fill(2, 0);
  std::vector<std::string> names;
  for (int level = 1; level <= 3; ++level) {
    // Future effective dates belong to what is known.
    const auto judgement =
        CreateJudgement(test_.backend(), ScoreRequest("locations/1-0", kItem, level, "2026-01-01"));
    ASSERT_TRUE(judgement.ok()) << judgement.status();
    names.push_back(judgement->name());
  }
  const type::v1::Revision wrong_seen = test_.backend().Newest();
  v1::CorrectRequest correction;
  correction.set_name(names[0]);
  correction.set_reason("typed wrongly");
  *correction.mutable_judgement() = ScoreOf(kItem, 4, "2026-01-01");
  const auto corrected = Correct(test_.backend(), correction);
  ASSERT_TRUE(corrected.ok()) << corrected.status();
  v1::IngestRecordsRequest moved;
  moved.set_sequence(1);
  v1::Location& location = *moved.add_writes()->mutable_location()->mutable_location();
  location = LocationOf("locations/1-1");
  location.set_beds(12);
  ASSERT_EQ(IngestBatch(test_.backend(), moved, 0).written(), 1);

  v1::StreamChangesRequest request;
  request.set_snapshot(true);
  const auto feed = Open(request);
  std::vector<std::string> found;
  int states = 0;
  for (const auto& batch : Drain(*feed)) {
    EXPECT_EQ(batch.snapshot(), !batch.changes().empty());
    for (const v1::Change& change : batch.changes()) {
      if (change.record().has_judgement()) found.push_back(change.record().judgement().name());
      if (change.record().subject() == "locations/1-1") {
        ++states;
        EXPECT_EQ(change.record().location().beds(), 12);
      }
    }
  }
  EXPECT_EQ(states, 1);
  EXPECT_THAT(found,
              testing::ElementsAre(names[1], names[2], corrected->record().judgement().name()));

  // A reader that goes on from within is told what replaced what it has, though that is replaced
  // too.
  v1::StreamChangesRequest resumed;
  *resumed.mutable_after() = wrong_seen;
  resumed.set_snapshot(true);
  v1::CorrectRequest again;
  again.set_name(corrected->record().judgement().name());
  again.set_reason("and again");
  *again.mutable_judgement() = ScoreOf(kItem, 2, "2026-01-01");
  const auto last = Correct(test_.backend(), again);
  ASSERT_TRUE(last.ok()) << last.status();
  std::vector<std::string> told;
  for (const auto& batch : Drain(*Open(resumed))) {
    for (const v1::Change& change : batch.changes()) {
      const std::string& name = change.record().judgement().supersedes();
      if (!name.empty()) told.push_back(name);
    }
  }
  EXPECT_THAT(told, testing::ElementsAre(names[0], corrected->record().judgement().name()));
  Drain(*feed);

  // Then every change, superseded or not by the time it is sent.
  correction.set_name(names[1]);
  ASSERT_TRUE(Correct(test_.backend(), correction).ok());
  const auto later = Drain(*feed);
  ASSERT_EQ(later.size(), 1u);
  EXPECT_FALSE(later[0].snapshot());
  EXPECT_EQ(later[0].changes(0).record().judgement().supersedes(), names[1]);
}

TEST_F(FeedTest, AnAreaIsFollowedWithItsLocationsAsTheyComeAndGo) {
  constexpr char kArea[] = "areas/icb.QHL";
  const auto put = [&](const char* name, bool inside) {
    v1::IngestRecordsRequest request;
    request.set_sequence(1);
    v1::Location& location = *request.add_writes()->mutable_location()->mutable_location();
    location = LocationOf(name);
    if (inside) location.add_areas()->set_area(kArea);
    *request.add_writes()->mutable_judgement() =
        ScoreRequest(name, "safe.learning-culture", 3, "2025-01-01");
    const auto answer = IngestBatch(test_.backend(), request, 0);
    EXPECT_EQ(answer.status().code(), 0) << answer.status().message();
  };
  const auto subjects = [](const std::vector<v1::StreamChangesResponse>& batches) {
    std::vector<std::string> found;
    for (const auto& batch : batches) {
      for (const v1::Change& change : batch.changes()) {
        found.push_back(absl::StrCat(change.record().subject(),
                                     change.record().has_location() ? "" : " judgement"));
      }
    }
    return found;
  };
  put("locations/1-in", true);
  put("locations/1-out", false);
  v1::StreamChangesRequest request;
  request.set_area(kArea);
  const auto feed = Open(request);
  EXPECT_THAT(subjects(Drain(*feed)),
              testing::ElementsAre("locations/1-in", "locations/1-in judgement"));
  put("locations/1-out", true);
  EXPECT_THAT(subjects(Drain(*feed)),
              testing::ElementsAre("locations/1-out", "locations/1-out judgement"));
  // Once inside, always followed: its reader has it for good.
  put("locations/1-in", false);
  EXPECT_THAT(subjects(Drain(*feed)),
              testing::ElementsAre("locations/1-in", "locations/1-in judgement"));
  request.set_area("locations/1-in");
  EXPECT_EQ(Feed::Open(test_.store(), test_.clock(), request).status().code(),
            absl::StatusCode::kInvalidArgument);
}

// Regression: the newest state decided, so that a reader kept a location for ever that left.
TEST_F(FeedTest, AReaderOfAnAreaHearsOfDeparturesWhateverItAsksForAndWhenever) {
  constexpr char kArea[] = "areas/icb.QHL";
  constexpr char kHome[] = "locations/1-102";
  v1::UpsertLocationRequest put;
  *put.mutable_location() = LocationOf(kHome);
  put.mutable_location()->add_areas()->set_area(kArea);
  ASSERT_TRUE(UpsertLocation(test_.backend(), put).ok());
  v1::CreateJudgementRequest score = ScoreRequest(kHome, "safe.learning-culture", 2, "2025-01-01");
  score.mutable_judgement()->set_rationale("Mrs Marker fell twice.");
  const auto judgement = CreateJudgement(test_.backend(), score);
  ASSERT_TRUE(judgement.ok()) << judgement.status();

  // What the feed gives from now on, by kind of content.
  const auto told = [](Feed& feed) {
    std::vector<std::string> found;
    for (const auto& batch : Drain(feed)) {
      for (const v1::Change& change : batch.changes()) {
        found.push_back(change.record().has_location()     ? "location"
                        : change.record().has_erasure()    ? "erasure"
                        : change.record().has_retraction() ? "retraction"
                                                           : "judgement");
      }
    }
    return found;
  };
  v1::StreamChangesRequest locations;
  locations.set_area(kArea);
  locations.add_kinds(v1::RECORD_KIND_LOCATION);
  v1::StreamChangesRequest all;
  all.set_area(kArea);
  v1::StreamChangesRequest resumed = all;
  const auto open_locations = Open(locations);
  const auto open_all = Open(all);
  EXPECT_THAT(told(*open_locations), testing::ElementsAre("location"));
  EXPECT_THAT(told(*open_all), testing::ElementsAre("location", "judgement"));
  *resumed.mutable_after() = test_.backend().Newest();

  put.mutable_location()->clear_areas();
  ASSERT_TRUE(UpsertLocation(test_.backend(), put).ok());
  put.mutable_location()->set_beds(12);
  ASSERT_TRUE(UpsertLocation(test_.backend(), put).ok());
  v1::EraseRequest erase;
  erase.set_name(judgement->name());
  erase.set_reason("asked for it");
  ASSERT_TRUE(Erase(test_.backend(), erase).ok());
  v1::CorrectRequest retract;
  retract.set_name(judgement->name());
  retract.set_reason("another home's");
  ASSERT_TRUE(Correct(test_.backend(), retract).ok());

  EXPECT_THAT(told(*open_locations), testing::ElementsAre("location", "location"));
  const std::vector<std::string> rest = {"location", "location", "erasure", "retraction"};
  EXPECT_THAT(told(*open_all), testing::ElementsAreArray(rest));
  EXPECT_THAT(told(*Open(resumed)), testing::ElementsAreArray(rest));
  locations.clear_kinds();
  locations.add_kinds(v1::RECORD_KIND_JUDGEMENT);
  *locations.mutable_after() = resumed.after();
  EXPECT_THAT(told(*Open(locations)), testing::ElementsAre("erasure", "retraction"));

  // One that never lay there stays out of it, and one that comes later comes from then on.
  constexpr char kOther[] = "locations/1-104";
  v1::UpsertLocationRequest other;
  *other.mutable_location() = LocationOf(kOther);
  ASSERT_TRUE(UpsertLocation(test_.backend(), other).ok());
  EXPECT_THAT(told(*open_all), testing::IsEmpty());
  other.mutable_location()->add_areas()->set_area(kArea);
  ASSERT_TRUE(UpsertLocation(test_.backend(), other).ok());
  EXPECT_THAT(told(*open_all), testing::ElementsAre("location"));
  EXPECT_THAT(told(*Open(resumed)),
              testing::ElementsAre("location", "location", "erasure", "retraction", "location"));
}

TEST_F(FeedTest, EndsWhereNoMoreWasAskedFor) {
  Fill(5, 10);
  v1::StreamChangesRequest request;
  request.set_until_caught_up(true);
  const auto feed = Open(request);
  const auto batches = Drain(*feed);
  ASSERT_FALSE(batches.empty());
  EXPECT_TRUE(batches.back().caught_up());
  EXPECT_TRUE(batches.back().has_checkpoint());
  v1::StreamChangesResponse more;
  EXPECT_EQ(*feed->Next(&more), Feed::Step::kEnd);
}

TEST_F(FeedTest, AnEmptyRecordIsToldAtOnce) {
  v1::StreamChangesResponse batch;
  const auto feed = Open({});
  EXPECT_EQ(*feed->Next(&batch), Feed::Step::kBatch);
  EXPECT_TRUE(batch.caught_up());
  EXPECT_TRUE(batch.has_checkpoint());
}

TEST_F(FeedTest, RefusesTokensThatAreNotOurs) {
  v1::StreamChangesRequest request;
  request.mutable_after()->set_token("nonsense");
  EXPECT_EQ(errors::Reason(Feed::Open(test_.store(), test_.clock(), request).status()),
            "TOKEN_MALFORMED");
  TestBackend other;
  *request.mutable_after() = other.backend().Newest();
  EXPECT_EQ(errors::Reason(Feed::Open(test_.store(), test_.clock(), request).status()),
            "TOKEN_OF_ANOTHER_EPOCH");
  request.clear_after();
  request.add_kinds(v1::RECORD_KIND_UNSPECIFIED);
  EXPECT_EQ(Feed::Open(test_.store(), test_.clock(), request).status().code(),
            absl::StatusCode::kInvalidArgument);
}

// Regression: the feed gave a changed record, and went on over one that was gone.
TEST_F(FeedTest, EndsAtARecordThatIsChangedOrMissing) {
  struct Case {
    const char* what;
    const char* sql;
    const char* named;
  };
  const Case cases[] = {
      {"changed", "UPDATE record SET payload = payload || x'00' WHERE revision = 5", "counter 5"},
      {"missing", "DELETE FROM record WHERE revision = 4", "lacks counter 4"},
  };
  Fill(1, 9);
  for (const Case& c : cases) {
    test_.Damage(c.sql);
    for (const bool without_texts : {false, true}) {
      for (const int64_t after : {0, 2}) {
        v1::StreamChangesRequest request;
        request.set_without_texts(without_texts);
        if (after > 0) {
          *request.mutable_after() =
              RevisionOf(test_.store().epoch(), {PartitionOf("locations/1-0"), after});
        }
        const auto feed = Open(request);
        absl::StatusOr<Feed::Step> step = Feed::Step::kAgain;
        while (step.ok() && (*step == Feed::Step::kAgain || *step == Feed::Step::kBatch)) {
          v1::StreamChangesResponse batch;
          step = feed->Next(&batch);
        }
        EXPECT_EQ(errors::Reason(step.status()), "DATA_CORRUPT") << c.what;
        EXPECT_NE(step.status().message().find(c.named), absl::string_view::npos)
            << c.what << step.status();
      }
    }
  }
}

}  // namespace
}  // namespace assay::evidence
