#include "services/common/server/work_pool.h"

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <thread>
#include <vector>

#include "gtest/gtest.h"

namespace assay::server {
namespace {

// Holds tasks until it is opened.
class Latch {
 public:
  void Hold() {
    std::unique_lock<std::mutex> lock(mutex_);
    ++held_;
    changed_.notify_all();
    changed_.wait(lock, [this] { return open_; });
  }
  void WaitForHeld(int count) {
    std::unique_lock<std::mutex> lock(mutex_);
    changed_.wait(lock, [&] { return held_ >= count; });
  }
  void Open() {
    std::lock_guard<std::mutex> lock(mutex_);
    open_ = true;
    changed_.notify_all();
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  int held_ = 0;
  bool open_ = false;
};

TEST(WorkPoolTest, RunsEverythingThatItTook) {
  std::atomic<int> ran{0};
  {
    WorkPool pool({"p", 4, 100000});
    for (int i = 0; i < 10000; ++i) EXPECT_TRUE(pool.Submit([&] { ++ran; }));
  }
  EXPECT_EQ(ran, 10000);
}

TEST(WorkPoolTest, OneThreadKeepsTheOrder) {
  std::vector<int> order;
  WorkPool pool({"p", 1, 1000});
  for (int i = 0; i < 100; ++i) EXPECT_TRUE(pool.Submit([&order, i] { order.push_back(i); }));
  pool.Shutdown();
  for (int i = 0; i < 100; ++i) EXPECT_EQ(order[static_cast<size_t>(i)], i);
}

TEST(WorkPoolTest, AFullQueueRefusesAndAContinuationIsTakenAllTheSame) {
  Latch latch;
  std::atomic<int> ran{0};
  WorkPool pool({"p", 2, 3});
  for (int i = 0; i < 2; ++i) ASSERT_TRUE(pool.Submit([&] { latch.Hold(); }));
  latch.WaitForHeld(2);
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(pool.Submit([&] { ++ran; })) << i;
  EXPECT_FALSE(pool.Submit([&] { ran += 100; }));
  EXPECT_TRUE(pool.SubmitContinuation([&] { ++ran; }));
  EXPECT_EQ(pool.waiting(), 4u);
  EXPECT_EQ(pool.running(), 2u);
  latch.Open();
  pool.Shutdown();
  EXPECT_EQ(ran, 4);
}

TEST(WorkPoolTest, WithoutAQueueOnlyIdleThreadsTakeWork) {
  Latch latch;
  WorkPool pool({"p", 2, 0});
  for (int i = 0; i < 2; ++i) EXPECT_TRUE(pool.Submit([&] { latch.Hold(); })) << i;
  latch.WaitForHeld(2);
  EXPECT_FALSE(pool.Submit([] {}));
  latch.Open();
}

TEST(WorkPoolTest, ShutdownRunsWhatWaitsAndTakesNoMore) {
  Latch latch;
  std::atomic<int> ran{0};
  WorkPool pool({"p", 1, 10});
  ASSERT_TRUE(pool.Submit([&] { latch.Hold(); }));
  latch.WaitForHeld(1);
  for (int i = 0; i < 5; ++i) ASSERT_TRUE(pool.Submit([&] { ++ran; }));
  std::thread stopper([&] { pool.Shutdown(); });
  latch.Open();
  stopper.join();
  EXPECT_EQ(ran, 5);
  EXPECT_FALSE(pool.Submit([&] { ++ran; }));
  EXPECT_FALSE(pool.SubmitContinuation([&] { ++ran; }));
  pool.Shutdown();
  EXPECT_EQ(ran, 5);
}

TEST(WorkPoolTest, ManyThreadsSubmitWhileItStops) {
  for (int round = 0; round < 20; ++round) {
    std::atomic<int> taken{0};
    std::atomic<int> ran{0};
    WorkPool pool({"p", 3, 50});
    std::vector<std::thread> submitters;
    for (int i = 0; i < 4; ++i) {
      submitters.emplace_back([&] {
        for (int n = 0; n < 200; ++n) {
          if (pool.Submit([&] { ++ran; })) ++taken;
        }
      });
    }
    pool.Shutdown();
    for (std::thread& submitter : submitters) submitter.join();
    EXPECT_EQ(ran, taken);
  }
}

}  // namespace
}  // namespace assay::server
