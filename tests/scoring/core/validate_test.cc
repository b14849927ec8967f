#include "services/scoring/core/validate.h"

#include <string>
#include <vector>

#include "gtest/gtest.h"

#include "services/common/clock/day_proto.h"
#include "services/common/errors/errors.h"
#include "services/common/revision/revision_proto.h"

namespace assay::scoring {
namespace {

clock::Day DayOf(const char* text) { return *clock::Day::Parse(text); }

const clock::Day kToday = DayOf("2026-11-21");
const Present kPresent = {kToday, absl::FromUnixSeconds(1750000000)};

std::vector<std::string> FieldsOf(const absl::Status& status) {
  std::vector<std::string> fields;
  for (const errors::Violation& violation : errors::FieldViolations(status)) {
    fields.push_back(violation.field);
  }
  return fields;
}

TEST(ValidateGetRating, TakesAGoodRequestWithItsDefaults) {
  v1::GetRatingRequest request;
  request.set_name("locations/1-102/rating");
  const auto question = Validate(request, kPresent);
  ASSERT_TRUE(question.ok()) << question.status();
  EXPECT_EQ(question->subject.name, "locations/1-102");
  EXPECT_EQ(question->subject.partition,
            names::PartitionOf(*names::Subject::Parse("locations/1-102")));
  EXPECT_EQ(question->moment.day, kToday);
  EXPECT_FALSE(question->moment.known_at.has_value());
  EXPECT_FALSE(question->moment.at_least.has_value());
  EXPECT_EQ(question->view, View::kBasic);
}

TEST(ValidateGetRating, WhatIsKnownLaterCannotBeAskedFor) {
  v1::GetRatingRequest request;
  request.set_name("locations/1-102/rating");
  request.mutable_as_of()->mutable_known_at()->set_seconds(absl::ToUnixSeconds(kPresent.moment));
  EXPECT_TRUE(Validate(request, kPresent).ok());
  request.mutable_as_of()->mutable_known_at()->set_nanos(1);
  EXPECT_EQ(FieldsOf(Validate(request, kPresent).status()),
            std::vector<std::string>{"as_of.known_at"});
}

TEST(ValidateGetRating, NamesEveryViolationAtOnce) {
  v1::GetRatingRequest request;
  request.set_name("providers/1-101/rating");
  request.mutable_as_of()->mutable_effective_date()->set_year(2025);
  request.mutable_as_of()->mutable_effective_date()->set_month(2);
  request.mutable_as_of()->mutable_effective_date()->set_day(30);
  request.mutable_as_of()->mutable_known_at()->set_nanos(-1);
  request.add_at_least()->set_token("no token");
  request.set_view(static_cast<v1::RatingView>(9));
  const auto question = Validate(request, kPresent);
  ASSERT_FALSE(question.ok());
  EXPECT_EQ(question.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(FieldsOf(question.status()),
            (std::vector<std::string>{"name", "view", "as_of.effective_date", "as_of.known_at",
                                      "at_least[0]"}));
}

TEST(ValidateGetRating, TakesDatesUpToAYearAhead) {
  const struct {
    int days;
    bool good;
  } kCases[] = {{-40000, false}, {0, true}, {366, true}, {367, false}};
  for (const auto& c : kCases) {
    v1::GetRatingRequest request;
    request.set_name("locations/1-102/rating");
    *request.mutable_as_of()->mutable_effective_date() = clock::DayToProto(kToday.Plus(c.days));
    if (c.days < -30000) request.mutable_as_of()->mutable_effective_date()->set_year(1800);
    EXPECT_EQ(Validate(request, kPresent).ok(), c.good) << c.days;
  }
}

TEST(ValidateGetRating, JoinsRevisionsAndRefusesThoseOfTwoRecords) {
  revision::RevisionVector first(7);
  revision::RevisionVector second(7);
  revision::RevisionVector foreign(8);
  ASSERT_TRUE(first.Set(1, 5).ok());
  ASSERT_TRUE(second.Set(2, 6).ok());
  v1::GetRatingRequest request;
  request.set_name("locations/1-102/rating");
  *request.add_at_least() = revision::RevisionToProto(first);
  *request.add_at_least() = revision::RevisionToProto(second);
  const auto question = Validate(request, kPresent);
  ASSERT_TRUE(question.ok()) << question.status();
  EXPECT_EQ(question->moment.at_least->At(1), 5u);
  EXPECT_EQ(question->moment.at_least->At(2), 6u);
  *request.add_at_least() = revision::RevisionToProto(foreign);
  EXPECT_EQ(FieldsOf(Validate(request, kPresent).status()),
            std::vector<std::string>{"at_least[2]"});
}

TEST(ValidateBatch, KeepsABadNameToItsOwnEntry) {
  v1::BatchGetRatingsRequest request;
  request.add_names("locations/1-102/rating");
  request.add_names("nonsense");
  const auto question = Validate(request, kPresent);
  ASSERT_TRUE(question.ok()) << question.status();
  ASSERT_EQ(question->subjects.size(), 2u);
  EXPECT_EQ(question->subjects[0]->name, "locations/1-102");
  EXPECT_EQ(question->subjects[1].status().code(), absl::StatusCode::kInvalidArgument);
}

TEST(ValidateBatch, TakesOneToAThousandNames) {
  v1::BatchGetRatingsRequest request;
  EXPECT_EQ(FieldsOf(Validate(request, kPresent).status()), std::vector<std::string>{"names"});
  for (int i = 0; i < 1000; ++i) request.add_names("locations/1-102/rating");
  EXPECT_TRUE(Validate(request, kPresent).ok());
  request.add_names("locations/1-102/rating");
  EXPECT_EQ(FieldsOf(Validate(request, kPresent).status()), std::vector<std::string>{"names"});
}

TEST(ValidateWatch, TellsLocationsFromAreasAndNamesTheBadOnes) {
  v1::WatchRatingsRequest request;
  request.add_names("locations/1-102/rating");
  request.add_names("areas/icb.QHL");
  const auto question = Validate(request);
  ASSERT_TRUE(question.ok()) << question.status();
  ASSERT_EQ(question->locations.size(), 1u);
  EXPECT_EQ(question->locations[0].name, "locations/1-102");
  EXPECT_EQ(question->areas, std::vector<std::string>{"areas/icb.QHL"});
  request.add_names("areas/planet.X");
  request.add_names("locations/1-102");
  EXPECT_EQ(FieldsOf(Validate(request).status()),
            (std::vector<std::string>{"names[2]", "names[3]"}));
}

TEST(ValidateArea, TakesAreasOnly) {
  v1::GetAreaSummaryRequest request;
  request.set_name("areas/region.Y60");
  EXPECT_TRUE(Validate(request, kPresent).ok());
  request.set_name("locations/1-102");
  request.set_sector(std::string(65, 's'));
  EXPECT_EQ(FieldsOf(Validate(request, kPresent).status()),
            (std::vector<std::string>{"name", "sector"}));
}

// Regression: a sector that was mistyped counted zeros.
TEST(ValidateArea, ASectorThatNobodyIsOfIsRefusedWithThoseThereAre) {
  const std::vector<std::string> known = {"adult-social-care", "hospitals"};
  AreaQuestion question;
  EXPECT_TRUE(CheckSector(question, known).ok()) << "all sectors";
  question.sector = "hospitals";
  EXPECT_TRUE(CheckSector(question, known).ok());
  question.sector = "hospital";
  EXPECT_TRUE(CheckSector(question, {}).ok()) << "a book that knows none";
  const absl::Status refused = CheckSector(question, known);
  EXPECT_EQ(FieldsOf(refused), std::vector<std::string>{"sector"});
  EXPECT_NE(refused.message().find("adult-social-care, hospitals"), absl::string_view::npos)
      << refused;
}

}  // namespace
}  // namespace assay::scoring
