#include "services/common/revision/revision.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

#include "services/common/digest/digest.h"
#include "services/common/errors/errors.h"

namespace assay::revision {
namespace {

using names::kPartitionCount;
using names::Partition;

constexpr char kVersion = 1;
constexpr std::size_t kEpochBytes = 8;
constexpr std::size_t kChecksumBytes = 4;
constexpr std::size_t kMinTokenBytes = 1 + kEpochBytes + 1 + kChecksumBytes;

void AppendVarint(std::uint64_t value, std::string& out) {
  while (value >= 0x80) {
    out.push_back(static_cast<char>(value | 0x80));
    value >>= 7;
  }
  out.push_back(static_cast<char>(value));
}

// Takes a minimal varint off the front of `bytes`.
bool ReadVarint(absl::string_view& bytes, std::uint64_t& value) {
  value = 0;
  for (unsigned shift = 0; shift < 64 && !bytes.empty(); shift += 7) {
    const auto byte = static_cast<unsigned char>(bytes.front());
    bytes.remove_prefix(1);
    const std::uint64_t bits = byte & 0x7Fu;
    if ((bits << shift) >> shift != bits) return false;  // more than 64 bits
    value |= bits << shift;
    if (byte < 0x80) return byte != 0 || shift == 0;
  }
  return false;
}

void AppendEpoch(std::uint64_t epoch, std::string& out) {
  for (int shift = 56; shift >= 0; shift -= 8) out.push_back(static_cast<char>(epoch >> shift));
}

std::uint64_t ReadEpoch(absl::string_view bytes) {
  std::uint64_t epoch = 0;
  for (char c : bytes) epoch = epoch << 8 | static_cast<unsigned char>(c);
  return epoch;
}

absl::string_view Checksum(const digest::Digest& digest) {
  return digest.bytes().substr(0, kChecksumBytes);
}

// Reads the entries, which must use up all of `bytes`.
bool ReadPositions(absl::string_view bytes, RevisionVector& revision) {
  std::uint64_t count = 0;
  if (!ReadVarint(bytes, count) || count > kPartitionCount) return false;
  std::uint64_t next = 0;  // the lowest partition that may follow
  for (std::uint64_t i = 0; i < count; ++i) {
    std::uint64_t step = 0;
    std::uint64_t counter = 0;
    if (!ReadVarint(bytes, step) || !ReadVarint(bytes, counter)) return false;
    if (step == 0 || step > kPartitionCount || counter == 0) return false;
    next += step;
    if (next > kPartitionCount) return false;
    if (!revision.Set(static_cast<Partition>(next - 1), counter).ok()) return false;
  }
  return bytes.empty();
}

bool Before(const Position& position, Partition partition) {
  return position.partition < partition;
}

}  // namespace

std::uint64_t RevisionVector::NewEpoch(digest::RandomSource& random) {
  std::uint64_t epoch = random.NextUint64();
  while (epoch == 0) epoch = random.NextUint64();
  return epoch;
}

std::uint64_t RevisionVector::At(Partition partition) const {
  const auto at = std::lower_bound(positions_.begin(), positions_.end(), partition, Before);
  return at != positions_.end() && at->partition == partition ? at->counter : 0;
}

absl::Status RevisionVector::Set(Partition partition, std::uint64_t counter) {
  if (partition >= kPartitionCount) {
    return absl::OutOfRangeError(
        absl::StrCat("got partition ", partition, ", want 0 to ", kPartitionCount - 1));
  }
  const auto at = std::lower_bound(positions_.begin(), positions_.end(), partition, Before);
  const bool there = at != positions_.end() && at->partition == partition;
  if (there && counter == 0) {
    positions_.erase(at);
  } else if (there) {
    at->counter = counter;
  } else if (counter != 0) {
    positions_.insert(at, {partition, counter});
  }
  return absl::OkStatus();
}

absl::Status RevisionVector::Join(const RevisionVector& other, absl::string_view field) {
  if (other.epoch_ != epoch_) return errors::ForeignToken(field);
  std::vector<Position> joined;
  joined.reserve(std::max(positions_.size(), other.positions_.size()));
  auto a = positions_.begin();
  auto b = other.positions_.begin();
  while (a != positions_.end() || b != other.positions_.end()) {
    if (b == other.positions_.end() || (a != positions_.end() && a->partition < b->partition)) {
      joined.push_back(*a++);
    } else if (a == positions_.end() || b->partition < a->partition) {
      joined.push_back(*b++);
    } else {
      joined.push_back({a->partition, std::max(a->counter, b->counter)});
      ++a;
      ++b;
    }
  }
  positions_ = std::move(joined);
  return absl::OkStatus();
}

absl::StatusOr<bool> RevisionVector::Covers(const RevisionVector& other,
                                            absl::string_view field) const {
  if (other.epoch_ != epoch_) return errors::ForeignToken(field);
  auto mine = positions_.begin();
  for (const Position& wanted : other.positions_) {
    while (mine != positions_.end() && mine->partition < wanted.partition) ++mine;
    if (mine == positions_.end() || mine->partition != wanted.partition ||
        mine->counter < wanted.counter) {
      return false;
    }
  }
  return true;
}

std::string RevisionVector::Encode() const {
  std::string token(1, kVersion);
  AppendEpoch(epoch_, token);
  AppendVarint(positions_.size(), token);
  std::uint64_t next = 0;
  for (const Position& position : positions_) {
    AppendVarint(position.partition + std::uint64_t{1} - next, token);
    AppendVarint(position.counter, token);
    next = position.partition + std::uint64_t{1};
  }
  const digest::Digest digest = digest::Sha256(token);
  token.append(Checksum(digest).data(), kChecksumBytes);
  return token;
}

void RevisionVector::AppendEncoded(std::uint64_t epoch, Position position, std::string& token) {
  const std::size_t start = token.size();
  token.push_back(kVersion);
  AppendEpoch(epoch, token);
  AppendVarint(position.counter == 0 ? 0 : 1, token);
  if (position.counter != 0) {
    AppendVarint(position.partition + std::uint64_t{1}, token);
    AppendVarint(position.counter, token);
  }
  const digest::Digest digest = digest::Sha256(absl::string_view(token).substr(start));
  token.append(Checksum(digest).data(), kChecksumBytes);
}

absl::StatusOr<RevisionVector> RevisionVector::Decode(absl::string_view token,
                                                      absl::string_view field) {
  if (token.size() < kMinTokenBytes || token.size() > kMaxTokenBytes || token[0] != kVersion) {
    return errors::MalformedToken(field);
  }
  const absl::string_view body = token.substr(0, token.size() - kChecksumBytes);
  RevisionVector revision(ReadEpoch(body.substr(1, kEpochBytes)));
  const digest::Digest digest = digest::Sha256(body);
  if (Checksum(digest) != token.substr(body.size()) ||
      !ReadPositions(body.substr(1 + kEpochBytes), revision)) {
    return errors::MalformedToken(field);
  }
  return revision;
}

std::string RevisionVector::ToString() const {
  std::string text = absl::StrFormat("epoch %016x:", epoch_);
  for (const Position& position : positions_) {
    absl::StrAppend(&text, " ", position.partition, "=", position.counter);
  }
  return text;
}

}  // namespace assay::revision
