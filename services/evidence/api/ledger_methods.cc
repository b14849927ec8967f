#include "services/evidence/api/ledger_methods.h"

#include <algorithm>
#include <iterator>
#include <map>
#include <set>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "google/protobuf/timestamp.pb.h"

#include "services/common/errors/errors.h"
#include "services/common/names/partition.h"
#include "services/evidence/api/subject_pages.h"
#include "services/evidence/core/checks.h"
#include "services/evidence/core/leaf.h"
#include "services/evidence/core/ledger.h"
#include "services/evidence/core/record_kinds.h"
#include "services/evidence/core/resource.h"
#include "services/evidence/core/stored.h"

namespace assay::evidence {
namespace {

using digest::Digest;
using errors::Violations;

std::string BytesOf(const Digest& digest) { return std::string(digest.bytes()); }

void AddHashes(const std::vector<Digest>& hashes,
               google::protobuf::RepeatedPtrField<std::string>* field) {
  for (const Digest& hash : hashes) *field->Add() = BytesOf(hash);
}

digest::HashReader ReaderOf(const Backend& backend, int32_t partition) {
  return [&backend, partition](int level, int64_t first, int64_t count) {
    return backend.store().LogHashes(partition, level, first, count);
  };
}

// The name that a record calls itself by; empty where it has none or cannot be read.
std::string NameOf(const StoredRecord& stored) {
  if (IsState(stored.kind)) return stored.subject;
  v1::Record record;
  if (!record.ParseFromString(stored.payload)) return "";
  switch (record.content_case()) {
    case v1::Record::kJudgement:
      return record.judgement().name();
    case v1::Record::kAction:
      return record.action().name();
    case v1::Record::kOverride:
      return record.override().name();
    case v1::Record::kPublication:
      return record.publication().name();
    case v1::Record::kEvidence:
      return record.evidence().name();
    default:
      return "";
  }
}

// Whether what is kept beside a subject's records of what superseded them is what the records
// themselves say: that part of a row is in no leaf. Records come in their order; it holds those
// that were superseded until what superseded them comes.
class Standing {
 public:
  // Counter and name of a record whose row says something else, or 0.
  struct Fault {
    int64_t counter = 0;
    std::string record;
  };

  Fault Add(const StoredRecord& stored) {
    const int64_t counter = stored.position.counter;
    if (IsState(stored.kind)) {
      const Told before = state_;
      state_ = {counter, stored.superseded_by, stored.subject};
      const bool agrees = before.counter == 0 || before.by == counter;
      return agrees ? Fault() : Fault{before.counter, before.record};
    }
    Fault fault;
    v1::Record record;
    // A payload that is no record was told by its leaf.
    if (record.ParseFromString(stored.payload)) fault = Resolve(counter, Supersedes(record));
    if (stored.superseded_by != 0) {
      told_[stored.id] = {counter, stored.superseded_by, NameOf(stored)};
    }
    return fault;
  }

  // Those that are left: nothing up to counter `from` superseded them, and nothing after `to` was
  // recorded of the subject.
  std::vector<Fault> End(int64_t from, int64_t to) const {
    std::vector<Fault> faults;
    const auto check = [&](const Told& told) {
      if (told.by == 0 || (told.by > from && told.by <= to)) return;
      faults.push_back({told.counter, told.record});
    };
    check(state_);
    for (const auto& [id, told] : told_) check(told);
    return faults;
  }

 private:
  struct Told {
    int64_t counter = 0;
    int64_t by = 0;
    std::string record;
  };

  Fault Resolve(int64_t counter, const std::string& superseded) {
    if (superseded.empty()) return {};
    const absl::StatusOr<names::RecordName> name = names::RecordName::Parse(superseded);
    if (!name.ok()) return {};
    const auto told = told_.find(UuidBytes(name->id()));
    // Its row says that it stands.
    if (told == told_.end()) return {counter, superseded};
    const Told found = told->second;
    told_.erase(told);
    if (found.by == counter) return {};
    return {found.counter, found.record};
  }

  Told state_;
  std::map<std::string, Told> told_;
};

// Looks for what is wrong with one subject, whose records come to it in their order. What it holds
// grows only with those of them that were superseded, and with the names of erased ones until their
// erasure comes.
class Verifier {
 public:
  Verifier(const Backend& backend, const names::Subject& subject)
      : backend_(backend), subject_(subject), partition_(names::PartitionOf(subject)) {}

  // NOT_FOUND where there is no such subject.
  absl::Status Run(v1::VerifySubjectResponse* response) {
    const absl::StatusOr<SubjectMoment> moment = ForEachRecord(
        backend_.store(), subject_, KindSet::All(),
        [this](const SubjectMoment&, const StoredRecord& stored) { return Check(stored); });
    if (!moment.ok()) return moment.status();
    if (moment->subject_counter == 0 && leaves_ == 0) {
      return errors::NotFound(TypeOfSubject(subject_.kind()), subject_.name());
    }
    CheckEnd(*moment);
    const absl::Status stood = CheckStanding(*moment);
    if (!stood.ok()) return stood;
    const absl::Status erasures = CheckErasures();
    if (!erasures.ok()) return erasures;
    // A tile that does not add up was told already; else the whole log must.
    if (faults_.empty()) {
      const absl::Status status = CheckLog();
      if (!status.ok()) return status;
    }
    KeepFirst();
    response->set_partition(partition_);
    response->set_counter(moment->subject_counter);
    response->set_chain_head(BytesOf(moment->head));
    response->set_leaves_checked(leaves_);
    response->set_erased(erased_);
    response->set_intact(faults_.empty());
    for (v1::VerifySubjectResponse::Fault& fault : faults_) {
      *response->add_faults() = std::move(fault);
    }
    return absl::OkStatus();
  }

 private:
  static constexpr size_t kMaxFaults = 100;

  // The faults of the least counters; as many again may wait to be looked through.
  void Note(int64_t counter, std::string record, const char* reason) {
    if (faults_.size() == 2 * kMaxFaults) KeepFirst();
    v1::VerifySubjectResponse::Fault fault;
    fault.set_counter(counter);
    fault.set_record(std::move(record));
    fault.set_reason(reason);
    faults_.push_back(std::move(fault));
  }

  void KeepFirst() {
    std::stable_sort(faults_.begin(), faults_.end(),
                     [](const auto& a, const auto& b) { return a.counter() < b.counter(); });
    if (faults_.size() > kMaxFaults) faults_.resize(kMaxFaults);
  }

  absl::Status Check(const StoredRecord& stored) {
    const int64_t tile = (stored.position.counter - 1) / digest::kTileLeaves;
    if (tile != tile_) {
      const absl::Status status = EnterTile(tile);
      if (!status.ok()) return status;
    }
    if (!tile_adds_up_) Note(stored.position.counter, NameOf(stored), "not-in-log");
    CheckLeaf(stored);
    // After a record that is missing or was changed, what superseded what cannot be told.
    if (faults_.size() != misstated_) return absl::OkStatus();
    const Standing::Fault fault = standing_.Add(stored);
    if (fault.counter == 0) return absl::OkStatus();
    ++misstated_;
    Note(fault.counter, fault.record, "record-changed");
    return absl::OkStatus();
  }

  // Each tile that holds a leaf of the subject: no leaf of it may be missing, and a complete one
  // must have the root that was kept for it.
  absl::Status EnterTile(int64_t tile) {
    if (tile_ < 0) {
      absl::StatusOr<std::vector<digest::CompactRange>> logs = backend_.store().Logs();
      if (!logs.ok()) return logs.status();
      log_ = std::move((*logs)[static_cast<size_t>(partition_)]);
    }
    tile_ = tile;
    tile_adds_up_ = true;
    // Of the tiles before, the last missing one tells whether the chain may be broken.
    if (!missing_.empty()) missing_.erase(missing_.begin(), std::prev(missing_.end()));
    const int64_t first = tile * digest::kTileLeaves;
    const int64_t count = std::min(digest::kTileLeaves, log_.size() - first);
    const absl::StatusOr<std::vector<Digest>> leaves =
        backend_.store().LogHashes(partition_, 0, first, count);
    if (absl::IsDataLoss(leaves.status())) {
      FindMissing(first, count);
      return absl::OkStatus();
    }
    return leaves.ok() ? CheckTile(*leaves) : leaves.status();
  }

  absl::Status CheckTile(const std::vector<Digest>& leaves) {
    if (static_cast<int64_t>(leaves.size()) < digest::kTileLeaves) return absl::OkStatus();
    const absl::StatusOr<std::vector<Digest>> kept =
        backend_.store().LogHashes(partition_, digest::kTileLevel, tile_, 1);
    if (!kept.ok() && !absl::IsDataLoss(kept.status())) return kept.status();
    digest::CompactRange range;
    for (const Digest& leaf : leaves) range.Append(leaf);
    tile_adds_up_ = kept.ok() && range.Root() == kept->front();
    return absl::OkStatus();
  }

  void FindMissing(int64_t first, int64_t count) {
    for (int64_t index = first; index < first + count; ++index) {
      if (backend_.store().LogHashes(partition_, 0, index, 1).ok()) continue;
      missing_.insert(index + 1);
      Note(index + 1, "", "record-missing");
    }
  }

  void CheckLeaf(const StoredRecord& stored) {
    const int64_t counter = stored.position.counter;
    if (LeafHash(LeafPartsOf(stored, previous_)) != stored.leaf) {
      const auto gap = missing_.upper_bound(previous_counter_);
      const bool broken = gap != missing_.end() && *gap < counter;
      Note(counter, NameOf(stored), broken ? "chain-broken" : "record-changed");
    } else if (!CheckTexts(stored).ok()) {
      Note(counter, NameOf(stored), "record-changed");
    }
    NoteErasure(stored);
    ++leaves_;
    previous_ = stored.leaf;
    previous_counter_ = counter;
  }

  // A leaf holds commitments to texts and not the texts, so that destroying one leaves it as it is:
  // only a later erasure that names the record says that it was meant.
  void NoteErasure(const StoredRecord& stored) {
    if (stored.kind == v1::RECORD_KIND_ERASURE) unexplained_.erase(AboutWhich(stored));
    if (!stored.erased.has_value()) return;
    ++erased_;
    unexplained_.emplace(AboutWhich(stored), stored.position.counter);
  }

  // What an erasure of this record names, and what an erasure itself names. A retraction goes with
  // the record that it retracts.
  static std::string AboutWhich(const StoredRecord& stored) {
    v1::Record record;
    if (!record.ParseFromString(stored.payload)) return "";
    if (record.has_erasure()) return record.erasure().record();
    if (record.has_retraction()) return record.retraction().record();
    return NameOf(stored);
  }

  absl::Status CheckErasures() {
    if (unexplained_.empty()) return absl::OkStatus();
    // Those that were recorded while this was read.
    SubjectQuery later;
    later.kinds = {v1::RECORD_KIND_ERASURE};
    later.after = previous_counter_;
    const absl::StatusOr<SubjectRecords> erasures = backend_.store().ReadSubject(subject_, later);
    if (!erasures.ok()) return erasures.status();
    for (const StoredRecord& stored : erasures->records) NoteErasure(stored);
    for (const auto& [name, counter] : unexplained_) Note(counter, name, "erasure-missing");
    return absl::OkStatus();
  }

  void CheckEnd(const SubjectMoment& moment) {
    if (previous_counter_ != moment.subject_counter) {
      // The newest one is kept twice: in the log, and beside it.
      if (missing_.count(moment.subject_counter) == 0) {
        Note(moment.subject_counter, "", "record-missing");
      }
    } else if (previous_ != moment.head) {
      Note(previous_counter_, "", "chain-broken");
    }
  }

  absl::Status CheckStanding(const SubjectMoment& moment) {
    if (faults_.size() != misstated_) return absl::OkStatus();
    // What was written while this was read may have superseded what was read before.
    SubjectQuery newest;
    newest.newest_first = true;
    newest.limit = 1;
    newest.as_stored = true;
    newest.texts = KindSet();
    const absl::StatusOr<SubjectRecords> now = backend_.store().ReadSubject(subject_, newest);
    if (!now.ok()) return now.status();
    for (const Standing::Fault& fault :
         standing_.End(moment.subject_counter, now->subject_counter)) {
      Note(fault.counter, fault.record, "record-changed");
    }
    return absl::OkStatus();
  }

  // Where the whole log is not what was kept of it, no record of the subject is in it.
  absl::Status CheckLog() {
    const absl::StatusOr<Digest> root = digest::RootOf(ReaderOf(backend_, partition_), log_.size());
    if (!root.ok()) return root.status();
    if (*root == log_.Root()) return absl::OkStatus();
    return ForEachRecord(backend_.store(), subject_, KindSet(),
                         [this](const SubjectMoment&, const StoredRecord& stored) {
                           Note(stored.position.counter, NameOf(stored), "not-in-log");
                           return absl::OkStatus();
                         })
        .status();
  }

  const Backend& backend_;
  const names::Subject& subject_;
  const int32_t partition_;
  digest::CompactRange log_;
  // The tile of the record before, and whether it is what was kept of it.
  int64_t tile_ = -1;
  bool tile_adds_up_ = true;
  // Counters that the log lacks, in this tile, and the last before it.
  std::set<int64_t> missing_;
  Digest previous_;
  int64_t previous_counter_ = 0;
  Standing standing_;
  // So many of the faults came from it.
  size_t misstated_ = 0;
  int64_t leaves_ = 0;
  int64_t erased_ = 0;
  // Counters of erased records, by the name that their erasure must have, which did not come yet.
  std::multimap<std::string, int64_t> unexplained_;
  std::vector<v1::VerifySubjectResponse::Fault> faults_;
};

// One span, with its present size where it asks for it.
v1::GetConsistencyProofRequest::Span Checked(const v1::GetConsistencyProofRequest::Span& asked,
                                             const std::vector<digest::CompactRange>& logs,
                                             const std::string& prefix, std::set<int32_t>& seen,
                                             Violations& bad) {
  v1::GetConsistencyProofRequest::Span span = asked;
  if (span.partition() < 0 || span.partition() >= kPartitions) {
    bad.Add(Path(prefix, "partition"), span.partition(), absl::StrCat("0 to ", kPartitions - 1));
    return span;
  }
  if (!seen.insert(span.partition()).second) {
    bad.Add(Path(prefix, "partition"), span.partition(), "each partition once");
  }
  const int64_t present = logs[static_cast<size_t>(span.partition())].size();
  if (span.second_size() == 0) span.set_second_size(present);
  if (span.second_size() < 0 || span.second_size() > present) {
    bad.Add(Path(prefix, "second_size"), span.second_size(),
            absl::StrCat("0 to ", present, ", the present size"));
  }
  if (span.first_size() < 1 || span.first_size() > span.second_size()) {
    bad.Add(Path(prefix, "first_size"), span.first_size(),
            absl::StrCat("1 to the second size, ", span.second_size()));
  }
  return span;
}

absl::Status Prove(const Backend& backend, const v1::GetConsistencyProofRequest::Span& span,
                   v1::ConsistencyProof* proof) {
  const digest::HashReader read = ReaderOf(backend, span.partition());
  const absl::StatusOr<Digest> first = digest::RootOf(read, span.first_size());
  if (!first.ok()) return first.status();
  const absl::StatusOr<Digest> second = digest::RootOf(read, span.second_size());
  if (!second.ok()) return second.status();
  const absl::StatusOr<std::vector<Digest>> hashes =
      digest::ProveConsistency(read, span.first_size(), span.second_size());
  if (!hashes.ok()) return hashes.status();
  proof->set_partition(span.partition());
  proof->set_first_size(span.first_size());
  proof->set_second_size(span.second_size());
  proof->set_first_root(BytesOf(*first));
  proof->set_second_root(BytesOf(*second));
  AddHashes(*hashes, proof->mutable_hashes());
  return absl::OkStatus();
}

// The record of a name, with the hash of its subject's leaf before it.
struct Leaf {
  StoredRecord record;
  Digest previous;
};

absl::StatusOr<Leaf> FindLeaf(const Backend& backend, const names::RecordName& name) {
  absl::StatusOr<absl::optional<StoredRecord>> record =
      backend.store().Read(name.subject(), KindOf(name.kind()), UuidBytes(name.id()));
  if (!record.ok()) return record.status();
  if (!record->has_value()) {
    return errors::NotFound(TypeOfRecord(KindOf(name.kind())), name.name());
  }
  Leaf leaf;
  leaf.record = **std::move(record);
  SubjectQuery before;
  before.before = leaf.record.position.counter;
  before.newest_first = true;
  before.limit = 1;
  before.texts = KindSet();
  before.as_stored = true;
  const absl::StatusOr<SubjectRecords> previous =
      backend.store().ReadSubject(name.subject(), before);
  if (!previous.ok()) return previous.status();
  if (!previous->records.empty()) leaf.previous = previous->records.front().leaf;
  if (LeafHash(LeafPartsOf(leaf.record, leaf.previous)) == leaf.record.leaf) return leaf;
  return errors::Corrupt("evidence store", absl::StrCat("the leaf of ", name.name()));
}

}  // namespace

absl::StatusOr<v1::VerifySubjectResponse> VerifySubject(const Backend& backend,
                                                        const v1::VerifySubjectRequest& request) {
  Violations bad;
  const absl::optional<names::Subject> subject = CheckSubject("subject", request.subject(), bad);
  if (!bad.empty()) return bad.ToStatus();
  const absl::Status reached = backend.CheckReached(request.at_least());
  if (!reached.ok()) return reached;
  v1::VerifySubjectResponse response;
  const absl::Status run = Verifier(backend, *subject).Run(&response);
  if (!run.ok()) return run;
  return response;
}

absl::StatusOr<v1::Checkpoint> GetCheckpoint(const Backend& backend,
                                             const v1::GetCheckpointRequest& request) {
  const absl::Status reached = backend.CheckReached(request.at_least());
  if (!reached.ok()) return reached;
  const absl::StatusOr<std::vector<digest::CompactRange>> logs = backend.store().Logs();
  if (!logs.ok()) return logs.status();
  v1::Checkpoint checkpoint;
  checkpoint.set_epoch(EpochBytes(backend.store().epoch()));
  // Taken after the logs were read.
  const int64_t micros = absl::ToUnixMicros(backend.Now());
  checkpoint.mutable_create_time()->set_seconds(micros / 1000000);
  checkpoint.mutable_create_time()->set_nanos(static_cast<int32_t>(micros % 1000000) * 1000);
  for (int32_t partition = 0; partition < kPartitions; ++partition) {
    const digest::CompactRange& log = (*logs)[static_cast<size_t>(partition)];
    if (log.size() == 0) continue;
    v1::Checkpoint::LogRoot* root = checkpoint.add_logs();
    root->set_partition(partition);
    root->set_size(log.size());
    root->set_root(BytesOf(log.Root()));
  }
  checkpoint.set_key_id(backend.ledger_key().public_key().id());
  const absl::StatusOr<std::string> bytes = SignedBytes(checkpoint);
  if (!bytes.ok()) return errors::Internal("checkpoint", bytes.status().message());
  checkpoint.set_signature(backend.ledger_key().Sign(*bytes));
  return checkpoint;
}

absl::StatusOr<v1::InclusionProof> GetInclusionProof(const Backend& backend,
                                                     const v1::GetInclusionProofRequest& request) {
  const absl::StatusOr<names::RecordName> name = names::RecordName::Parse(request.name());
  Violations bad;
  if (!name.ok()) bad.AddText("name", name.status().message());
  if (!bad.empty()) return bad.ToStatus();
  const absl::StatusOr<Leaf> leaf = FindLeaf(backend, *name);
  if (!leaf.ok()) return leaf.status();
  const Position position = leaf->record.position;
  const int64_t present = backend.store().Counters()[static_cast<size_t>(position.partition)];
  const int64_t size = request.log_size() == 0 ? present : request.log_size();
  if (size < position.counter || size > present) {
    bad.Add("log_size", size, absl::StrCat("0 or ", position.counter, " to ", present));
    return bad.ToStatus();
  }
  const digest::HashReader read = ReaderOf(backend, position.partition);
  const absl::StatusOr<std::vector<Digest>> hashes =
      digest::ProveInclusion(read, position.counter - 1, size);
  if (!hashes.ok()) return hashes.status();
  const absl::StatusOr<Digest> root = digest::RootOf(read, size);
  if (!root.ok()) return root.status();
  v1::InclusionProof proof;
  proof.set_epoch(EpochBytes(backend.store().epoch()));
  proof.set_partition(position.partition);
  proof.set_counter(position.counter);
  proof.set_log_size(size);
  proof.set_leaf(LeafBytes(LeafPartsOf(leaf->record, leaf->previous)));
  AddHashes(*hashes, proof.mutable_hashes());
  proof.set_root(BytesOf(*root));
  return proof;
}

absl::StatusOr<v1::GetConsistencyProofResponse> GetConsistencyProof(
    const Backend& backend, const v1::GetConsistencyProofRequest& request) {
  if (request.epoch() != EpochBytes(backend.store().epoch())) return errors::ForeignToken("epoch");
  const absl::StatusOr<std::vector<digest::CompactRange>> logs = backend.store().Logs();
  if (!logs.ok()) return logs.status();
  Violations bad;
  if (request.spans().empty() || request.spans_size() > kPartitions) {
    bad.Add("spans", absl::StrCat(request.spans_size(), " entries"),
            absl::StrCat("1 to ", kPartitions));
    return bad.ToStatus();
  }
  std::set<int32_t> seen;
  std::vector<v1::GetConsistencyProofRequest::Span> spans;
  for (int index = 0; index < request.spans_size(); ++index) {
    spans.push_back(Checked(request.spans(index), *logs,
                            Path("", "spans", static_cast<size_t>(index)), seen, bad));
  }
  if (!bad.empty()) return bad.ToStatus();
  v1::GetConsistencyProofResponse response;
  for (const v1::GetConsistencyProofRequest::Span& span : spans) {
    const absl::Status proved = Prove(backend, span, response.add_proofs());
    if (!proved.ok()) return proved;
  }
  return response;
}

}  // namespace assay::evidence
