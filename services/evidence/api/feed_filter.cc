#include "services/evidence/api/feed_filter.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"

#include "services/common/errors/violations.h"
#include "services/evidence/core/checks.h"
#include "services/evidence/core/record_kinds.h"
#include "services/evidence/core/stored.h"

namespace assay::evidence {
namespace {

constexpr uint64_t Bit(v1::RecordKind kind) { return uint64_t{1} << kind; }

// Kinds that tell of another record.
constexpr uint64_t kTelling = Bit(v1::RECORD_KIND_RETRACTION) | Bit(v1::RECORD_KIND_ERASURE);

bool Lists(const v1::Location& location, const std::string& area) {
  return std::any_of(location.areas().begin(), location.areas().end(),
                     [&](const v1::AreaMembership& one) { return one.area() == area; });
}

}  // namespace

absl::StatusOr<FeedFilter> FeedFilter::Of(RecordStore& store,
                                          const v1::StreamChangesRequest& request) {
  uint64_t kinds = request.kinds().empty() ? ~uint64_t{0} : 0;
  errors::Violations bad;
  for (int index = 0; index < request.kinds_size(); ++index) {
    const int kind = request.kinds(index);
    if (kind == v1::RECORD_KIND_UNSPECIFIED || !v1::RecordKind_IsValid(kind)) {
      bad.Add(absl::StrCat("kinds[", index, "]"), kind, "a known kind of record");
    } else {
      kinds |= Bit(static_cast<v1::RecordKind>(kind));
    }
  }
  if (!request.area().empty()) {
    CheckSubject("area", request.area(), names::SubjectKind::kArea, bad);
  }
  if (!bad.empty()) return bad.ToStatus();
  return FeedFilter(store, kinds, request.area(), request.without_texts());
}

bool FeedFilter::MayFit(v1::RecordKind kind) const {
  // What tells of a record is asked for with the record.
  return ((kinds_ | kTelling) & Bit(kind)) != 0;
}

bool FeedFilter::KindFits(const v1::Record& record) const {
  std::string told;
  if (record.has_retraction()) {
    if ((kinds_ & Bit(v1::RECORD_KIND_RETRACTION)) != 0) return true;
    told = record.retraction().record();
  } else if (record.has_erasure()) {
    if ((kinds_ & Bit(v1::RECORD_KIND_ERASURE)) != 0) return true;
    told = record.erasure().record();
  } else {
    return true;
  }
  const absl::StatusOr<names::RecordName> name = names::RecordName::Parse(told);
  return name.ok() && (kinds_ & Bit(InfoOf(name->kind()).kind)) != 0;
}

absl::StatusOr<bool> FeedFilter::Fits(const v1::Record& record) {
  if (!KindFits(record)) return false;
  if (area_.empty()) return true;
  return AreaFits(record);
}

absl::StatusOr<bool> FeedFilter::AreaFits(const v1::Record& record) {
  if (record.subject() == area_) return true;
  const absl::StatusOr<names::Subject> subject = names::Subject::Parse(record.subject());
  if (!subject.ok()) return false;
  const names::Subject root = subject->Root();
  if (root.kind() != names::SubjectKind::kLocation) return false;
  const absl::StatusOr<bool> inside = LiesInside(root);
  if (!inside.ok() || !record.has_location()) return inside;
  // The state may be the one by which it comes or goes: its reader must know of either.
  inside_.erase(root.name());
  return *inside || Lists(record.location(), area_);
}

absl::StatusOr<bool> FeedFilter::LiesInside(const names::Subject& location) {
  const auto found = inside_.find(location.name());
  if (found != inside_.end()) return found->second;
  const absl::StatusOr<absl::optional<StoredRecord>> stored = store_->ReadCurrent(location);
  if (!stored.ok()) return stored.status();
  bool inside = false;
  if (stored->has_value()) {
    const absl::StatusOr<v1::Record> state = RecordOf(**stored, store_->epoch());
    if (!state.ok()) return state.status();
    inside = Lists(state->location(), area_);
  }
  if (inside_.size() >= kMaxRemembered) inside_.clear();
  inside_.emplace(location.name(), inside);
  return inside;
}

}  // namespace assay::evidence
