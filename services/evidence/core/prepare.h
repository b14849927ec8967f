#pragma once

// Requests made into writes: validated, normalised (output-only fields cleared, node and outcome as
// the model spells them), with the columns and digests that a store needs. What is wrong is noted
// in `bad` with paths below `prefix`; then the write is of no use.
//
// Thread safety: pure but for the id source. Cost: some microseconds a record: two serializations
// and three digests.

#include <string>

#include "assay/evidence/v1/record_service.pb.h"
#include "assay/evidence/v1/registry_service.pb.h"
#include "services/common/clock/day.h"
#include "services/common/clock/id_source.h"
#include "services/common/digest/random.h"
#include "services/common/errors/violations.h"
#include "services/evidence/core/row.h"
#include "services/evidence/core/validate_record.h"

namespace assay::evidence {

// What requests are looked at with.
struct PrepareContext {
  // The day in Europe/London.
  clock::Day today;
  // The versions that the requests name; see NamedVersions.
  const Versions* versions = nullptr;
  // Makes the ids of records.
  clock::IdSource* ids = nullptr;
  // Makes the salts of their texts.
  digest::RandomSource* random = nullptr;
};

Write PrepareProvider(const v1::Provider& provider, const std::string& request_id,
                      const std::string& prefix, errors::Violations& bad);
// Also creates the provider by id alone where the registry has none of that name.
Write PrepareLocation(const v1::Location& location, const std::string& request_id,
                      const std::string& prefix, errors::Violations& bad);
Write PrepareArea(const v1::Area& area, const std::string& request_id, const std::string& prefix,
                  errors::Violations& bad);
Write PrepareJudgement(const v1::CreateJudgementRequest& request, const PrepareContext& context,
                       const std::string& prefix, errors::Violations& bad);
Write PrepareAction(const v1::CreateRegulatoryActionRequest& request, const PrepareContext& context,
                    const std::string& prefix, errors::Violations& bad);
Write PrepareCorrection(const v1::CorrectRequest& request, const PrepareContext& context,
                        const std::string& prefix, errors::Violations& bad);
// One write of a stream.
Write PrepareWrite(const v1::RecordWrite& write, const PrepareContext& context,
                   const std::string& prefix, errors::Violations& bad);

// The framework version that a write names; empty for none.
const std::string& NamedVersion(const v1::RecordWrite& write);

}  // namespace assay::evidence
