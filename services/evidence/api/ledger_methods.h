#pragma once

// What the methods of LedgerService do, without gRPC.
//
// Thread safety: pure over the backend. Cost: blocks on the store. VerifySubject reads the whole
// history of a subject, a page at a time; proofs read one hash for every 256 records of a
// partition. Errors: the contract's.

#include "absl/status/statusor.h"

#include "assay/evidence/v1/ledger_service.pb.h"
#include "services/evidence/api/backend.h"

namespace assay::evidence {

absl::StatusOr<v1::VerifySubjectResponse> VerifySubject(const Backend& backend,
                                                        const v1::VerifySubjectRequest& request);
absl::StatusOr<v1::Checkpoint> GetCheckpoint(const Backend& backend,
                                             const v1::GetCheckpointRequest& request);
absl::StatusOr<v1::InclusionProof> GetInclusionProof(const Backend& backend,
                                                     const v1::GetInclusionProofRequest& request);
absl::StatusOr<v1::GetConsistencyProofResponse> GetConsistencyProof(
    const Backend& backend, const v1::GetConsistencyProofRequest& request);

}  // namespace assay::evidence
