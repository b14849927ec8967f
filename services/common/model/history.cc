#include "services/common/model/history.h"

#include <algorithm>
#include <cstddef>
#include <tuple>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

#include "services/common/names/subject_kind.h"

namespace assay::model {
namespace {

framework::v1::SubjectKind KindOf(absl::string_view subject) {
  switch (names::KindOfWellFormed(subject)) {
    case names::SubjectKind::kProvider:
      return framework::v1::SUBJECT_KIND_PROVIDER;
    case names::SubjectKind::kArea:
      return framework::v1::SUBJECT_KIND_AREA;
    case names::SubjectKind::kService:
      return framework::v1::SUBJECT_KIND_SERVICE;
    case names::SubjectKind::kLocation:
      break;
  }
  // Scores of a file may be of no subject.
  return absl::StartsWith(subject, "locations/") ? framework::v1::SUBJECT_KIND_LOCATION
                                                 : framework::v1::SUBJECT_KIND_UNSPECIFIED;
}

// The order of entries: where they stand, then how strongly they count there.
auto OrderOf(const Entry& entry) {
  return std::make_tuple(entry.version, entry.place.slot, entry.place.position, entry.unit,
                         entry.effective.days_since_1970(),
                         entry.status == Status::kCarriedForward ? 0 : 1, entry.counter);
}

// Lists up to so many entries are scanned: that is as fast, and needs nothing beside them.
constexpr std::size_t kScanned = 32;

// What an entry of an interned list is found by. No part holds a zero byte.
std::string Key(char list, absl::string_view first, absl::string_view second) {
  std::string key(1, list);
  key.reserve(2 + first.size() + second.size());
  key.append(first.data(), first.size()).push_back('\0');
  key.append(second.data(), second.size());
  return key;
}

template <typename List>
bool HasCounter(const List& list, std::int64_t counter) {
  return std::any_of(list.begin(), list.end(),
                     [counter](const auto& item) { return item.counter == counter; });
}

}  // namespace

SubjectHistory::SubjectHistory(absl::string_view subject)
    : subject_(subject), kind_(KindOf(subject)), units_(1), regulations_(1) {}

void SubjectHistory::Add(const Entry& entry, std::uint64_t id) {
  newest_counter_ = std::max(newest_counter_, entry.counter);
  const auto order = OrderOf(entry);
  const auto at =
      std::upper_bound(entries_.begin(), entries_.end(), order,
                       [](const auto& key, const Entry& other) { return key < OrderOf(other); });
  const auto index = at - entries_.begin();
  const auto inserted = entries_.insert(at, entry);
  ids_.insert(ids_.begin() + index, id);
  if (id != 0 && SupersededById(id) != 0) inserted->superseded = true;
}

void SubjectHistory::AddAction(const ActionEntry& action, std::uint64_t id) {
  newest_counter_ = std::max(newest_counter_, action.counter);
  actions_.push_back(action);
  action_ids_.push_back(id);
  if (id != 0 && SupersededById(id) != 0) actions_.back().superseded = true;
}

void SubjectHistory::AddRegistry(RegistryEntry entry) {
  newest_counter_ = std::max(newest_counter_, entry.counter);
  registry_.push_back(std::move(entry));
}

void SubjectHistory::Supersede(std::uint64_t target, std::int64_t by) {
  if (target == 0) return;
  newest_counter_ = std::max(newest_counter_, by);
  supersessions_.push_back({target, by});
  for (std::size_t i = 0; i < ids_.size(); ++i) {
    if (ids_[i] == target) entries_[i].superseded = true;
  }
  for (std::size_t i = 0; i < action_ids_.size(); ++i) {
    if (action_ids_[i] == target) actions_[i].superseded = true;
  }
}

std::int64_t SubjectHistory::SupersededById(std::uint64_t id) const {
  std::int64_t least = 0;
  for (const Supersession& supersession : supersessions_) {
    if (supersession.target != id) continue;
    if (least == 0 || supersession.by < least) least = supersession.by;
  }
  return least;
}

bool SubjectHistory::Seen(std::int64_t counter) const {
  if (counter > newest_counter_) return false;
  return HasCounter(entries_, counter) || HasCounter(actions_, counter) ||
         HasCounter(registry_, counter) ||
         std::any_of(supersessions_.begin(), supersessions_.end(),
                     [counter](const Supersession& item) { return item.by == counter; });
}

template <typename Item, typename Equal, typename MakeKey>
std::ptrdiff_t SubjectHistory::Find(const std::vector<Item>& list, const Equal& equal,
                                    const MakeKey& key) const {
  if (list.size() > kScanned) {
    const auto known = index_.find(key());
    return known == index_.end() ? -1 : static_cast<std::ptrdiff_t>(known->second);
  }
  const auto at = std::find_if(list.begin(), list.end(), equal);
  return at == list.end() ? -1 : at - list.begin();
}

template <typename Item, typename KeyOf>
void SubjectHistory::Note(const std::vector<Item>& list, const KeyOf& key) {
  if (list.size() <= kScanned) return;
  // The one that makes the list long brings all before it.
  const std::size_t first = list.size() == kScanned + 1 ? 0 : list.size() - 1;
  for (std::size_t i = first; i < list.size(); ++i) {
    index_.emplace(key(list[i]), static_cast<std::uint32_t>(i));
  }
}

absl::StatusOr<std::uint16_t> SubjectHistory::InternUnit(absl::string_view service,
                                                         absl::string_view location) {
  const auto key = [](const Unit& unit) { return Key('u', unit.service, unit.location); };
  const std::ptrdiff_t known = Find(
      units_,
      [&](const Unit& unit) { return unit.service == service && unit.location == location; },
      [&] { return Key('u', service, location); });
  if (known >= 0) return static_cast<std::uint16_t>(known);
  Unit unit;
  unit.service = std::string(service);
  unit.location = std::string(location);
  if (!service.empty() && !location.empty()) {
    absl::StatusOr<std::uint16_t> service_unit = InternUnit(service, "");
    if (!service_unit.ok()) return service_unit;
    absl::StatusOr<std::uint16_t> location_unit = InternUnit("", location);
    if (!location_unit.ok()) return location_unit;
    unit.service_unit = *service_unit;
    unit.location_unit = *location_unit;
  }
  if (units_.size() >= kMaxUnits) {
    return absl::ResourceExhaustedError(
        absl::StrCat(subject_, " has over ", kMaxUnits - 1, " services and locations"));
  }
  const auto index = static_cast<std::uint16_t>(units_.size());
  if (location.empty()) unit.service_unit = index;
  if (service.empty()) unit.location_unit = index;
  units_.push_back(std::move(unit));
  Note(units_, key);
  return index;
}

std::uint32_t SubjectHistory::InternRegulation(absl::string_view regulation) {
  const auto key = [](const std::string& one) { return Key('r', one, ""); };
  const std::ptrdiff_t known = Find(
      regulations_, [&](const std::string& one) { return one == regulation; },
      [&] { return Key('r', regulation, ""); });
  if (known >= 0) return static_cast<std::uint32_t>(known);
  regulations_.emplace_back(regulation);
  Note(regulations_, key);
  return static_cast<std::uint32_t>(regulations_.size() - 1);
}

std::uint16_t SubjectHistory::InternReason(const type::v1::Unrated& unrated) {
  const auto key = [](const type::v1::Unrated& one) { return Key('n', one.reason(), one.text()); };
  const std::ptrdiff_t known = Find(
      reasons_,
      [&](const type::v1::Unrated& one) {
        return one.reason() == unrated.reason() && one.text() == unrated.text();
      },
      [&] { return key(unrated); });
  if (known >= 0) return static_cast<std::uint16_t>(known);
  if (reasons_.size() < kMaxReasons) {
    reasons_.push_back(unrated);
    if (reasons_.size() == kMaxReasons) {
      reasons_.back().set_reason("various");
      reasons_.back().set_text("The record of this judgement says why.");
    }
    Note(reasons_, key);
  }
  return static_cast<std::uint16_t>(reasons_.size() - 1);
}

std::size_t SubjectHistory::MemoryBytes() const {
  std::size_t bytes =
      sizeof(*this) + subject_.capacity() + entries_.capacity() * sizeof(Entry) +
      (ids_.capacity() + action_ids_.capacity()) * sizeof(std::uint64_t) +
      actions_.capacity() * sizeof(ActionEntry) + supersessions_.capacity() * sizeof(Supersession) +
      units_.capacity() * sizeof(Unit) + regulations_.capacity() * sizeof(std::string);
  for (const RegistryEntry& entry : registry_) {
    bytes += sizeof(entry) + entry.sector.capacity() + entry.flags.capacity() * sizeof(FlagEntry);
  }
  for (const type::v1::Unrated& reason : reasons_) bytes += reason.SpaceUsedLong();
  bytes += index_.capacity() * (sizeof(*index_.begin()) + 1);
  for (const auto& [key, place] : index_) bytes += key.capacity();
  return bytes;
}

std::uint64_t RecordId(absl::string_view name) {
  const std::size_t slash = name.rfind('/');
  if (slash != absl::string_view::npos) name.remove_prefix(slash + 1);
  if (name.empty()) return 0;
  std::uint64_t hash = 0xcbf29ce484222325;  // FNV-1a
  for (const char c : name) {
    hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  }
  return hash == 0 ? 1 : hash;
}

absl::string_view ActionKindWord(int kind) {
  switch (kind) {
    case evidence::v1::REGULATORY_ACTION_KIND_BREACH:
      return "breach";
    case evidence::v1::REGULATORY_ACTION_KIND_REQUIREMENT_NOTICE:
      return "requirement-notice";
    case evidence::v1::REGULATORY_ACTION_KIND_WARNING_NOTICE:
      return "warning-notice";
    case evidence::v1::REGULATORY_ACTION_KIND_CONDITION:
      return "condition";
    default:
      return "";
  }
}

}  // namespace assay::model
