// A closed-loop load on one server: so many calls are under way at any time, each followed by the
// next as soon as it is answered. Bounded in time and in calls; stops by itself.
//
//   bench-load --address A --evidence E [--names N] [--batch N] [--concurrency C] [--seconds S]
//   [--server-pid P]
//              [--save-reply FILE] [--model VERSION [--digest D] [--as-rating]]
//
// Prints one JSON object: calls and ratings a second, latency percentiles in microseconds, and the
// server's CPU a call in microseconds where its process id is given.

#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <fstream>
#include <iostream>
#include <memory>
#include <mutex>
#include <sstream>
#include <string>
#include <vector>

#include "google/protobuf/message_lite.h"
#include "grpcpp/generic/generic_stub.h"
#include "grpcpp/grpcpp.h"

#include "CLI/CLI.hpp"
#include "assay/evidence/v1/registry_service.grpc.pb.h"
#include "assay/framework/v1/framework_service.pb.h"
#include "assay/scoring/v1/rating_service.pb.h"
#include "services/common/server/byte_buffer.h"

namespace assay::bench {
namespace {

using Clock = std::chrono::steady_clock;

struct Options {
  std::string address = "127.0.0.1:7303";
  // Names are those of the first locations that the evidence service lists.
  std::string evidence = "127.0.0.1:7302";
  std::size_t names = 1000;
  std::string save_reply;
  int batch = 0;  // 0: GetRating
  int concurrency = 32;
  // GetScoringModel of this version instead; `digest` is the one that the caller holds already;
  // `as_rating` sends the same request to an echo server, which knows GetRating.
  std::string model;
  std::string digest;
  bool as_rating = false;
  double seconds = 5;
  std::int64_t max_calls = 5'000'000;
  int server_pid = 0;
};

// Seconds of CPU that a process has used; 0 where it is not known.
double CpuSecondsOf(int pid) {
  if (pid == 0) return 0;
  std::ifstream file("/proc/" + std::to_string(pid) + "/stat");
  std::string line;
  std::getline(file, line);
  // The name in parentheses may hold blanks; what follows it does not.
  std::istringstream rest(line.substr(std::min(line.size(), line.rfind(')') + 2)));
  std::string skipped;
  for (int field = 3; field < 14; ++field) rest >> skipped;
  double user = 0;
  double system = 0;
  rest >> user >> system;
  return (user + system) / static_cast<double>(sysconf(_SC_CLK_TCK));
}

std::vector<std::string> ListNames(const Options& options) {
  const auto registry = evidence::v1::RegistryService::NewStub(
      grpc::CreateChannel(options.evidence, grpc::InsecureChannelCredentials()));
  std::vector<std::string> names;
  evidence::v1::ListLocationsRequest request;
  request.set_page_size(1000);
  do {
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(30));
    evidence::v1::ListLocationsResponse response;
    const grpc::Status status = registry->ListLocations(&context, request, &response);
    if (!status.ok()) {
      std::cerr << "bench-load: cannot list locations: " << status.error_message() << "\n";
      return {};
    }
    for (const auto& location : response.locations()) names.push_back(location.name() + "/rating");
    request.set_page_token(response.next_page_token());
  } while (!request.page_token().empty() && names.size() < options.names);
  names.resize(std::min(names.size(), options.names));
  return names;
}

std::vector<grpc::ByteBuffer> MakeRequests(const Options& options) {
  if (!options.model.empty()) {
    framework::v1::GetScoringModelRequest request;
    request.set_name(options.model);
    request.set_if_digest_not(options.digest);
    return {server::RenderBytes(request)};
  }
  const std::vector<std::string> names = ListNames(options);
  std::vector<grpc::ByteBuffer> requests;
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (options.batch == 0) {
      scoring::v1::GetRatingRequest request;
      request.set_name(names[i]);
      requests.push_back(server::RenderBytes(request));
      continue;
    }
    scoring::v1::BatchGetRatingsRequest request;
    for (int k = 0; k < options.batch; ++k) {
      request.add_names(names[(i + static_cast<std::size_t>(k)) % names.size()]);
    }
    requests.push_back(server::RenderBytes(request));
  }
  return requests;
}

class Load {
 public:
  Load(const Options& options, std::vector<grpc::ByteBuffer> requests)
      : options_(options), requests_(std::move(requests)) {
    // A connection of its own for each eight calls under way: one alone becomes the bottleneck.
    const int channels = std::max(1, options.concurrency / 8);
    for (int i = 0; i < channels; ++i) {
      grpc::ChannelArguments arguments;
      arguments.SetInt("assay.bench.channel", i);
      arguments.SetMaxReceiveMessageSize(64 << 20);
      stubs_.push_back(std::make_unique<grpc::GenericStub>(grpc::CreateCustomChannel(
          options.address, grpc::InsecureChannelCredentials(), arguments)));
    }
    method_ = options.batch == 0 ? "/assay.scoring.v1.RatingService/GetRating"
                                 : "/assay.scoring.v1.RatingService/BatchGetRatings";
    if (!options.model.empty() && !options.as_rating) {
      method_ = "/assay.framework.v1.FrameworkService/GetScoringModel";
    }
  }

  int Run() {
    std::vector<std::unique_ptr<Caller>> callers;
    const double cpu_before = CpuSecondsOf(options_.server_pid);
    begun_ = Clock::now();
    running_ = options_.concurrency;
    for (int i = 0; i < options_.concurrency; ++i) {
      callers.push_back(std::make_unique<Caller>());
      callers.back()->stub = stubs_[static_cast<std::size_t>(i) % stubs_.size()].get();
    }
    for (auto& caller : callers) Next(*caller);
    {
      std::unique_lock lock(mutex_);
      finished_.wait(lock, [this] { return running_ == 0; });
    }
    const double took = std::chrono::duration<double>(Clock::now() - begun_).count();
    const double cpu = CpuSecondsOf(options_.server_pid) - cpu_before;
    return Report(callers, took, cpu);
  }

 private:
  struct Caller {
    grpc::GenericStub* stub = nullptr;
    std::unique_ptr<grpc::ClientContext> context;
    grpc::ByteBuffer reply;
    Clock::time_point sent;
    std::vector<std::uint32_t> micros;
    std::int64_t failed = 0;
  };

  bool Done() const {
    return sent_.load(std::memory_order_relaxed) >= options_.max_calls ||
           Clock::now() - begun_ > std::chrono::duration<double>(options_.seconds);
  }

  void Next(Caller& caller) {
    const std::int64_t number = sent_.fetch_add(1, std::memory_order_relaxed);
    caller.context = std::make_unique<grpc::ClientContext>();
    caller.context->set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(10));
    caller.sent = Clock::now();
    caller.stub->UnaryCall(
        caller.context.get(), method_, grpc::StubOptions(),
        &requests_[static_cast<std::size_t>(number) % requests_.size()], &caller.reply,
        [this, &caller](const grpc::Status& status) { Answered(caller, status); });
  }

  void Answered(Caller& caller, const grpc::Status& status) {
    const auto took =
        std::chrono::duration_cast<std::chrono::microseconds>(Clock::now() - caller.sent);
    caller.micros.push_back(static_cast<std::uint32_t>(took.count()));
    if (!status.ok()) {
      if (caller.failed++ == 0) std::cerr << "bench-load: " << status.error_message() << "\n";
    }
    if (!Done()) return Next(caller);
    const std::lock_guard lock(mutex_);
    if (--running_ == 0) finished_.notify_all();
  }

  int Report(const std::vector<std::unique_ptr<Caller>>& callers, double took, double cpu) const {
    std::vector<std::uint32_t> all;
    std::int64_t failed = 0;
    for (const auto& caller : callers) {
      all.insert(all.end(), caller->micros.begin(), caller->micros.end());
      failed += caller->failed;
    }
    std::sort(all.begin(), all.end());
    const auto at = [&all](double share) {
      return all[static_cast<std::size_t>(share * static_cast<double>(all.size() - 1))];
    };
    const double calls = static_cast<double>(all.size());
    const int ratings = std::max(1, options_.batch);
    std::printf(
        "{\"calls\":%zu,\"failed\":%lld,\"calls_per_second\":%.0f,\"ratings_per_second\":%.0f,"
        "\"p50_us\":%u,\"p99_us\":%u,\"server_cpu_us_per_call\":%.1f}\n",
        all.size(), static_cast<long long>(failed), calls / took, calls * ratings / took, at(0.5),
        at(0.99), cpu / calls * 1e6);
    if (!options_.save_reply.empty()) {
      std::string bytes;
      std::vector<grpc::Slice> slices;
      if (callers.front()->reply.Dump(&slices).ok()) {
        for (const grpc::Slice& slice : slices) {
          bytes.append(reinterpret_cast<const char*>(slice.begin()), slice.size());
        }
      }
      std::ofstream(options_.save_reply, std::ios::binary) << bytes;
    }
    return failed == 0 ? 0 : 1;
  }

  const Options options_;
  const std::vector<grpc::ByteBuffer> requests_;
  std::vector<std::unique_ptr<grpc::GenericStub>> stubs_;
  std::string method_;
  Clock::time_point begun_;
  std::atomic<std::int64_t> sent_{0};
  std::mutex mutex_;
  std::condition_variable finished_;
  int running_ = 0;
};

}  // namespace
}  // namespace assay::bench

int main(int argc, char** argv) try {
  assay::bench::Options options;
  CLI::App app("Loads one server and measures it.");
  app.add_option("--address", options.address, "host:port of the server");
  app.add_option("--evidence", options.evidence, "host:port of the evidence service");
  app.add_option("--names", options.names, "how many locations are asked for")
      ->check(CLI::Range(1, 100000));
  app.add_option("--batch", options.batch, "names a BatchGetRatings; 0: GetRating");
  app.add_option("--concurrency", options.concurrency, "calls under way")
      ->check(CLI::Range(1, 1024));
  app.add_option("--model", options.model, "GetScoringModel of this version, by its full name");
  app.add_option("--digest", options.digest, "with --model: the digest that is held already");
  app.add_flag("--as-rating", options.as_rating, "with --model: the server is an echo server");
  app.add_option("--seconds", options.seconds, "how long")->check(CLI::Range(0.1, 60.0));
  app.add_option("--server-pid", options.server_pid, "process whose CPU is measured");
  app.add_option("--save-reply", options.save_reply, "file for the last reply's bytes");
  CLI11_PARSE(app, argc, argv);
  auto requests = assay::bench::MakeRequests(options);
  if (requests.empty()) {
    std::cerr << "bench-load: no locations in " << options.evidence << "\n";
    return 2;
  }
  return assay::bench::Load(options, std::move(requests)).Run();
} catch (const std::exception& problem) {
  std::cerr << "bench-load: " << problem.what() << "\n";
  return 2;
}
