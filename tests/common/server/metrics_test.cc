#include "services/common/server/metrics.h"

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "prometheus/text_serializer.h"

namespace assay::server {
namespace {

using ::testing::HasSubstr;

std::string Page(const Metrics& metrics) {
  return prometheus::TextSerializer().Serialize(metrics.registry()->Collect());
}

TEST(MetricsTest, ACallIsCountedByMethodAndCode) {
  Metrics metrics;
  const MethodMetrics method = metrics.ForMethod("a.B/C");
  method.Begin();
  EXPECT_THAT(Page(metrics), HasSubstr("assay_calls_in_flight{method=\"a.B/C\"} 1"));
  method.End(absl::StatusCode::kNotFound, absl::Milliseconds(3));
  method.CountMessage();
  const std::string page = Page(metrics);
  EXPECT_THAT(page, HasSubstr("assay_calls_total{code=\"NOT_FOUND\",method=\"a.B/C\"} 1"));
  EXPECT_THAT(page, HasSubstr("assay_calls_total{code=\"OK\",method=\"a.B/C\"} 0"));
  EXPECT_THAT(page, HasSubstr("assay_calls_in_flight{method=\"a.B/C\"} 0"));
  EXPECT_THAT(page, HasSubstr("assay_call_seconds_bucket{method=\"a.B/C\",le=\"0.0025\"} 0"));
  EXPECT_THAT(page, HasSubstr("assay_call_seconds_bucket{method=\"a.B/C\",le=\"0.005\"} 1"));
  EXPECT_THAT(page, HasSubstr("assay_stream_messages_total{method=\"a.B/C\"} 1"));
}

TEST(MetricsTest, ACodeBeyondGrpcsCountsAsUnknown) {
  Metrics metrics;
  const MethodMetrics method = metrics.ForMethod("a.B/C");
  method.Begin();
  method.End(static_cast<absl::StatusCode>(99), absl::ZeroDuration());
  EXPECT_THAT(Page(metrics), HasSubstr("assay_calls_total{code=\"UNKNOWN\",method=\"a.B/C\"} 1"));
}

TEST(MetricsTest, ADependencyIsOneOrZero) {
  Metrics metrics;
  metrics.SetDependency("redis", true);
  EXPECT_THAT(Page(metrics), HasSubstr("assay_dependency_up{dependency=\"redis\"} 1"));
  metrics.SetDependency("redis", false);
  EXPECT_THAT(Page(metrics), HasSubstr("assay_dependency_up{dependency=\"redis\"} 0"));
}

}  // namespace
}  // namespace assay::server
