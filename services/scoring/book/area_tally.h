// Counts ratings of an area.
//
// Thread safety: none; one tally belongs to one answer. Cost: nanoseconds a location.
#pragma once

#include <array>
#include <cstdint>
#include <string>

#include "absl/container/flat_hash_map.h"

#include "assay/scoring/v1/area_service.pb.h"
#include "services/scoring/book/book.h"

namespace assay::scoring {

class AreaTally {
 public:
  void Add(const AreaMember& member);

  // Fills locations, rated, ratings, unrated and groups. Groups are those of the newest version
  // met; a location rated by another counts in the groups of the same id.
  void Fill(v1::AreaSummary& summary) const;

 private:
  static constexpr int kRatings = 5;  // the enum's values, 0 among them
  struct GroupTally {
    std::array<std::int64_t, kRatings> counts{};
  };

  std::int64_t locations_ = 0;
  std::array<std::int64_t, kRatings> counts_{};
  absl::flat_hash_map<std::string, std::int64_t> unrated_;
  // By group id; ids are shared between versions.
  absl::flat_hash_map<std::string, GroupTally> groups_;
  std::shared_ptr<const model::CompiledModel> newest_;
};

}  // namespace assay::scoring
