#include "services/common/server/metrics.h"

namespace assay::server {
namespace {

// From an L1 hit to a nation-wide answer.
const prometheus::Histogram::BucketBoundaries kSecondsBuckets = {
    0.00005, 0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025,
    0.05,    0.1,    0.25,    0.5,    1,     2.5,    5,     10,   30};

}  // namespace

void MethodMetrics::End(absl::StatusCode code, absl::Duration took) const {
  in_flight_->Decrement();
  seconds_->Observe(absl::ToDoubleSeconds(took));
  const auto index = static_cast<size_t>(code);
  calls_[index < kCodes ? index : static_cast<size_t>(absl::StatusCode::kUnknown)]->Increment();
}

Metrics::Metrics()
    : registry_(std::make_shared<prometheus::Registry>()),
      calls_(prometheus::BuildCounter()
                 .Name("assay_calls_total")
                 .Help("Calls answered, by method and status code")
                 .Register(*registry_)),
      seconds_(prometheus::BuildHistogram()
                   .Name("assay_call_seconds")
                   .Help("Time from a call's arrival to its status, in seconds")
                   .Register(*registry_)),
      in_flight_(prometheus::BuildGauge()
                     .Name("assay_calls_in_flight")
                     .Help("Calls that run now")
                     .Register(*registry_)),
      messages_(prometheus::BuildCounter()
                    .Name("assay_stream_messages_total")
                    .Help("Messages of streams: sent by a server stream, taken by an ingest")
                    .Register(*registry_)),
      dependencies_(prometheus::BuildGauge()
                        .Name("assay_dependency_up")
                        .Help("1 while the dependency answers, else 0")
                        .Register(*registry_)) {}

MethodMetrics Metrics::ForMethod(const std::string& method) {
  MethodMetrics metrics;
  for (size_t code = 0; code < MethodMetrics::kCodes; ++code) {
    metrics.calls_[code] =
        &calls_.Add({{"method", method},
                     {"code", absl::StatusCodeToString(static_cast<absl::StatusCode>(code))}});
  }
  metrics.seconds_ = &seconds_.Add({{"method", method}}, kSecondsBuckets);
  metrics.in_flight_ = &in_flight_.Add({{"method", method}});
  metrics.messages_ = &messages_.Add({{"method", method}});
  return metrics;
}

void Metrics::SetDependency(const std::string& name, bool up) {
  dependencies_.Add({{"dependency", name}}).Set(up ? 1 : 0);
}

}  // namespace assay::server
