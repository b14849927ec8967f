// How long a change takes to be seen: from the acknowledged write of a judgement to the watcher's
// message that rests on it.
//
//   bench-change-to-visible --evidence A --scoring B --location 1-102 [--changes N]
//
// Prints one JSON object with percentiles in microseconds. Bounded by the number of changes.

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <iostream>
#include <memory>
#include <string>
#include <vector>

#include "grpcpp/grpcpp.h"

#include "CLI/CLI.hpp"
#include "assay/evidence/v1/record_service.grpc.pb.h"
#include "assay/scoring/v1/rating_service.grpc.pb.h"

namespace assay::bench {
namespace {

using Clock = std::chrono::steady_clock;

struct Options {
  std::string evidence = "127.0.0.1:7302";
  std::string scoring = "127.0.0.1:7303";
  std::string location;
  std::string version = "frameworks/cqc-saf/versions/2024-12";
  std::string item = "safe.learning-culture";
  int changes = 300;
};

evidence::v1::CreateJudgementRequest MakeRequest(const Options& options, int number) {
  evidence::v1::CreateJudgementRequest request;
  request.set_parent("locations/" + options.location);
  evidence::v1::Judgement& judgement = *request.mutable_judgement();
  judgement.mutable_node()->set_item(options.item);
  judgement.set_framework_version(options.version);
  judgement.mutable_outcome()->set_scale("score");
  judgement.mutable_outcome()->set_level(2 + number % 2);
  judgement.set_status(evidence::v1::JUDGEMENT_STATUS_ASSESSED);
  judgement.mutable_effective_date()->set_year(2026);
  judgement.mutable_effective_date()->set_month(1);
  judgement.mutable_effective_date()->set_day(1);
  return request;
}

int Fail(const char* what, const grpc::Status& status) {
  std::cerr << "bench-change-to-visible: " << what << ": " << status.error_message() << "\n";
  return 3;
}

int Run(const Options& options) {
  const auto records = evidence::v1::RecordService::NewStub(
      grpc::CreateChannel(options.evidence, grpc::InsecureChannelCredentials()));
  const auto ratings = scoring::v1::RatingService::NewStub(
      grpc::CreateChannel(options.scoring, grpc::InsecureChannelCredentials()));
  grpc::ClientContext watch_context;
  watch_context.set_deadline(std::chrono::system_clock::now() + std::chrono::minutes(2));
  scoring::v1::WatchRatingsRequest watch;
  watch.add_names("locations/" + options.location + "/rating");
  std::vector<std::int64_t> micros;
  {
    const auto reader = ratings->WatchRatings(&watch_context, watch);
    scoring::v1::WatchRatingsResponse message;
    // The stream stands once it says that it has caught up.
    if (!reader->Read(&message)) return Fail("watch", reader->Finish());
    for (int i = 0; i < options.changes; ++i) {
      grpc::ClientContext context;
      evidence::v1::Judgement written;
      const grpc::Status status =
          records->CreateJudgement(&context, MakeRequest(options, i), &written);
      if (!status.ok()) return Fail("write", status);
      const Clock::time_point acknowledged = Clock::now();
      do {
        if (!reader->Read(&message)) return Fail("watch", reader->Finish());
      } while (message.rating().subject_counter() < written.counter());
      const auto took = Clock::now() - acknowledged;
      micros.push_back(std::chrono::duration_cast<std::chrono::microseconds>(took).count());
    }
    watch_context.TryCancel();
  }
  std::sort(micros.begin(), micros.end());
  const auto at = [&micros](double share) {
    return static_cast<long long>(
        micros[static_cast<std::size_t>(share * static_cast<double>(micros.size() - 1))]);
  };
  std::printf("{\"changes\":%d,\"p50_us\":%lld,\"p99_us\":%lld,\"max_us\":%lld}\n", options.changes,
              at(0.5), at(0.99), at(1.0));
  return 0;
}

}  // namespace
}  // namespace assay::bench

int main(int argc, char** argv) try {
  assay::bench::Options options;
  CLI::App app("Measures the time from a judgement to its rating at a watcher.");
  app.add_option("--evidence", options.evidence, "host:port of the evidence service");
  app.add_option("--scoring", options.scoring, "host:port of the scoring service");
  app.add_option("--location", options.location, "id of a location in the registry")->required();
  app.add_option("--changes", options.changes, "how many")->check(CLI::Range(1, 10000));
  CLI11_PARSE(app, argc, argv);
  return assay::bench::Run(options);
} catch (const std::exception& problem) {
  std::cerr << "bench-change-to-visible: " << problem.what() << "\n";
  return 2;
}
