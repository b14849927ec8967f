#pragma once

// Requests made into writes: validated, normalised (output-only fields cleared, node and outcome as
// the model spells them), with the columns and digests that a store needs. What is wrong is noted
// in `bad` with paths below `prefix`, after what was noted there before; then the write is a
// stand-in (Write::stand_in), with which a store finds out what else is wrong.
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
#include "services/evidence/core/references.h"
#include "services/evidence/core/row.h"
#include "services/evidence/core/validate_record.h"

namespace assay::evidence {

// What requests are looked at with.
struct PrepareContext {
  // The day in Europe/London.
  clock::Day today;
  // What the requests name, as far as it is there; see NoteReferences.
  const Known* known = nullptr;
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
// Its location must be in the registry.
Write PrepareService(const v1::Service& service, const std::string& request_id,
                     const std::string& prefix, errors::Violations& bad);
Write PrepareArea(const v1::Area& area, const std::string& request_id, const std::string& prefix,
                  errors::Violations& bad);

Write Prepare(const v1::CreateJudgementRequest& request, const PrepareContext& context,
              const std::string& prefix, errors::Violations& bad);
Write Prepare(const v1::CreateRegulatoryActionRequest& request, const PrepareContext& context,
              const std::string& prefix, errors::Violations& bad);
Write Prepare(const v1::CreateOverrideRequest& request, const PrepareContext& context,
              const std::string& prefix, errors::Violations& bad);
Write Prepare(const v1::CreatePublicationRequest& request, const PrepareContext& context,
              const std::string& prefix, errors::Violations& bad);
Write Prepare(const v1::CreateEvidenceItemRequest& request, const PrepareContext& context,
              const std::string& prefix, errors::Violations& bad);
Write Prepare(const v1::CorrectRequest& request, const PrepareContext& context,
              const std::string& prefix, errors::Violations& bad);
Write Prepare(const v1::EraseRequest& request, const std::string& prefix, errors::Violations& bad);
// One write of a stream.
Write Prepare(const v1::RecordWrite& write, const PrepareContext& context,
              const std::string& prefix, errors::Violations& bad);

}  // namespace assay::evidence
