// Which areas England's health services had on which day: NHS regions and integrated care boards,
// with the board that took over from each.
//
// From 1 July 2022 there were 42 boards, from 1 April 2026 there are 36; three of those that ended
// were split between several others, so that a place of theirs lies in one of the successors only.
//
// Thread safety: immutable once loaded. Ownership: a value that owns its areas; pointers that it
// returns live as long as it does. Cost: some fifty areas; look-ups are a hash or a short scan.
#pragma once

#include <cstddef>
#include <istream>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/optional.h"

#include "assay/evidence/v1/registry.pb.h"
#include "services/common/clock/day.h"

namespace assay::geography {

class Geography {
 public:
  // The areas that the program was built with. Their file is checked by a test; an error is a fault
  // of the build.
  static absl::StatusOr<Geography> Load();

  // Areas of a CSV file with the columns kind, code, ons_code, other_ons_codes, name, parent,
  // valid_from, valid_before, successors; lists are parted by blanks. INVALID_ARGUMENT with every
  // bad row at once: an unknown kind, a bad code or date, a code that stands twice, a parent or
  // successor that the file lacks, successors without an end. `name` stands for it in errors.
  static absl::StatusOr<Geography> Read(std::istream& csv, absl::string_view name);

  // Every area, regions first, in the order of the file. Parents come before their children.
  const std::vector<evidence::v1::Area>& areas() const { return areas_; }

  // By resource name, `areas/icb.QHL`; null where there is none.
  const evidence::v1::Area* ByName(absl::string_view name) const;

  // A board by any code of the Office for National Statistics that it has or had; null where none
  // has it.
  const evidence::v1::Area* IcbByOnsCode(absl::string_view code) const;

  // A board by its code in the Organisation Data Service, `QHL`.
  const evidence::v1::Area* IcbByOdsCode(absl::string_view code) const;

  // The area that `area` lies in; null for a region.
  const evidence::v1::Area* RegionOf(const evidence::v1::Area& area) const;

  // The areas that took over when `area` ended, in the order of the file; empty while it lasts.
  std::vector<const evidence::v1::Area*> SuccessorsOf(const evidence::v1::Area& area) const;

  // The areas of a kind that existed on `day`, in the order of the file.
  std::vector<const evidence::v1::Area*> ValidOn(evidence::v1::AreaKind kind, clock::Day day) const;

  // Where a place lies that `icb` held, from `from` on (not set: since the board began): the board
  // until it ended, then `successor` where that is known (null: it is not), and the region of each.
  // Ranges of one kind never overlap; a region that goes on is one range.
  std::vector<evidence::v1::AreaMembership> Memberships(const evidence::v1::Area& icb,
                                                        const evidence::v1::Area* successor,
                                                        absl::optional<clock::Day> from) const;

 private:
  Geography() = default;

  friend class GeographyReader;

  std::vector<evidence::v1::Area> areas_;
  absl::flat_hash_map<std::string, std::size_t> by_name_;
  absl::flat_hash_map<std::string, std::size_t> icb_by_ons_;
};

}  // namespace assay::geography
