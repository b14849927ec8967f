#pragma once

// Which records of a subject are in force at a date, by the one fold
// (services/common/model/fold.h).
//
// Thread safety: pure. Cost: parses each record of the subject once.

#include <cstdint>
#include <string>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "absl/status/statusor.h"

#include "assay/evidence/v1/record.pb.h"
#include "services/common/clock/day.h"
#include "services/common/model/model.h"

namespace assay::evidence {

// A record and its place in the partition's order.
struct CountedRecord {
  int64_t counter = 0;
  v1::Record record;
};

// The framework versions that judgements and overrides among `records` name.
absl::flat_hash_set<std::string> VersionsOf(const std::vector<CountedRecord>& records);

// Of the records with a counter up to `known`: the newest registry state, the judgements and
// overrides that hold on the day, the actions open on it, the evidence received and the
// publications made by it that stand; in the order of their counters. `records` are all of the
// subject of the kinds that matter, retractions among them; `models` has every version that they
// name. INTERNAL where a record does not fit its model, which validation does not let happen.
absl::StatusOr<std::vector<CountedRecord>> InForce(const std::string& subject,
                                                   const std::vector<CountedRecord>& records,
                                                   const model::ModelSet& models, clock::Day day,
                                                   int64_t known);

}  // namespace assay::evidence
