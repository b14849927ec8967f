#pragma once

// What the methods of ChangeService do but for the stream, which feed.h is. No gRPC.
//
// Thread safety: from any thread. Ownership: borrows the backend. Cost: blocks on the store: call
// it on a pool.

#include "absl/status/statusor.h"

#include "assay/evidence/v1/change_service.pb.h"
#include "services/evidence/api/backend.h"

namespace assay::evidence {

// The newest revision of all partitions; with a subject that of its partition, and the counter of
// the newest record that its rating may rest on. The counter is never from before the revision: it
// may be ahead of it where something was written meanwhile. INVALID_ARGUMENT for a subject that is
// none; errors of the store.
absl::StatusOr<v1::GetRevisionResponse> GetRevision(const Backend& backend,
                                                    const v1::GetRevisionRequest& request);

}  // namespace assay::evidence
