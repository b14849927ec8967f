#include "services/scoring/core/render.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "google/protobuf/timestamp.pb.h"

#include "assay/scoring/v1/derivation.pb.h"
#include "services/common/clock/day_proto.h"
#include "services/common/errors/errors.h"
#include "services/common/model/derive.h"

namespace assay::scoring {
namespace {

// The record holds only dates that were checked when they were written.
std::optional<clock::Day> DayOf(const type::v1::Date& date) {
  absl::StatusOr<clock::Day> day = clock::DayFromProto(date);
  if (!day.ok()) return std::nullopt;
  return *day;
}

// Narrows from <= day < before by a boundary.
void Narrow(std::optional<clock::Day> boundary, clock::Day day, std::optional<clock::Day>& from,
            std::optional<clock::Day>& before) {
  if (!boundary) return;
  if (*boundary <= day) {
    from = from ? std::max(*from, *boundary) : *boundary;
  } else {
    before = before ? std::min(*before, *boundary) : *boundary;
  }
}

absl::Time TimeOf(const google::protobuf::Timestamp& time) {
  return absl::FromUnixSeconds(time.seconds()) + absl::Nanoseconds(time.nanos());
}

}  // namespace

absl::Time RecordedAt(const evidence::v1::Record& record) {
  switch (record.content_case()) {
    case evidence::v1::Record::kProvider:
      return TimeOf(record.provider().recorded_time());
    case evidence::v1::Record::kLocation:
      return TimeOf(record.location().recorded_time());
    case evidence::v1::Record::kArea:
      return TimeOf(record.area().recorded_time());
    case evidence::v1::Record::kJudgement:
      return TimeOf(record.judgement().recorded_time());
    case evidence::v1::Record::kAction:
      return TimeOf(record.action().recorded_time());
    case evidence::v1::Record::kOverride:
      return TimeOf(record.override().recorded_time());
    case evidence::v1::Record::kPublication:
      return TimeOf(record.publication().recorded_time());
    case evidence::v1::Record::kEvidence:
      return TimeOf(record.evidence().recorded_time());
    case evidence::v1::Record::kRetraction:
      return TimeOf(record.retraction().recorded_time());
    case evidence::v1::Record::kErasure:
      return TimeOf(record.erasure().erased_time());
    case evidence::v1::Record::kService:
      return TimeOf(record.service().recorded_time());
    case evidence::v1::Record::CONTENT_NOT_SET:
      break;
  }
  return absl::UnixEpoch();
}

std::string VersionOf(const evidence::v1::Record& record) {
  if (record.has_judgement()) return record.judgement().framework_version();
  if (record.has_override()) return record.override().framework_version();
  return "";
}

RegistrationSpan RegistrationOn(const evidence::v1::Location& location, clock::Day day) {
  RegistrationSpan span;
  const std::optional<clock::Day> end = DayOf(location.deregistration_date());
  if (location.registration_status() == evidence::v1::REGISTRATION_STATUS_DEREGISTERED && !end) {
    span.deregistered = true;
    return span;
  }
  Narrow(end, day, span.from, span.before);
  span.deregistered = end && *end <= day;
  return span;
}

bool RegisteredOn(const evidence::v1::Location& location, clock::Day day) {
  const std::optional<clock::Day> start = DayOf(location.registration_date());
  return (!start || *start <= day) && !RegistrationOn(location, day).deregistered;
}

std::optional<clock::Day> PlacementEnd(const evidence::v1::Location& location, clock::Day day) {
  std::optional<clock::Day> from;
  std::optional<clock::Day> before;
  Narrow(DayOf(location.registration_date()), day, from, before);
  Narrow(DayOf(location.deregistration_date()), day, from, before);
  for (const evidence::v1::AreaMembership& membership : location.areas()) {
    Narrow(DayOf(membership.from()), day, from, before);
    Narrow(DayOf(membership.before()), day, from, before);
  }
  return before;
}

std::vector<std::string> AreasOn(const evidence::v1::Location& location, clock::Day day) {
  std::vector<std::string> areas;
  for (const evidence::v1::AreaMembership& membership : location.areas()) {
    if (clock::InRange(membership.from(), membership.before(), day))
      areas.push_back(membership.area());
  }
  return areas;
}

const model::Evaluation& Renderer::Evaluate(const model::ModelSet& models,
                                            const model::SubjectHistory& history, clock::Day day,
                                            std::int64_t known) {
  model::FoldInto(history, day, known, state_);
  model::RateSubject(models, state_, scratch_, evaluation_);
  return evaluation_;
}

absl::StatusOr<RenderedRating> Renderer::Render(const model::ModelSet& models,
                                                const SubjectRecord& record, clock::Day day,
                                                std::int64_t known,
                                                std::optional<absl::Time> known_at, View view) {
  Evaluate(models, *record.history, day, known);
  const RegistrationSpan registration = RegistrationOn(*record.location, day);
  RenderedRating rendered;
  rendered.partition = record.partition;
  rendered.subject_counter = state_.newest_counter;
  rendered.from = state_.from;
  rendered.before = state_.before;
  Narrow(registration.from, day, rendered.from, rendered.before);
  Narrow(registration.before, day, rendered.from, rendered.before);

  v1::ExplainRatingResponse response;
  v1::Rating& rating = *response.mutable_rating();
  const std::string& subject = record.history->subject();
  rating.set_name(subject + "/rating");
  rating.set_subject(subject);
  rating.set_display_name(record.location->display_name());
  rating.set_partition(record.partition);
  rating.set_deregistered(registration.deregistered);
  model::FillRating(evaluation_, state_, view != View::kBasic, rating);
  // Registration may narrow what the fold found.
  rating.clear_valid_from();
  rating.clear_valid_before();
  if (rendered.from) *rating.mutable_valid_from() = clock::DayToProto(*rendered.from);
  if (rendered.before) *rating.mutable_valid_before() = clock::DayToProto(*rendered.before);

  model::DeriveOptions options;
  options.chain_head = record.chain_head;
  google::protobuf::Timestamp moment;
  if (known_at) {
    const std::int64_t micros = absl::ToUnixMicros(*known_at);
    moment.set_seconds(micros / 1'000'000);
    moment.set_nanos(static_cast<std::int32_t>(micros % 1'000'000) * 1'000);
    options.known_at = &moment;
  }
  absl::StatusOr<v1::Derivation> derivation = model::Derive(evaluation_, state_, options);
  if (!derivation.ok()) return errors::Internal("derivation", derivation.status().message());
  rating.set_derivation_digest(derivation->digest());

  if (view == View::kExplain) {
    *response.mutable_derivation() = *std::move(derivation);
    for (std::string& line : model::Explain(evaluation_, state_)) {
      response.add_explanation(std::move(line));
    }
    rendered.bytes = response.SerializeAsString();
  } else {
    rendered.bytes = rating.SerializeAsString();
  }
  return rendered;
}

}  // namespace assay::scoring
