#pragma once

// Which changes a reader of the feed asked for.
//
// Thread safety: none; belongs to one feed. Ownership: borrows the store. Cost: a kind is a bit; an
// area asks the store once for each location, and remembers so many of them as kMaxRemembered.

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"

#include "assay/evidence/v1/change_service.pb.h"
#include "services/evidence/storage/record_store.h"

namespace assay::evidence {

class FeedFilter {
 public:
  // INVALID_ARGUMENT for kinds that are none and an area that is none.
  static absl::StatusOr<FeedFilter> Of(RecordStore& store, const v1::StreamChangesRequest& request);

  // Whether a record of this kind may fit; where not, it need not be read.
  bool MayFit(v1::RecordKind kind) const;
  // Whether a record fits; one that MayFit. Errors of the store.
  absl::StatusOr<bool> Fits(const v1::Record& record);

  bool without_texts() const { return without_texts_; }

 private:
  static constexpr size_t kMaxRemembered = 65536;

  FeedFilter(RecordStore& store, uint64_t kinds, std::string area, bool without_texts)
      : store_(&store), kinds_(kinds), area_(std::move(area)), without_texts_(without_texts) {}

  bool KindFits(const v1::Record& record) const;
  absl::StatusOr<bool> AreaFits(const v1::Record& record);
  // Whether the location, as the registry has it, ever lies in the area.
  absl::StatusOr<bool> LiesInside(const names::Subject& location);

  RecordStore* store_;
  uint64_t kinds_;
  // Empty: all.
  std::string area_;
  bool without_texts_;
  absl::flat_hash_map<std::string, bool> inside_;
};

}  // namespace assay::evidence
