// One scoring replica: everything between its options and its APIs, built once and in order.
//
// Thread safety: Create, Start and Stop on one thread. Ownership: owns every part; borrows the
// runner, which outlives it. Cost: a thread for the feed, one for Redis, one for the turn of the
// day, and the pools'.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

#include "services/common/config/client_options.h"
#include "services/common/config/options.h"
#include "services/common/server/server_runner.h"

namespace assay::scoring {

struct ReplicaOptions {
  // host:port or unix:path of the two services it follows.
  std::string evidence_address = "127.0.0.1:7302";
  std::string framework_address = "127.0.0.1:7301";
  // For both.
  config::ClientTls client;
  // host:port or unix:/path of Redis. Empty: no shared cache.
  std::string redis_address;
  // File with the key that seals cached values; empty: one is made in `state_directory`, for a
  // Redis on this machine.
  std::string cache_key_file;
  // File with Redis' password; empty: none.
  std::string redis_password_file;
  std::string state_directory = ".";
  // Bytes of rendered ratings kept in this process; default 256 MiB; 0: none.
  std::int64_t l1_bytes = std::int64_t{256} << 20;
  // Longest that a look-up in Redis may take; default 5 ms; 0: it is written and never asked.
  absl::Duration cache_budget = absl::Milliseconds(5);
  // Do not answer from the book, only follow it: for measuring what is behind it.
  bool bypass_book = false;
  // Threads for questions about whole areas; default 1.
  std::int64_t heavy_threads = 1;
};

void AddReplicaOptions(config::Options* options, ReplicaOptions* replica);

class Replica {
 public:
  // INVALID_ARGUMENT or FAILED_PRECONDITION for options that cannot be used. Connects to nothing
  // yet.
  static absl::StatusOr<std::unique_ptr<Replica>> Create(const ReplicaOptions& options,
                                                         server::ServerRunner& runner);
  ~Replica();
  Replica(const Replica&) = delete;
  Replica& operator=(const Replica&) = delete;

  // Adds services, dependencies and hooks to the runner, and begins to follow the record.
  void Start();
  void Stop();

 private:
  struct Parts;

  explicit Replica(std::unique_ptr<Parts> parts);

  std::unique_ptr<Parts> parts_;
};

}  // namespace assay::scoring
