#include "services/evidence/api/feed_lane.h"

#include <utility>

#include "assay/evidence/v1/change_service.pb.h"
#include "services/common/errors/errors.h"
#include "services/evidence/core/limits.h"
#include "services/evidence/core/record_kinds.h"
#include "services/evidence/core/stamped_bytes.h"
#include "services/evidence/core/stored.h"
#include "services/evidence/core/strip.h"
#include "services/evidence/core/wire.h"

namespace assay::evidence {
namespace {

// Records looked at for one message, so that a filter that keeps few cannot hold a thread for long.
constexpr size_t kMaxLookedAt = 5000;
// What a change takes beside its payload: counter, times, revision, tags.
constexpr size_t kChangeBytes = 96;

}  // namespace

bool FeedPiece::full() const {
  return count >= kMaxFeedChanges || size >= kMaxFeedBytes || looked_at >= kMaxLookedAt;
}

FeedLane::FeedLane(RecordStore& store, FeedFilter filter, std::shared_ptr<const FeedTerms> terms,
                   std::vector<int64_t> position, size_t first, size_t step)
    : store_(store),
      filter_(std::move(filter)),
      terms_(std::move(terms)),
      position_(std::move(position)) {
  for (size_t one = first; one < position_.size(); one += step) partitions_.push_back(one);
}

int64_t FeedLane::Left(const std::vector<int64_t>& newest) const {
  int64_t left = 0;
  for (const size_t partition : partitions_) left += newest[partition] - position_[partition];
  return left;
}

absl::Status FeedLane::Fill(const std::vector<int64_t>& newest, size_t most,
                            std::vector<FeedPiece>& pieces) {
  if (pieces.empty()) pieces.emplace_back();
  for (size_t turn = 0; turn < partitions_.size(); ++turn) {
    const size_t index = (next_ + turn) % partitions_.size();
    const size_t partition = partitions_[index];
    while (position_[partition] < newest[partition]) {
      if (pieces.back().full()) {
        if (pieces.size() >= most) {
          next_ = index;
          return absl::OkStatus();
        }
        pieces.emplace_back();
      }
      const size_t messages = most > pieces.size() ? most + 1 - pieces.size() : 1;
      const absl::Status read = Read(partition, messages, pieces);
      if (!read.ok()) return read;
    }
  }
  return absl::OkStatus();
}

absl::Status FeedLane::Read(size_t partition, size_t messages, std::vector<FeedPiece>& pieces) {
  // A store may hold as many long records at once as it is asked for.
  const bool known_short = average_size_ > 0 && average_size_ <= kMaxFeedBytes / kMaxFeedChanges;
  if (!known_short) messages = 1;
  LogQuery query;
  query.after = position_[partition];
  query.limit = messages * kMaxFeedChanges - pieces.back().count;
  query.max_bytes = messages * kMaxFeedBytes - pieces.back().size;
  query.kinds = filter_.looked_at();
  query.without_texts = filter_.without_texts();
  query.trail = &trail_;
  size_t bytes = 0;
  const auto take = [&](const StoredRecord& stored) {
    bytes += BytesOf(stored) + kChangeBytes;
    return Take(stored, pieces);
  };
  absl::Status read;
  if (filter_.asks_store()) {
    // Which it must not do in the middle of a read.
    const absl::StatusOr<std::vector<StoredRecord>> records =
        store_.Log(static_cast<int32_t>(partition), query);
    read = records.status();
    for (size_t at = 0; read.ok() && at < records->size(); ++at) read = take((*records)[at]);
  } else {
    read = store_.ReadLog(static_cast<int32_t>(partition), query, take);
  }
  if (!read.ok()) return read;
  const auto count = static_cast<size_t>(position_[partition] - query.after);
  if (count == 0) return errors::Corrupt("evidence store", "the log ends too early");
  average_size_ = bytes / count;
  return absl::OkStatus();
}

absl::Status FeedLane::Take(const StoredRecord& stored, std::vector<FeedPiece>& pieces) {
  if (pieces.back().full()) pieces.emplace_back();
  FeedPiece& piece = pieces.back();
  position_[static_cast<size_t>(stored.position.partition)] = stored.position.counter;
  ++piece.looked_at;
  piece.size += BytesOf(stored) + kChangeBytes;
  if (piece.reached.empty() || piece.reached.back().partition != stored.position.partition) {
    piece.reached.emplace_back();
  }
  piece.reached.back() = stored.position;
  if (filter_.looked_at().Has(stored.kind)) return AddOne(stored, piece);
  piece.skipped = true;
  return absl::OkStatus();
}

bool FeedLane::Outdated(const StoredRecord& stored) const {
  const auto partition = static_cast<size_t>(stored.position.partition);
  const bool before = stored.position.counter <= terms_->opened[partition];
  return terms_->snapshot && before && stored.superseded_by != 0;
}

absl::Status FeedLane::AddOne(const StoredRecord& stored, FeedPiece& piece) {
  if (AddUnparsed(stored, piece)) return absl::OkStatus();
  absl::StatusOr<v1::Record> record = RecordOf(stored, store_.epoch());
  if (!record.ok()) return record.status();
  const absl::StatusOr<bool> fits = filter_.Fits(*record, stored.position.counter);
  if (!fits.ok()) return fits.status();
  // A reader that goes on may have what this record supersedes, and must be told that it is gone.
  const bool left_out = Outdated(stored) && (!terms_->resumed || Supersedes(*record).empty());
  if (!*fits || left_out) {
    piece.skipped = true;
    return absl::OkStatus();
  }
  if (filter_.without_texts()) StripTexts(*record);
  AddChange(stored, record->SerializeAsString(), piece);
  return absl::OkStatus();
}

bool FeedLane::AddUnparsed(const StoredRecord& stored, FeedPiece& piece) {
  if (!filter_.FitsByKind(stored.kind) || Outdated(stored)) return false;
  record_bytes_.clear();
  if (!AppendStampedBytes(stored, store_.epoch(), filter_.without_texts(), record_bytes_)) {
    return false;
  }
  AddChange(stored, record_bytes_, piece);
  return true;
}

void FeedLane::AddChange(const StoredRecord& stored, absl::string_view record, FeedPiece& piece) {
  thread_local std::string change;
  change.clear();
  wire::AddNumber(v1::Change::kPartitionFieldNumber, stored.position.partition, change);
  wire::AddNumber(v1::Change::kCounterFieldNumber, stored.position.counter, change);
  wire::AddMessage(v1::Change::kRecordFieldNumber, record, change);
  wire::AddBytes(v1::Change::kChainHeadFieldNumber, stored.leaf.bytes(), change);
  wire::AddMessage(v1::StreamChangesResponse::kChangesFieldNumber, change, piece.bytes);
  ++piece.count;
}

}  // namespace assay::evidence
