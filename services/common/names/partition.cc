#include "services/common/names/partition.h"

#include <string>
#include <utility>

#include "services/common/digest/digest.h"

namespace assay::names {

Partition PartitionOf(const Subject& subject) {
  if (subject.kind() == SubjectKind::kArea) return kReferencePartition;
  // Writes about one subject come together.
  thread_local std::string last;
  thread_local Partition partition = 0;
  std::string root = subject.Root().name();
  if (root != last) {
    partition = static_cast<unsigned char>(digest::Sha256(root).bytes()[0]);
    last = std::move(root);
  }
  return partition;
}

}  // namespace assay::names
