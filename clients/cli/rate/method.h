// What the offline rater knows of a framework version besides its rules: which columns a file may
// have, where their outcomes stand in the model, and the words in them.
//
// Thread safety: a plain value, read by many once made. Ownership: shares the model.
// Cost: some kilobytes.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/optional.h"

#include "clients/cli/rate/words.h"
#include "services/common/model/model.h"

namespace assay::cli {

// What an outcome is of; the finer first.
enum class InputKind { kCategory, kItem, kGroup, kWhole };

// An outcome of the subject as a whole that a file may hold.
struct Input {
  InputKind kind = InputKind::kItem;
  // What its column is called: `safe.safeguarding`, `safe.safeguarding/observation`, `well_led`;
  // for the subject itself `overall`, or the stage's id where the method has more such stages.
  std::string column;
  // Where it stands in the model, and the scale of its outcomes by index.
  model::Place place;
  int scale = 0;
  // Whether the method computes it from others, so that one in a file is a given outcome.
  bool computed = false;
};

struct Method {
  std::shared_ptr<const model::CompiledModel> model;
  // Short name for people: `cqc-saf@2024-12`.
  std::string name;
  // What the rows of a file are.
  framework::v1::SubjectKind kind = framework::v1::SUBJECT_KIND_LOCATION;
  // What a file may hold: categories, items, groups, the whole; each in catalogue order.
  std::vector<Input> inputs;
  // Words of each scale, by index.
  std::vector<ScaleWords> words;
  // Whether groups are computed, and so are worth a column of what comes out.
  bool computes_groups = false;
  // Whether the overall outcome comes from a percentage, and whether a cap may bind it here, where
  // neither actions nor flags are known.
  bool overall_percent = false;
  bool overall_limiter = false;

  // Columns of one kind, in catalogue order.
  std::vector<std::string> Columns(InputKind of) const;
  // Column names of all groups in catalogue order: ids with `-` as `_`.
  std::vector<std::string> GroupColumns() const;
  // Words of the overall outcome.
  const ScaleWords& overall_words() const { return words[static_cast<std::size_t>(overall_scale)]; }
  int overall_scale = 0;

  // The input with this column name or any spelling that the catalogue knows; absent where there
  // is none.
  absl::optional<std::size_t> FindInput(absl::string_view text) const;

  // The sector's index in the version; -1 for a blank cell; absent where it is none of the
  // version's.
  absl::optional<int> ParseSector(absl::string_view cell) const;
  // The sector ids, for an error.
  std::string WantedSectors() const;
};

// The method of a version for subjects of this kind; without one, for locations where it rates
// them, else for the first kind that it rates. INVALID_ARGUMENT: it does not rate that kind, or
// judges nothing without services.
absl::StatusOr<Method> MakeMethod(std::shared_ptr<const model::CompiledModel> compiled,
                                  absl::optional<framework::v1::SubjectKind> kind = absl::nullopt);

}  // namespace assay::cli
