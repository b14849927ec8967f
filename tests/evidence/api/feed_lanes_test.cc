#include "services/evidence/api/feed_lanes.h"

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"

#include "services/common/errors/errors.h"
#include "services/evidence/api/feed.h"
#include "services/evidence/api/record_methods.h"
#include "services/evidence/core/limits.h"
#include "tests/evidence/evidence_testing.h"

namespace assay::evidence {
namespace {

using Task = std::function<void()>;

// Runs each task on a thread of its own, at once.
class Threads {
 public:
  ~Threads() { Join(); }
  bool Spawn(Task task) {
    const std::lock_guard<std::mutex> lock(mutex_);
    threads_.emplace_back(std::move(task));
    return true;
  }
  void Join() {
    // Tasks spawn others.
    while (true) {
      std::vector<std::thread> threads;
      {
        const std::lock_guard<std::mutex> lock(mutex_);
        threads.swap(threads_);
      }
      if (threads.empty()) return;
      for (std::thread& thread : threads) thread.join();
    }
  }

 private:
  std::mutex mutex_;
  std::vector<std::thread> threads_;
};

class FeedLanesTest : public testing::Test {
 protected:
  static constexpr int kHomes = 100;
  static constexpr int kActions = 79;
  static constexpr size_t kLanes = 3;

  // `homes` locations with so many actions each.
  void Fill(int homes, int actions) {
    for (int home = 0; home < homes; ++home) {
      v1::IngestRecordsRequest request;
      request.set_sequence(1);
      const std::string name = absl::StrCat("locations/1-", home);
      *request.add_writes()->mutable_location()->mutable_location() = LocationOf(name);
      for (int action = 0; action < actions; ++action) {
        v1::CreateRegulatoryActionRequest* create = request.add_writes()->mutable_action();
        create->set_parent(name);
        *create->mutable_action() = ActionOf("2025-01-01");
      }
      const auto answer = IngestBatch(test_.backend(), request, 0);
      ASSERT_EQ(answer.status().code(), 0) << answer.status().message();
    }
  }

  std::unique_ptr<Feed> Open(const v1::StreamChangesRequest& request, ReadAhead ahead) {
    ahead.lanes = kLanes;
    return Feed::Open(test_.store(), test_.clock(), request, ahead).value();
  }

  // Takes all that the feed has by now; each change must be new and the next of its partition.
  // `after` is called after each message.
  void Take(Feed& feed, std::map<int32_t, int64_t>& newest,
            const std::function<void(const v1::StreamChangesResponse&)>& after = {}) const {
    while (true) {
      v1::StreamChangesResponse batch;
      const auto step = feed.Next(&batch);
      ASSERT_TRUE(step.ok()) << step.status();
      if (*step != Feed::Step::kBatch && *step != Feed::Step::kAgain) return;
      EXPECT_LE(static_cast<size_t>(batch.changes_size()), kMaxFeedChanges);
      for (const v1::Change& change : batch.changes()) {
        ASSERT_EQ(change.counter(), ++newest[change.partition()]);
      }
      if (after) after(batch);
    }
  }

  void ExpectAll(std::map<int32_t, int64_t>& newest) {
    const std::vector<int64_t> counters = test_.store().Counters();
    for (int32_t partition = 0; partition < kPartitions; ++partition) {
      EXPECT_EQ(newest[partition], counters[static_cast<size_t>(partition)]) << partition;
    }
  }

  TestBackend test_;
};

TEST_F(FeedLanesTest, GiveEveryChangeOnceInOrderHoweverTasksRun) {
  Fill(kHomes, kActions);
  Threads threads;
  std::vector<Task> kept;
  const struct {
    const char* what;
    std::function<bool(Task)> spawn;
  } cases[] = {
      {"no threads", {}},
      {"a full pool", [](const Task&) { return false; }},
      {"tasks that never begin",
       [&](Task task) {
         kept.push_back(std::move(task));
         return true;
       }},
      {"threads", [&](Task task) { return threads.Spawn(std::move(task)); }},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.what);
    const auto feed = Open({}, {1, c.spawn});
    std::map<int32_t, int64_t> newest;
    Take(*feed, newest);
    ExpectAll(newest);
    Fill(kHomes + 1, 1);
    Take(*feed, newest);
    ExpectAll(newest);
  }
  EXPECT_FALSE(kept.empty());
}

TEST_F(FeedLanesTest, ATokenCoversWhatWasSentAndNothingThatWasReadAhead) {
  Fill(kHomes, kActions);
  Threads threads;
  const ReadAhead ahead = {1, [&](Task task) { return threads.Spawn(std::move(task)); }};
  const auto feed = Open({}, ahead);
  std::map<int32_t, int64_t> newest;
  int checkpoints = 0;
  Take(*feed, newest, [&](const v1::StreamChangesResponse& batch) {
    if (!batch.has_checkpoint()) return;
    ++checkpoints;
    threads.Join();
    v1::StreamChangesRequest request;
    *request.mutable_after() = batch.checkpoint();
    std::map<int32_t, int64_t> resumed = newest;
    Take(*Open(request, ahead), resumed);
    ExpectAll(resumed);
  });
  EXPECT_GE(checkpoints, 3);
}

TEST_F(FeedLanesTest, ASlowReaderHasAFewMessagesReadAhead) {
  Fill(kHomes, kActions);
  std::vector<Task> tasks;
  const auto feed = Open({}, {1, [&](Task task) {
                                tasks.push_back(std::move(task));
                                return true;
                              }});
  v1::StreamChangesResponse first;
  ASSERT_EQ(*feed->Next(&first), Feed::Step::kBatch);
  size_t run = 0;
  for (; run < tasks.size(); ++run) {
    const Task task = std::move(tasks[run]);
    task();
  }
  // A step or two of each lane, and one task that lost its lane to the reader.
  EXPECT_GE(run, kLanes);
  EXPECT_LE(run, 2 * kLanes + 1);
  std::map<int32_t, int64_t> newest;
  for (const v1::Change& change : first.changes()) {
    ASSERT_EQ(change.counter(), ++newest[change.partition()]);
  }
  Take(*feed, newest);
  ExpectAll(newest);
}

TEST_F(FeedLanesTest, NearTheEndNothingIsReadAhead) {
  Fill(5, 20);
  int spawned = 0;
  const auto feed = Open({}, {1, [&](const Task&) {
                                ++spawned;
                                return true;
                              }});
  std::map<int32_t, int64_t> newest;
  Take(*feed, newest);
  ExpectAll(newest);
  EXPECT_EQ(spawned, 0);
}

TEST_F(FeedLanesTest, DamageInALaneEndsTheFeed) {
  Fill(kHomes, kActions);
  test_.Damage("UPDATE record SET payload = payload || x'00' WHERE revision = 70");
  Threads threads;
  const auto feed = Open({}, {1, [&](Task task) { return threads.Spawn(std::move(task)); }});
  absl::StatusOr<Feed::Step> step = Feed::Step::kAgain;
  while (step.ok() && (*step == Feed::Step::kAgain || *step == Feed::Step::kBatch)) {
    v1::StreamChangesResponse batch;
    step = feed->Next(&batch);
  }
  EXPECT_EQ(errors::Reason(step.status()), "DATA_CORRUPT");
  v1::StreamChangesResponse more;
  EXPECT_EQ(errors::Reason(feed->Next(&more).status()), "DATA_CORRUPT");
}

TEST_F(FeedLanesTest, TasksMayBeginWhenTheReaderIsGone) {
  Fill(kHomes, kActions);
  std::vector<Task> tasks;
  auto feed = Open({}, {1, [&](Task task) {
                          tasks.push_back(std::move(task));
                          return true;
                        }});
  v1::StreamChangesResponse first;
  ASSERT_EQ(*feed->Next(&first), Feed::Step::kBatch);
  feed.reset();
  const size_t before = tasks.size();
  ASSERT_GT(before, 0u);
  for (size_t at = 0; at < before; ++at) tasks[at]();
  EXPECT_EQ(tasks.size(), before);
}

}  // namespace
}  // namespace assay::evidence
