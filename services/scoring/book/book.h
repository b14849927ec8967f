// The nation as this replica knows it: every subject's history and registry state, fed from the
// change feed, and beside them the present rating of each, kept up as changes come.
//
// Thread safety: one writer (the feed's follower) calls Reset, Apply, Commit and SetReady;
// everything else may be called from any thread at any time. Ownership: one a replica, made by the
// composition root. Memory: about 40 bytes a judgement and 1 KiB a location. Cost: reads take the
// lock of the subject's partition for as long as a rating takes.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <shared_mutex>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

#include "assay/evidence/v1/change_service.pb.h"
#include "assay/evidence/v1/registry.pb.h"
#include "assay/type/v1/outcome.pb.h"
#include "services/common/digest/digest.h"
#include "services/common/model/model.h"
#include "services/common/names/partition.h"
#include "services/common/revision/revision.h"
#include "services/scoring/book/today.h"
#include "services/scoring/book/watch_hub.h"
#include "services/scoring/core/render.h"

namespace assay::scoring {

// The rating of a location in brief, for counting.
struct Standing {
  type::v1::Rating rating = type::v1::RATING_UNSPECIFIED;
  std::string unrated_reason;            // set where `rating` is not
  int version = -1;                      // number in the model set; -1: no judgements
  std::vector<type::v1::Rating> groups;  // in the version's order of groups
};

// A location as it counts in an area.
struct AreaMember {
  absl::string_view subject;
  const evidence::v1::Location* location = nullptr;
  const Standing* standing = nullptr;
  const model::ModelSet* models = nullptr;
};

class Book {
 public:
  // All must outlive the book.
  Book(const Today& today, WatchHub& hub) : today_(today), hub_(hub) {}
  Book(const Book&) = delete;
  Book& operator=(const Book&) = delete;

  // ---- The writer -------------------------------------------------------------------------------

  // Forgets everything and begins the record of `epoch`.
  void Reset(std::uint64_t epoch);

  // Adds a version that histories may then name; from any thread. Errors as ModelSet::With.
  absl::Status AddModel(std::shared_ptr<const model::CompiledModel> model);

  // Takes one change; one whose counter is known already changes nothing. FAILED_PRECONDITION where
  // a counter is skipped. NOT_FOUND where it names a framework version that was not added: add it
  // and try again. DATA_LOSS (DATA_CORRUPT) where its location's history cannot hold it: it is
  // taken all the same, and that location alone has no rating from then on. Readers may see it
  // before Commit.
  absl::Status Apply(const evidence::v1::Change& change);

  // Ends a message of changes: re-rates what changed and tells the watchers. Returns how far all
  // partitions have come.
  revision::RevisionVector Commit();

  // From now on the book answers: everything that was recorded when the replica started has been
  // taken, and is rated. Whoever watched the record before a Reset is told of every subject.
  void SetReady();

  // Rates again whatever was valid only before the present day, and tells the watchers of it and of
  // the areas that locations left; call it often. Returns how many were; nothing is looked at while
  // the day is the same.
  std::size_t TurnDay();

  // ---- Readers ----------------------------------------------------------------------------------

  bool ready() const { return ready_.load(std::memory_order_acquire); }
  std::uint64_t epoch() const { return epoch_.load(std::memory_order_acquire); }
  // The versions known, and a digest over their names and model digests: replicas that know the
  // same versions render the same bytes.
  model::ModelSet models() const;
  std::string models_digest() const;

  // How far the book has come in all partitions, or in one.
  revision::RevisionVector Reached() const;
  std::int64_t ReachedIn(names::Partition partition) const;

  // The newest counter of a location, whose partition the caller knows; nullopt where the registry
  // does not have it.
  std::optional<std::int64_t> CounterOf(absl::string_view location,
                                        names::Partition partition) const;

  // Renders a location's rating. NOT_FOUND where the registry did not have it by `known_at`; a
  // moment that is not set knows everything. DATA_LOSS where its history is not whole. OUT_OF_RANGE
  // where the location's newest leaf came after `known_at`: the book keeps no earlier one, and the
  // derivation names it; the record has it.
  absl::StatusOr<RenderedRating> Render(absl::string_view location, clock::Day day,
                                        std::optional<absl::Time> known_at, View view) const;

  // The area's registry state; nullopt where there is none.
  std::optional<evidence::v1::Area> AreaOf(absl::string_view area,
                                           std::optional<absl::Time> known_at) const;

  // The sectors there are, sorted: those that a version known here names, and those that locations
  // were ever said to be of.
  std::vector<std::string> Sectors() const;

  // Calls `each` for every location that was registered and lay in `area` on `day`, in no order.
  // Uses the present standings where `day` is today and `known_at` is not set. `each` must not call
  // the book.
  void ForEachIn(absl::string_view area, clock::Day day, std::optional<absl::Time> known_at,
                 absl::FunctionRef<void(const AreaMember&)> each) const;

  // Locations and judgements held, for metrics.
  std::size_t locations() const;

 private:
  struct Page {
    explicit Page(absl::string_view subject) : history(subject) {}

    model::SubjectHistory history;
    // Registry states in the order of their counters.
    std::vector<std::pair<std::int64_t, std::unique_ptr<const evidence::v1::Location>>> states;
    Standing standing;
    // The standing, the areas and the registration hold from the day it was made to before this
    // one; not set: open.
    std::optional<clock::Day> standing_before;
    // Why the history is not whole, and the newest change that it lacks; OK: it is.
    absl::Status fault;
    std::int64_t fault_counter = 0;
    // The leaf of the location's newest record that a rating may rest on, and its counter; 0: the
    // feed told of none.
    digest::Digest head;
    std::int64_t head_counter = 0;

    const evidence::v1::Location* StateAt(std::int64_t known) const;
  };
  struct AreaPage {
    std::vector<std::pair<std::int64_t, evidence::v1::Area>> states;
  };
  // Locks are taken in the order shard, areas, models. They are standard ones, because TSan cannot
  // see into the packaged absl::Mutex.
  struct Shard {
    mutable std::shared_mutex mutex;
    absl::flat_hash_map<std::string, std::unique_ptr<Page>> pages;
    // Recorded times by counter, from 1: microseconds since 1970. They rise strictly.
    std::vector<std::int64_t> recorded;
  };

  // The shard is locked, for these two.
  static std::int64_t KnownIn(const Shard& shard, std::optional<absl::Time> known_at);
  absl::Status ApplyLocked(Shard& shard, const evidence::v1::Change& change,
                           const model::ModelSet& models);
  void IndexLocation(const std::string& subject, const evidence::v1::Location& location);
  void Stand(Page& page, clock::Day today, const model::ModelSet& models) const;
  Standing StandingOf(const Page& page, clock::Day day, std::int64_t known,
                      const model::ModelSet& models) const;
  void Tell(const std::string& subject, const std::vector<std::string>& areas_before,
            const std::vector<std::string>& areas_now);

  const Today& today_;
  WatchHub& hub_;
  std::atomic<bool> ready_{false};
  std::atomic<std::uint64_t> epoch_{0};
  // The day for which the standings were last looked at.
  std::atomic<clock::Day> turned_{clock::Day::Min()};
  std::array<Shard, names::kPartitionCount> shards_;

  mutable std::shared_mutex models_mutex_;
  model::ModelSet models_;
  std::string models_digest_;

  mutable std::shared_mutex areas_mutex_;
  absl::flat_hash_map<std::string, AreaPage> areas_;
  // Every location that ever lay in an area, by area.
  absl::flat_hash_map<std::string, absl::flat_hash_set<std::string>> members_;
  // Every sector that a location was ever said to be of.
  absl::flat_hash_set<std::string> sectors_;

  // The writer's own: locations that changed since the last Commit, with the areas they lay in
  // before.
  absl::flat_hash_map<std::string, std::vector<std::string>> changed_;
};

}  // namespace assay::scoring
