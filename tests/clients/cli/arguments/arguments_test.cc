#include "clients/cli/arguments/arguments.h"

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "services/common/errors/errors.h"

namespace assay::cli {
namespace {

// What a reader makes of a text; empty where it refuses it, which must be by one violation.
std::string Made(const absl::StatusOr<std::string>& name) {
  if (name.ok()) return *name;
  EXPECT_EQ(errors::FieldViolations(name.status()).size(), 1u) << name.status();
  return "";
}

TEST(RatingNameFrom, TakesEveryFormOfALocation) {
  const struct {
    const char* text;
    const char* name;
  } kCases[] = {
      {"1-102", "locations/1-102/rating"},
      {"locations/1-102", "locations/1-102/rating"},
      {"locations/1-102/rating", "locations/1-102/rating"},
      {"RXX01", "locations/RXX01/rating"},
      {"", ""},
      {"locations/", ""},
      {"providers/1-101", ""},
      {"1-102/services/homecare", ""},
      {"1 102", ""},
      {"../1-102", ""},
  };
  for (const auto& each : kCases)
    EXPECT_EQ(Made(RatingNameFrom(each.text)), each.name) << each.text;
}

TEST(AreaNameFrom, TakesNamesAndBareBoardCodes) {
  const struct {
    const char* text;
    const char* name;
  } kCases[] = {
      {"areas/icb.QHL", "areas/icb.QHL"},
      {"icb.QHL", "areas/icb.QHL"},
      {"icb.qhl", "areas/icb.QHL"},
      {"QHL", "areas/icb.QHL"},
      {"s1y5d", "areas/icb.S1Y5D"},
      {"region.Y60", "areas/region.Y60"},
      {"la.E08000025", "areas/la.E08000025"},
      {"areas/la.city-of-york", "areas/la.city-of-york"},
      {"", ""},
      {"areas/", ""},
      {"planet.X", ""},
      {"Q H", ""},
  };
  for (const auto& each : kCases) EXPECT_EQ(Made(AreaNameFrom(each.text)), each.name) << each.text;
}

TEST(SubjectFrom, TakesEveryKind) {
  const struct {
    const char* text;
    const char* name;
  } kCases[] = {
      {"1-102", "locations/1-102"},
      {"locations/1-102", "locations/1-102"},
      {"1-102/services/homecare", "locations/1-102/services/homecare"},
      {"locations/1-102/services/homecare", "locations/1-102/services/homecare"},
      {"providers/1-101", "providers/1-101"},
      {"areas/icb.QHL", "areas/icb.QHL"},
      {"icb.qhl", "areas/icb.QHL"},
      {"la.E08000025", "areas/la.E08000025"},
      {"", ""},
      {"1 102", ""},
      {"1-102/rating", ""},
      {"planet.X", ""},
      {"services/homecare", ""},
  };
  for (const auto& each : kCases) {
    const absl::StatusOr<names::Subject> subject = SubjectFrom(each.text);
    EXPECT_EQ(subject.ok() ? subject->name() : "", each.name) << each.text;
    if (subject.ok()) continue;
    EXPECT_EQ(errors::FieldViolations(subject.status())[0].field, "SUBJECT") << each.text;
  }
}

TEST(WatchNameFrom, TellsAreasFromLocations) {
  EXPECT_EQ(Made(WatchNameFrom("1-102")), "locations/1-102/rating");
  EXPECT_EQ(Made(WatchNameFrom("icb.QHL")), "areas/icb.QHL");
  EXPECT_EQ(Made(WatchNameFrom("areas/icb.QHL")), "areas/icb.QHL");
  EXPECT_EQ(Made(WatchNameFrom("no such thing")), "");
}

TEST(VersionNameFrom, TakesTheShortAndTheFullName) {
  EXPECT_EQ(Made(VersionNameFrom("cqc-saf@2024-12")), "frameworks/cqc-saf/versions/2024-12");
  EXPECT_EQ(Made(VersionNameFrom("frameworks/cqc-saf/versions/2024-12")),
            "frameworks/cqc-saf/versions/2024-12");
  EXPECT_EQ(Made(VersionNameFrom("cqc-saf")), "");
  EXPECT_EQ(Made(VersionNameFrom("@")), "");
  EXPECT_EQ(Made(VersionNameFrom("cqc-saf@../../etc/passwd")), "");
}

TEST(DateFrom, TakesOneSpelling) {
  const auto day = DateFrom("--as-of", "2024-02-29");
  ASSERT_TRUE(day.ok());
  EXPECT_EQ(day->year(), 2024);
  EXPECT_EQ(day->month(), 2);
  EXPECT_EQ(day->day(), 29);
  for (const char* bad : {"", "2023-02-29", "2024-2-9", "29/02/2024", "1899-12-31", "2200-01-01",
                          "2024-12-02T00:00:00Z", "today"}) {
    const auto refused = DateFrom("--as-of", bad);
    ASSERT_FALSE(refused.ok()) << bad;
    EXPECT_EQ(errors::FieldViolations(refused.status())[0].field, "--as-of");
  }
}

TEST(MomentFrom, TakesRfc3339) {
  const auto moment = MomentFrom("--known-at", "1970-01-01T01:00:00.5+01:00");
  ASSERT_TRUE(moment.ok()) << moment.status();
  EXPECT_EQ(moment->seconds(), 0);
  EXPECT_EQ(moment->nanos(), 500000000);
  for (const char* bad : {"", "2024-12-02", "2024-12-02 09:30:00", "infinite-future", "now",
                          "1969-12-31T23:59:59Z", "2200-01-01T00:00:00Z"}) {
    EXPECT_FALSE(MomentFrom("--known-at", bad).ok()) << bad;
  }
}

TEST(RevisionFrom, TakesBase64) {
  const auto revision = RevisionFrom("--at-least", "AAEC");
  ASSERT_TRUE(revision.ok());
  EXPECT_EQ(revision->token(), std::string("\0\1\2", 3));
  EXPECT_FALSE(RevisionFrom("--at-least", "").ok());
  EXPECT_FALSE(RevisionFrom("--at-least", "?!").ok());
  EXPECT_FALSE(RevisionFrom("--at-least", std::string(8000, 'A')).ok());
}

}  // namespace
}  // namespace assay::cli
