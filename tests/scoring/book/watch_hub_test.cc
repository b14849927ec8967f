#include "services/scoring/book/watch_hub.h"

#include <memory>
#include <string>
#include <vector>

#include "gtest/gtest.h"

namespace assay::scoring {
namespace {

std::vector<std::string> Drain(Watcher& watcher) {
  std::vector<std::string> moves;
  while (absl::optional<Move> move = watcher.Take()) {
    moves.push_back((move->left ? "left " : "") + move->subject);
  }
  return moves;
}

TEST(WatchHub, TellsFollowersOfTheSubjectAndOfItsAreas) {
  WatchHub hub;
  auto by_subject = std::make_shared<Watcher>(nullptr);
  auto by_area = std::make_shared<Watcher>(nullptr);
  auto by_other_area = std::make_shared<Watcher>(nullptr);
  hub.Follow({"locations/1-1"}, by_subject);
  hub.Follow({"areas/icb.QHL"}, by_area);
  hub.Follow({"areas/icb.QOP"}, by_other_area);

  hub.Publish({"locations/1-1", false}, {"areas/icb.QHL", "areas/region.Y60"});

  EXPECT_EQ(Drain(*by_subject), std::vector<std::string>{"locations/1-1"});
  EXPECT_EQ(Drain(*by_area), std::vector<std::string>{"locations/1-1"});
  EXPECT_TRUE(Drain(*by_other_area).empty());
}

TEST(WatchHub, MergesMovesOfOneSubjectAndKeepsTheNewest) {
  WatchHub hub;
  auto watcher = std::make_shared<Watcher>(nullptr);
  hub.Follow({"areas/icb.QHL"}, watcher);
  for (int i = 0; i < 1000; ++i) {
    hub.Publish({"locations/1-1", false}, {"areas/icb.QHL"});
    hub.Publish({"locations/1-2", false}, {"areas/icb.QHL"});
  }
  EXPECT_EQ(watcher->waiting(), 2u);
  hub.PublishToAreas({"locations/1-1", true}, {"areas/icb.QHL"});
  EXPECT_EQ(Drain(*watcher), (std::vector<std::string>{"left locations/1-1", "locations/1-2"}));
}

TEST(WatchHub, LeavingAnAreaIsNoNewsForFollowersOfTheSubject) {
  WatchHub hub;
  auto watcher = std::make_shared<Watcher>(nullptr);
  hub.Follow({"locations/1-1"}, watcher);
  hub.PublishToAreas({"locations/1-1", true}, {"areas/icb.QHL"});
  EXPECT_TRUE(Drain(*watcher).empty());
}

TEST(WatchHub, WakesOnlyWhereNothingWaited) {
  WatchHub hub;
  int wakes = 0;
  auto watcher = std::make_shared<Watcher>([&wakes] { ++wakes; });
  hub.Follow({"areas/icb.QHL"}, watcher);
  hub.Publish({"locations/1-1", false}, {"areas/icb.QHL"});
  hub.Publish({"locations/1-2", false}, {"areas/icb.QHL"});
  EXPECT_EQ(wakes, 1);
  Drain(*watcher);
  hub.Publish({"locations/1-3", false}, {"areas/icb.QHL"});
  EXPECT_EQ(wakes, 2);
  watcher->Close();
  Drain(*watcher);
  hub.Publish({"locations/1-4", false}, {"areas/icb.QHL"});
  EXPECT_EQ(wakes, 2);
}

TEST(WatchHub, ForgetsWatchersThatWent) {
  WatchHub hub;
  auto watcher = std::make_shared<Watcher>(nullptr);
  hub.Follow({"areas/icb.QHL"}, watcher);
  EXPECT_FALSE(hub.idle());
  watcher.reset();
  hub.Publish({"locations/1-1", false}, {"areas/icb.QHL"});
  EXPECT_TRUE(hub.idle());
}

}  // namespace
}  // namespace assay::scoring
