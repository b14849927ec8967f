#include "services/common/revision/revision_proto.h"

namespace assay::revision {

type::v1::Revision RevisionToProto(const RevisionVector& revision) {
  type::v1::Revision proto;
  proto.set_token(revision.Encode());
  return proto;
}

absl::StatusOr<RevisionVector> RevisionFromProto(const type::v1::Revision& revision,
                                                 absl::string_view field) {
  return RevisionVector::Decode(revision.token(), field);
}

}  // namespace assay::revision
