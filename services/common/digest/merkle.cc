#include "services/common/digest/merkle.h"

#include <algorithm>
#include <cstddef>
#include <utility>

#include "absl/strings/str_cat.h"

namespace assay::digest {
namespace {

// A context a thread: making one costs more than digesting a node.
Sha256Stream& Hasher() {
  thread_local Sha256Stream stream;
  return stream;
}

int LevelsIn(std::int64_t size) {
  int count = 0;
  for (; size != 0; size &= size - 1) ++count;
  return count;
}

// The largest power of two below `size`, which is at least 2.
std::int64_t SplitOf(std::int64_t size) {
  std::int64_t split = 1;
  while (split * 2 < size) split *= 2;
  return split;
}

// The root over `count` leaves from `first` on, which is a multiple of a power of two that is not
// below `count`: then they hang together as the first `count` leaves do.
absl::StatusOr<Digest> SubtreeRoot(const HashReader& read, std::int64_t first, std::int64_t count) {
  CompactRange range;
  const std::int64_t tiles = count / kTileLeaves;
  if (tiles > 0) {
    const absl::StatusOr<std::vector<Digest>> roots = read(kTileLevel, first / kTileLeaves, tiles);
    if (!roots.ok()) return roots.status();
    for (const Digest& root : *roots) range.AppendSubtree(kTileLevel, root);
  }
  const std::int64_t rest = count % kTileLeaves;
  if (rest > 0) {
    const absl::StatusOr<std::vector<Digest>> leaves = read(0, first + count - rest, rest);
    if (!leaves.ok()) return leaves.status();
    for (const Digest& leaf : *leaves) range.Append(leaf);
  }
  return range.Root();
}

absl::Status DoesNotHold(absl::string_view why) {
  return absl::InvalidArgumentError(absl::StrCat("the proof does not hold: ", why));
}

}  // namespace

Digest MerkleLeafHash(absl::string_view leaf) {
  return Hasher().Update(absl::string_view(&kMerkleLeafPrefix, 1)).Update(leaf).Finish();
}

Digest MerkleNodeHash(const Digest& left, const Digest& right) {
  return Hasher().Update("\1").Update(left.bytes()).Update(right.bytes()).Finish();
}

absl::StatusOr<CompactRange> CompactRange::FromBytes(std::int64_t size, absl::string_view bytes) {
  const size_t want = size < 0 ? 0 : static_cast<size_t>(LevelsIn(size)) * Digest::kSize;
  if (size < 0 || bytes.size() != want) {
    return absl::InvalidArgumentError(
        absl::StrCat("got ", bytes.size(), " bytes for a log of ", size, ", want ", want));
  }
  CompactRange range;
  range.size_ = size;
  for (size_t at = 0; at < bytes.size(); at += Digest::kSize) {
    range.subtrees_.push_back(*Digest::FromBytes(bytes.substr(at, Digest::kSize)));
  }
  return range;
}

std::string CompactRange::Bytes() const {
  std::string bytes;
  bytes.reserve(subtrees_.size() * Digest::kSize);
  for (const Digest& subtree : subtrees_) absl::StrAppend(&bytes, subtree.bytes());
  return bytes;
}

absl::optional<Digest> CompactRange::Append(const Digest& leaf) {
  absl::optional<Digest> tile;
  Digest node = leaf;
  int level = 0;
  for (std::int64_t size = size_; (size & 1) != 0; size >>= 1) {
    node = MerkleNodeHash(subtrees_.back(), node);
    subtrees_.pop_back();
    if (++level == kTileLevel) tile = node;
  }
  subtrees_.push_back(node);
  ++size_;
  return tile;
}

void CompactRange::AppendSubtree(int level, const Digest& root) {
  Digest node = root;
  for (std::int64_t size = size_ >> level; (size & 1) != 0; size >>= 1) {
    node = MerkleNodeHash(subtrees_.back(), node);
    subtrees_.pop_back();
  }
  subtrees_.push_back(node);
  size_ += std::int64_t{1} << level;
}

Digest CompactRange::Root() const {
  if (subtrees_.empty()) return Sha256("");
  Digest root = subtrees_.back();
  for (size_t at = subtrees_.size() - 1; at > 0; --at) {
    root = MerkleNodeHash(subtrees_[at - 1], root);
  }
  return root;
}

absl::StatusOr<Digest> RootOf(const HashReader& read, std::int64_t size) {
  return SubtreeRoot(read, 0, size);
}

absl::StatusOr<std::vector<Digest>> ProveInclusion(const HashReader& read, std::int64_t index,
                                                   std::int64_t size) {
  if (index < 0 || index >= size) {
    return absl::InvalidArgumentError(
        absl::StrCat("got leaf ", index, ", want one of a log of ", size));
  }
  std::vector<Digest> proof;
  std::int64_t first = 0;
  while (size > 1) {
    const std::int64_t split = SplitOf(size);
    const bool left = index - first < split;
    const absl::StatusOr<Digest> other =
        left ? SubtreeRoot(read, first + split, size - split) : SubtreeRoot(read, first, split);
    if (!other.ok()) return other.status();
    proof.push_back(*other);
    if (!left) first += split;
    size = left ? split : size - split;
  }
  std::reverse(proof.begin(), proof.end());
  return proof;
}

absl::StatusOr<std::vector<Digest>> ProveConsistency(const HashReader& read, std::int64_t first,
                                                     std::int64_t second) {
  if (first < 1 || second < first) {
    return absl::InvalidArgumentError(
        absl::StrCat("got sizes ", first, " and ", second, ", want 1 or more, rising"));
  }
  std::vector<Digest> proof;
  std::int64_t start = 0;
  std::int64_t size = second;
  bool whole = true;  // the earlier log is a complete subtree of which the verifier has the root
  while (first != size) {
    const std::int64_t split = SplitOf(size);
    const bool left = first <= split;
    const absl::StatusOr<Digest> other =
        left ? SubtreeRoot(read, start + split, size - split) : SubtreeRoot(read, start, split);
    if (!other.ok()) return other.status();
    proof.push_back(*other);
    if (left) {
      size = split;
    } else {
      start += split;
      first -= split;
      size -= split;
      whole = false;
    }
  }
  if (!whole) {
    const absl::StatusOr<Digest> own = SubtreeRoot(read, start, size);
    if (!own.ok()) return own.status();
    proof.push_back(*own);
  }
  std::reverse(proof.begin(), proof.end());
  return proof;
}

absl::Status CheckInclusion(const Digest& leaf, std::int64_t index, std::int64_t size,
                            const std::vector<Digest>& proof, const Digest& root) {
  if (index < 0 || index >= size) return DoesNotHold("the leaf lies outside the log");
  Digest node = leaf;
  std::int64_t last = size - 1;
  for (const Digest& other : proof) {
    if (last == 0) return DoesNotHold("it has more hashes than the log has levels");
    if ((index & 1) != 0 || index == last) {
      node = MerkleNodeHash(other, node);
      while ((index & 1) == 0 && index != 0) {
        index >>= 1;
        last >>= 1;
      }
    } else {
      node = MerkleNodeHash(node, other);
    }
    index >>= 1;
    last >>= 1;
  }
  if (last != 0) return DoesNotHold("it has fewer hashes than the log has levels");
  if (node != root) return DoesNotHold("it leads to another root");
  return absl::OkStatus();
}

absl::Status CheckConsistency(std::int64_t first, std::int64_t second, const Digest& first_root,
                              const Digest& second_root, const std::vector<Digest>& proof) {
  if (first < 1 || second < first) return DoesNotHold("the sizes do not rise");
  if (first == second) {
    if (!proof.empty()) return DoesNotHold("equal sizes need no hashes");
    return first_root == second_root ? absl::OkStatus() : DoesNotHold("the roots differ");
  }
  std::vector<Digest> hashes;
  // A complete earlier tree is itself the first node.
  if ((first & (first - 1)) == 0) hashes.push_back(first_root);
  hashes.insert(hashes.end(), proof.begin(), proof.end());
  if (hashes.empty()) return DoesNotHold("it has no hashes");
  std::int64_t index = first - 1;
  std::int64_t last = second - 1;
  while ((index & 1) != 0) {
    index >>= 1;
    last >>= 1;
  }
  Digest old_node = hashes.front();
  Digest new_node = hashes.front();
  for (size_t at = 1; at < hashes.size(); ++at) {
    if (last == 0) return DoesNotHold("it has more hashes than the log has levels");
    if ((index & 1) != 0 || index == last) {
      old_node = MerkleNodeHash(hashes[at], old_node);
      new_node = MerkleNodeHash(hashes[at], new_node);
      while ((index & 1) == 0 && index != 0) {
        index >>= 1;
        last >>= 1;
      }
    } else {
      new_node = MerkleNodeHash(new_node, hashes[at]);
    }
    index >>= 1;
    last >>= 1;
  }
  if (last != 0) return DoesNotHold("it has fewer hashes than the log has levels");
  if (old_node != first_root) return DoesNotHold("the earlier root is another");
  if (new_node != second_root) return DoesNotHold("the later root is another");
  return absl::OkStatus();
}

}  // namespace assay::digest
