#include "services/evidence/core/decide.h"

#include <algorithm>

#include "absl/strings/str_cat.h"

#include "services/common/errors/errors.h"
#include "services/common/errors/evidence_errors.h"
#include "services/common/names/subject_kind.h"
#include "services/evidence/core/etag.h"
#include "services/evidence/core/leaf.h"
#include "services/evidence/core/limits.h"
#include "services/evidence/core/refusal.h"
#include "services/evidence/core/resource.h"

namespace assay::evidence {
namespace {

// Of a provider that is known by its id alone: whether it is registered is not known, so no day
// finds it so.
const RegistryRow& UnknownProvider() {
  static const RegistryRow* const row = [] {
    auto* made = new RegistryRow;
    made->from = kOpen;
    return made;
  }();
  return *row;
}

void Refuse(const Write& write, RefusedFor what, absl::Status status, WriteResult& result) {
  if (status.ok()) return;
  if (result.status.ok()) result.status = status;
  result.refusals.push_back({FieldOf(write, what), std::move(status)});
}

WriteResult Refused(const Write& write, RefusedFor what, absl::Status status) {
  WriteResult result;
  Refuse(write, what, std::move(status), result);
  return result;
}

// All of the stored record but what it moves in at the end.
StoredRecord Written(const Plan::Record& record) {
  StoredRecord stored;
  stored.position = {record.row->partition, record.counter};
  stored.recorded = absl::FromUnixMicros(record.recorded_us);
  stored.kind = record.row->kind;
  stored.leaf = record.leaf;
  return stored;
}

template <class T>
void SortOnce(std::vector<T>& values) {
  std::sort(values.begin(), values.end());
  values.erase(std::unique(values.begin(), values.end()), values.end());
}

}  // namespace

void FactKeys::Add(const Batch& batch) {
  for (const Write& write : batch.writes) {
    const int32_t partition = write.row.partition;
    const Key subject = {partition, write.row.subject};
    partitions.push_back(partition);
    // A stand-in may have none.
    if (subject.value.empty()) continue;
    subjects.push_back(subject);
    if (!write.service.empty()) subjects.push_back({partition, write.service});
    if (write.registry.has_value()) {
      states.push_back(subject);
      if (!write.registry->parent.empty()) subjects.push_back({partition, write.registry->parent});
    }
    if (write.implied_provider.has_value()) {
      partitions.push_back(write.implied_provider->partition);
      subjects.push_back({write.implied_provider->partition, write.implied_provider->subject});
    }
    if (!write.request_id.empty()) requests.push_back({partition, write.request_id});
    if (!write.origin.empty()) sources.push_back({subject, write.origin});
    if (!write.wrong_origin.empty()) sources.push_back({subject, write.wrong_origin});
    if (!write.supersedes.empty()) records.push_back({subject, write.supersedes});
    if (!write.erases.empty()) records.push_back({subject, write.erases});
  }
}

void FactKeys::Sort() {
  SortOnce(partitions);
  SortOnce(requests);
  SortOnce(sources);
  SortOnce(subjects);
  SortOnce(states);
  SortOnce(records);
}

std::string ErasedBody(v1::RecordKind kind, int64_t place) {
  const std::string text = absl::StrCat("assay.erased-source.v1/", kind, "/", place);
  return std::string(digest::Sha256(text).bytes().substr(0, 16));
}

bool MayTakeAsNew(const Batch& batch) {
  if (batch.writes.size() < kTakenAsNewFrom || batch.check_only) return false;
  return std::all_of(batch.writes.begin(), batch.writes.end(), [](const Write& write) {
    return write.supersedes.empty() && write.wrong_origin.empty() && write.erases.empty() &&
           write.etag.empty();
  });
}

Decider::Decider(FactSource& facts, uint64_t epoch, int64_t now_us, int64_t floor_us,
                 RequestIds request_ids)
    : facts_(facts),
      epoch_(epoch),
      now_us_(now_us),
      floor_us_(floor_us),
      request_ids_(request_ids) {}

void Decider::Reserve(const Batch& batch) {
  const size_t more = batch.writes.size();
  // Growing by doubling is cheap; a few writes at a time must not make it grow by a few.
  if (more < kTakenAsNewFrom) return;
  plan_.records.reserve(plan_.records.size() + more);
  plan_.requests.reserve(plan_.requests.size() + more);
  plan_.sources.reserve(plan_.sources.size() + more);
  requests_.reserve(requests_.size() + more);
  sources_.reserve(sources_.size() + more);
}

absl::StatusOr<BatchResult> Decider::Decide(Batch& batch) {
  BatchResult result;
  // A write that is refused plans nothing, so that only a batch of several has something to take
  // back.
  StartJournal(!batch.allow_partial && (batch.writes.size() > 1 || batch.check_only));
  checking_ = batch.check_only;
  result.writes.reserve(batch.writes.size());
  Reserve(batch);
  for (Write& write : batch.writes) {
    absl::StatusOr<WriteResult> one = DecideWrite(write);
    if (!one.ok()) return one.status();
    doubtful_ =
        doubtful_ || (request_ids_ == RequestIds::kTakenAsNew && !write.request_id.empty() &&
                      !requests_.contains(Key(write.row.partition, write.request_id)));
    result.writes.push_back(*std::move(one));
    if (result.writes.back().status.ok() || batch.allow_partial) continue;
    // The others are looked at all the same, so that whoever sent them hears of all at once.
    if (result.status.ok()) result.status = result.writes.back().status;
  }
  if (result.status.ok() && !batch.check_only) return result;
  for (WriteResult& before : result.writes) before.written = false;
  TakeBack();
  // What was taken back is in no plan, so that no key says whether it was known.
  doubtful_ = doubtful_ || request_ids_ == RequestIds::kTakenAsNew;
  return result;
}

absl::StatusOr<WriteResult> Decider::DecideWrite(Write& write) {
  absl::StatusOr<absl::optional<WriteResult>> known = FirstAnswer(write);
  if (!known.ok()) return known.status();
  if (known->has_value()) return **std::move(known);

  WriteResult result;
  if (write.row.subject.empty()) return result;
  absl::Status status = CheckNeeded(write, result);
  if (!status.ok()) return status;
  // Of what is not there nothing more can be said.
  if (!result.status.ok()) return result;
  if (!write.stand_in) known = write.registry.has_value() ? SameState(write) : SameSource(write);
  if (!known.ok()) return known.status();
  if (known->has_value()) return **std::move(known);

  int64_t superseded = 0;
  const size_t first_erasure = plan_.erasures.size();
  status = CheckParts(write, &superseded, result);
  if (!status.ok()) return status;
  const bool planned = !write.stand_in || (checking_ && write.registry.has_value());
  if (!result.status.ok() || !planned) return result;
  return Add(write, superseded, first_erasure);
}

absl::Status Decider::CheckNeeded(const Write& write, WriteResult& result) {
  const std::string& needed =
      write.registry.has_value() ? write.registry->parent : write.row.subject;
  if (needed.empty()) return absl::OkStatus();
  absl::StatusOr<absl::Status> refusal = CheckSubject(write.row.partition, needed);
  if (!refusal.ok()) return refusal.status();
  Refuse(write, RefusedFor::kSubject, *std::move(refusal), result);
  return absl::OkStatus();
}

absl::Status Decider::CheckParts(Write& write, int64_t* superseded, WriteResult& result) {
  absl::StatusOr<absl::Status> refusal = CheckRoom(write);
  if (!refusal.ok()) return refusal.status();
  Refuse(write, RefusedFor::kRoom, *std::move(refusal), result);
  refusal =
      write.service.empty() ? absl::OkStatus() : CheckSubject(write.row.partition, write.service);
  if (!refusal.ok()) return refusal.status();
  Refuse(write, RefusedFor::kService, *std::move(refusal), result);
  refusal = ChooseSuperseded(write);
  if (refusal.ok() && refusal->ok()) refusal = CheckSuperseded(write, superseded);
  if (!refusal.ok()) return refusal.status();
  const bool changed = !refusal->ok() && errors::Reason(*refusal) == "ETAG_MISMATCH";
  Refuse(write, changed ? RefusedFor::kEtag : RefusedFor::kSuperseded, *std::move(refusal), result);
  refusal = CheckAttachments(write.row);
  if (!refusal.ok()) return refusal.status();
  Refuse(write, RefusedFor::kAttachments, *std::move(refusal), result);
  // Last, since it plans the erasure where there is nothing to refuse.
  if (!result.status.ok()) return absl::OkStatus();
  refusal = CheckErased(write);
  if (!refusal.ok()) return refusal.status();
  Refuse(write, RefusedFor::kErased, *std::move(refusal), result);
  return absl::OkStatus();
}

absl::StatusOr<WriteResult> Decider::Add(const Write& write, int64_t superseded,
                                         size_t first_erasure) {
  WriteResult result;
  result.written = true;
  if (write.implied_provider.has_value()) {
    const absl::Status added = AddImpliedProvider(*write.implied_provider, &result);
    if (!added.ok()) return added;
  }
  const absl::StatusOr<Subject*> subject = SubjectOf(write.row.partition, write.row.subject);
  if (!subject.ok()) return subject.status();
  const bool replaces = (*subject)->state.state > 0;
  const absl::StatusOr<Plan::Record> record = AddRecord(write.row);
  if (!record.ok()) return record.status();
  result.record = Written(*record);
  AddRequest(write, record->counter);
  const int32_t partition = write.row.partition;
  if (!write.origin.empty()) {
    sources_[Key(partition, write.origin)].push_back(plan_.sources.size());
    plan_.sources.push_back({partition, write.origin, write.body, record->counter});
  }
  if (superseded > 0) {
    AddSupersession(partition, superseded, record->counter);
  }
  for (size_t at = first_erasure; at < plan_.erasures.size(); ++at) {
    plan_.erasures[at].erased_us = record->recorded_us;
  }
  if (write.registry.has_value()) {
    plan_.states.push_back({&write.row, &*write.registry, record->counter, replaces});
    CountService(plan_.states.back(), 1);
  }
  return result;
}

absl::StatusOr<absl::optional<WriteResult>> Decider::FirstAnswer(const Write& write) {
  absl::optional<WriteResult> answer;
  if (write.request_id.empty()) return answer;
  const absl::StatusOr<absl::optional<FactSource::Request>> request = RequestOf(write);
  if (!request.ok()) return request.status();
  if (!request->has_value()) return answer;
  const std::string& fingerprint = (*request)->fingerprint;
  // The id in its text form is the caller's own; bytes are enough to tell it apart here.
  const auto reused = [&write] {
    return Refused(write, RefusedFor::kRequestId,
                   errors::RequestIdReused(digest::HexEncode(write.request_id)));
  };
  if (!fingerprint.empty() && fingerprint != write.fingerprint.bytes()) {
    answer = reused();
    return answer;
  }
  absl::StatusOr<WriteResult> first = Unchanged(write, (*request)->counter, false);
  if (!first.ok()) return first.status();
  if (fingerprint.empty()) {
    const absl::StatusOr<bool> same = AnswersErased(write, *first, (*request)->counter);
    if (!same.ok()) return same.status();
    if (!*same) {
      answer = reused();
      return answer;
    }
  }
  answer = *std::move(first);
  return answer;
}

absl::StatusOr<absl::optional<WriteResult>> Decider::SameState(const Write& write) {
  absl::optional<WriteResult> answer;
  const absl::StatusOr<Subject*> subject = SubjectOf(write.row.partition, write.row.subject);
  if (!subject.ok()) return subject.status();
  const int64_t counter = (*subject)->state.state;
  if (!write.etag.empty()) {
    if (counter == 0 || EtagOf(epoch_, {write.row.partition, counter}) != write.etag) {
      answer = Refused(write, RefusedFor::kEtag,
                       errors::EtagMismatch(TypeOfSubject(write.row.subject), write.row.subject));
      return answer;
    }
  }
  if (counter == 0) return answer;
  const absl::StatusOr<StoredRecord> stored = ReadRecord(write.row.partition, counter);
  if (!stored.ok()) return stored.status();
  if (stored->payload != write.row.payload) return answer;
  absl::StatusOr<WriteResult> same = Unchanged(write, counter, true);
  if (!same.ok()) return same.status();
  answer = *std::move(same);
  return answer;
}

absl::StatusOr<absl::optional<WriteResult>> Decider::SameSource(const Write& write) {
  absl::optional<WriteResult> answer;
  if (write.origin.empty()) return answer;
  const bool correction = !write.supersedes.empty() || !write.wrong_origin.empty();
  const absl::StatusOr<std::vector<FactSource::Source>> sources =
      SourcesOf(write.row, write.origin);
  if (!sources.ok()) return sources.status();
  if (sources->empty()) return answer;
  if (!write.erases.empty()) return ErasedBefore(write, *sources);
  const std::string erased = ErasedBody(write.row.kind, write.row.place);
  for (const FactSource::Source& source : *sources) {
    // What was erased stays away from imports; a correction says on purpose what is true instead.
    const bool again = !correction && source.body == erased;
    if (source.body != write.body && !again) continue;
    const absl::StatusOr<int64_t> gone =
        correction ? SupersededBy(write.row.partition, source.counter) : 0;
    if (!gone.ok()) return gone.status();
    if (*gone > 0) continue;
    absl::StatusOr<WriteResult> same = Unchanged(write, source.counter, true);
    if (!same.ok()) return same.status();
    answer = *std::move(same);
    break;
  }
  return answer;
}

absl::StatusOr<absl::optional<WriteResult>> Decider::ErasedBefore(
    const Write& write, const std::vector<FactSource::Source>& erasures) {
  absl::optional<WriteResult> answer;
  int64_t newest = 0;
  for (const FactSource::Source& erasure : erasures) {
    if (erasure.body == write.body) newest = std::max(newest, erasure.counter);
  }
  if (newest == 0) return answer;
  const absl::StatusOr<int64_t> counter = RecordOf(write.row, write.erases);
  if (!counter.ok()) return counter.status();
  const absl::StatusOr<int64_t> by =
      *counter == 0 ? 0 : SupersededBy(write.row.partition, *counter);
  if (!by.ok()) return by.status();
  if (*by > newest) {
    const absl::StatusOr<StoredRecord> later = ReadRecord(write.row.partition, *by);
    if (!later.ok()) return later.status();
    if (later->kind == v1::RECORD_KIND_RETRACTION) return answer;
  }
  absl::StatusOr<WriteResult> same = Unchanged(write, newest, true);
  if (!same.ok()) return same.status();
  answer = *std::move(same);
  return answer;
}

absl::StatusOr<bool> Decider::AnswersErased(const Write& write, const WriteResult& first,
                                            int64_t counter) {
  if (first.record.kind != write.row.kind) return false;
  if (write.supersedes.empty()) return true;
  const absl::StatusOr<int64_t> wrong = RecordOf(write.row, write.supersedes);
  if (!wrong.ok()) return wrong.status();
  // A correction to what was there already was answered with that.
  if (*wrong == 0 || *wrong == counter) return *wrong == counter;
  const absl::StatusOr<int64_t> by = SupersededBy(write.row.partition, *wrong);
  if (!by.ok()) return by.status();
  return *by == counter;
}

absl::StatusOr<absl::Status> Decider::CheckSubject(int32_t partition, absl::string_view name) {
  const absl::StatusOr<Subject*> subject = SubjectOf(partition, name);
  if (!subject.ok()) return subject.status();
  if ((*subject)->state.state > 0) return absl::OkStatus();
  return errors::NotFound(TypeOfSubject(name), name);
}

absl::StatusOr<absl::Status> Decider::CheckRoom(const Write& write) {
  if (!write.registry.has_value() || write.row.kind != v1::RECORD_KIND_SERVICE) {
    return absl::OkStatus();
  }
  const std::string& location = write.registry->parent;
  const absl::StatusOr<Subject*> subject = SubjectOf(write.row.partition, write.row.subject);
  if (!subject.ok()) return subject.status();
  if ((*subject)->state.state > 0) return absl::OkStatus();
  const absl::StatusOr<int64_t> count = ServicesOf(write.row.partition, location);
  if (!count.ok()) return count.status();
  if (*count < kMaxServices) return absl::OkStatus();
  return errors::ServicesFull(location, kMaxServices);
}

absl::StatusOr<int64_t> Decider::ServicesOf(int32_t partition, const std::string& location) {
  const auto known = services_.find(location);
  if (known != services_.end()) return known->second;
  const absl::StatusOr<Subject*> subject = SubjectOf(partition, location);
  if (!subject.ok()) return subject.status();
  absl::StatusOr<int64_t> count = 0;
  // A location that is new has none.
  if ((*subject)->stored) count = facts_.CountServices(partition, location, kMaxServices);
  if (count.ok()) services_.emplace(location, *count);
  return count;
}

absl::StatusOr<absl::Status> Decider::ChooseSuperseded(Write& write) {
  if (write.wrong_origin.empty()) return absl::OkStatus();
  const absl::StatusOr<std::vector<FactSource::Source>> sources =
      SourcesOf(write.row, write.wrong_origin);
  if (!sources.ok()) return sources.status();
  std::vector<StoredRecord> in_force;
  for (const FactSource::Source& source : *sources) {
    const absl::StatusOr<int64_t> gone = SupersededBy(write.row.partition, source.counter);
    if (!gone.ok()) return gone.status();
    absl::StatusOr<StoredRecord> stored = ReadRecord(write.row.partition, source.counter);
    if (!stored.ok()) return stored.status();
    write.supersedes_kind = stored->kind;
    if (*gone == 0) in_force.push_back(*std::move(stored));
  }
  return write.choose(in_force, write);
}

absl::StatusOr<absl::Status> Decider::CheckSuperseded(const Write& write, int64_t* superseded) {
  if (write.supersedes.empty()) return absl::OkStatus();
  const errors::ResourceType type = TypeOfRecord(write.supersedes_kind);
  const absl::StatusOr<int64_t> counter = RecordOf(write.row, write.supersedes);
  if (!counter.ok()) return counter.status();
  if (*counter == 0) return errors::NotFound(type, write.supersedes_name);
  const absl::StatusOr<StoredRecord> stored = ReadRecord(write.row.partition, *counter);
  if (!stored.ok()) return stored.status();
  if (stored->kind != write.supersedes_kind) return errors::NotFound(type, write.supersedes_name);
  const absl::StatusOr<int64_t> gone = SupersededBy(write.row.partition, *counter);
  if (!gone.ok()) return gone.status();
  if (*gone > 0) return errors::AlreadySuperseded(type, write.supersedes_name);
  if (!write.etag.empty() && write.etag != EtagOf(epoch_, {write.row.partition, *counter})) {
    return errors::EtagMismatch(type, write.supersedes_name);
  }
  *superseded = *counter;
  return absl::OkStatus();
}

absl::StatusOr<absl::Status> Decider::CheckErased(const Write& write) {
  if (write.erases.empty()) return absl::OkStatus();
  const errors::ResourceType type = TypeOfRecord(write.erases_kind);
  const int32_t partition = write.row.partition;
  const absl::StatusOr<int64_t> counter = RecordOf(write.row, write.erases);
  if (!counter.ok()) return counter.status();
  if (*counter == 0) return errors::NotFound(type, write.erases_name);
  const absl::StatusOr<StoredRecord> stored = ReadRecord(partition, *counter);
  if (!stored.ok()) return stored.status();
  if (stored->kind != write.erases_kind) return errors::NotFound(type, write.erases_name);
  // A retraction has no name by which it could be erased itself, and its reason may quote.
  const absl::StatusOr<int64_t> by = SupersededBy(partition, *counter);
  if (!by.ok()) return by.status();
  if (*by > 0) {
    const absl::StatusOr<StoredRecord> later = ReadRecord(partition, *by);
    if (!later.ok()) return later.status();
    if (later->kind == v1::RECORD_KIND_RETRACTION) plan_.erasures.push_back({{partition, *by}, 0});
  }
  plan_.erasures.push_back({{partition, *counter}, 0});
  return absl::OkStatus();
}

absl::StatusOr<absl::Status> Decider::CheckAttachments(const RecordRow& row) {
  for (const digest::Digest& digest : row.attachments) {
    const absl::string_view root = names::RootOfWellFormed(row.subject);
    const absl::StatusOr<bool> there = facts_.HasAttachment(row.partition, root, digest);
    if (!there.ok()) return there.status();
    if (*there) continue;
    return errors::NotFound(errors::ResourceType::kAttachment,
                            absl::StrCat(digest.ToHex(), " of ", root));
  }
  return absl::OkStatus();
}

absl::StatusOr<WriteResult> Decider::Unchanged(const Write& write, int64_t counter,
                                               bool note_request) {
  absl::StatusOr<StoredRecord> stored = ReadRecord(write.row.partition, counter);
  if (!stored.ok()) return stored.status();
  if (note_request) AddRequest(write, counter);
  WriteResult result;
  result.record = *std::move(stored);
  return result;
}

absl::Status Decider::AddImpliedProvider(const RecordRow& provider, WriteResult* result) {
  const absl::StatusOr<Subject*> subject = SubjectOf(provider.partition, provider.subject);
  if (!subject.ok()) return subject.status();
  if ((*subject)->state.state > 0) return absl::OkStatus();
  const absl::StatusOr<Plan::Record> record = AddRecord(provider);
  if (!record.ok()) return record.status();
  result->implied_provider = Position{provider.partition, record->counter};
  plan_.states.push_back({&provider, &UnknownProvider(), record->counter, false});
  (*subject)->state.state = record->counter;
  return absl::OkStatus();
}

void Decider::CountService(const Plan::State& state, int64_t more) {
  if (state.replaces || state.row->kind != v1::RECORD_KIND_SERVICE) return;
  // Its room was looked at.
  services_.find(state.registry->parent)->second += more;
}

absl::StatusOr<Plan::Record> Decider::AddRecord(const RecordRow& row) {
  const absl::StatusOr<Partition*> found = PartitionOf(row.partition);
  if (!found.ok()) return found.status();
  const absl::StatusOr<Subject*> subject = SubjectOf(row.partition, row.subject);
  if (!subject.ok()) return subject.status();
  Partition& partition = **found;
  if (journal_.kept) {
    // The oldest copy is what comes back: TakeBack goes from the newest to the oldest.
    if (journal_.partitions.empty() || journal_.partitions.back().first != row.partition) {
      journal_.partitions.emplace_back(row.partition, partition.state);
    }
    if (journal_.subjects.empty() || journal_.subjects.back().first != row.subject) {
      journal_.subjects.emplace_back(row.subject, **subject);
    }
  }
  Plan::Record record;
  record.row = &row;
  record.counter = partition.state.counter + 1;
  record.recorded_us = std::max({now_us_, floor_us_ + 1, partition.state.recorded_us + 1});
  LeafParts parts;
  parts.position = {row.partition, record.counter};
  parts.recorded_us = record.recorded_us;
  parts.previous = (*subject)->state.head;
  parts.kind = row.kind;
  parts.subject = row.subject;
  parts.id = row.id;
  parts.payload = row.payload;
  parts.texts = &row.texts;
  record.leaf = LeafHash(parts);

  partition.state.counter = record.counter;
  partition.state.recorded_us = record.recorded_us;
  const absl::optional<digest::Digest> tile = partition.state.log.Append(record.leaf);
  if (tile.has_value()) {
    plan_.tiles.push_back({row.partition, record.counter / digest::kTileLeaves - 1, *tile});
  }
  SubjectState& state = (*subject)->state;
  state.newest = record.counter;
  state.head = record.leaf;
  if (IsState(row.kind)) {
    if (state.state > 0) AddSupersession(row.partition, state.state, record.counter);
    state.state = record.counter;
  }
  (*subject)->changed = true;
  partition.pending.push_back(plan_.records.size());
  plan_.records.push_back(record);
  return record;
}

void Decider::AddSupersession(int32_t partition, int64_t counter, int64_t by) {
  superseded_.emplace(std::make_pair(partition, counter), by);
  plan_.supersessions.push_back({partition, counter, by});
}

void Decider::AddRequest(const Write& write, int64_t counter) {
  if (write.request_id.empty()) return;
  requests_.emplace(Key(write.row.partition, write.request_id), plan_.requests.size());
  plan_.requests.push_back({write.row.partition, write.request_id, write.fingerprint, counter});
}

absl::StatusOr<Decider::Partition*> Decider::PartitionOf(int32_t partition) {
  Partition& found = partitions_[static_cast<size_t>(partition)];
  if (!found.loaded) {
    absl::StatusOr<PartitionState> state = facts_.FindPartition(partition);
    if (!state.ok()) return state.status();
    found.state = *std::move(state);
    found.base = found.state.counter;
    found.loaded = true;
  }
  return &found;
}

absl::StatusOr<Decider::Subject*> Decider::SubjectOf(int32_t partition, absl::string_view name) {
  if (last_subject_ != nullptr && last_name_ == name) return last_subject_;
  auto known = subjects_.find(name);
  if (known == subjects_.end()) {
    const absl::StatusOr<SubjectState> state = facts_.FindSubject(partition, name);
    if (!state.ok()) return state.status();
    const bool stored = state->state > 0 || state->newest > 0;
    known = subjects_.emplace(name, Subject{partition, *state, false, stored}).first;
  }
  last_name_ = known->first;
  last_subject_ = &known->second;
  return last_subject_;
}

absl::StatusOr<absl::optional<FactSource::Request>> Decider::RequestOf(const Write& write) {
  const auto planned = requests_.find(Key(write.row.partition, write.request_id));
  absl::optional<FactSource::Request> answer;
  if (planned == requests_.end()) {
    if (request_ids_ == RequestIds::kTakenAsNew) return answer;
    return facts_.FindRequest(write.row.partition, write.request_id);
  }
  const Plan::Request& request = plan_.requests[planned->second];
  answer.emplace();
  answer->fingerprint = std::string(request.fingerprint.bytes());
  answer->counter = request.counter;
  return answer;
}

absl::StatusOr<std::vector<FactSource::Source>> Decider::SourcesOf(const RecordRow& row,
                                                                   const std::string& origin) {
  absl::StatusOr<std::vector<FactSource::Source>> sources = std::vector<FactSource::Source>();
  const absl::StatusOr<Subject*> subject = SubjectOf(row.partition, row.subject);
  if (!subject.ok()) return subject.status();
  // Sources are of a subject's own records.
  if ((*subject)->stored) sources = facts_.FindSource(row.partition, origin);
  if (!sources.ok()) return sources;
  const auto planned = sources_.find(Key(row.partition, origin));
  if (planned == sources_.end()) return sources;
  for (const size_t index : planned->second) {
    const Plan::Source& source = plan_.sources[index];
    sources->push_back({std::string(source.body), source.counter});
  }
  return sources;
}

absl::StatusOr<int64_t> Decider::RecordOf(const RecordRow& row, absl::string_view id) {
  for (const size_t index : partitions_[static_cast<size_t>(row.partition)].pending) {
    const Plan::Record& record = plan_.records[index];
    if (record.row->id == id && record.row->subject == row.subject) return record.counter;
  }
  return facts_.FindRecord(row.partition, row.subject, id);
}

absl::StatusOr<int64_t> Decider::SupersededBy(int32_t partition, int64_t counter) {
  const auto planned = superseded_.find({partition, counter});
  if (planned != superseded_.end()) return planned->second;
  // What the group itself writes is in its plan alone.
  const Partition& pending = partitions_[static_cast<size_t>(partition)];
  if (pending.loaded && counter > pending.base) return 0;
  const absl::StatusOr<StoredRecord> stored = facts_.ReadRecord(partition, counter);
  if (!stored.ok()) return stored.status();
  return stored->superseded_by;
}

absl::StatusOr<StoredRecord> Decider::ReadRecord(int32_t partition, int64_t counter) {
  const Partition& pending = partitions_[static_cast<size_t>(partition)];
  if (!pending.loaded || counter <= pending.base) return facts_.ReadRecord(partition, counter);
  const Plan::Record& record =
      plan_.records[pending.pending[static_cast<size_t>(counter - pending.base - 1)]];
  StoredRecord stored = Written(record);
  stored.subject = record.row->subject;
  stored.id = record.row->id;
  stored.payload = record.row->payload;
  stored.texts = record.row->texts;
  const auto gone = superseded_.find({partition, counter});
  if (gone != superseded_.end()) stored.superseded_by = gone->second;
  return stored;
}

void Decider::StartJournal(bool kept) {
  journal_ = Journal{};
  journal_.kept = kept;
  journal_.records = plan_.records.size();
  journal_.requests = plan_.requests.size();
  journal_.sources = plan_.sources.size();
  journal_.supersessions = plan_.supersessions.size();
  journal_.states = plan_.states.size();
  journal_.tiles = plan_.tiles.size();
  journal_.erasures = plan_.erasures.size();
}

void Decider::TakeBack() {
  if (!journal_.kept) return;
  for (size_t at = plan_.requests.size(); at > journal_.requests; --at) {
    requests_.erase(Key(plan_.requests[at - 1].partition, plan_.requests[at - 1].request_id));
  }
  for (size_t at = plan_.sources.size(); at > journal_.sources; --at) {
    const auto source =
        sources_.find(Key(plan_.sources[at - 1].partition, plan_.sources[at - 1].origin));
    source->second.pop_back();
    if (source->second.empty()) sources_.erase(source);
  }
  for (size_t at = plan_.supersessions.size(); at > journal_.supersessions; --at) {
    const Plan::Supersession& one = plan_.supersessions[at - 1];
    superseded_.erase({one.partition, one.counter});
  }
  for (size_t at = plan_.records.size(); at > journal_.records; --at) {
    partitions_[static_cast<size_t>(plan_.records[at - 1].row->partition)].pending.pop_back();
  }
  for (auto at = journal_.partitions.rbegin(); at != journal_.partitions.rend(); ++at) {
    partitions_[static_cast<size_t>(at->first)].state = std::move(at->second);
  }
  for (auto at = journal_.subjects.rbegin(); at != journal_.subjects.rend(); ++at) {
    subjects_.find(at->first)->second = at->second;
  }
  for (size_t at = plan_.states.size(); at > journal_.states; --at) {
    CountService(plan_.states[at - 1], -1);
  }
  plan_.records.resize(journal_.records);
  plan_.requests.resize(journal_.requests);
  plan_.sources.resize(journal_.sources);
  plan_.supersessions.resize(journal_.supersessions);
  plan_.states.resize(journal_.states);
  plan_.tiles.resize(journal_.tiles);
  plan_.erasures.resize(journal_.erasures);
}

const Plan& Decider::Finish() {
  for (const auto& [name, subject] : subjects_) {
    if (subject.changed) plan_.subjects.push_back({subject.partition, name, subject.state});
  }
  std::sort(plan_.subjects.begin(), plan_.subjects.end(),
            [](const Plan::Subject& a, const Plan::Subject& b) {
              return a.partition != b.partition ? a.partition < b.partition : a.name < b.name;
            });
  for (int32_t partition = 0; partition < kPartitions; ++partition) {
    Partition& one = partitions_[static_cast<size_t>(partition)];
    if (one.loaded && one.state.counter > one.base) {
      plan_.partitions.emplace_back(partition, std::move(one.state));
    }
  }
  return plan_;
}

void Decider::Deliver(Batch& batch, BatchResult& result) {
  for (size_t at = 0; at < result.writes.size(); ++at) {
    WriteResult& write = result.writes[at];
    if (!write.written) continue;
    RecordRow& row = batch.writes[at].row;
    write.record.subject = std::move(row.subject);
    write.record.id = std::move(row.id);
    write.record.payload = std::move(row.payload);
    write.record.texts = std::move(row.texts);
  }
}

}  // namespace assay::evidence
