#include "services/evidence/api/feed.h"

#include <algorithm>
#include <utility>

#include "services/common/errors/errors.h"
#include "services/common/revision/revision.h"
#include "services/common/revision/revision_proto.h"

namespace assay::evidence {
namespace {

std::shared_ptr<const FeedTerms> TermsOf(const RecordStore& store,
                                         const v1::StreamChangesRequest& request) {
  FeedTerms terms;
  terms.snapshot = request.snapshot();
  terms.resumed = request.has_after();
  terms.opened = store.Counters();
  return std::make_shared<const FeedTerms>(std::move(terms));
}

std::vector<FeedLane> LanesOf(RecordStore& store, const FeedFilter& filter,
                              const std::shared_ptr<const FeedTerms>& terms,
                              const std::vector<int64_t>& position, size_t count) {
  std::vector<FeedLane> lanes;
  for (size_t one = 0; one < count; ++one) {
    lanes.emplace_back(store, filter, terms, position, one, count);
  }
  return lanes;
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
                                                 const v1::StreamChangesRequest& request,
                                                 const ReadAhead& ahead) {
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
      new Feed(store, clock, *std::move(position), *filter, request, ahead));
}

Feed::Feed(RecordStore& store, const clock::Clock& clock, std::vector<int64_t> position,
           const FeedFilter& filter, const v1::StreamChangesRequest& request,
           const ReadAhead& ahead)
    : store_(store),
      clock_(clock),
      position_(std::move(position)),
      terms_(TermsOf(store, request)),
      lanes_(LanesOf(store, filter, terms_, position_, std::max<size_t>(ahead.lanes, 1)), ahead),
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
  if (!failed_.ok()) return failed_;
  const std::vector<int64_t> newest = store_.Counters();
  // All but the changes.
  v1::StreamChangesResponse rest;
  rest.set_snapshot(!Reached(terms_->opened));
  FeedPiece piece;
  failed_ = lanes_.Next(newest, piece);
  if (!failed_.ok()) return failed_;
  for (const Position& at : piece.reached) {
    position_[static_cast<size_t>(at.partition)] = at.counter;
  }
  skipped_ = skipped_ || piece.skipped;
  const bool caught_up = Reached(newest);
  rest.set_caught_up(caught_up);
  ended_ = until_caught_up_ && Reached(terms_->opened);
  ++batches_since_checkpoint_;
  // What a filter left out moves the reader's token too: it must not be looked at again, and a read
  // that waits for it must not wait for ever.
  const bool due = !caught_up && batches_since_checkpoint_ >= kBatchesBetweenCheckpoints;
  const bool news =
      caught_up && (!told_caught_up_ || (skipped_ && CheckpointDueIn() <= absl::ZeroDuration()));
  if (piece.count == 0 && started_ && !news && !ended_ && !(due && skipped_)) {
    return caught_up ? Step::kNothing : Step::kAgain;
  }
  if (!started_ || caught_up || ended_ || due) Checkpoint(&rest);
  started_ = true;
  told_caught_up_ = caught_up;
  *bytes = std::move(piece.bytes);
  rest.AppendToString(bytes);
  return Step::kBatch;
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
