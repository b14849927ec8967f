#include "services/common/postgresql/doorbell.h"

#include <atomic>
#include <memory>
#include <thread>

#include "absl/time/clock.h"
#include "gtest/gtest.h"

#include "tests/common/testing/postgres_server.h"

namespace assay::postgresql {
namespace {

using assay::testing::PgBouncer;
using assay::testing::SharedPostgres;

constexpr absl::Duration kLong = absl::Seconds(20);

class DoorbellTest : public ::testing::Test {
 protected:
  void SetUp() override {
    const auto server = SharedPostgres();
    ASSERT_TRUE(server.ok()) << server.status();
    server_ = *server;
  }

  std::unique_ptr<Doorbell> Make(const std::string& url) {
    ConnectOptions options;
    options.target = url;
    return std::make_unique<Doorbell>(options, "bell", clock_);
  }

  assay::testing::PostgresServer* server_ = nullptr;
  clock::SystemClock clock_;
};

TEST_F(DoorbellTest, TheOtherHearsEachRing) {
  const auto one = Make(server_->Url());
  const auto two = Make(server_->Url());
  std::atomic<int> heard{0};
  std::thread listener([&] {
    while (!two->stopped()) heard += two->Wait(kLong) ? 1 : 0;
  });
  // The first of them says hello, or hears it, whichever connects first.
  ASSERT_TRUE(one->Wait(kLong));
  for (int ring = 0; ring < 5; ++ring) {
    const int before = heard;
    one->Ring();
    const absl::Time end = absl::Now() + kLong;
    while (heard == before && absl::Now() < end) one->Wait(absl::Milliseconds(1));
    EXPECT_GT(heard, before);
  }
  two->Stop();
  listener.join();
}

TEST_F(DoorbellTest, ItsOwnRingIsNoNews) {
  const auto one = Make(server_->Url());
  EXPECT_FALSE(one->Wait(absl::Milliseconds(1)));
  one->Ring();
  EXPECT_FALSE(one->Wait(absl::Milliseconds(50)));
}

TEST_F(DoorbellTest, WaitsItsTimeBehindAPoolerAndWithoutAServer) {
  const auto bouncer = PgBouncer::Start(*server_);
  if (absl::IsNotFound(bouncer.status())) GTEST_SKIP() << bouncer.status().message();
  ASSERT_TRUE(bouncer.ok()) << bouncer.status();
  for (const std::string& url :
       {(*bouncer)->Url("postgres"), std::string("postgresql:///none?host=/nowhere")}) {
    const auto bell = Make(url);
    bell->Ring();
    const absl::Time start = absl::Now();
    EXPECT_FALSE(bell->Wait(absl::Milliseconds(50))) << url;
    EXPECT_GE(absl::Now() - start, absl::Milliseconds(50)) << url;
  }
}

TEST_F(DoorbellTest, StopEndsAWait) {
  const auto bell = Make(server_->Url());
  std::thread stopper([&] { bell->Stop(); });
  const absl::Time start = absl::Now();
  EXPECT_FALSE(bell->Wait(absl::Hours(1)));
  EXPECT_LT(absl::Now() - start, absl::Minutes(1));
  stopper.join();
}

TEST_F(DoorbellTest, HearsAgainAfterItsSessionWasEnded) {
  const auto one = Make(server_->Url());
  const auto two = Make(server_->Url());
  EXPECT_FALSE(one->Wait(absl::Milliseconds(1)));
  EXPECT_FALSE(two->Wait(absl::Milliseconds(1)));
  ASSERT_TRUE(server_
                  ->Ask("SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
                        " WHERE application_name = 'assay'")
                  .ok());
  // Both connect again, each saying hello, which the other hears or answers.
  std::atomic<bool> stop{false};
  std::thread other([&] {
    while (!stop) two->Wait(absl::Milliseconds(20));
  });
  bool heard = false;
  const absl::Time end = absl::Now() + kLong;
  while (!heard && absl::Now() < end) heard = one->Wait(absl::Milliseconds(20));
  EXPECT_TRUE(heard);
  stop = true;
  other.join();
}

}  // namespace
}  // namespace assay::postgresql
