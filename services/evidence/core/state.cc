#include "services/evidence/core/state.h"

#include <algorithm>

#include "services/common/clock/day_proto.h"
#include "services/common/errors/errors.h"
#include "services/common/model/fold.h"
#include "services/common/model/history.h"
#include "services/evidence/core/record_kinds.h"

namespace assay::evidence {
namespace {

bool IsRegistry(const v1::Record& record) {
  return record.has_provider() || record.has_location() || record.has_service() ||
         record.has_area();
}

// The evidence and the publications that stand on the day: these the fold does not know, since no
// rating rests on them.
void AddStanding(const std::vector<CountedRecord>& records, clock::Day day, int64_t known,
                 absl::flat_hash_set<int64_t>& counters) {
  absl::flat_hash_set<std::string> superseded;
  for (const CountedRecord& one : records) {
    if (one.counter <= known) superseded.insert(Supersedes(one.record));
  }
  for (const CountedRecord& one : records) {
    const bool evidence = one.record.has_evidence();
    if (one.counter > known || !(evidence || one.record.has_publication())) continue;
    const type::v1::Date& since =
        evidence ? one.record.evidence().received() : one.record.publication().publication_date();
    const std::string& name =
        evidence ? one.record.evidence().name() : one.record.publication().name();
    const absl::StatusOr<clock::Day> from = clock::DayFromProto(since);
    if (from.ok() && *from <= day && !superseded.contains(name)) counters.insert(one.counter);
  }
}

}  // namespace

absl::flat_hash_set<std::string> VersionsOf(const std::vector<CountedRecord>& records) {
  absl::flat_hash_set<std::string> versions;
  for (const CountedRecord& one : records) {
    if (one.record.has_judgement()) versions.insert(one.record.judgement().framework_version());
    if (one.record.has_override()) versions.insert(one.record.override().framework_version());
  }
  return versions;
}

absl::StatusOr<std::vector<CountedRecord>> InForce(const std::string& subject,
                                                   const std::vector<CountedRecord>& records,
                                                   const model::ModelSet& models, clock::Day day,
                                                   int64_t known) {
  model::SubjectHistory history(subject);
  absl::flat_hash_set<int64_t> counters;
  int64_t registry = 0;
  for (const CountedRecord& one : records) {
    const absl::Status taken = history.Append(one.record, one.counter, models);
    if (!taken.ok()) return errors::Internal("evidence state", taken.message());
    if (IsRegistry(one.record) && one.counter <= known) registry = std::max(registry, one.counter);
  }
  const model::State state = model::Fold(history, day, known);
  counters.insert(registry);
  for (const model::Entry& entry : state.entries) counters.insert(entry.counter);
  for (const model::Entry& entry : state.overrides) counters.insert(entry.counter);
  for (const model::ActionEntry& action : state.actions) counters.insert(action.counter);
  AddStanding(records, day, known, counters);
  std::vector<CountedRecord> in_force;
  for (const CountedRecord& one : records) {
    if (counters.contains(one.counter)) in_force.push_back(one);
  }
  return in_force;
}

}  // namespace assay::evidence
