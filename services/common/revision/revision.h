#pragma once

// How far the record had come: an epoch and, for each partition that is named, a counter.
//
// Callers see an opaque token. A vector is sparse: a partition that is not named stands at 0,
// before its first record.
//
// Thread safety: a plain value. Ownership: holds its entries, at most 257 of 16 bytes.
// Cost: Join and Covers walk both vectors once; a token takes a microsecond and a few bytes an
// entry.

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"

#include "services/common/digest/random.h"
#include "services/common/names/partition.h"

namespace assay::revision {

// The longest token, in bytes: what the contract allows. A full vector takes at most 3,098.
inline constexpr std::size_t kMaxTokenBytes = 4096;

// A partition and the counter of the last record in it that the revision holds; never 0.
struct Position {
  names::Partition partition;
  std::uint64_t counter;

  friend bool operator==(const Position& a, const Position& b) {
    return a.partition == b.partition && a.counter == b.counter;
  }
};

class RevisionVector {
 public:
  // The start of an epoch: before any record.
  explicit RevisionVector(std::uint64_t epoch) : epoch_(epoch) {}

  // Random and never 0, so that 0 can stand for "no epoch" in stores.
  static std::uint64_t NewEpoch(digest::RandomSource& random);

  std::uint64_t epoch() const { return epoch_; }

  // Partitions in ascending order.
  absl::Span<const Position> positions() const { return positions_; }

  // The counter of a partition; 0 where it is not named.
  std::uint64_t At(names::Partition partition) const;

  // Sets the counter of a partition; 0 takes the partition out. OUT_OF_RANGE for a partition from
  // kPartitionCount up; then nothing changes.
  absl::Status Set(names::Partition partition, std::uint64_t counter);

  // Moves on to the larger counter in each partition. FAILED_PRECONDITION, TOKEN_OF_ANOTHER_EPOCH
  // (naming `field`, the request's) where the epochs differ; then nothing changes.
  absl::Status Join(const RevisionVector& other, absl::string_view field = "at_least");

  // Whether everything `other` holds is held here too. The same error where the epochs differ.
  absl::StatusOr<bool> Covers(const RevisionVector& other,
                              absl::string_view field = "at_least") const;

  // The opaque token: version byte 1, the epoch (8 bytes, big-endian), then as minimal varints the
  // number of entries and of each the step from the partition before (the first from -1) and the
  // counter, and the first 4 bytes of SHA-256 over all that. Equal vectors have equal tokens.
  std::string Encode() const;

  // Appends what Encode() gives of a vector in which one counter was set, of a partition in range,
  // without making one.
  static void AppendEncoded(std::uint64_t epoch, Position position, std::string& token);

  // INVALID_ARGUMENT, TOKEN_MALFORMED (naming `field`) for anything Encode() does not give.
  static absl::StatusOr<RevisionVector> Decode(absl::string_view token,
                                               absl::string_view field = "at_least");

  // For logs and people: "epoch 00000000000000a1: 7=12 256=3".
  std::string ToString() const;

  friend bool operator==(const RevisionVector& a, const RevisionVector& b) {
    return a.epoch_ == b.epoch_ && a.positions_ == b.positions_;
  }
  friend bool operator!=(const RevisionVector& a, const RevisionVector& b) { return !(a == b); }

 private:
  std::uint64_t epoch_;
  std::vector<Position> positions_;  // ascending, counters above 0
};

}  // namespace assay::revision
