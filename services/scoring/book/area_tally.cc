#include "services/scoring/book/area_tally.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "services/common/clock/day_proto.h"

namespace assay::scoring {
namespace {

// Unset comes first: a version that was always in force is older than one with a start.
int StartOf(const model::CompiledModel& model) {
  absl::StatusOr<clock::Day> day = clock::DayFromProto(model.version().effective_from());
  return day.ok() ? day->days_since_1970() : clock::Day::Min().days_since_1970();
}

template <typename Counts>
void FillCounts(const Counts& counts,
                google::protobuf::RepeatedPtrField<v1::RatingCount>* ratings) {
  for (int rating = type::v1::RATING_INADEQUATE; rating <= type::v1::RATING_OUTSTANDING; ++rating) {
    v1::RatingCount& count = *ratings->Add();
    count.set_rating(static_cast<type::v1::Rating>(rating));
    count.set_count(counts[static_cast<std::size_t>(rating)]);
  }
}

}  // namespace

void AreaTally::Add(const AreaMember& member) {
  ++locations_;
  const Standing& standing = *member.standing;
  ++counts_[static_cast<std::size_t>(standing.rating)];
  if (standing.rating == type::v1::RATING_UNSPECIFIED) ++unrated_[standing.unrated_reason];
  if (standing.version < 0) return;
  const model::CompiledModel& model = member.models->at(standing.version);
  if (newest_ == nullptr || StartOf(model) > StartOf(*newest_)) {
    newest_ = member.models->shared(standing.version);
  }
  for (std::size_t i = 0; i < standing.groups.size(); ++i) {
    ++groups_[model.version().groups(static_cast<int>(i)).id()]
          .counts[static_cast<std::size_t>(standing.groups[i])];
  }
}

void AreaTally::Fill(v1::AreaSummary& summary) const {
  summary.set_locations(locations_);
  summary.set_rated(locations_ - counts_[type::v1::RATING_UNSPECIFIED]);
  FillCounts(counts_, summary.mutable_ratings());
  std::vector<std::pair<std::string, std::int64_t>> reasons(unrated_.begin(), unrated_.end());
  std::sort(reasons.begin(), reasons.end(), [](const auto& a, const auto& b) {
    return a.second != b.second ? a.second > b.second : a.first < b.first;
  });
  for (const auto& [reason, count] : reasons) {
    v1::UnratedCount& unrated = *summary.add_unrated();
    unrated.set_reason(reason);
    unrated.set_count(count);
  }
  if (newest_ == nullptr) return;
  for (const framework::v1::Group& group : newest_->version().groups()) {
    const auto at = groups_.find(group.id());
    v1::GroupCounts& counts = *summary.add_groups();
    counts.set_group(group.id());
    counts.set_display_name(group.name());
    const GroupTally tally = at == groups_.end() ? GroupTally() : at->second;
    FillCounts(tally.counts, counts.mutable_ratings());
    std::int64_t rated = 0;
    for (int r = type::v1::RATING_INADEQUATE; r <= type::v1::RATING_OUTSTANDING; ++r) {
      rated += tally.counts[static_cast<std::size_t>(r)];
    }
    counts.set_unrated(locations_ - rated);
  }
}

}  // namespace assay::scoring
