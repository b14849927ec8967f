#pragma once

// What the record says about one subject, small enough to keep for a nation.
//
// Thread safety: none; readers and a writer must be kept apart by the owner.
// Ownership: a plain value. State and evaluations made from a history borrow its names.
// Cost: 32 bytes a judgement plus 8 for its id; Append keeps the order by a binary search and a
// move. Units, regulations and reasons are found by a scan while they are few, then by a hash.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

#include "assay/evidence/v1/record.pb.h"
#include "assay/framework/v1/model.pb.h"
#include "assay/type/v1/outcome.pb.h"
#include "services/common/clock/day.h"
#include "services/common/model/model.h"

namespace assay::model {

using clock::Day;

// Stands for "no date is given" where a day is kept in four bytes. Day::Min() is no date of the
// domain.
inline constexpr Day kNoDay = Day::Min();

// How an entry came about.
enum class Status : std::uint8_t {
  kAssessed = 1,
  kCarriedForward = 2,
  kGiven = 3,
  kOverride = 4,  // not a judgement: a departure that acts after the caps
};

// One judgement or override.
struct Entry {
  std::int64_t counter = 0;  // place in the partition's order, from 1
  Day effective;
  Day carried_from = kNoDay;      // kNoDay: unknown, or not carried
  Day assessment_start = kNoDay;  // kNoDay: unknown
  Place place;
  std::uint16_t unit = 0;    // index into SubjectHistory::units(); 0 is the subject as a whole
  std::uint16_t reason = 0;  // index into SubjectHistory::reasons()
  std::uint8_t version = 0;  // number in the ModelSet
  Level level = 0;           // 0: not rated, see reason
  Status status = Status::kAssessed;
  bool superseded = false;  // by some correction: the fold asks which
};
static_assert(sizeof(Entry) == 32, "an entry is kept for every judgement of a nation");

// One regulatory action; open on a day when opened <= day < closed.
struct ActionEntry {
  std::int64_t counter = 0;
  Day opened;
  Day closed = kNoDay;           // kNoDay: open
  std::uint32_t regulation = 0;  // index into SubjectHistory::regulations(); 0: none is named
  std::uint16_t unit = 0;        // 0: the whole
  std::uint8_t kind = 0;         // evidence.v1.RegulatoryActionKind
  bool superseded = false;
};
static_assert(sizeof(ActionEntry) == 24, "an entry is kept for every action of a nation");

// A flag for the days from <= day < before; kNoDay: since ever, or open.
struct FlagEntry {
  std::string id;
  Day from = kNoDay;
  Day before = kNoDay;
};

// What the registry said about the subject (unit 0) or one of its services, from `counter` on.
struct RegistryEntry {
  std::int64_t counter = 0;
  std::uint16_t unit = 0;
  std::string sector;  // as recorded; empty: unknown (a service: the location's)
  std::vector<FlagEntry> flags;
};

// A service, a location of a provider, or both; the first unit is neither.
struct Unit {
  std::string service;   // service id
  std::string location;  // resource name
  // Units with only the service, and only the location, of this one; 0 where it has none.
  std::uint16_t service_unit = 0;
  std::uint16_t location_unit = 0;

  OpenAxes axes() const {
    return static_cast<OpenAxes>((service.empty() ? 0 : kService) |
                                 (location.empty() ? 0 : kLocation));
  }
};

// That from counter `by` on, the record with the id `target` no longer counts.
struct Supersession {
  std::uint64_t target = 0;
  std::int64_t by = 0;
};

class SubjectHistory {
 public:
  // A subject has at most this many units (itself among them; a rating of so many services would
  // not fit in a message) and distinct reasons. Regulations are as many as its actions name.
  static constexpr std::size_t kMaxUnits = 65535;
  static constexpr std::size_t kMaxReasons = 65535;

  // `subject` is a resource name: locations/1-102, providers/1-101, areas/la.E08000025,
  // locations/1-102/services/homecare. Its first segment tells the kind.
  explicit SubjectHistory(absl::string_view subject);

  const std::string& subject() const { return subject_; }
  framework::v1::SubjectKind kind() const { return kind_; }

  // Takes one record of the subject, or of one of its services, which is then its own unit:
  // judgement, action, override, retraction of such, location or service; others change nothing
  // here. Records may come in any order and more than once (the same counter is taken once).
  // INVALID_ARGUMENT: a node or outcome that its version does not have, a date that is none.
  // NOT_FOUND: a version that `models` lacks; nothing is taken then, so that it can be tried again.
  // RESOURCE_EXHAUSTED: too many units.
  absl::Status Append(const evidence::v1::Record& record, std::int64_t counter,
                      const ModelSet& models);

  // The same, for callers that hold no messages. `id` is RecordId() of the record's name, 0 for one
  // that no correction can name.
  void Add(const Entry& entry, std::uint64_t id = 0);
  void AddAction(const ActionEntry& action, std::uint64_t id = 0);
  void AddRegistry(RegistryEntry entry);
  void Supersede(std::uint64_t target, std::int64_t by);
  // Index of a unit, made where it is new (with the units it lies in). RESOURCE_EXHAUSTED over
  // kMaxUnits.
  absl::StatusOr<std::uint16_t> InternUnit(absl::string_view service,
                                           absl::string_view location = "");
  std::uint32_t InternRegulation(absl::string_view regulation);
  // Where the limit is reached, all that come later share the last, which says so: what a record
  // says in words must not cost its subject the rating. Histories that take the same records in the
  // order of their counters agree on which do.
  std::uint16_t InternReason(const type::v1::Unrated& unrated);

  // Sorted by version, place, unit, effective day, carried forward before assessed, counter.
  const std::vector<Entry>& entries() const { return entries_; }
  const std::vector<ActionEntry>& actions() const { return actions_; }
  const std::vector<RegistryEntry>& registry() const { return registry_; }
  const std::vector<Unit>& units() const { return units_; }
  const std::vector<std::string>& regulations() const { return regulations_; }
  const std::vector<type::v1::Unrated>& reasons() const { return reasons_; }
  const std::vector<Supersession>& supersessions() const { return supersessions_; }
  // Where a superseded entry or action stops to count: the least counter of those that supersede
  // it.
  std::int64_t SupersededBy(std::size_t entry) const { return SupersededById(ids_[entry]); }
  std::int64_t ActionSupersededBy(std::size_t action) const {
    return SupersededById(action_ids_[action]);
  }
  // Largest counter seen.
  std::int64_t newest_counter() const { return newest_counter_; }

  // Bytes that the history holds.
  std::size_t MemoryBytes() const;

 private:
  // The service's id where `subject` is a service of this location; else empty.
  absl::string_view ServiceIn(absl::string_view subject) const;
  // `service` is that of the record's own subject.
  absl::Status AppendJudgement(const evidence::v1::Judgement& judgement, absl::string_view service,
                               std::int64_t counter, const ModelSet& models);
  absl::Status AppendOverride(const evidence::v1::Override& record, absl::string_view service,
                              std::int64_t counter, const ModelSet& models);
  absl::Status AppendAction(const evidence::v1::RegulatoryAction& action, absl::string_view service,
                            std::int64_t counter);
  absl::Status AppendRegistry(const evidence::v1::Record& record, std::int64_t counter);
  std::int64_t SupersededById(std::uint64_t id) const;
  bool Seen(std::int64_t counter) const;
  // Which entry of a list is `equal`; none: -1. `key` makes its key. See index_.
  template <typename Item, typename Equal, typename MakeKey>
  std::ptrdiff_t Find(const std::vector<Item>& list, const Equal& equal, const MakeKey& key) const;
  // Notes the newest entry of a list.
  template <typename Item, typename KeyOf>
  void Note(const std::vector<Item>& list, const KeyOf& key);

  std::string subject_;
  framework::v1::SubjectKind kind_;
  std::int64_t newest_counter_ = 0;
  std::vector<Entry> entries_;
  std::vector<std::uint64_t> ids_;  // of entries_, by index
  std::vector<ActionEntry> actions_;
  std::vector<std::uint64_t> action_ids_;
  std::vector<RegistryEntry> registry_;
  std::vector<Supersession> supersessions_;
  std::vector<Unit> units_;
  std::vector<std::string> regulations_;
  std::vector<type::v1::Unrated> reasons_;
  // Entries of the three lists above by their keys, of those that are long; a nation's are short.
  absl::flat_hash_map<std::string, std::uint32_t> index_;
};

// A number for the last segment of a record's name, which the service made as a UUID: a 64-bit
// hash, the same in every process. 0 for an empty name.
std::uint64_t RecordId(absl::string_view name);

// The word for a kind of action in the conditions of a model (`warning-notice`); empty for none.
absl::string_view ActionKindWord(int kind);

}  // namespace assay::model
