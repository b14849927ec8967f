#pragma once

// Statements about the logs that an auditor can check alone.
//
// Thread safety: pure.

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"

#include "assay/evidence/v1/ledger_service.pb.h"

namespace assay::evidence {

// The epoch as it stands in statements: 8 bytes, the most significant first.
std::string EpochBytes(uint64_t epoch);

// What a checkpoint's signature is over: `assay.checkpoint.v1`, a zero byte and the canonical
// encoding of the message without its signature.
absl::StatusOr<std::string> SignedBytes(const v1::Checkpoint& checkpoint);

}  // namespace assay::evidence
