#include <algorithm>
#include <limits>
#include <utility>
#include <vector>

#include "services/common/errors/errors.h"
#include "services/common/names/partition.h"
#include "services/evidence/api/record_methods.h"
#include "services/evidence/core/checks.h"
#include "services/evidence/core/leaf.h"
#include "services/evidence/core/record_kinds.h"
#include "services/evidence/core/state.h"
#include "services/evidence/core/stored.h"
#include "services/evidence/core/strip.h"

namespace assay::evidence {
namespace {

using errors::Violations;

struct Question {
  names::Subject subject;
  clock::Day day;
  absl::optional<absl::Time> known_at;
  // The kinds wanted, as bits.
  uint64_t kinds = 0;
};

constexpr uint64_t Bit(v1::RecordKind kind) { return uint64_t{1} << kind; }

// They tell that the subject is there at all.
constexpr v1::RecordKind kRegistryKinds[] = {v1::RECORD_KIND_PROVIDER, v1::RECORD_KIND_LOCATION,
                                             v1::RECORD_KIND_SERVICE, v1::RECORD_KIND_AREA};

uint64_t ReadKinds(const v1::GetStateRequest& request, Violations& bad) {
  uint64_t kinds = 0;
  for (int index = 0; index < request.kinds_size(); ++index) {
    const int kind = request.kinds(index);
    if (kind == v1::RECORD_KIND_UNSPECIFIED || !v1::RecordKind_IsValid(kind)) {
      bad.Add(Path("", "kinds", static_cast<size_t>(index)), kind, "a known kind of record");
    } else {
      kinds |= Bit(static_cast<v1::RecordKind>(kind));
    }
  }
  if (!request.kinds().empty()) return kinds;
  return ~(Bit(v1::RECORD_KIND_EVIDENCE_ITEM) | Bit(v1::RECORD_KIND_PUBLICATION) |
           Bit(v1::RECORD_KIND_ERASURE));
}

// What must be looked at to answer: beside what is wanted, what says that the subject is there and
// what no longer counts.
uint64_t NeededFor(uint64_t kinds) {
  kinds |= Bit(v1::RECORD_KIND_RETRACTION);
  for (const v1::RecordKind kind : kRegistryKinds) kinds |= Bit(kind);
  return kinds;
}

absl::StatusOr<Question> Read(const Backend& backend, const v1::GetStateRequest& request) {
  Violations bad;
  absl::optional<names::Subject> subject = CheckSubject("name", request.name(), bad);
  const absl::optional<clock::Day> day =
      CheckDay("as_of.effective_date", request.as_of().effective_date(), bad);
  absl::optional<absl::Time> known_at;
  if (request.as_of().has_known_at()) {
    const google::protobuf::Timestamp& at = request.as_of().known_at();
    if (at.nanos() < 0 || at.nanos() > 999999999) {
      bad.Add("as_of.known_at.nanos", at.nanos(), "0 to 999,999,999");
    }
    known_at = absl::FromUnixSeconds(at.seconds()) + absl::Nanoseconds(at.nanos());
    if (*known_at > backend.Now()) {
      bad.Add("as_of.known_at", absl::FormatTime(*known_at, absl::UTCTimeZone()),
              "a moment that is not ahead");
    }
  }
  const uint64_t kinds = ReadKinds(request, bad);
  if (!bad.empty()) return bad.ToStatus();
  return Question{*std::move(subject), day.value_or(backend.Today()), known_at, kinds};
}

// The records of these kinds with a counter up to `known`.
absl::StatusOr<std::vector<CountedRecord>> Decode(const std::vector<StoredRecord>& stored,
                                                  uint64_t kinds, uint64_t epoch, int64_t known) {
  std::vector<CountedRecord> records;
  records.reserve(stored.size());
  for (const StoredRecord& one : stored) {
    if (one.position.counter > known) break;
    if ((kinds & Bit(one.kind)) == 0) continue;
    absl::StatusOr<v1::Record> record = RecordOf(one, epoch);
    if (!record.ok()) return record.status();
    records.push_back({one.position.counter, *std::move(record)});
  }
  return records;
}

int64_t NewestUpTo(const std::vector<StoredRecord>& records, int64_t known) {
  int64_t newest = 0;
  for (const StoredRecord& one : records) {
    if (one.position.counter <= known) newest = std::max(newest, one.position.counter);
  }
  return newest;
}

// The hash of the subject's newest leaf as known then; empty where it had none.
std::string HeadAt(const std::vector<StoredRecord>& records, int64_t known) {
  std::string head;
  for (const StoredRecord& one : records) {
    if (one.position.counter <= known) head = std::string(one.leaf.bytes());
  }
  return head;
}

absl::Status KeepInForce(const Backend& backend, const Question& question, int64_t known,
                         std::vector<CountedRecord>& records) {
  const absl::StatusOr<model::ModelSet> models = backend.FetchModels(VersionsOf(records));
  if (!models.ok()) return models.status();
  absl::StatusOr<std::vector<CountedRecord>> in_force =
      InForce(question.subject.name(), records, *models, question.day, known);
  if (!in_force.ok()) return in_force.status();
  records = *std::move(in_force);
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<v1::GetStateResponse> GetState(const Backend& backend,
                                              const v1::GetStateRequest& request) {
  const absl::StatusOr<Question> question = Read(backend, request);
  if (!question.ok()) return question.status();
  const absl::Status reached = backend.CheckReached(request.at_least());
  if (!reached.ok()) return reached;
  const int32_t partition = names::PartitionOf(question->subject);
  int64_t known = std::numeric_limits<int64_t>::max();
  if (question->known_at.has_value()) {
    const absl::StatusOr<int64_t> counter =
        backend.store().CounterAt(partition, *question->known_at);
    if (!counter.ok()) return counter.status();
    known = *counter;
  }
  absl::StatusOr<SubjectRecords> read = backend.store().ReadSubject(question->subject, {});
  if (!read.ok()) return read.status();
  // All of the subject is at hand, so that proving it whole is cheap.
  const absl::Status whole = CheckChain(read->records, read->head);
  if (!whole.ok()) return whole;
  v1::GetStateResponse response;
  response.set_chain_head(HeadAt(read->records, known));
  // What a location is rated by may be recorded of its services: its whole history has theirs.
  if (request.whole_history()) {
    const absl::Status added = backend.AddServices(question->subject, {}, *read);
    if (!added.ok()) return added;
  }
  absl::StatusOr<std::vector<CountedRecord>> records =
      Decode(read->records, NeededFor(question->kinds), backend.store().epoch(), known);
  if (!records.ok()) return records.status();
  if (records->empty()) {
    return errors::NotFound(errors::ResourceType::kSubject, question->subject.name());
  }
  response.set_subject_counter(NewestUpTo(read->records, known));
  response.set_partition(partition);
  *response.mutable_revision() =
      RevisionOf(backend.store().epoch(), {partition, std::min(known, read->partition_counter)});
  if (!request.whole_history()) {
    const absl::Status kept = KeepInForce(backend, *question, known, *records);
    if (!kept.ok()) return kept;
  }
  for (CountedRecord& one : *records) {
    if ((question->kinds & Bit(KindOf(one.record))) == 0) continue;
    if (request.without_texts()) StripTexts(one.record);
    response.add_counters(one.counter);
    *response.add_records() = std::move(one.record);
  }
  return response;
}

}  // namespace assay::evidence
