#pragma once

// Which changes a reader of the feed asked for.
//
// Thread safety: none; belongs to one feed. Ownership: borrows the store. Cost: a kind is a bit; of
// an area the registry states of each location are read once, and kMaxRemembered locations are
// remembered.

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"

#include "assay/evidence/v1/change_service.pb.h"
#include "services/evidence/core/kind_set.h"
#include "services/evidence/storage/record_store.h"

namespace assay::evidence {

class FeedFilter {
 public:
  // INVALID_ARGUMENT for kinds that are none and an area that is none.
  static absl::StatusOr<FeedFilter> Of(RecordStore& store, const v1::StreamChangesRequest& request);

  // The kinds of record that Fits must be asked about; of others no more than the place in the log
  // is of use. Beside those asked for: what tells of a record, which is asked for with it, and for
  // an area the states of locations.
  KindSet looked_at() const { return looked_at_; }
  // Whether a record of such a kind fits, the one with this counter. Ask in the order of the log,
  // about every one: an area follows its locations by their states. Errors of the store.
  absl::StatusOr<bool> Fits(const v1::Record& record, int64_t counter);

  // Whether a record fits for its kind alone, so that Fits need not be asked about it.
  bool FitsByKind(v1::RecordKind kind) const { return area_.empty() && kinds_.Has(kind); }

  // Whether Fits asks the store.
  bool asks_store() const { return !area_.empty(); }

  bool without_texts() const { return without_texts_; }

 private:
  static constexpr size_t kMaxRemembered = 65536;

  FeedFilter(RecordStore& store, KindSet kinds, std::string area, bool without_texts);

  bool KindFits(const v1::Record& record) const;
  absl::StatusOr<bool> AreaFits(const v1::Record& record, int64_t counter);
  // The counter of the location's first state that lists the area, among all that the registry has
  // by now; kNever where none does.
  absl::StatusOr<int64_t> FirstInside(const names::Subject& location) const;

  RecordStore* store_;
  KindSet kinds_;
  KindSet looked_at_;
  // Empty: all.
  std::string area_;
  bool without_texts_;
  // FirstInside() of locations met; later states move it as they come.
  absl::flat_hash_map<std::string, int64_t> first_inside_;
};

}  // namespace assay::evidence
