#include "services/scoring/book/book.h"

#include <algorithm>
#include <mutex>
#include <utility>

#include "absl/strings/str_cat.h"

#include "services/common/digest/digest.h"
#include "services/common/errors/errors.h"
#include "services/common/model/bearing.h"

namespace assay::scoring {
namespace {

constexpr char kLocationPrefix[] = "locations/";

// The part of a subject's name that is its location: `locations/1-102/services/homecare` is kept
// with `locations/1-102`. Empty for other subjects.
std::string LocationNameOf(absl::string_view subject) {
  const absl::string_view prefix = kLocationPrefix;
  if (subject.substr(0, prefix.size()) != prefix) return "";
  const std::size_t end = subject.find('/', prefix.size());
  return std::string(subject.substr(0, end));
}

int PartitionIndex(absl::string_view location) {
  absl::StatusOr<names::Subject> subject = names::Subject::Parse(location);
  return subject.ok() ? names::PartitionOf(*subject) : -1;
}

// The last state that `known` had of it; nullptr where it was not there yet.
template <typename States>
auto StateIn(const States& states, std::int64_t known) -> decltype(&states.front().second) {
  const auto after = std::upper_bound(
      states.begin(), states.end(), known,
      [](std::int64_t counter, const auto& state) { return counter < state.first; });
  return after == states.begin() ? nullptr : &std::prev(after)->second;
}

// The areas in which a location counts on `day`: none where it is not registered then.
std::vector<std::string> CountedIn(const evidence::v1::Location& location, clock::Day day) {
  return RegisteredOn(location, day) ? AreasOn(location, day) : std::vector<std::string>();
}

// The earlier of two days; not set is later than all.
std::optional<clock::Day> Earlier(std::optional<clock::Day> a, std::optional<clock::Day> b) {
  if (!a || !b) return a ? a : b;
  return std::min(*a, *b);
}

// A renderer's memory is worth keeping, and belongs to one thread at a time.
Renderer& ThreadRenderer() {
  thread_local Renderer renderer;
  return renderer;
}

}  // namespace

const evidence::v1::Location* Book::Page::StateAt(std::int64_t known) const {
  const auto* state = StateIn(states, known);
  return state == nullptr ? nullptr : state->get();
}

// ---- The writer ---------------------------------------------------------------------------------

void Book::Reset(std::uint64_t epoch) {
  ready_.store(false, std::memory_order_release);
  for (Shard& shard : shards_) {
    std::lock_guard lock(shard.mutex);
    shard.pages.clear();
    shard.recorded.clear();
  }
  {
    std::lock_guard lock(areas_mutex_);
    areas_.clear();
    members_.clear();
    sectors_.clear();
  }
  changed_.clear();
  epoch_.store(epoch, std::memory_order_release);
}

absl::Status Book::AddModel(std::shared_ptr<const model::CompiledModel> model) {
  std::lock_guard lock(models_mutex_);
  absl::StatusOr<model::ModelSet> with = models_.With(std::move(model));
  if (!with.ok()) return with.status();
  models_ = *std::move(with);
  std::vector<std::string> lines;
  for (int i = 0; i < models_.size(); ++i) {
    lines.push_back(absl::StrCat(models_.at(i).name(), " ", models_.at(i).model_digest(), "\n"));
  }
  std::sort(lines.begin(), lines.end());
  std::string all;
  for (const std::string& line : lines) absl::StrAppend(&all, line);
  models_digest_ = digest::Sha256(all).ToHex();
  return absl::OkStatus();
}

absl::Status Book::Apply(const evidence::v1::Change& change) {
  if (change.partition() < 0 || change.partition() >= names::kPartitionCount) {
    return errors::Corrupt(absl::StrCat("change feed, partition ", change.partition()));
  }
  const model::ModelSet models = this->models();
  Shard& shard = shards_[static_cast<std::size_t>(change.partition())];
  std::lock_guard lock(shard.mutex);
  const auto known = static_cast<std::int64_t>(shard.recorded.size());
  if (change.counter() <= known) return absl::OkStatus();
  if (change.counter() != known + 1) {
    return absl::FailedPreconditionError(absl::StrCat("partition ", change.partition(),
                                                      ": got counter ", change.counter(), ", want ",
                                                      known + 1));
  }
  absl::Status applied = ApplyLocked(shard, change, models);
  // One subject that cannot be read must not keep the others from going on.
  if (!applied.ok() && !absl::IsDataLoss(applied)) return applied;
  const std::int64_t before = shard.recorded.empty() ? 0 : shard.recorded.back();
  shard.recorded.push_back(std::max(before, absl::ToUnixMicros(RecordedAt(change.record()))));
  return applied;
}

absl::Status Book::ApplyLocked(Shard& shard, const evidence::v1::Change& change,
                               const model::ModelSet& models) {
  const evidence::v1::Record& record = change.record();
  if (record.has_area()) {
    std::lock_guard lock(areas_mutex_);
    areas_[record.area().name()].states.emplace_back(change.counter(), record.area());
    return absl::OkStatus();
  }
  const std::string name = LocationNameOf(record.subject());
  // What no rating rests on touches no page, so that millions of evidence items cost the book eight
  // bytes each and wake no watcher.
  if (name.empty() || !model::BearsOnRatings(record)) return absl::OkStatus();
  std::unique_ptr<Page>& page = shard.pages[name];
  if (page == nullptr) page = std::make_unique<Page>(name);
  // The areas as they were before the first change of this message, for watchers of areas it
  // leaves.
  const auto [at, first] = changed_.try_emplace(name);
  if (first && !page->states.empty()) {
    const evidence::v1::Location& now = *page->states.back().second;
    at->second = CountedIn(now, today_.day());
  }
  // A service of the location has a chain of its own.
  if (const auto head = digest::Digest::FromBytes(change.chain_head());
      head.ok() && record.subject() == name) {
    page->head = *head;
    page->head_counter = change.counter();
  }
  absl::Status appended = page->history.Append(record, change.counter(), models);
  if (absl::IsNotFound(appended)) return appended;
  if (!appended.ok()) {
    if (page->fault.ok()) page->fault = errors::Corrupt(name, appended.message());
    page->fault_counter = change.counter();
    return page->fault;
  }
  if (record.has_location()) {
    page->states.emplace_back(change.counter(),
                              std::make_unique<const evidence::v1::Location>(record.location()));
    IndexLocation(name, record.location());
  }
  return absl::OkStatus();
}

void Book::IndexLocation(const std::string& subject, const evidence::v1::Location& location) {
  std::lock_guard lock(areas_mutex_);
  if (!location.sector().empty()) sectors_.insert(location.sector());
  for (const evidence::v1::AreaMembership& membership : location.areas()) {
    members_[membership.area()].insert(subject);
  }
}

Standing Book::StandingOf(const Page& page, clock::Day day, std::int64_t known,
                          const model::ModelSet& models) const {
  Renderer& renderer = ThreadRenderer();
  const model::Evaluation& evaluation = renderer.Evaluate(models, page.history, day, known);
  Standing standing;
  if (!page.fault.ok()) {
    standing.unrated_reason = "record-damaged";
    return standing;
  }
  standing.version = evaluation.version;
  const model::NodeResult* overall = evaluation.overall();
  if (overall != nullptr && overall->level != 0) {
    const auto& stages =
        evaluation.model->version().scoring_model().ladders(evaluation.ladder).stages();
    standing.rating = evaluation.model->RatingOf(
        evaluation.model->ScaleById(stages.Get(overall->stage).scale()), overall->level);
    if (standing.rating == type::v1::RATING_UNSPECIFIED) {
      standing.unrated_reason = "rated-on-another-scale";
    }
  } else {
    standing.unrated_reason = model::UnratedOf(evaluation, renderer.state()).reason();
  }
  const int stage =
      evaluation.ladder < 0 ? -1 : model::StageOf(evaluation, model::ClosedAxis::kGroup);
  if (stage < 0) return standing;
  const int scale = evaluation.model->ScaleById(
      evaluation.model->version().scoring_model().ladders(evaluation.ladder).stages(stage).scale());
  for (int group = 0; group < evaluation.model->version().groups_size(); ++group) {
    const model::NodeResult* node = evaluation.Find(stage, group, 0);
    standing.groups.push_back(node == nullptr ? type::v1::RATING_UNSPECIFIED
                                              : evaluation.model->RatingOf(scale, node->level));
  }
  return standing;
}

void Book::Stand(Page& page, clock::Day today, const model::ModelSet& models) const {
  page.standing = StandingOf(page, today, model::kEverything, models);
  page.standing_before = ThreadRenderer().state().before;
  if (!page.states.empty()) {
    page.standing_before =
        Earlier(page.standing_before, PlacementEnd(*page.states.back().second, today));
  }
}

revision::RevisionVector Book::Commit() {
  const bool live = ready();
  const clock::Day today = today_.day();
  const model::ModelSet models = this->models();
  for (const auto& [subject, areas_before] : changed_) {
    const int partition = PartitionIndex(subject);
    if (partition < 0 || !live) continue;
    Shard& shard = shards_[static_cast<std::size_t>(partition)];
    std::vector<std::string> areas_now;
    {
      std::lock_guard lock(shard.mutex);
      const auto at = shard.pages.find(subject);
      if (at == shard.pages.end() || at->second->states.empty()) continue;
      Stand(*at->second, today, models);
      areas_now = CountedIn(*at->second->states.back().second, today);
    }
    Tell(subject, areas_before, areas_now);
  }
  changed_.clear();
  return Reached();
}

void Book::Tell(const std::string& subject, const std::vector<std::string>& areas_before,
                const std::vector<std::string>& areas_now) {
  if (hub_.idle()) return;
  std::vector<std::string> left;
  for (const std::string& area : areas_before) {
    if (std::find(areas_now.begin(), areas_now.end(), area) == areas_now.end())
      left.push_back(area);
  }
  if (!left.empty()) hub_.PublishToAreas({subject, true}, left);
  hub_.Publish({subject, false}, areas_now);
}

void Book::SetReady() {
  const clock::Day today = today_.day();
  const model::ModelSet models = this->models();
  std::vector<std::pair<std::string, std::vector<std::string>>> standing;
  const bool watched = !hub_.idle();
  for (Shard& shard : shards_) {
    std::lock_guard lock(shard.mutex);
    for (auto& [subject, page] : shard.pages) {
      Stand(*page, today, models);
      if (watched && !page->states.empty()) {
        standing.emplace_back(subject, CountedIn(*page->states.back().second, today));
      }
    }
  }
  turned_ = today;
  ready_.store(true, std::memory_order_release);
  for (const auto& [subject, areas] : standing) Tell(subject, {}, areas);
}

std::size_t Book::TurnDay() {
  if (!ready()) return 0;
  const clock::Day today = today_.day();
  const clock::Day last = turned_.exchange(today);
  if (today == last) return 0;
  const model::ModelSet models = this->models();
  std::size_t turned = 0;
  for (Shard& shard : shards_) {
    struct Moved {
      std::string subject;
      std::vector<std::string> areas_before;
      std::vector<std::string> areas_now;
    };
    std::vector<Moved> moved;
    {
      std::lock_guard lock(shard.mutex);
      for (auto& [subject, page] : shard.pages) {
        if (!page->standing_before || today < *page->standing_before || page->states.empty())
          continue;
        Stand(*page, today, models);
        const evidence::v1::Location& location = *page->states.back().second;
        moved.push_back({subject, CountedIn(location, last), CountedIn(location, today)});
      }
    }
    turned += moved.size();
    for (const Moved& one : moved) Tell(one.subject, one.areas_before, one.areas_now);
  }
  return turned;
}

// ---- Readers ------------------------------------------------------------------------------------

model::ModelSet Book::models() const {
  std::lock_guard lock(models_mutex_);
  return models_;
}

std::string Book::models_digest() const {
  std::lock_guard lock(models_mutex_);
  return models_digest_;
}

revision::RevisionVector Book::Reached() const {
  revision::RevisionVector reached(epoch());
  for (names::Partition partition = 0; partition < names::kPartitionCount; ++partition) {
    // The partition is in range, so that Set cannot fail.
    (void)reached.Set(partition, static_cast<std::uint64_t>(ReachedIn(partition)));
  }
  return reached;
}

std::int64_t Book::ReachedIn(names::Partition partition) const {
  const Shard& shard = shards_[partition];
  std::shared_lock lock(shard.mutex);
  return static_cast<std::int64_t>(shard.recorded.size());
}

std::optional<std::int64_t> Book::CounterOf(absl::string_view location,
                                            names::Partition partition) const {
  const Shard& shard = shards_[partition];
  std::shared_lock lock(shard.mutex);
  const auto at = shard.pages.find(location);
  if (at == shard.pages.end() || at->second->states.empty()) return std::nullopt;
  // What was kept of an older counter must not stand in for a change that could not be taken.
  return std::max(at->second->history.newest_counter(), at->second->fault_counter);
}

std::int64_t Book::KnownIn(const Shard& shard, std::optional<absl::Time> known_at) {
  if (!known_at) return model::kEverything;
  const auto after =
      std::upper_bound(shard.recorded.begin(), shard.recorded.end(), absl::ToUnixMicros(*known_at));
  return after - shard.recorded.begin();
}

absl::StatusOr<RenderedRating> Book::Render(absl::string_view location, clock::Day day,
                                            std::optional<absl::Time> known_at, View view) const {
  const int partition = PartitionIndex(location);
  if (partition < 0) return errors::NotFound(errors::ResourceType::kLocation, location);
  const model::ModelSet models = this->models();
  const Shard& shard = shards_[static_cast<std::size_t>(partition)];
  std::shared_lock lock(shard.mutex);
  const auto at = shard.pages.find(location);
  const std::int64_t known = KnownIn(shard, known_at);
  const evidence::v1::Location* state =
      at == shard.pages.end() ? nullptr : at->second->StateAt(known);
  if (state == nullptr) return errors::NotFound(errors::ResourceType::kLocation, location);
  const Page& page = *at->second;
  if (!page.fault.ok()) return page.fault;
  if (page.head_counter > known) return absl::OutOfRangeError("the chain head of that moment");
  const absl::string_view head = page.head_counter > 0 ? page.head.bytes() : "";
  return ThreadRenderer().Render(models, {&page.history, state, partition, head}, day, known,
                                 known_at, view);
}

std::optional<evidence::v1::Area> Book::AreaOf(absl::string_view area,
                                               std::optional<absl::Time> known_at) const {
  std::int64_t known = model::kEverything;
  if (known_at) {
    const Shard& shard = shards_[names::kReferencePartition];
    std::shared_lock lock(shard.mutex);
    known = KnownIn(shard, known_at);
  }
  std::shared_lock lock(areas_mutex_);
  const auto at = areas_.find(area);
  if (at == areas_.end()) return std::nullopt;
  const evidence::v1::Area* state = StateIn(at->second.states, known);
  if (state == nullptr) return std::nullopt;
  return *state;
}

std::vector<std::string> Book::Sectors() const {
  std::vector<std::string> sectors;
  {
    std::shared_lock lock(areas_mutex_);
    sectors.assign(sectors_.begin(), sectors_.end());
  }
  const model::ModelSet models = this->models();
  for (int i = 0; i < models.size(); ++i) {
    for (const framework::v1::Sector& sector : models.at(i).version().sectors()) {
      sectors.push_back(sector.id());
    }
  }
  std::sort(sectors.begin(), sectors.end());
  sectors.erase(std::unique(sectors.begin(), sectors.end()), sectors.end());
  return sectors;
}

void Book::ForEachIn(absl::string_view area, clock::Day day, std::optional<absl::Time> known_at,
                     absl::FunctionRef<void(const AreaMember&)> each) const {
  std::vector<std::string> subjects;
  {
    std::shared_lock lock(areas_mutex_);
    const auto at = members_.find(area);
    if (at == members_.end()) return;
    subjects.assign(at->second.begin(), at->second.end());
  }
  const model::ModelSet models = this->models();
  const bool present = !known_at && day == today_.day();
  for (const std::string& subject : subjects) {
    const int partition = PartitionIndex(subject);
    const Shard& shard = shards_[static_cast<std::size_t>(partition)];
    std::shared_lock lock(shard.mutex);
    const auto at = shard.pages.find(subject);
    if (at == shard.pages.end()) continue;
    const Page& page = *at->second;
    const std::int64_t known = KnownIn(shard, known_at);
    const evidence::v1::Location* state = page.StateAt(known);
    if (state == nullptr || !RegisteredOn(*state, day)) continue;
    const std::vector<std::string> areas = AreasOn(*state, day);
    if (std::find(areas.begin(), areas.end(), area) == areas.end()) continue;
    const bool stands = present && (!page.standing_before || day < *page.standing_before);
    if (stands) {
      each({subject, state, &page.standing, &models});
    } else {
      const Standing standing = StandingOf(page, day, known, models);
      each({subject, state, &standing, &models});
    }
  }
}

std::size_t Book::locations() const {
  std::size_t count = 0;
  for (const Shard& shard : shards_) {
    std::shared_lock lock(shard.mutex);
    count += shard.pages.size();
  }
  return count;
}

}  // namespace assay::scoring
