#include "services/scoring/book/revision_gate.h"

#include <atomic>
#include <chrono>
#include <future>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

#include "absl/time/clock.h"
#include "gtest/gtest.h"

#include "services/common/errors/errors.h"

namespace assay::scoring {
namespace {

constexpr std::uint64_t kEpoch = 7;

revision::RevisionVector At(names::Partition partition, std::uint64_t counter,
                            std::uint64_t epoch = kEpoch) {
  revision::RevisionVector vector(epoch);
  EXPECT_TRUE(vector.Set(partition, counter).ok());
  return vector;
}

// What a wait ended with, once it has.
class Ending {
 public:
  RevisionGate::Done Done() {
    return [this](absl::Status status) { ended_.set_value(std::move(status)); };
  }
  bool done() const {
    return status_.wait_for(std::chrono::seconds(0)) == std::future_status::ready;
  }
  absl::Status Wait() { return status_.get(); }

 private:
  std::promise<absl::Status> ended_;
  std::future<absl::Status> status_ = ended_.get_future();
};

TEST(RevisionGate, AnswersAtOnceWhatWasReached) {
  RevisionGate gate;
  gate.Reset(kEpoch);
  gate.Advance(At(3, 10));
  EXPECT_EQ(gate.Check(At(3, 10), -1), absl::OkStatus());
  EXPECT_EQ(gate.Check(At(3, 11), -1), std::nullopt);
  // Only the subject's own partition counts in a read of one subject.
  EXPECT_EQ(gate.Check(At(3, 11), 4), absl::OkStatus());
}

TEST(RevisionGate, WaitsUntilTheLastPartitionHasCome) {
  RevisionGate gate;
  gate.Reset(kEpoch);
  revision::RevisionVector both = At(3, 5);
  ASSERT_TRUE(both.Set(9, 2).ok());
  Ending ending;
  gate.Wait(both, -1, absl::InfiniteFuture(), ending.Done());
  gate.Advance(At(3, 6));
  EXPECT_FALSE(ending.done());
  gate.Advance(At(9, 2));
  EXPECT_EQ(ending.Wait(), absl::OkStatus());
}

TEST(RevisionGate, NeverAnswersFromBeforeTheDeadlineHasPassed) {
  RevisionGate gate;
  gate.Reset(kEpoch);
  Ending ending;
  gate.Wait(At(3, 1), -1, absl::Now() + absl::Milliseconds(5), ending.Done());
  const absl::Status status = ending.Wait();
  EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(errors::Reason(status), "REVISION_UNAVAILABLE");
  EXPECT_TRUE(errors::RetryDelay(status).has_value());
}

TEST(RevisionGate, RefusesTokensOfAnotherRecord) {
  RevisionGate gate;
  gate.Reset(kEpoch);
  const std::optional<absl::Status> status = gate.Check(At(3, 1, kEpoch + 1), -1);
  ASSERT_TRUE(status.has_value());
  EXPECT_EQ(errors::Reason(*status), "TOKEN_OF_ANOTHER_EPOCH");
}

TEST(RevisionGate, TellsWaitersWhenTheRecordIsRenewed) {
  RevisionGate gate;
  Ending before_any;
  gate.Wait(At(3, 1), -1, absl::InfiniteFuture(), before_any.Done());
  EXPECT_FALSE(before_any.done());
  gate.Reset(kEpoch + 1);
  EXPECT_EQ(errors::Reason(before_any.Wait()), "TOKEN_OF_ANOTHER_EPOCH");
}

TEST(RevisionGate, AnswersWhoeverStillWaitsWhenItGoes) {
  Ending ending;
  {
    RevisionGate gate;
    gate.Reset(kEpoch);
    gate.Wait(At(3, 1), -1, absl::InfiniteFuture(), ending.Done());
  }
  EXPECT_EQ(ending.Wait().code(), absl::StatusCode::kUnavailable);
}

TEST(RevisionGate, ServesManyWaitersFromManyThreads) {
  RevisionGate gate;
  gate.Reset(kEpoch);
  constexpr int kThreads = 8;
  constexpr int kWaits = 200;
  std::atomic<int> served{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&gate, &served] {
      for (int i = 1; i <= kWaits; ++i) {
        gate.Wait(At(1, static_cast<std::uint64_t>(i)), -1, absl::InfiniteFuture(),
                  [&served](const absl::Status& status) { served += status.ok() ? 1 : 0; });
      }
    });
  }
  for (int i = 1; i <= kWaits; ++i) gate.Advance(At(1, static_cast<std::uint64_t>(i)));
  for (std::thread& thread : threads) thread.join();
  gate.Advance(At(1, kWaits + 1));
  EXPECT_EQ(served, kThreads * kWaits);
}

}  // namespace
}  // namespace assay::scoring
