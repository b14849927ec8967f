#include "clients/cli/geography/geography.h"

#include <algorithm>
#include <memory>
#include <sstream>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"

#include "clients/cli/csv/csv_reader.h"
#include "clients/cli/geography/england.h"
#include "services/common/clock/day_proto.h"
#include "services/common/names/names.h"

namespace assay::geography {
namespace {

using clock::Day;
using evidence::v1::Area;
using evidence::v1::AreaMembership;

constexpr const char* kColumns[] = {"kind",      "code",   "ons_code",   "other_ons_codes",
                                    "name",      "parent", "valid_from", "valid_before",
                                    "successors"};
enum Column { kKind, kCode, kOns, kOtherOns, kName, kParent, kFrom, kBefore, kSuccessors };

// No file of ours has more faults than one wants to read at once.
constexpr std::size_t kMaxFaults = 20;

absl::optional<Day> DayOf(const type::v1::Date& date) {
  if (clock::IsUnset(date)) return absl::nullopt;
  const absl::StatusOr<Day> day = clock::DayFromProto(date);
  return day.ok() ? absl::make_optional(*day) : absl::nullopt;
}

Day FirstDay(const Area& area) { return DayOf(area.valid_from()).value_or(Day::Min()); }

void AddMembership(const std::string& area, Day from, absl::optional<Day> before,
                   std::vector<AreaMembership>* memberships) {
  AreaMembership membership;
  membership.set_area(area);
  if (from != Day::Min()) *membership.mutable_from() = clock::DayToProto(from);
  if (before.has_value()) *membership.mutable_before() = clock::DayToProto(*before);
  memberships->push_back(std::move(membership));
}

}  // namespace

// Reads one file, gathering every fault.
class GeographyReader {
 public:
  explicit GeographyReader(absl::string_view name) : name_(name) {}

  absl::StatusOr<Geography> Read(std::istream& csv) {
    absl::StatusOr<std::unique_ptr<csv::CsvReader>> reader = csv::CsvReader::FromStream(csv, name_);
    if (!reader.ok()) return reader.status();
    if (absl::Status status = FindColumns(**reader); !status.ok()) return status;
    for (;;) {
      const absl::StatusOr<const csv::CsvRow*> row = (*reader)->Next();
      if (!row.ok()) return row.status();
      if (*row == nullptr) break;
      ReadRow(**row);
    }
    CheckReferences();
    if (faults_.empty()) return std::move(geography_);
    return absl::InvalidArgumentError(absl::StrJoin(faults_, "\n"));
  }

 private:
  absl::Status FindColumns(const csv::CsvReader& reader) {
    for (const char* column : kColumns) {
      const absl::optional<std::size_t> at = reader.FindColumn(column);
      if (!at.has_value()) {
        return absl::InvalidArgumentError(absl::StrCat(name_, ": there is no column ", column));
      }
      at_.push_back(*at);
    }
    return absl::OkStatus();
  }

  void Fault(absl::string_view what) {
    if (faults_.size() < kMaxFaults) {
      faults_.push_back(absl::StrCat(name_, ": line ", line_, ": ", what));
    }
  }

  absl::string_view Cell(const csv::CsvRow& row, Column column) const {
    return row.fields[at_[column]];
  }

  void ReadDay(const csv::CsvRow& row, Column column, type::v1::Date* date) {
    const absl::string_view text = Cell(row, column);
    if (text.empty()) return;
    const absl::StatusOr<Day> day = Day::Parse(text);
    if (day.ok()) {
      *date = clock::DayToProto(*day);
    } else {
      Fault(absl::StrCat(kColumns[column], ": ", day.status().message()));
    }
  }

  static std::string NameOf(absl::string_view id) { return absl::StrCat("areas/", id); }

  void ReadRow(const csv::CsvRow& row) {
    line_ = row.line;
    const absl::string_view word = Cell(row, kKind);
    const bool region = word == "region";
    if (!region && word != "icb") {
      Fault(absl::StrCat("kind: got ", word, ", want region or icb"));
      return;
    }
    const absl::StatusOr<names::Subject> subject = names::Subject::Area(
        region ? names::AreaKind::kRegion : names::AreaKind::kIcb, Cell(row, kCode));
    if (!subject.ok()) {
      Fault(absl::StrCat("code: ", subject.status().message()));
      return;
    }
    Area area;
    area.set_name(subject->name());
    area.set_kind(region ? evidence::v1::AREA_KIND_REGION
                         : evidence::v1::AREA_KIND_INTEGRATED_CARE_BOARD);
    area.set_display_name(std::string(Cell(row, kName)));
    area.set_ons_code(std::string(Cell(row, kOns)));
    for (absl::string_view code : absl::StrSplit(Cell(row, kOtherOns), ' ', absl::SkipEmpty())) {
      area.add_other_ons_codes(std::string(code));
    }
    if (!Cell(row, kParent).empty()) area.set_parent(NameOf(Cell(row, kParent)));
    ReadDay(row, kFrom, area.mutable_valid_from());
    ReadDay(row, kBefore, area.mutable_valid_before());
    if (clock::IsUnset(area.valid_from())) area.clear_valid_from();
    if (clock::IsUnset(area.valid_before())) area.clear_valid_before();
    for (absl::string_view id : absl::StrSplit(Cell(row, kSuccessors), ' ', absl::SkipEmpty())) {
      area.add_successors(NameOf(id));
    }
    Add(std::move(area));
  }

  void Add(Area area) {
    if (area.display_name().empty()) Fault("name: got nothing, want the area's name");
    const std::size_t index = geography_.areas_.size();
    if (!geography_.by_name_.emplace(area.name(), index).second) {
      Fault(absl::StrCat("code: ", area.name(), " stands twice"));
    }
    if (area.kind() == evidence::v1::AREA_KIND_INTEGRATED_CARE_BOARD) {
      IndexOnsCode(area.ons_code(), index);
      for (const std::string& code : area.other_ons_codes()) IndexOnsCode(code, index);
    }
    geography_.areas_.push_back(std::move(area));
  }

  void IndexOnsCode(const std::string& code, std::size_t index) {
    if (!geography_.icb_by_ons_.emplace(code, index).second) {
      Fault(absl::StrCat("ons_code: ", code, " stands twice"));
    }
  }

  void CheckReferences() {
    line_ = 1;
    for (const Area& area : geography_.areas_) {
      ++line_;
      if (!area.parent().empty() && geography_.ByName(area.parent()) == nullptr) {
        Fault(absl::StrCat("parent: there is no ", area.parent()));
      }
      if (area.successors_size() > 0 && !area.has_valid_before()) {
        Fault("successors: an area that goes on has none");
      }
      for (const std::string& successor : area.successors()) {
        if (geography_.ByName(successor) == nullptr) {
          Fault(absl::StrCat("successors: there is no ", successor));
        }
      }
    }
  }

  const std::string name_;
  std::uint64_t line_ = 1;
  std::vector<std::size_t> at_;
  std::vector<std::string> faults_;
  Geography geography_;
};

absl::StatusOr<Geography> Geography::Load() {
  std::istringstream text{std::string(EnglandCsv())};
  return Read(text, "england.csv");
}

absl::StatusOr<Geography> Geography::Read(std::istream& csv, absl::string_view name) {
  return GeographyReader(name).Read(csv);
}

const Area* Geography::ByName(absl::string_view name) const {
  const auto found = by_name_.find(name);
  return found == by_name_.end() ? nullptr : &areas_[found->second];
}

const Area* Geography::IcbByOnsCode(absl::string_view code) const {
  const auto found = icb_by_ons_.find(code);
  return found == icb_by_ons_.end() ? nullptr : &areas_[found->second];
}

const Area* Geography::IcbByOdsCode(absl::string_view code) const {
  return ByName(absl::StrCat("areas/icb.", code));
}

const Area* Geography::RegionOf(const Area& area) const { return ByName(area.parent()); }

std::vector<const Area*> Geography::SuccessorsOf(const Area& area) const {
  std::vector<const Area*> successors;
  for (const std::string& name : area.successors()) successors.push_back(ByName(name));
  return successors;
}

std::vector<const Area*> Geography::ValidOn(evidence::v1::AreaKind kind, Day day) const {
  std::vector<const Area*> valid;
  for (const Area& area : areas_) {
    if (area.kind() != kind || day < FirstDay(area)) continue;
    const absl::optional<Day> before = DayOf(area.valid_before());
    if (!before.has_value() || day < *before) valid.push_back(&area);
  }
  return valid;
}

std::vector<AreaMembership> Geography::Memberships(const Area& icb, const Area* successor,
                                                   absl::optional<Day> from) const {
  std::vector<AreaMembership> boards;
  const Day start = std::max(FirstDay(icb), from.value_or(Day::Min()));
  const absl::optional<Day> end = DayOf(icb.valid_before());
  if (!end.has_value() || start < *end) AddMembership(icb.name(), start, end, &boards);
  if (end.has_value() && successor != nullptr) {
    AddMembership(successor->name(), std::max(start, *end), DayOf(successor->valid_before()),
                  &boards);
  }
  std::vector<AreaMembership> regions;
  for (const AreaMembership& board : boards) {
    const Area* region = RegionOf(*ByName(board.area()));
    if (region == nullptr) continue;
    if (!regions.empty() && regions.back().area() == region->name()) {
      regions.back().clear_before();
      if (board.has_before()) *regions.back().mutable_before() = board.before();
    } else {
      regions.push_back(board);
      regions.back().set_area(region->name());
    }
  }
  boards.insert(boards.end(), regions.begin(), regions.end());
  return boards;
}

}  // namespace assay::geography
