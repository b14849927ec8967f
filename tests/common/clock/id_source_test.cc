#include "services/common/clock/id_source.h"

#include <algorithm>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "services/common/text/uuid.h"

namespace assay::clock {
namespace {

// Gives the same byte for ever; not needed by more than one thread.
class FixedRandom final : public digest::RandomSource {
 public:
  explicit FixedRandom(unsigned char byte) : byte_(byte) {}
  void Fill(absl::Span<unsigned char> bytes) override {
    std::fill(bytes.begin(), bytes.end(), byte_);
  }

 private:
  unsigned char byte_;
};

const absl::Time kStart = absl::FromUnixMillis(0x018fd0a1b2c3);

TEST(UuidV7Test, LaysOutTimeVersionVariantAndRandomness) {
  ManualClock clock(kStart);
  FixedRandom zeros(0x00);
  EXPECT_EQ(UuidV7Source(clock, zeros).NewId(), "018fd0a1-b2c3-7000-8000-000000000000");
  FixedRandom ones(0xFF);
  EXPECT_EQ(UuidV7Source(clock, ones).NewId(), "018fd0a1-b2c3-77ff-bfff-ffffffffffff");
}

TEST(UuidV7Test, CarriesFromTheLowBitsToTheHighAndThenToTheTime) {
  ManualClock clock(kStart);
  FixedRandom ones(0xFF);
  UuidV7Source source(clock, ones);
  source.NewId();
  // The step is 2^32, so 2^62 - 1 overflows into the upper part, which was 0x7ff.
  EXPECT_EQ(source.NewId(), "018fd0a1-b2c3-7800-8000-0000ffffffff");
}

TEST(UuidV7Test, RisesWhileTheClockStandsStillOrGoesBack) {
  ManualClock clock(kStart);
  digest::SystemRandom random;
  UuidV7Source source(clock, random);
  std::string last = source.NewId();
  for (int i = 0; i < 10000; ++i) {
    if (i == 3000) clock.Advance(absl::Milliseconds(1));
    if (i == 6000) clock.Advance(-absl::Hours(1));
    const std::string id = source.NewId();
    ASSERT_LT(last, id) << i;
    ASSERT_TRUE(text::IsUuid(id)) << id;
    ASSERT_EQ(id[14], '7');
    ASSERT_NE(std::string("89ab").find(id[19]), std::string::npos) << id;
    last = id;
  }
}

TEST(UuidV7Test, HoldsTheTimeToItsField) {
  digest::SystemRandom random;
  ManualClock far(absl::InfiniteFuture());
  EXPECT_EQ(UuidV7Source(far, random).NewId().substr(0, 13), "ffffffff-ffff");
  ManualClock past(absl::FromUnixMillis(-5));
  EXPECT_EQ(UuidV7Source(past, random).NewId().substr(0, 13), "00000000-0000");
}

TEST(UuidV7Test, ThreadsGetDistinctIdsEachInOrder) {
  SystemClock clock;
  digest::SystemRandom random;
  UuidV7Source source(clock, random);
  std::vector<std::vector<std::string>> made(4);
  std::vector<std::thread> threads;
  for (auto& mine : made) {
    threads.emplace_back([&source, &mine] {
      for (int i = 0; i < 2000; ++i) mine.push_back(source.NewId());
    });
  }
  for (std::thread& thread : threads) thread.join();
  std::set<std::string> all;
  for (const auto& mine : made) {
    EXPECT_TRUE(std::is_sorted(mine.begin(), mine.end()));
    all.insert(mine.begin(), mine.end());
  }
  EXPECT_EQ(all.size(), 8000u);
}

}  // namespace
}  // namespace assay::clock
