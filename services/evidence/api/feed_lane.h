#pragma once

// A part of the way through the log: the changes of some partitions, in the order of each, made
// into the bytes of messages.
//
// Thread safety: none; one thread at a time. Ownership: borrows the store. Cost: a read of the log
// for each partition that has something; what the filter remembers. One step looks at a bounded
// piece of the log, whatever the filter keeps of it.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

#include "services/evidence/api/feed_filter.h"
#include "services/evidence/storage/record_store.h"

namespace assay::evidence {

// What goes into one message, and where its reader stands then.
struct FeedPiece {
  // The changes, in the bytes of a StreamChangesResponse.
  std::string bytes;
  size_t count = 0;
  // What the records looked at count against a message's limit, and how many they are.
  size_t size = 0;
  size_t looked_at = 0;
  // In the partitions in which it moved, in turn.
  std::vector<Position> reached;
  // Something was looked at and left out.
  bool skipped = false;

  // Nothing more goes in.
  bool full() const;
};

// What a reader asked for, the same for all of its lanes.
struct FeedTerms {
  // Leaves out what does not stand any more, of what the record held when the feed was opened.
  bool snapshot = false;
  // The reader goes on from a token.
  bool resumed = false;
  // By partition.
  std::vector<int64_t> opened;
};

class FeedLane {
 public:
  // The partitions `first`, `first` + `step` and so on; `position`: what the reader has of each of
  // all partitions.
  FeedLane(RecordStore& store, FeedFilter filter, std::shared_ptr<const FeedTerms> terms,
           std::vector<int64_t> position, size_t first, size_t step);

  // How many records up to `newest` it has not looked at.
  int64_t Left(const std::vector<int64_t>& newest) const;

  // Adds what comes next, up to `newest`, to the last of the pieces and to further ones, until
  // there are `most` and the last is full, or nothing is left. Short records are read for several
  // pieces at once, so that a store that plans each read does it less often. Errors of the store;
  // then neither pieces nor lane are of use.
  absl::Status Fill(const std::vector<int64_t>& newest, size_t most,
                    std::vector<FeedPiece>& pieces);

 private:
  // Reads so much of the log as should fill so many pieces, the last one among them.
  absl::Status Read(size_t partition, size_t messages, std::vector<FeedPiece>& pieces);
  absl::Status Take(const StoredRecord& stored, std::vector<FeedPiece>& pieces);
  // Whether a snapshot has no need of a record, since something took its place.
  bool Outdated(const StoredRecord& stored) const;
  // Most records are not parsed.
  absl::Status AddOne(const StoredRecord& stored, FeedPiece& piece);
  // False, and nothing done, where it must be parsed.
  bool AddUnparsed(const StoredRecord& stored, FeedPiece& piece);
  static void AddChange(const StoredRecord& stored, absl::string_view record, FeedPiece& piece);

  RecordStore& store_;
  FeedFilter filter_;
  const std::shared_ptr<const FeedTerms> terms_;
  // What it has looked at, of all partitions.
  std::vector<int64_t> position_;
  std::vector<size_t> partitions_;
  // The index of the one that comes first.
  size_t next_ = 0;
  // Of a record, as the last read found them; 0 before the first.
  size_t average_size_ = 0;
  LeafTrail trail_;
  // For one record at a time.
  std::string record_bytes_;
};

}  // namespace assay::evidence
