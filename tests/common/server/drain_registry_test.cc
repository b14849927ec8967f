#include "services/common/server/drain_registry.h"

#include <atomic>
#include <memory>
#include <thread>
#include <vector>

#include "gtest/gtest.h"

namespace assay::server {
namespace {

class Stream final : public Drainable {
 public:
  void Drain() override { ++drained; }
  std::atomic<int> drained{0};
};

TEST(DrainRegistryTest, TellsWhatIsOpenAndWhatComesLate) {
  DrainRegistry registry;
  const auto open = std::make_shared<Stream>();
  const auto closed = std::make_shared<Stream>();
  registry.Add(open);
  registry.Remove(registry.Add(closed));
  EXPECT_FALSE(registry.draining());
  registry.StartDrain();
  EXPECT_TRUE(registry.draining());
  EXPECT_EQ(open->drained, 1);
  EXPECT_EQ(closed->drained, 0);
  const auto late = std::make_shared<Stream>();
  registry.Add(late);
  EXPECT_EQ(late->drained, 1);
}

TEST(DrainRegistryTest, HoldsNothingAlive) {
  DrainRegistry registry;
  auto stream = std::make_shared<Stream>();
  const std::weak_ptr<Stream> weak = stream;
  registry.Add(stream);
  stream = nullptr;
  EXPECT_TRUE(weak.expired());
  registry.StartDrain();
}

TEST(DrainRegistryTest, EveryStreamIsToldHoweverTheyRace) {
  DrainRegistry registry;
  std::vector<std::shared_ptr<Stream>> streams(400);
  for (auto& stream : streams) stream = std::make_shared<Stream>();
  std::vector<std::thread> adders;
  for (size_t part = 0; part < 4; ++part) {
    adders.emplace_back([&, part] {
      for (size_t i = part; i < streams.size(); i += 4) registry.Add(streams[i]);
    });
  }
  registry.StartDrain();
  for (std::thread& adder : adders) adder.join();
  for (const auto& stream : streams) EXPECT_EQ(stream->drained, 1);
}

}  // namespace
}  // namespace assay::server
