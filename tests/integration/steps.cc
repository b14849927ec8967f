#include "tests/integration/steps.h"

#include <gtest/gtest.h>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"

#include "services/common/clock/day.h"
#include "services/common/clock/day_proto.h"

namespace assay::integration {
namespace {

// The value, or a failure of the test and an empty one.
template <class T>
T Must(absl::StatusOr<T> value) {
  EXPECT_TRUE(value.ok()) << value.status();
  return value.ok() ? *std::move(value) : T();
}

}  // namespace

type::v1::Date Day(absl::string_view text) {
  const absl::StatusOr<clock::Day> day = clock::Day::Parse(text);
  EXPECT_TRUE(day.ok()) << day.status();
  return day.ok() ? clock::DayToProto(*day) : type::v1::Date();
}

type::v1::Date Today(int plus) {
  const absl::StatusOr<clock::LondonCalendar> london = clock::LondonCalendar::Load();
  EXPECT_TRUE(london.ok()) << london.status();
  return clock::DayToProto(london->DayOf(absl::Now()).Plus(plus));
}

evidence::v1::Location NewLocation(absl::string_view id, const std::vector<std::string>& areas) {
  evidence::v1::Location location;
  location.set_name(absl::StrCat("locations/", id));
  location.set_provider("providers/1-100");
  location.set_display_name(absl::StrCat("House ", id));
  location.set_sector("adult-social-care");
  location.set_registration_status(evidence::v1::REGISTRATION_STATUS_REGISTERED);
  *location.mutable_registration_date() = Day("2015-04-01");
  for (const std::string& area : areas) {
    location.add_areas()->set_area(absl::StrCat("areas/", area));
  }
  return location;
}

evidence::v1::Judgement Score(absl::string_view item, int level, const type::v1::Date& effective) {
  evidence::v1::Judgement judgement;
  judgement.mutable_node()->set_item(std::string(item));
  judgement.set_framework_version(kVersion);
  judgement.mutable_outcome()->set_scale("score");
  judgement.mutable_outcome()->set_level(level);
  judgement.set_status(evidence::v1::JUDGEMENT_STATUS_ASSESSED);
  *judgement.mutable_effective_date() = effective;
  return judgement;
}

evidence::v1::Location Register(Suite& suite, const evidence::v1::Location& location) {
  evidence::v1::UpsertLocationRequest request;
  *request.mutable_location() = location;
  return Must(Ask(suite.registry(), &evidence::v1::RegistryService::Stub::UpsertLocation, request));
}

evidence::v1::Area AddArea(Suite& suite, absl::string_view id) {
  evidence::v1::UpsertAreaRequest request;
  evidence::v1::Area& area = *request.mutable_area();
  area.set_name(absl::StrCat("areas/", id));
  area.set_display_name(absl::StrCat("Area ", id));
  area.set_kind(absl::StartsWith(id, "region.") ? evidence::v1::AREA_KIND_REGION
                                                : evidence::v1::AREA_KIND_INTEGRATED_CARE_BOARD);
  return Must(Ask(suite.registry(), &evidence::v1::RegistryService::Stub::UpsertArea, request));
}

evidence::v1::Judgement Judge(Suite& suite, absl::string_view location,
                              const evidence::v1::Judgement& judgement) {
  evidence::v1::CreateJudgementRequest request;
  request.set_parent(absl::StrCat("locations/", location));
  *request.mutable_judgement() = judgement;
  return Must(Ask(suite.record(), &evidence::v1::RecordService::Stub::CreateJudgement, request));
}

scoring::v1::GetRatingRequest RatingOf(absl::string_view location,
                                       const std::vector<type::v1::Revision>& at_least) {
  scoring::v1::GetRatingRequest request;
  request.set_name(absl::StrCat("locations/", location, "/rating"));
  for (const type::v1::Revision& revision : at_least) *request.add_at_least() = revision;
  return request;
}

scoring::v1::Rating Rate(Suite& suite, const scoring::v1::GetRatingRequest& request) {
  return Must(Ask(suite.ratings(), &scoring::v1::RatingService::Stub::GetRating, request));
}

std::string Overall(const scoring::v1::Rating& rating) {
  return rating.has_outcome() ? rating.outcome().label()
                              : absl::StrCat("unrated: ", rating.unrated().reason());
}

Watch::Watch(Suite& suite, const std::vector<std::string>& names) {
  context_.set_deadline(absl::ToChronoTime(absl::Now() + kPatience));
  context_.set_wait_for_ready(true);
  scoring::v1::WatchRatingsRequest request;
  for (const std::string& name : names) request.add_names(name);
  request.set_send_initial(true);
  reader_ = suite.ratings().WatchRatings(&context_, request);
  scoring::v1::WatchRatingsResponse event;
  while (reader_->Read(&event) && !event.has_caught_up()) {
    EXPECT_TRUE(event.has_rating()) << event.ShortDebugString();
    present_.push_back(event.rating().subject());
  }
  EXPECT_TRUE(event.has_caught_up()) << "the watch ended early: " << server::FromGrpc(End());
}

Watch::~Watch() {
  context_.TryCancel();
  if (!ended_) reader_->Finish();
}

grpc::Status Watch::End() {
  if (!ended_) status_ = reader_->Finish();
  ended_ = true;
  return status_;
}

scoring::v1::WatchRatingsResponse Watch::Next() {
  scoring::v1::WatchRatingsResponse event;
  while (!ended_ && reader_->Read(&event)) {
    if (!event.has_caught_up()) return event;
  }
  ADD_FAILURE() << "the watch ended early: " << server::FromGrpc(End());
  return scoring::v1::WatchRatingsResponse();
}

}  // namespace assay::integration
