#include "services/common/server/dependency_monitor.h"

#include <condition_variable>
#include <mutex>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace assay::server {
namespace {

using ::testing::ElementsAre;

// Writes down what the monitor tells: "name up|down all|some".
class Diary {
 public:
  DependencyMonitor::Listener Listener() {
    return [this](const DependencyMonitor::Change& change) {
      std::lock_guard<std::mutex> lock(mutex_);
      lines_.push_back(absl::StrCat(change.name, change.status.ok() ? " up" : " down",
                                    change.required_up ? " all" : " some"));
      changed_.notify_all();
    };
  }
  std::vector<std::string> WaitForLines(size_t count) {
    std::unique_lock<std::mutex> lock(mutex_);
    changed_.wait(lock, [&] { return lines_.size() >= count; });
    return lines_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::string> lines_;
};

TEST(DependencyMonitorTest, TellsOnlyChanges) {
  Diary diary;
  DependencyMonitor monitor(absl::Hours(1), diary.Listener());
  monitor.Add({"store", true, nullptr});
  monitor.Add({"redis", false, nullptr});
  monitor.Start();
  EXPECT_FALSE(monitor.RequiredUp());
  monitor.Report("redis", absl::UnavailableError("x"));
  monitor.Report("redis", absl::InternalError("another way of being down"));
  monitor.Report("store", absl::OkStatus());
  monitor.Report("store", absl::OkStatus());
  monitor.Report("nobody", absl::OkStatus());
  monitor.Report("store", absl::UnavailableError("x"));
  EXPECT_THAT(diary.WaitForLines(4),
              ElementsAre(" up some", "redis down some", "store up all", "store down some"));
  monitor.Stop();
  monitor.Report("store", absl::OkStatus());
  EXPECT_EQ(diary.WaitForLines(4).size(), 4u);
}

TEST(DependencyMonitorTest, ProbesAgainAndAgain) {
  Diary diary;
  int asked = 0;
  DependencyMonitor monitor(absl::Milliseconds(1), diary.Listener());
  monitor.Add({"store", true, [&asked] {
                 return ++asked % 2 == 0 ? absl::OkStatus() : absl::UnavailableError("x");
               }});
  monitor.Start();
  const std::vector<std::string> lines = diary.WaitForLines(5);
  EXPECT_EQ(lines[1], "store down some");
  EXPECT_EQ(lines[2], "store up all");
  EXPECT_EQ(lines[3], "store down some");
  monitor.Stop();
  monitor.Stop();
}

TEST(DependencyMonitorTest, WithoutRequiredOnesAllIsWell) {
  Diary diary;
  DependencyMonitor monitor(absl::Hours(1), diary.Listener());
  monitor.Add({"redis", false, nullptr});
  EXPECT_TRUE(monitor.RequiredUp());
}

}  // namespace
}  // namespace assay::server
