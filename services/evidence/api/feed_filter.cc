#include "services/evidence/api/feed_filter.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "services/common/errors/violations.h"
#include "services/evidence/core/checks.h"
#include "services/evidence/core/record_kinds.h"
#include "services/evidence/core/stored.h"

namespace assay::evidence {
namespace {

// Kinds that tell of another record.
constexpr KindSet kTelling = {v1::RECORD_KIND_RETRACTION, v1::RECORD_KIND_ERASURE};
// States of a location read at once.
constexpr size_t kStatesAtOnce = 64;
constexpr int64_t kNever = std::numeric_limits<int64_t>::max();

bool Lists(const v1::Location& location, const std::string& area) {
  return std::any_of(location.areas().begin(), location.areas().end(),
                     [&](const v1::AreaMembership& one) { return one.area() == area; });
}

}  // namespace

FeedFilter::FeedFilter(RecordStore& store, KindSet kinds, std::string area, bool without_texts)
    : store_(&store),
      kinds_(kinds),
      looked_at_(kinds.With(kTelling)),
      area_(std::move(area)),
      without_texts_(without_texts) {
  if (!area_.empty()) looked_at_ = looked_at_.With({v1::RECORD_KIND_LOCATION});
}

absl::StatusOr<FeedFilter> FeedFilter::Of(RecordStore& store,
                                          const v1::StreamChangesRequest& request) {
  errors::Violations bad;
  const KindSet kinds = CheckKinds(request.kinds(), KindSet::All(), bad);
  if (!request.area().empty()) {
    CheckSubject("area", request.area(), names::SubjectKind::kArea, bad);
  }
  if (!bad.empty()) return bad.ToStatus();
  return FeedFilter(store, kinds, request.area(), request.without_texts());
}

bool FeedFilter::KindFits(const v1::Record& record) const {
  if (kinds_.Has(KindOf(record))) return true;
  std::string told;
  if (record.has_retraction()) told = record.retraction().record();
  if (record.has_erasure()) told = record.erasure().record();
  const absl::StatusOr<names::RecordName> name = names::RecordName::Parse(told);
  return name.ok() && kinds_.Has(InfoOf(name->kind()).kind);
}

absl::StatusOr<bool> FeedFilter::Fits(const v1::Record& record, int64_t counter) {
  if (area_.empty()) return KindFits(record);
  // First, since it follows the states of locations whatever the reader asked for.
  const absl::StatusOr<bool> inside = AreaFits(record, counter);
  if (!inside.ok()) return inside;
  return *inside && KindFits(record);
}

// A reader of an area holds what it was sent of a location for good, so it must hear of all that
// becomes of it, departure and erasure too: once inside, always followed. That is decided by the
// states up to the change alone, not by the newest, so that a reader that resumes is told the same.
absl::StatusOr<bool> FeedFilter::AreaFits(const v1::Record& record, int64_t counter) {
  if (record.subject() == area_) return true;
  const absl::StatusOr<names::Subject> subject = names::Subject::Parse(record.subject());
  if (!subject.ok()) return false;
  const names::Subject root = subject->Root();
  if (root.kind() != names::SubjectKind::kLocation) return false;
  auto found = first_inside_.find(root.name());
  if (found == first_inside_.end()) {
    const absl::StatusOr<int64_t> first = FirstInside(root);
    if (!first.ok()) return first.status();
    if (first_inside_.size() >= kMaxRemembered) first_inside_.clear();
    found = first_inside_.emplace(root.name(), *first).first;
  }
  if (record.has_location() && Lists(record.location(), area_)) {
    found->second = std::min(found->second, counter);
  }
  return found->second <= counter;
}

absl::StatusOr<int64_t> FeedFilter::FirstInside(const names::Subject& location) const {
  SubjectQuery query;
  query.kinds = {v1::RECORD_KIND_LOCATION};
  query.limit = kStatesAtOnce;
  while (true) {
    const absl::StatusOr<SubjectRecords> read = store_->ReadSubject(location, query);
    if (!read.ok()) return read.status();
    for (const StoredRecord& stored : read->records) {
      const absl::StatusOr<v1::Record> state = RecordOf(stored, store_->epoch());
      if (!state.ok()) return state.status();
      if (Lists(state->location(), area_)) return stored.position.counter;
      query.after = stored.position.counter;
    }
    if (read->records.size() < query.limit) return kNever;
  }
}

}  // namespace assay::evidence
