#pragma once

// One reader's way through the log: which changes come next, and how far it has come. No gRPC.
//
// Thread safety: none; one reader, one thread at a time. Ownership: borrows store and clock. Cost:
// a read of the log for each partition that has something; one batch of memory, and what the filter
// remembers. One step looks at a bounded piece of the log, whatever the filter keeps of it.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/optional.h"

#include "assay/evidence/v1/change_service.pb.h"
#include "services/common/clock/clock.h"
#include "services/evidence/api/feed_filter.h"
#include "services/evidence/storage/record_store.h"

namespace assay::evidence {

class Feed {
 public:
  // kAgain: nothing to send yet, and more to look at.
  enum class Step { kBatch, kAgain, kNothing, kEnd };

  // INVALID_ARGUMENT for kinds, an area or a token that are none, FAILED_PRECONDITION for a token
  // of another epoch or one that is ahead of the record.
  static absl::StatusOr<std::unique_ptr<Feed>> Open(RecordStore& store, const clock::Clock& clock,
                                                    const v1::StreamChangesRequest& request);

  // The bytes of the next StreamChangesResponse into an empty `bytes`; kNothing where the reader
  // has it all for now; kEnd where it asked for no more. `bytes` is of use with kBatch only. Errors
  // of the store.
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
       FeedFilter filter, const v1::StreamChangesRequest& request);

  // The changes of a batch, in the bytes of its message.
  struct Changes {
    std::string* bytes = nullptr;
    size_t count = 0;
  };

  // Adds changes up to `newest`; true where all of them are in or were before.
  absl::StatusOr<bool> Fill(const std::vector<int64_t>& newest, Changes& changes);
  absl::Status Add(const std::vector<StoredRecord>& records, Changes& changes);
  // Whether a snapshot has no need of a record, since something took its place.
  bool Outdated(const StoredRecord& stored) const;
  // Most records are not parsed.
  absl::Status AddOne(const StoredRecord& stored, Changes& changes);
  // False, and nothing done, where it must be parsed.
  bool AddUnparsed(const StoredRecord& stored, Changes& changes);
  static void AddChange(const StoredRecord& stored, absl::string_view record, Changes& changes);
  bool Reached(const std::vector<int64_t>& counters) const;
  void Checkpoint(v1::StreamChangesResponse* response);
  // How long until a token may go out that comes with no changes.
  absl::Duration CheckpointDueIn() const;

  RecordStore& store_;
  const clock::Clock& clock_;
  // What the reader has, or has had the chance to see.
  std::vector<int64_t> position_;
  FeedFilter filter_;
  // What the record held when the feed was opened.
  const std::vector<int64_t> opened_;
  // Leaves out what does not stand any more.
  const bool snapshot_;
  const bool resumed_;
  const bool until_caught_up_;
  size_t next_partition_ = 0;
  int batches_since_checkpoint_ = 0;
  absl::Time checkpoint_at_ = absl::InfinitePast();
  bool started_ = false;
  bool told_caught_up_ = false;
  // Something was looked at since the last checkpoint and left out.
  bool skipped_ = false;
  bool ended_ = false;
  LeafTrail trail_;
  // For one record at a time.
  std::string record_bytes_;
};

}  // namespace assay::evidence
