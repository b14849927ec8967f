#pragma once

// One reader's way through the log: which changes come next, and how far it has come. No gRPC.
//
// Thread safety: none; one reader, one thread at a time. Ownership: borrows store and clock, and
// threads to read ahead with (feed_lanes.h). Cost: a read of the log for each partition that has
// something; the memory of a few batches, and what the filter remembers. One step looks at a
// bounded piece of the log, whatever the filter keeps of it.

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "absl/types/optional.h"

#include "assay/evidence/v1/change_service.pb.h"
#include "services/common/clock/clock.h"
#include "services/evidence/api/feed_filter.h"
#include "services/evidence/api/feed_lanes.h"
#include "services/evidence/storage/record_store.h"

namespace assay::evidence {

class Feed {
 public:
  // kAgain: nothing to send yet, and more to look at.
  enum class Step { kBatch, kAgain, kNothing, kEnd };

  // INVALID_ARGUMENT for kinds, an area or a token that are none, FAILED_PRECONDITION for a token
  // of another epoch or one that is ahead of the record.
  static absl::StatusOr<std::unique_ptr<Feed>> Open(RecordStore& store, const clock::Clock& clock,
                                                    const v1::StreamChangesRequest& request,
                                                    const ReadAhead& ahead = {});

  // The bytes of the next StreamChangesResponse into an empty `bytes`; kNothing where the reader
  // has it all for now; kEnd where it asked for no more. `bytes` is of use with kBatch only. Errors
  // of the store, after which it gives nothing more.
  absl::StatusOr<Step> NextBytes(std::string* bytes);
  // The same as a message.
  absl::StatusOr<Step> Next(v1::StreamChangesResponse* response);

  // After kNothing: when to ask again though nothing was written, since a token is due that covers
  // what the filter left out; absent: only after a commit.
  absl::optional<absl::Duration> AskAgainIn() const;

  // A reader whose filter leaves out what is written gets a token, with no changes, at most this
  // often: each is a kilobyte or two. Short beside what a read waits for its revision.
  static constexpr absl::Duration kCheckpointInterval = absl::Milliseconds(250);

 private:
  // A full token travels with every so many batches while the reader catches up.
  static constexpr int kBatchesBetweenCheckpoints = 8;

  Feed(RecordStore& store, const clock::Clock& clock, std::vector<int64_t> position,
       const FeedFilter& filter, const v1::StreamChangesRequest& request, const ReadAhead& ahead);

  bool Reached(const std::vector<int64_t>& counters) const;
  void Checkpoint(v1::StreamChangesResponse* response);
  // How long until a token may go out that comes with no changes.
  absl::Duration CheckpointDueIn() const;

  RecordStore& store_;
  const clock::Clock& clock_;
  // What the reader has, or has had the chance to see.
  std::vector<int64_t> position_;
  const std::shared_ptr<const FeedTerms> terms_;
  FeedLanes lanes_;
  const bool until_caught_up_;
  int batches_since_checkpoint_ = 0;
  absl::Time checkpoint_at_ = absl::InfinitePast();
  bool started_ = false;
  bool told_caught_up_ = false;
  // Something was looked at since the last checkpoint and left out.
  bool skipped_ = false;
  bool ended_ = false;
  // Why it gives nothing more.
  absl::Status failed_;
};

}  // namespace assay::evidence
