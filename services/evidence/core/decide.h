#pragma once

// What becomes of batches: idempotency by request id, deduplication by source, supersession, etags,
// implied providers, erasures, counters, recorded times, leaves. The same for every engine, and
// without I/O: an engine answers questions about what it holds (FactSource), and writes the plan
// that comes out.
//
// A group of batches that are committed together goes through one Decider: a later batch sees what
// an earlier one planned. A refused batch leaves nothing in the plan, so an engine needs no
// savepoints.
//
// Thread safety: none; one group, one thread, under the locks that the engine holds for the
// counters of the partitions that the group touches. Ownership: the plan points into the batches,
// which must stay where they are until it was written. Cost: some hash look-ups and two or three
// SHA-256 a write.

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/container/inlined_vector.h"
#include "absl/container/node_hash_map.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/optional.h"

#include "services/common/digest/digest.h"
#include "services/common/digest/merkle.h"
#include "services/evidence/core/batch.h"
#include "services/evidence/core/row.h"

namespace assay::evidence {

// A partition's newest counter and recorded time (microseconds since 1970), and its log, whose size
// is the counter.
struct PartitionState {
  int64_t counter = 0;
  int64_t recorded_us = 0;
  digest::CompactRange log;
};

// A subject's registry state and newest record, by counter; 0: none. Every record has a subject
// with a state, so a subject with no state has no record.
struct SubjectState {
  int64_t state = 0;
  int64_t newest = 0;
  // The hash of its newest leaf.
  digest::Digest head;
};

// Everything that a group of batches asks about, but for records that are found by way of others:
// what an engine may load at once before it decides. Views into the batches; sorted, none twice.
struct FactKeys {
  struct Key {
    int32_t partition = 0;
    absl::string_view value;

    friend bool operator<(const Key& a, const Key& b) {
      return a.partition != b.partition ? a.partition < b.partition : a.value < b.value;
    }
    friend bool operator==(const Key& a, const Key& b) {
      return a.partition == b.partition && a.value == b.value;
    }
  };
  // A record of a subject, by its UUID.
  struct Named {
    Key subject;
    absl::string_view id;

    friend bool operator<(const Named& a, const Named& b) {
      return a.subject == b.subject ? a.id < b.id : a.subject < b.subject;
    }
    friend bool operator==(const Named& a, const Named& b) {
      return a.subject == b.subject && a.id == b.id;
    }
  };
  // A source of a subject's records, by its origin.
  struct Source {
    Key subject;
    absl::string_view origin;

    friend bool operator<(const Source& a, const Source& b) {
      return a.subject == b.subject ? a.origin < b.origin : a.subject < b.subject;
    }
    friend bool operator==(const Source& a, const Source& b) {
      return a.subject == b.subject && a.origin == b.origin;
    }
  };
  // Those that the group may write, for the order in which they are locked.
  std::vector<int32_t> partitions;
  std::vector<Key> requests;
  // Sources of records, and sources of what is wrong.
  std::vector<Source> sources;
  std::vector<Key> subjects;
  // Subjects of which a state is written: their present state is read.
  std::vector<Key> states;
  // What is superseded or erased by name.
  std::vector<Named> records;

  void Add(const Batch& batch);
  // After all were added.
  void Sort();
};

// What the store holds, without what the group itself has planned. Answers come from memory, from
// point reads or from what was loaded for FactKeys. An error is the store's and ends the group.
class FactSource {
 public:
  // A request id that was used: for which record, and the digest of its body. An empty fingerprint
  // is one whose record was erased.
  struct Request {
    std::string fingerprint;
    int64_t counter = 0;
  };
  // A record of a source. Where it was erased the body is ErasedBody().
  struct Source {
    std::string body;
    int64_t counter = 0;
  };

  virtual ~FactSource() = default;

  virtual absl::StatusOr<PartitionState> FindPartition(int32_t partition) = 0;
  virtual absl::StatusOr<absl::optional<Request>> FindRequest(int32_t partition,
                                                              absl::string_view request_id) = 0;
  // In the order of their counters.
  virtual absl::StatusOr<std::vector<Source>> FindSource(int32_t partition,
                                                         absl::string_view origin) = 0;
  virtual absl::StatusOr<SubjectState> FindSubject(int32_t partition,
                                                   absl::string_view subject) = 0;
  // The counter of a record of this subject; 0: none.
  virtual absl::StatusOr<int64_t> FindRecord(int32_t partition, absl::string_view subject,
                                             absl::string_view id) = 0;
  // How many services of a location the registry has; no more are counted than `at_most`.
  virtual absl::StatusOr<int64_t> CountServices(int32_t partition, absl::string_view location,
                                                int64_t at_most) = 0;
  // Whether a root subject has this attachment, whole.
  virtual absl::StatusOr<bool> HasAttachment(int32_t partition, absl::string_view root,
                                             const digest::Digest& digest) = 0;
  // DATA_LOSS where it is not there.
  virtual absl::StatusOr<StoredRecord> ReadRecord(int32_t partition, int64_t counter) = 0;
};

// What takes the place of a source's body when its record is erased, 16 bytes: enough to know the
// same kind of record at the same place again (RecordRow::place), nothing to guess its text from.
// Imports find it; a correction from the same source does not.
std::string ErasedBody(v1::RecordKind kind, int64_t place);

// What an engine writes for a group. Within a partition records come in the order of their
// counters.
struct Plan {
  struct Record {
    const RecordRow* row = nullptr;
    int64_t counter = 0;
    int64_t recorded_us = 0;
    digest::Digest leaf;
  };
  struct Request {
    int32_t partition = 0;
    absl::string_view request_id;
    digest::Digest fingerprint;
    int64_t counter = 0;
  };
  struct Source {
    int32_t partition = 0;
    absl::string_view origin;
    absl::string_view body;
    int64_t counter = 0;
  };
  // From now on StoredRecord::superseded_by of the record `counter` is `by`.
  struct Supersession {
    int32_t partition = 0;
    int64_t counter = 0;
    int64_t by = 0;
  };
  // A registry state, which takes the place of its subject's earlier one. In order.
  struct State {
    const RecordRow* row = nullptr;
    const RegistryRow* registry = nullptr;
    int64_t counter = 0;
    // Its subject had a state before, in the store or earlier in the plan.
    bool replaces = false;
  };
  // The texts of a record go, with the erasure that was recorded at this time.
  struct Erasure {
    Position position;
    int64_t erased_us = 0;
  };
  // The root of the `index`-th 256 leaves of a log.
  struct Tile {
    int32_t partition = 0;
    int64_t index = 0;
    digest::Digest root;
  };

  std::vector<Record> records;
  std::vector<Request> requests;
  std::vector<Source> sources;
  std::vector<Supersession> supersessions;
  std::vector<State> states;
  std::vector<Tile> tiles;
  // Records whose texts (salt and bytes) and attachments are destroyed, after everything else was
  // written: the commitments stay; fingerprints of their requests become empty, bodies of their
  // sources ErasedBody(); an attachment goes with the last record of its root that names it.
  std::vector<Erasure> erasures;

  // The subjects with new records, and their states now.
  struct Subject {
    int32_t partition = 0;
    absl::string_view name;
    SubjectState state;
  };
  std::vector<Subject> subjects;
  // The partitions with new records, ascending, and their states now.
  std::vector<std::pair<int32_t, PartitionState>> partitions;

  bool empty() const { return records.empty() && requests.empty(); }
};

// What is held of request ids that the store may know.
enum class RequestIds {
  // Each is looked up.
  kLookedUp,
  // None is: the store's own key refuses the plan where one was used before. For batches of which
  // MayTakeAsNew says so, since most often nothing was sent before.
  kTakenAsNew,
};

// Whether a group of these batches may be decided with RequestIds::kTakenAsNew: large enough that
// looking up costs something, and made of writes that deciding leaves as they are, so that they can
// be decided once more.
bool MayTakeAsNew(const Batch& batch);
inline constexpr size_t kTakenAsNewFrom = 64;

// Whether to take request ids as new: not for a while after one was not, since whoever sends again
// sends much again. Thread safety: none.
class RequestIdGuess {
 public:
  // Asked once for each group that may be guessed about.
  bool MayGuess() {
    if (looked_up_ == 0) return true;
    --looked_up_;
    return false;
  }
  void Failed() { looked_up_ = kLookedUpAfterFailure; }

 private:
  static constexpr int kLookedUpAfterFailure = 32;
  int looked_up_ = 0;
};

class Decider {
 public:
  // `facts` outlives it. Records are stamped `now_us` or just after the partition's newest, and
  // after `floor_us`. `epoch` makes etags.
  Decider(FactSource& facts, uint64_t epoch, int64_t now_us, int64_t floor_us,
          RequestIds request_ids = RequestIds::kLookedUp);
  Decider(const Decider&) = delete;
  Decider& operator=(const Decider&) = delete;

  // Decides a batch after those before it. The result is true once the plan was committed; then
  // Deliver() completes it. An error is the store's: nothing of the group may be written.
  absl::StatusOr<BatchResult> Decide(Batch& batch);

  // Of request ids that are taken as new: whether one of them is not in the plan, so that the
  // store's key cannot tell whether it was used. Then the group wants to be decided again, with
  // each looked up.
  bool doubtful() const { return doubtful_; }

  // The plan of all batches so far; call it once, after the last.
  const Plan& Finish();

  // After the commit: moves the written rows into their results. The plan is of no use then.
  static void Deliver(Batch& batch, BatchResult& result);

 private:
  // A partition in this group. Pending records are indices into plan_.records, by counter.
  struct Partition {
    bool loaded = false;
    PartitionState state;
    int64_t base = 0;
    std::vector<size_t> pending;
  };
  // A subject in this group.
  struct Subject {
    int32_t partition = 0;
    SubjectState state;
    bool changed = false;
    // The store has it; if not, it has no source of it either.
    bool stored = false;
  };
  using Key = std::pair<int32_t, absl::string_view>;
  // How to take a batch back: what was there before it.
  struct Journal {
    bool kept = false;
    size_t records = 0, requests = 0, sources = 0, supersessions = 0, states = 0, tiles = 0,
           erasures = 0;
    std::vector<std::pair<int32_t, PartitionState>> partitions;
    std::vector<std::pair<absl::string_view, Subject>> subjects;
  };

  absl::StatusOr<WriteResult> DecideWrite(Write& write);
  // Room for what a batch adds.
  void Reserve(const Batch& batch);
  // Erasures of the plan from `first_erasure` on are this write's.
  absl::StatusOr<WriteResult> Add(const Write& write, int64_t superseded, size_t first_erasure);
  // OK and a result where the answer is known: the first one, or a refusal.
  absl::StatusOr<absl::optional<WriteResult>> FirstAnswer(const Write& write);
  absl::StatusOr<absl::optional<WriteResult>> SameState(const Write& write);
  absl::StatusOr<absl::optional<WriteResult>> SameSource(const Write& write);
  // Of an erasure whose record was erased before: the newest of its erasures, unless a retraction
  // came after it, whose reason is text that is left. `erasures` are what came of its origin.
  absl::StatusOr<absl::optional<WriteResult>> ErasedBefore(
      const Write& write, const std::vector<FactSource::Source>& erasures);
  // Whether a request id without its fingerprint can be this write's: of the same kind and, of a
  // correction, about the same record. `first` is the record that it gave, with this counter.
  absl::StatusOr<bool> AnswersErased(const Write& write, const WriteResult& first, int64_t counter);
  // Each notes what is wrong in `result`; an error is the store's. What is superseded is found by
  // its name, or chosen.
  absl::Status CheckNeeded(const Write& write, WriteResult& result);
  absl::Status CheckParts(Write& write, int64_t* superseded, WriteResult& result);
  // The refusals, OK where there is none.
  absl::StatusOr<absl::Status> CheckSubject(int32_t partition, absl::string_view name);
  absl::StatusOr<absl::Status> CheckRoom(const Write& write);
  // How many services a location has, those planned included; counted in the store once a group.
  absl::StatusOr<int64_t> ServicesOf(int32_t partition, const std::string& location);
  // Adds `more` to that where the state is a new service's.
  void CountService(const Plan::State& state, int64_t more);
  absl::StatusOr<absl::Status> ChooseSuperseded(Write& write);
  absl::StatusOr<absl::Status> CheckSuperseded(const Write& write, int64_t* superseded);
  absl::StatusOr<absl::Status> CheckErased(const Write& write);
  absl::StatusOr<absl::Status> CheckAttachments(const RecordRow& row);
  absl::StatusOr<WriteResult> Unchanged(const Write& write, int64_t counter, bool note_request);
  absl::Status AddImpliedProvider(const RecordRow& provider, WriteResult* result);
  // Stamps a row and takes it into the plan.
  absl::StatusOr<Plan::Record> AddRecord(const RecordRow& row);
  void AddRequest(const Write& write, int64_t counter);
  void AddSupersession(int32_t partition, int64_t counter, int64_t by);

  // What the store and the plan hold together.
  absl::StatusOr<Partition*> PartitionOf(int32_t partition);
  absl::StatusOr<Subject*> SubjectOf(int32_t partition, absl::string_view name);
  absl::StatusOr<absl::optional<FactSource::Request>> RequestOf(const Write& write);
  absl::StatusOr<std::vector<FactSource::Source>> SourcesOf(const RecordRow& row,
                                                            const std::string& origin);
  absl::StatusOr<int64_t> RecordOf(const RecordRow& row, absl::string_view id);
  absl::StatusOr<int64_t> SupersededBy(int32_t partition, int64_t counter);
  absl::StatusOr<StoredRecord> ReadRecord(int32_t partition, int64_t counter);

  void StartJournal(bool kept);
  void TakeBack();

  FactSource& facts_;
  const uint64_t epoch_;
  const int64_t now_us_;
  const int64_t floor_us_;
  const RequestIds request_ids_;
  bool doubtful_ = false;
  // The batch at hand is only checked.
  bool checking_ = false;
  Plan plan_;
  std::array<Partition, kPartitions> partitions_;
  // By name; the names are of rows of the batches.
  absl::node_hash_map<absl::string_view, Subject> subjects_;
  // The one that was asked for last: writes about a subject come together.
  absl::string_view last_name_;
  Subject* last_subject_ = nullptr;
  // How many services a location has that was given some, by its name.
  absl::flat_hash_map<std::string, int64_t> services_;
  // Indices into the plan.
  absl::flat_hash_map<Key, size_t> requests_;
  absl::flat_hash_map<Key, absl::InlinedVector<size_t, 1>> sources_;
  absl::flat_hash_map<std::pair<int32_t, int64_t>, int64_t> superseded_;
  Journal journal_;
};

}  // namespace assay::evidence
