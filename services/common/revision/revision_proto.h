#pragma once

// RevisionVector to and from assay.type.v1.Revision.
//
// Thread safety: pure. Cost: that of the token.

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

#include "assay/type/v1/revision.pb.h"
#include "services/common/revision/revision.h"

namespace assay::revision {

type::v1::Revision RevisionToProto(const RevisionVector& revision);

// INVALID_ARGUMENT, TOKEN_MALFORMED naming `field`; an empty token is malformed too: look before
// where a revision may be left out.
absl::StatusOr<RevisionVector> RevisionFromProto(const type::v1::Revision& revision,
                                                 absl::string_view field = "at_least");

}  // namespace assay::revision
