// What the offline rater knows of a framework version besides its rules: which columns a file may
// have, where their outcomes stand in the model, and the words in them.
//
// Thread safety: a plain value, read by many once made. Ownership: shares the model.
// Cost: some kilobytes.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/optional.h"

#include "clients/cli/rate/words.h"
#include "services/common/model/model.h"

namespace assay::cli {

struct Method {
  std::shared_ptr<const model::CompiledModel> model;
  // Short name for people: `cqc-saf@2024-12`.
  std::string name;
  // Column names of the groups in catalogue order: ids with `-` as `_`.
  std::vector<std::string> group_columns;
  // Column names of the items in catalogue order: their ids. Empty where groups are judged
  // directly.
  std::vector<std::string> item_columns;
  // Where each of them stands in the model, in the same order.
  std::vector<model::Place> group_places;
  std::vector<model::Place> item_places;
  // Words of an item's score, of a group's rating and of the overall outcome.
  ScaleWords item_words;
  ScaleWords group_words;
  ScaleWords overall_words;

  // The sector's index in the version; -1 for a blank cell; absent where it is none of the
  // version's.
  absl::optional<int> ParseSector(absl::string_view cell) const;
  // The sector ids, for an error.
  std::string WantedSectors() const;
};

// The method of a version that rates locations. INVALID_ARGUMENT: it has no groups of its own.
absl::StatusOr<Method> MakeMethod(std::shared_ptr<const model::CompiledModel> compiled);

}  // namespace assay::cli
