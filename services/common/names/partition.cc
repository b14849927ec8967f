#include "services/common/names/partition.h"

#include <cstddef>
#include <string>

#include "absl/strings/string_view.h"

#include "services/common/digest/digest.h"

namespace assay::names {

Partition PartitionOf(const Subject& subject) {
  if (subject.kind() == SubjectKind::kArea) return kReferencePartition;
  // Writes about one subject come together.
  thread_local std::string last;
  thread_local Partition partition = 0;
  // The root's name, which ends with the id: a service's goes on.
  const absl::string_view id = subject.id();
  const absl::string_view name = subject.name();
  const absl::string_view root = name.substr(0, static_cast<std::size_t>(id.end() - name.begin()));
  if (root != last) {
    partition = static_cast<unsigned char>(digest::Sha256(root).bytes()[0]);
    last.assign(root.data(), root.size());
  }
  return partition;
}

}  // namespace assay::names
