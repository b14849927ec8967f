#pragma once

// The metrics every server has, in Prometheus' form:
//   assay_calls_total{method,code}        calls answered
//   assay_call_seconds{method}            from the first byte to the status, a histogram
//   assay_calls_in_flight{method}         running now
//   assay_stream_messages_total{method}   messages sent by a server stream, batches taken by an
//   ingest assay_dependency_up{dependency}       1 while it answers
//
// Thread safety: all methods from any thread. Ownership: the registry owns the series; pointers
// handed out live as long as it does. Cost: resolving a method takes a lock, once; counting is
// atomics, and a short lock for the histogram.

#include <array>
#include <cstddef>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "prometheus/counter.h"
#include "prometheus/family.h"
#include "prometheus/gauge.h"
#include "prometheus/histogram.h"
#include "prometheus/registry.h"

namespace assay::server {

// The series of one method.
class MethodMetrics {
 public:
  void Begin() const { in_flight_->Increment(); }
  void End(absl::StatusCode code, absl::Duration took) const;
  void CountMessage() const { messages_->Increment(); }

 private:
  friend class Metrics;
  // gRPC has the codes 0 to 16.
  static constexpr size_t kCodes = 17;
  std::array<prometheus::Counter*, kCodes> calls_{};
  prometheus::Histogram* seconds_ = nullptr;
  prometheus::Gauge* in_flight_ = nullptr;
  prometheus::Counter* messages_ = nullptr;
};

class Metrics {
 public:
  Metrics();
  Metrics(const Metrics&) = delete;
  Metrics& operator=(const Metrics&) = delete;

  // The series of `method`, "package.Service/Method".
  MethodMetrics ForMethod(const std::string& method);

  void SetDependency(const std::string& name, bool up);

  // For a service's own series, and for the endpoint.
  const std::shared_ptr<prometheus::Registry>& registry() const { return registry_; }

 private:
  std::shared_ptr<prometheus::Registry> registry_;
  prometheus::Family<prometheus::Counter>& calls_;
  prometheus::Family<prometheus::Histogram>& seconds_;
  prometheus::Family<prometheus::Gauge>& in_flight_;
  prometheus::Family<prometheus::Counter>& messages_;
  prometheus::Family<prometheus::Gauge>& dependencies_;
};

}  // namespace assay::server
