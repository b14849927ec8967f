#include "services/evidence/api/feed.h"

#include <algorithm>
#include <utility>

#include "services/common/errors/errors.h"
#include "services/common/revision/revision.h"
#include "services/common/revision/revision_proto.h"
#include "services/evidence/core/limits.h"
#include "services/evidence/core/record_kinds.h"
#include "services/evidence/core/stamped_bytes.h"
#include "services/evidence/core/stored.h"
#include "services/evidence/core/strip.h"
#include "services/evidence/core/wire.h"

namespace assay::evidence {
namespace {

// Records looked at for one batch, so that a filter that keeps few cannot hold a thread for long.
constexpr size_t kMaxLookedAt = 5000;
// What a change takes beside its payload: counter, times, revision, tags.
constexpr size_t kChangeBytes = 96;

size_t BytesOf(const StoredRecord& record) {
  size_t bytes = record.payload.size() + kChangeBytes;
  for (const SealedText& text : record.texts) bytes += text.bytes.size();
  return bytes;
}

absl::StatusOr<std::vector<int64_t>> PositionOf(RecordStore& store,
                                                const v1::StreamChangesRequest& request) {
  std::vector<int64_t> position(kPartitions, 0);
  if (!request.has_after()) return position;
  const absl::StatusOr<revision::RevisionVector> after =
      revision::RevisionFromProto(request.after(), "after");
  if (!after.ok()) return after.status();
  if (after->epoch() != store.epoch()) return errors::ForeignToken("after");
  std::vector<int64_t> newest = store.Counters();
  bool refreshed = false;
  for (const revision::Position& entry : after->positions()) {
    const auto ahead = [&] {
      return entry.counter > static_cast<uint64_t>(newest[entry.partition]);
    };
    if (ahead() && !refreshed) {
      // Another replica of this service may have given it out a moment ago.
      refreshed = true;
      const absl::Status status = store.Refresh();
      if (!status.ok()) return status;
      newest = store.Counters();
    }
    // A counter of this epoch that was never given out comes from a record that was lost.
    if (ahead()) {
      return errors::ForeignToken("after");
    }
    position[entry.partition] = static_cast<int64_t>(entry.counter);
  }
  return position;
}

}  // namespace

absl::StatusOr<std::unique_ptr<Feed>> Feed::Open(RecordStore& store, const clock::Clock& clock,
                                                 const v1::StreamChangesRequest& request) {
  absl::StatusOr<FeedFilter> filter = FeedFilter::Of(store, request);
  if (!filter.ok()) return filter.status();
  // What this reader is to reach includes what other replicas have written by now.
  if (request.until_caught_up()) {
    const absl::Status status = store.Refresh();
    if (!status.ok()) return status;
  }
  absl::StatusOr<std::vector<int64_t>> position = PositionOf(store, request);
  if (!position.ok()) return position.status();
  return std::unique_ptr<Feed>(
      new Feed(store, clock, *std::move(position), *std::move(filter), request));
}

Feed::Feed(RecordStore& store, const clock::Clock& clock, std::vector<int64_t> position,
           FeedFilter filter, const v1::StreamChangesRequest& request)
    : store_(store),
      clock_(clock),
      position_(std::move(position)),
      filter_(std::move(filter)),
      opened_(store.Counters()),
      snapshot_(request.snapshot()),
      resumed_(request.has_after()),
      until_caught_up_(request.until_caught_up()) {}

bool Feed::Reached(const std::vector<int64_t>& counters) const {
  for (size_t partition = 0; partition < counters.size(); ++partition) {
    if (position_[partition] < counters[partition]) return false;
  }
  return true;
}

absl::StatusOr<Feed::Step> Feed::Next(v1::StreamChangesResponse* response) {
  std::string bytes;
  const absl::StatusOr<Step> step = NextBytes(&bytes);
  if (!step.ok() || *step != Step::kBatch) return step;
  if (response->ParseFromString(bytes)) return step;
  return errors::Internal("change feed", "a batch that is no message");
}

absl::StatusOr<Feed::Step> Feed::NextBytes(std::string* bytes) {
  if (ended_) return Step::kEnd;
  const std::vector<int64_t> newest = store_.Counters();
  // All but the changes.
  v1::StreamChangesResponse rest;
  rest.set_snapshot(!Reached(opened_));
  Changes changes;
  changes.bytes = bytes;
  const absl::StatusOr<bool> caught_up = Fill(newest, changes);
  if (!caught_up.ok()) return caught_up.status();
  rest.set_caught_up(*caught_up);
  ended_ = until_caught_up_ && Reached(opened_);
  ++batches_since_checkpoint_;
  // What a filter left out moves the reader's token too: it must not be looked at again, and a read
  // that waits for it must not wait for ever.
  const bool due = !*caught_up && batches_since_checkpoint_ >= kBatchesBetweenCheckpoints;
  const bool news =
      *caught_up && (!told_caught_up_ || (skipped_ && CheckpointDueIn() <= absl::ZeroDuration()));
  if (changes.count == 0 && started_ && !news && !ended_ && !(due && skipped_)) {
    return *caught_up ? Step::kNothing : Step::kAgain;
  }
  if (!started_ || *caught_up || ended_ || due) Checkpoint(&rest);
  started_ = true;
  told_caught_up_ = *caught_up;
  rest.AppendToString(bytes);
  return Step::kBatch;
}

absl::StatusOr<bool> Feed::Fill(const std::vector<int64_t>& newest, Changes& changes) {
  size_t bytes = 0;
  size_t looked_at = 0;
  for (size_t turn = 0; turn < newest.size(); ++turn) {
    const size_t partition = (next_partition_ + turn) % newest.size();
    while (position_[partition] < newest[partition]) {
      if (changes.count >= kMaxFeedChanges || bytes >= kMaxFeedBytes || looked_at >= kMaxLookedAt) {
        next_partition_ = partition;
        return false;
      }
      LogQuery query;
      query.after = position_[partition];
      query.limit = kMaxFeedChanges - changes.count;
      query.max_bytes = kMaxFeedBytes - bytes;
      query.kinds = filter_.looked_at();
      query.without_texts = filter_.without_texts();
      query.trail = &trail_;
      const absl::StatusOr<std::vector<StoredRecord>> records =
          store_.ReadLog(static_cast<int32_t>(partition), query);
      if (!records.ok()) return records.status();
      if (records->empty()) return errors::Corrupt("evidence store", "the log ends too early");
      const absl::Status added = Add(*records, changes);
      if (!added.ok()) return added;
      looked_at += records->size();
      for (const StoredRecord& record : *records) bytes += BytesOf(record);
    }
  }
  return true;
}

absl::Status Feed::Add(const std::vector<StoredRecord>& records, Changes& changes) {
  for (const StoredRecord& stored : records) {
    position_[static_cast<size_t>(stored.position.partition)] = stored.position.counter;
    if (!filter_.looked_at().Has(stored.kind)) {
      skipped_ = true;
      continue;
    }
    const absl::Status added = AddOne(stored, changes);
    if (!added.ok()) return added;
  }
  return absl::OkStatus();
}

bool Feed::Outdated(const StoredRecord& stored) const {
  const auto partition = static_cast<size_t>(stored.position.partition);
  const bool before = stored.position.counter <= opened_[partition];
  return snapshot_ && before && stored.superseded_by != 0;
}

absl::Status Feed::AddOne(const StoredRecord& stored, Changes& changes) {
  if (AddUnparsed(stored, changes)) return absl::OkStatus();
  absl::StatusOr<v1::Record> record = RecordOf(stored, store_.epoch());
  if (!record.ok()) return record.status();
  const absl::StatusOr<bool> fits = filter_.Fits(*record, stored.position.counter);
  if (!fits.ok()) return fits.status();
  // A reader that goes on may have what this record supersedes, and must be told that it is gone.
  const bool left_out = Outdated(stored) && (!resumed_ || Supersedes(*record).empty());
  if (!*fits || left_out) {
    skipped_ = true;
    return absl::OkStatus();
  }
  if (filter_.without_texts()) StripTexts(*record);
  AddChange(stored, record->SerializeAsString(), changes);
  return absl::OkStatus();
}

bool Feed::AddUnparsed(const StoredRecord& stored, Changes& changes) {
  if (!filter_.FitsByKind(stored.kind) || Outdated(stored)) return false;
  record_bytes_.clear();
  if (!AppendStampedBytes(stored, store_.epoch(), filter_.without_texts(), record_bytes_)) {
    return false;
  }
  AddChange(stored, record_bytes_, changes);
  return true;
}

void Feed::AddChange(const StoredRecord& stored, absl::string_view record, Changes& changes) {
  thread_local std::string change;
  change.clear();
  wire::AddNumber(v1::Change::kPartitionFieldNumber, stored.position.partition, change);
  wire::AddNumber(v1::Change::kCounterFieldNumber, stored.position.counter, change);
  wire::AddMessage(v1::Change::kRecordFieldNumber, record, change);
  wire::AddBytes(v1::Change::kChainHeadFieldNumber, stored.leaf.bytes(), change);
  wire::AddMessage(v1::StreamChangesResponse::kChangesFieldNumber, change, *changes.bytes);
  ++changes.count;
}

void Feed::Checkpoint(v1::StreamChangesResponse* response) {
  revision::RevisionVector vector(store_.epoch());
  for (size_t partition = 0; partition < position_.size(); ++partition) {
    // In range: the positions are of the store's own partitions.
    vector
        .Set(static_cast<names::Partition>(partition), static_cast<uint64_t>(position_[partition]))
        .IgnoreError();
  }
  *response->mutable_checkpoint() = revision::RevisionToProto(vector);
  batches_since_checkpoint_ = 0;
  checkpoint_at_ = clock_.Now();
  skipped_ = false;
}

absl::Duration Feed::CheckpointDueIn() const {
  const absl::Time now = clock_.Now();
  // A clock that was set back must not hold the token back.
  if (now < checkpoint_at_) return absl::ZeroDuration();
  return std::max(absl::ZeroDuration(), checkpoint_at_ + kCheckpointInterval - now);
}

absl::optional<absl::Duration> Feed::AskAgainIn() const {
  if (!skipped_ || ended_) return absl::nullopt;
  return CheckpointDueIn();
}

}  // namespace assay::evidence
