#pragma once

// Exact look-ups of a framework version's parts. Spellings of published data are the compiled
// model's (services/common/model).
//
// Thread safety: immutable. Ownership: borrows the version, which must outlive it and not change.
// Cost: built once in microseconds; a look-up is one hash.

#include <string>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/string_view.h"

#include "assay/framework/v1/framework.pb.h"

namespace assay::version {

class VersionIndex {
 public:
  explicit VersionIndex(const framework::v1::FrameworkVersion& version);

  // The item with exactly this id, code or API id; null where there is none.
  const framework::v1::Item* Item(absl::string_view id_or_code) const;

  // The group, or the evidence category, with exactly this id; null where there is none.
  const framework::v1::Group* Group(absl::string_view id) const;
  const framework::v1::EvidenceCategory* Category(absl::string_view id) const;

 private:
  template <class T>
  using Map = absl::flat_hash_map<std::string, const T*>;

  Map<framework::v1::Item> items_;
  Map<framework::v1::Group> groups_;
  Map<framework::v1::EvidenceCategory> categories_;
};

}  // namespace assay::version
