#pragma once

// The Merkle tree of RFC 6962, section 2: what a log of records is proved by.
//
// A leaf's hash is SHA-256 over a zero byte and the leaf, an inner node's over a one byte and its
// two children; a tree of n leaves splits at the largest power of two below n. The root of no
// leaves is SHA-256 of nothing.
//
// Thread safety: pure functions and plain values. Cost: a hash takes about 0.2 us; a proof reads
// one hash for every 256 leaves and at most a few times 256 leaves.

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/optional.h"

#include "services/common/digest/digest.h"

namespace assay::digest {

// A tile is a complete subtree of 2^kTileLevel leaves; a log keeps their roots beside its leaves.
inline constexpr int kTileLevel = 8;
inline constexpr std::int64_t kTileLeaves = std::int64_t{1} << kTileLevel;

// What a leaf is hashed after.
inline constexpr char kMerkleLeafPrefix = '\0';

Digest MerkleLeafHash(absl::string_view leaf);
Digest MerkleNodeHash(const Digest& left, const Digest& right);

// All that is needed of a log's past to append to it and to know its root: the roots of the
// complete subtrees that its leaves make up, the largest first. At most 63 of them.
class CompactRange {
 public:
  CompactRange() = default;

  // What Bytes() gave for `size` leaves; INVALID_ARGUMENT for another number of bytes.
  static absl::StatusOr<CompactRange> FromBytes(std::int64_t size, absl::string_view bytes);
  // 32 bytes for each subtree.
  std::string Bytes() const;

  std::int64_t size() const { return size_; }

  // Adds a leaf by its hash. Returns the root of the tile that it completed, where it did.
  absl::optional<Digest> Append(const Digest& leaf);

  // Adds a complete subtree of 2^level leaves; the size must be a multiple of that.
  void AppendSubtree(int level, const Digest& root);

  Digest Root() const;

  friend bool operator==(const CompactRange& a, const CompactRange& b) {
    return a.size_ == b.size_ && a.subtrees_ == b.subtrees_;
  }

 private:
  std::int64_t size_ = 0;
  std::vector<Digest> subtrees_;
};

// Reads `count` hashes from index `first` on: of leaves at level 0, of tiles at kTileLevel. Only
// such that the log holds are asked for.
using HashReader = std::function<absl::StatusOr<std::vector<Digest>>(int level, std::int64_t first,
                                                                     std::int64_t count)>;

// The root over the first `size` leaves. Errors: the reader's.
absl::StatusOr<Digest> RootOf(const HashReader& read, std::int64_t size);

// The audit path of the leaf `index` in the log of `size` leaves, from the leaf's sibling upwards;
// 0 <= index < size, else INVALID_ARGUMENT.
absl::StatusOr<std::vector<Digest>> ProveInclusion(const HashReader& read, std::int64_t index,
                                                   std::int64_t size);

// That the log of `second` leaves begins with that of `first`; 0 < first <= second, else
// INVALID_ARGUMENT. Empty where they are equal.
absl::StatusOr<std::vector<Digest>> ProveConsistency(const HashReader& read, std::int64_t first,
                                                     std::int64_t second);

// OK, or INVALID_ARGUMENT that says why the proof does not hold.
absl::Status CheckInclusion(const Digest& leaf, std::int64_t index, std::int64_t size,
                            const std::vector<Digest>& proof, const Digest& root);
absl::Status CheckConsistency(std::int64_t first, std::int64_t second, const Digest& first_root,
                              const Digest& second_root, const std::vector<Digest>& proof);

}  // namespace assay::digest
