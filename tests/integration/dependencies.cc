#include "tests/integration/dependencies.h"

#include <string>
#include <thread>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"

#include "tests/common/server/raw_call.h"

namespace assay::integration {

bool AwaitDependency(const Server& server, absl::string_view dependency, bool reached) {
  const std::string line = absl::StrCat("assay_dependency_up{dependency=\"", dependency, "\"} ",
                                        reached ? "1" : "0", "\n");
  const absl::Time end = absl::Now() + kPatience;
  while (absl::Now() < end) {
    if (absl::StrContains(test::HttpGet(server.metrics_address(), "/metrics"), line)) return true;
    std::this_thread::yield();
  }
  return false;
}

}  // namespace assay::integration
