#pragma once

// Checks of what the record states about itself: that a checkpoint was signed, that a record is in
// the log which it states, that a later one states a log that begins with an earlier one's. Needs
// no service, and shares no code with the services but their digests.
//
// Thread safety: pure functions. Cost: some microseconds a proof.
// Errors: FAILED_PRECONDITION says what does not hold; INVALID_ARGUMENT what is malformed.

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#include "assay/evidence/v1/leaf.pb.h"
#include "assay/evidence/v1/ledger_service.pb.h"
#include "services/common/digest/signing.h"

namespace assay::verify {

// Whether the holder of `key` signed the checkpoint as it is.
absl::Status CheckCheckpoint(const evidence::v1::Checkpoint& checkpoint,
                             const digest::PublicKey& key);

// Whether the proof's leaf is in the log that the checkpoint states, at the place that it names.
// Returns the leaf. The checkpoint's own signature is another question.
absl::StatusOr<evidence::v1::Leaf> CheckRecord(const evidence::v1::InclusionProof& proof,
                                               const evidence::v1::Checkpoint& checkpoint);

// Whether every log of `earlier` is the beginning of the same log of `later`: nothing that was
// stated then was changed, dropped or reordered since.
absl::Status CheckGrowth(const evidence::v1::Checkpoint& earlier,
                         const evidence::v1::Checkpoint& later,
                         const evidence::v1::GetConsistencyProofResponse& proofs);

// What to ask a service for so that CheckGrowth can be answered: a span for each log that grew.
evidence::v1::GetConsistencyProofRequest GrowthRequest(const evidence::v1::Checkpoint& earlier,
                                                       const evidence::v1::Checkpoint& later);

// What a checkpoint states of a partition; null: nothing.
const evidence::v1::Checkpoint::LogRoot* LogOf(const evidence::v1::Checkpoint& checkpoint,
                                               int partition);

}  // namespace assay::verify
