#include <algorithm>
#include <array>
#include <limits>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"

#include "services/common/errors/errors.h"
#include "services/common/names/partition.h"
#include "services/evidence/api/record_methods.h"
#include "services/evidence/api/subject_pages.h"
#include "services/evidence/core/bearing.h"
#include "services/evidence/core/checks.h"
#include "services/evidence/core/kind_set.h"
#include "services/evidence/core/leaf.h"
#include "services/evidence/core/limits.h"
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
  KindSet kinds;
  bool whole_history = false;
  bool without_texts = false;
};

// They tell that the subject is there at all.
constexpr KindSet kRegistryKinds = {v1::RECORD_KIND_PROVIDER, v1::RECORD_KIND_LOCATION,
                                    v1::RECORD_KIND_SERVICE, v1::RECORD_KIND_AREA};
// They say something about another record, and never hold at a date themselves.
constexpr KindSet kTellingKinds = {v1::RECORD_KIND_RETRACTION, v1::RECORD_KIND_ERASURE};
constexpr KindSet kNotByDefault = {v1::RECORD_KIND_EVIDENCE_ITEM, v1::RECORD_KIND_PUBLICATION,
                                   v1::RECORD_KIND_ERASURE};

// Where what is too large for one answer can be read in pieces.
absl::string_view ListOf(v1::RecordKind kind) {
  switch (kind) {
    case v1::RECORD_KIND_JUDGEMENT:
      return "ListJudgements";
    case v1::RECORD_KIND_REGULATORY_ACTION:
      return "ListRegulatoryActions";
    case v1::RECORD_KIND_OVERRIDE:
      return "ListOverrides";
    case v1::RECORD_KIND_PUBLICATION:
      return "ListPublications";
    case v1::RECORD_KIND_EVIDENCE_ITEM:
      return "ListEvidenceItems";
    default:
      return "StreamChanges";
  }
}

void CheckTelling(const v1::GetStateRequest& request, Violations& bad) {
  if (request.whole_history()) return;
  for (int index = 0; index < request.kinds_size(); ++index) {
    const int kind = request.kinds(index);
    if (!v1::RecordKind_IsValid(kind) || !kTellingKinds.Has(static_cast<v1::RecordKind>(kind))) {
      continue;
    }
    bad.Add(Path("", "kinds", static_cast<size_t>(index)),
            v1::RecordKind_Name(static_cast<v1::RecordKind>(kind)),
            "a kind that holds at a date; or whole_history");
  }
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
  const KindSet kinds = CheckKinds(request.kinds(), KindSet::All().Without(kNotByDefault), bad);
  CheckTelling(request, bad);
  if (!bad.empty()) return bad.ToStatus();
  return Question{*std::move(subject),     day.value_or(backend.Today()), known_at, kinds,
                  request.whole_history(), request.without_texts()};
}

// Reads a subject's records page by page and keeps of each page only what the answer needs, so that
// a history of long texts costs no more than the answer may.
class Gatherer {
 public:
  // Both outlive it; `known`: only up to this counter.
  Gatherer(RecordStore& store, const Question& question, int64_t known)
      : store_(store), question_(question), known_(known) {
    // Beside what is wanted: what says that the subject is there, and what no longer counts.
    needed_ = question.kinds.With(kRegistryKinds).With({v1::RECORD_KIND_RETRACTION});
  }

  // Adds a subject, whole and at one moment, and proves it whole. The first moment is the answer's:
  // of later subjects, what was recorded after it is left out.
  absl::Status Add(const names::Subject& subject) {
    ChainCheck chain;
    const absl::StatusOr<SubjectMoment> moment =
        ForEachRecord(store_, subject, question_.without_texts ? KindSet() : question_.kinds,
                      [&](const SubjectMoment& at, const StoredRecord& stored) {
                        if (moment_ < 0) moment_ = at.partition_counter;
                        const absl::Status linked = chain.Add(stored);
                        return linked.ok() ? Take(stored) : linked;
                      });
    if (!moment.ok()) return moment.status();
    if (moment_ < 0) moment_ = moment->partition_counter;
    return chain.End(moment->head);
  }

  // In the order of recording.
  std::vector<CountedRecord> TakeRecords() {
    std::sort(records_.begin(), records_.end(),
              [](const CountedRecord& a, const CountedRecord& b) { return a.counter < b.counter; });
    return std::move(records_);
  }
  // The partition's newest counter at the moment of the answer.
  int64_t moment() const { return moment_; }
  // The newest counter that counts, of all that was added; 0 where there is none.
  int64_t newest() const { return newest_; }
  // The newest leaf that counts, of the question's own subject.
  const std::string& head() const { return head_; }

 private:
  absl::Status Take(const StoredRecord& stored) {
    const int64_t counter = stored.position.counter;
    if (counter > std::min(known_, moment_)) return absl::OkStatus();
    const absl::StatusOr<bool> counts = Counts(stored);
    if (!counts.ok()) return counts.status();
    if (*counts) {
      newest_ = std::max(newest_, counter);
      if (stored.subject == question_.subject.name()) head_ = std::string(stored.leaf.bytes());
    }
    if (!needed_.Has(stored.kind)) return absl::OkStatus();
    const absl::Status fits = Weigh(stored);
    if (!fits.ok()) return fits;
    absl::StatusOr<v1::Record> record = RecordOf(stored, store_.epoch());
    if (!record.ok()) return record.status();
    if (question_.without_texts) StripTexts(*record);
    records_.push_back({counter, *std::move(record)});
    return absl::OkStatus();
  }

  // A whole history is what an engine rates by itself: its counter and head are those of the newest
  // record that a rating may rest on, so that they move with the rating and with nothing else.
  absl::StatusOr<bool> Counts(const StoredRecord& stored) const {
    if (!question_.whole_history) return true;
    return BearsOnRatings(stored);
  }

  absl::Status Weigh(const StoredRecord& stored) {
    size_t bytes = stored.payload.size();
    for (const SealedText& text : stored.texts) bytes += text.bytes.size();
    bytes_[stored.kind] += bytes;
    total_bytes_ += bytes;
    if (total_bytes_ <= kMaxStateBytes) return absl::OkStatus();
    const auto most = std::max_element(bytes_.begin(), bytes_.end());
    const auto kind = static_cast<v1::RecordKind>(most - bytes_.begin());
    return errors::InvalidArgument(
        "kinds", absl::StrCat("over ", kMaxStateBytes >> 20, " MiB of records of ", stored.subject),
        absl::StrCat("at most that in one answer: without_texts, fewer kinds, or ", ListOf(kind),
                     " page by page"));
  }

  RecordStore& store_;
  const Question& question_;
  const int64_t known_;
  KindSet needed_;
  int64_t moment_ = -1;
  int64_t newest_ = 0;
  std::string head_;
  std::vector<CountedRecord> records_;
  std::array<size_t, v1::RecordKind_ARRAYSIZE> bytes_{};
  size_t total_bytes_ = 0;
};

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

// The counter up to which the question asks.
absl::StatusOr<int64_t> KnownOf(const Backend& backend, const Question& question) {
  if (!question.known_at.has_value()) return std::numeric_limits<int64_t>::max();
  return backend.store().CounterAt(names::PartitionOf(question.subject), *question.known_at);
}

// The subject; what a location is rated by may be recorded of its services, so that its whole
// history has theirs.
absl::Status Gather(const Backend& backend, const Question& question, Gatherer& gatherer) {
  const absl::Status own = gatherer.Add(question.subject);
  if (!own.ok() || !question.whole_history) return own;
  const absl::StatusOr<std::vector<names::Subject>> services = backend.ServicesOf(question.subject);
  if (!services.ok()) return services.status();
  for (const names::Subject& service : *services) {
    const absl::Status added = gatherer.Add(service);
    if (!added.ok()) return added;
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<v1::GetStateResponse> GetState(const Backend& backend,
                                              const v1::GetStateRequest& request) {
  const absl::StatusOr<Question> question = Read(backend, request);
  if (!question.ok()) return question.status();
  const absl::Status reached = backend.CheckReached(request.at_least());
  if (!reached.ok()) return reached;
  const absl::StatusOr<int64_t> known = KnownOf(backend, *question);
  if (!known.ok()) return known.status();
  Gatherer gatherer(backend.store(), *question, *known);
  const absl::Status gathered = Gather(backend, *question, gatherer);
  if (!gathered.ok()) return gathered;
  std::vector<CountedRecord> records = gatherer.TakeRecords();
  if (records.empty()) {
    return errors::NotFound(errors::ResourceType::kSubject, question->subject.name());
  }
  if (!question->whole_history) {
    const absl::Status kept = KeepInForce(backend, *question, *known, records);
    if (!kept.ok()) return kept;
  }
  v1::GetStateResponse response;
  const int32_t partition = names::PartitionOf(question->subject);
  response.set_partition(partition);
  response.set_subject_counter(gatherer.newest());
  response.set_chain_head(gatherer.head());
  *response.mutable_revision() =
      RevisionOf(backend.store().epoch(), {partition, std::min(*known, gatherer.moment())});
  for (CountedRecord& one : records) {
    if (!question->kinds.Has(KindOf(one.record))) continue;
    response.add_counters(one.counter);
    *response.add_records() = std::move(one.record);
  }
  return response;
}

}  // namespace assay::evidence
