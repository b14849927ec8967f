#pragma once

// The rating cache in Redis: hiredis on a libuv loop with a thread of its own.
//
// A value is `SET key <seal><bytes> PX <ttl>` (seal.h); it is read by GETRANGE, so that nobody can
// make this process read more than the largest value. A value that does not open under its key is a
// miss, is counted and deleted. Nothing is ever invalidated: see CacheKey.
//
// What is under way is bounded: lookups by number, puts by number and bytes; what exceeds the
// bounds is a miss or dropped at once, and so is everything while the server is out of reach.
// Lookups share one connection with puts, of which only about a megabyte is sent ahead of its
// answers, so that a large put does not hold lookups up for long.
//
// TLS: none (hiredis 0.14 has none). The seal keeps forged values out; it does not hide them. Use a
// socket on this machine, or a network that may see the ratings.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"

#include "services/scoring/cache/rating_cache.h"
#include "services/scoring/cache/redis/nodes.h"

namespace assay::scoring::redis {

class Worker;

struct RedisOptions {
  // Key of the seal, at least kMinKeyBytes (secret.h), the same for all replicas. Required.
  std::string secret;
  // For AUTH. Without a password nothing is sent; without a user the default one is meant.
  std::string user;
  std::string password;
  // Number of the database, 0 to 1,000,000; SELECT is sent unless 0.
  int database = 0;
  // How long Redis keeps a value, a millisecond to 366 days.
  absl::Duration ttl = absl::Hours(24);
  // A larger value is not put; 1 to 1 MiB.
  std::size_t max_value_bytes = std::size_t{1} << 20;
  // Keys under way, those among them whose budget has ended but whose answer is still out; 1 to
  // 1,000,000.
  std::uint64_t max_pending_gets = 65'536;
  // Puts under way, and the bytes of their keys and values; 1 to 1,000,000 and 1 to 1 GiB.
  std::uint64_t max_pending_puts = 4'096;
  std::uint64_t max_pending_put_bytes = std::uint64_t{16} << 20;
  // Connecting with greeting, a millisecond to a minute.
  absl::Duration connect_timeout = absl::Seconds(1);
  // Commands without any answer for so long end the connection; a millisecond to a minute.
  absl::Duration stall_timeout = absl::Milliseconds(500);
  // A connection idle for so long is tried by a ping; a millisecond to an hour.
  absl::Duration ping_interval = absl::Seconds(1);
  // Lookups in a row without an answer in their budget that open the circuit; 1 to 1,000.
  int timeouts_to_open = 3;
  // The first and the longest wait before connecting anew; a millisecond to an hour, in order.
  absl::Duration backoff_min = absl::Milliseconds(50);
  absl::Duration backoff_max = absl::Seconds(5);
};

// OK, or INVALID_ARGUMENT with every violation.
absl::Status Validate(const RedisOptions& options);

// Thread safety and callbacks: as RatingCache says. Ownership: owns its thread, loop, connections
// and the node directory. Cost: Get hands over to the thread in about a microsecond.
class RedisRatingCache final : public RatingCache {
 public:
  // Starts the thread, which connects; does not wait for that. INVALID_ARGUMENT for the options,
  // INTERNAL where the system gives no loop or thread.
  static absl::StatusOr<std::unique_ptr<RedisRatingCache>> Create(
      RedisOptions options, std::unique_ptr<const NodeDirectory> nodes);

  // Answers what is under way with misses, drops waiting puts, closes the connections, joins.
  ~RedisRatingCache() override;

  void Get(const CacheKey& key, absl::Duration budget, GetCallback done) override;
  void GetMany(const std::vector<CacheKey>& keys, absl::Duration budget,
               GetManyCallback done) override;
  void Put(const CacheKey& key, Buffer bytes) override;
  CacheStats Stats() const override;
  absl::Status Health() const override;

  // Blocks until all nodes are available, or one is not, for at most `timeout`; says whether it
  // came to that. For the start of a service, for benchmarks and tests; never on a callback's
  // thread.
  bool WaitUntilAvailable(bool available, absl::Duration timeout) const;

 private:
  explicit RedisRatingCache(std::unique_ptr<Worker> worker);

  std::unique_ptr<Worker> worker_;
};

}  // namespace assay::scoring::redis
