#include "services/common/names/partition.h"

#include "services/common/digest/digest.h"

namespace assay::names {

Partition PartitionOf(const Subject& subject) {
  if (subject.kind() == SubjectKind::kArea) return kReferencePartition;
  const digest::Digest digest = digest::Sha256(subject.Root().name());
  return static_cast<unsigned char>(digest.bytes()[0]);
}

}  // namespace assay::names
