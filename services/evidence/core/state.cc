#include "services/evidence/core/state.h"

#include <algorithm>

#include "services/common/errors/errors.h"
#include "services/common/model/fold.h"
#include "services/common/model/history.h"

namespace assay::evidence {
namespace {

bool IsRegistry(const v1::Record& record) {
  return record.has_provider() || record.has_location() || record.has_service() ||
         record.has_area();
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
  std::vector<CountedRecord> in_force;
  for (const CountedRecord& one : records) {
    if (counters.contains(one.counter)) in_force.push_back(one);
  }
  return in_force;
}

}  // namespace assay::evidence
