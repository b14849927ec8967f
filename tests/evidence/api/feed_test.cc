#include "services/evidence/api/feed.h"

#include <map>
#include <set>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "services/common/errors/errors.h"
#include "services/evidence/api/record_methods.h"
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
    return Feed::Open(test_.store(), request).value();
  }

  // All batches until the feed has nothing more.
  static std::vector<v1::StreamChangesResponse> Drain(Feed& feed) {
    std::vector<v1::StreamChangesResponse> batches;
    while (true) {
      v1::StreamChangesResponse batch;
      const auto step = feed.Next(&batch);
      EXPECT_TRUE(step.ok()) << step.status();
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
  EXPECT_EQ(errors::Reason(Feed::Open(test_.store(), request).status()), "TOKEN_MALFORMED");
  TestBackend other;
  *request.mutable_after() = other.backend().Newest();
  EXPECT_EQ(errors::Reason(Feed::Open(test_.store(), request).status()), "TOKEN_OF_ANOTHER_EPOCH");
  request.clear_after();
  request.add_kinds(v1::RECORD_KIND_UNSPECIFIED);
  EXPECT_EQ(Feed::Open(test_.store(), request).status().code(), absl::StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace assay::evidence
