#pragma once

// The files that hold secrets: the key that seals cached values, and the password of Redis.
//
// All replicas that share a Redis must hold the same key: a replica with another one takes what the
// others wrote for forged and deletes it. A key that changes makes all cached values unreadable and
// nothing worse.
//
// A secret's file is a regular file that others can neither read nor write (no bits of 0007).
// Functions block on the disk: call them at start.

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

#include "services/scoring/cache/redis/endpoint.h"

namespace assay::scoring::redis {

// Smallest and largest content of a key's file, without a closing line break.
inline constexpr std::size_t kMinKeyBytes = 32;
inline constexpr std::size_t kMaxSecretBytes = 1024;

// Reads a secret: the file's bytes without one closing line break, 1 to kMaxSecretBytes of them.
// FAILED_PRECONDITION names `option`, the path and what
// is wrong with it, never the content.
absl::StatusOr<std::string> ReadSecretFile(absl::string_view option, const std::string& path);

// The key that seals values in the Redis at `endpoint`:
//   - with `key_file`: what that file holds, at least kMinKeyBytes;
//   - without, for a Redis on this machine: what `<state_dir>/cache.key` holds, made with 32 random
//     bytes in hex and mode 0600 where it is missing, so that values outlive a restart. Two
//     processes that make it at once agree on one;
//   - without, for any other Redis: FAILED_PRECONDITION. A key of its own for each replica would
//   make
//     the cache useless, and none would let whoever reaches the network write ratings.
absl::StatusOr<std::string> LoadCacheKey(const Endpoint& endpoint, const std::string& key_file,
                                         const std::string& state_dir);

}  // namespace assay::scoring::redis
