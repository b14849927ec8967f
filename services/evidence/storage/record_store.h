#pragma once

// Where the record is kept. One append-only log of every record, by partition and counter; beside
// it what must be found quickly: records of a subject, the registry's current states, request ids,
// source references, what is superseded. Engines: SQLite (sqlite/sqlite_record_store.h) and
// PostgreSQL (postgresql/postgresql_record_store.h). Every
// engine passes the suite in tests/evidence/storage/record_store_contract.h.
//
// What every engine promises:
//   - A write that was answered OK is durable.
//   - Counters of a partition rise from 1 without gaps, in the order in which writes become
//   visible.
//   - Recorded times strictly rise within a partition.
//   - Atomicity and order are promised within a partition; readers of one partition see a batch
//   whole.
//   - Nothing that was written changes, but that an erasure destroys texts, attachments and what
//   could be guessed from.
//   - What becomes of a batch is decided by core/decide.h.
//   - A record that is not what its leaf says is not given out (DATA_LOSS), but where a caller asks
//   for what is stored.
//   - Each partition is a Merkle log (RFC 6962) whose leaf n - 1 is the record with counter n.
//
// Thread safety: all methods from any thread. Reads block on I/O: call them from a pool. Ownership:
// the caller owns what it is given. Errors of every method: DATA_LOSS (DATA_CORRUPT) for a damaged
// store, UNAVAILABLE (DEPENDENCY_UNAVAILABLE, SERVER_DRAINING) where it cannot be reached or is
// closing, INTERNAL. The driver's text is in the private detail.

#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <memory>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/optional.h"

#include "services/common/digest/digest.h"
#include "services/common/digest/merkle.h"
#include "services/common/names/names.h"
#include "services/evidence/core/batch.h"
#include "services/evidence/core/kind_set.h"
#include "services/evidence/core/leaf.h"
#include "services/evidence/core/row.h"

namespace assay::evidence {

// Which records of a subject, in the order in which they were recorded.
struct SubjectQuery {
  // Empty: all kinds.
  std::vector<v1::RecordKind> kinds;
  // Only with a counter above this one, and below that one.
  int64_t after = 0;
  int64_t before = std::numeric_limits<int64_t>::max();
  // At most so many; 0: all.
  size_t limit = 0;
  // The newest first, in place of the order of recording.
  bool newest_first = false;
  // The kinds whose texts are wanted. Of other kinds a text comes as field and commitment alone,
  // which is what a leaf is checked with, as if all of it were erased; `erased` tells whether some
  // was.
  KindSet texts = KindSet::All();
  // Records come as they are stored, for a caller that checks them itself; else each is checked
  // against its leaf.
  bool as_stored = false;
};

// Which part of a partition's log.
struct LogQuery {
  // After this counter.
  int64_t after = 0;
  // At most so many records, and no more once payloads and texts reach so many bytes (the record
  // that reaches it included).
  size_t limit = 0;
  size_t max_bytes = 0;
  // The kinds wanted. The log has no gaps, so others come too, without payload and texts.
  KindSet kinds = KindSet::All();
  // No texts of any kind; `erased` is set all the same.
  bool without_texts = false;
  // What a reader of the whole log keeps between its reads, so that the leaf before a record need
  // not be looked up; null: nothing. Borrowed for the call.
  LeafTrail* trail = nullptr;
};

// Takes the next record of a read, which is lent for the call: millions of them are not worth an
// allocation each. An error ends the read. It must not call the store.
using TakeRecord = absl::FunctionRef<absl::Status(const StoredRecord& record)>;

// What a record counts against LogQuery::max_bytes.
size_t BytesOf(const StoredRecord& record);

// A subject at one moment.
struct SubjectRecords {
  std::vector<StoredRecord> records;
  // The partition's newest counter at that moment.
  int64_t partition_counter = 0;
  // The subject's newest counter at that moment, of any kind of record; 0 where it has none.
  int64_t subject_counter = 0;
  // The hash of its newest leaf; zero where it has none.
  digest::Digest head;
};

// Which entries of the registry, by name. Empty or absent parts fit all.
struct RegistryQuery {
  v1::RecordKind kind = v1::RECORD_KIND_UNSPECIFIED;
  // Only names after this one.
  std::string after;
  // At most so many; at least 1.
  size_t limit = 100;
  std::string provider;
  std::string sector;
  // Locations that lie in this area on the day `on`.
  std::string area;
  int32_t area_kind = 0;
  // Registered (areas: existing) on the day `on`.
  bool in_force = false;
  int32_t on = 0;
};

// The largest attachment, and the largest piece in which one is written or read, in bytes.
inline constexpr int64_t kMaxAttachmentBytes = int64_t{256} << 20;
inline constexpr size_t kMaxAttachmentPiece = size_t{1} << 20;

// An upload under way; one thread at a time. Destroyed before Finish() succeeded, it leaves
// nothing. It must be destroyed before its store.
class AttachmentWriter {
 public:
  virtual ~AttachmentWriter() = default;
  // Adds the next piece, of up to kMaxAttachmentPiece bytes. INVALID_ARGUMENT where more comes than
  // was said.
  virtual absl::Status Write(absl::string_view piece) = 0;
  // Makes it durable: true where the root subject had it already. INVALID_ARGUMENT where the bytes
  // are fewer than was said, or are not those of the digest; then nothing is stored.
  virtual absl::StatusOr<bool> Finish() = 0;
};

// A download under way; one thread at a time. It must be destroyed before its store.
class AttachmentReader {
 public:
  virtual ~AttachmentReader() = default;
  virtual int64_t size() const = 0;
  // The next piece; empty at the end. The last piece is given only where all bytes are those of the
  // digest, else DATA_LOSS. NOT_FOUND (ATTACHMENT_NOT_FOUND) where it was erased meanwhile.
  virtual absl::StatusOr<std::string> Next() = 0;
};

class RecordStore {
 public:
  using Done = std::function<void(BatchResult)>;

  virtual ~RecordStore() = default;

  // Random, and renewed whenever counters could be used again. Constant while the store is open.
  virtual uint64_t epoch() const = 0;

  // Writes a batch, after all that were appended before it from the same thread and share a
  // partition with it. `done` is called once, from a thread of the store's; it must not block and
  // must not call the store.
  virtual void Append(Batch batch, Done done) = 0;

  // The record of `subject` with this kind and UUID (16 bytes); absent where there is none.
  virtual absl::StatusOr<absl::optional<StoredRecord>> Read(const names::Subject& subject,
                                                            v1::RecordKind kind,
                                                            absl::string_view id) = 0;

  // Whether Read() would find one; its texts are not read.
  virtual absl::StatusOr<bool> Holds(const names::Subject& subject, v1::RecordKind kind,
                                     absl::string_view id) = 0;

  // Records of one subject, all of one moment. A subject that is not known has none.
  virtual absl::StatusOr<SubjectRecords> ReadSubject(const names::Subject& subject,
                                                     const SubjectQuery& query) = 0;

  // The current state of a provider, location, service or area; absent where there is none.
  virtual absl::StatusOr<absl::optional<StoredRecord>> ReadCurrent(
      const names::Subject& subject) = 0;

  // Current states in order of their names.
  virtual absl::StatusOr<std::vector<StoredRecord>> ListCurrent(const RegistryQuery& query) = 0;

  // Gives the log of a partition to `take`, record by record, in order. DATA_LOSS where a counter
  // is missing; what was given before an error is what was recorded.
  virtual absl::Status ReadLog(int32_t partition, const LogQuery& query, TakeRecord take) = 0;
  // The same at once.
  absl::StatusOr<std::vector<StoredRecord>> Log(int32_t partition, const LogQuery& query);
  absl::StatusOr<std::vector<StoredRecord>> Log(int32_t partition, int64_t after, size_t limit,
                                                size_t max_bytes);

  // The newest counter of each of the 257 partitions; what it covers can be read. No I/O.
  virtual std::vector<int64_t> Counters() const = 0;

  // How the store is as a whole, for health: what its last uses told. No I/O; it waits for nothing.
  // OK, or why it could not be used. One damaged record is not the store: who reads it is told.
  virtual absl::Status Check() const = 0;

  // Takes into Counters() what other replicas of the service had written to the same store by now;
  // nothing to do where there are none.
  virtual absl::Status Refresh() { return absl::OkStatus(); }

  // The newest counter of the partition that was recorded by `known_at`, for ever: nothing that is
  // recorded later gets a recorded time up to `known_at`, which must not be in the future.
  virtual absl::StatusOr<int64_t> CounterAt(int32_t partition, absl::Time known_at) = 0;

  // Takes an attachment of a root subject (a service's is its location), stored once within it.
  // Concurrent uploads of the same bytes are each checked. What no record names within a day goes
  // when the store is next opened. NOT_FOUND (<TYPE>_NOT_FOUND) where the registry lacks the
  // subject, INVALID_ARGUMENT for a size that is not 0 to kMaxAttachmentBytes.
  virtual absl::StatusOr<std::unique_ptr<AttachmentWriter>> WriteAttachment(
      const names::Subject& root, const digest::Digest& digest, int64_t size) = 0;

  // Gives an attachment back. NOT_FOUND (ATTACHMENT_NOT_FOUND).
  virtual absl::StatusOr<std::unique_ptr<AttachmentReader>> ReadAttachment(
      const names::Subject& root, const digest::Digest& digest) = 0;

  // The logs of all 257 partitions at one moment, by partition.
  virtual absl::StatusOr<std::vector<digest::CompactRange>> Logs() = 0;

  // Hashes of a partition's log, as a digest::HashReader gives them. DATA_LOSS where some are
  // missing.
  virtual absl::StatusOr<std::vector<digest::Digest>> LogHashes(int32_t partition, int level,
                                                                int64_t first, int64_t count) = 0;

  // Calls `wake` after every commit that added records, from a thread of the store's; it must not
  // block or call the store. Returns the key for RemoveListener, after which it is not called
  // again.
  virtual uint64_t AddListener(std::function<void()> wake) = 0;
  virtual void RemoveListener(uint64_t key) = 0;

  // Appends and waits: for callers on a pool.
  BatchResult AppendAndWait(Batch batch);
};

}  // namespace assay::evidence
