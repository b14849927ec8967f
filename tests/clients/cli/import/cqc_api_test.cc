#include "clients/cli/import/cqc_api.h"

#include <algorithm>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "clients/cli/ingest/request_id.h"
#include "services/common/clock/day_proto.h"
#include "services/common/errors/errors.h"
#include "tests/clients/cli/testing/shipped_models.h"

namespace assay::importer {
namespace {

using evidence::v1::Judgement;
using evidence::v1::Location;
using evidence::v1::RecordWrite;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

std::string Text(const type::v1::Date& date) {
  return clock::IsUnset(date) ? "" : clock::DayFromProto(date)->ToString();
}

// `safe 2022-04-20 cqc-kloe@2017-11 3 GIVEN link-1`.
std::string Shown(const Judgement& judgement) {
  const auto& node = judgement.node();
  const std::string what = !node.item().empty()    ? node.item()
                           : !node.group().empty() ? node.group()
                                                   : "overall";
  const std::string status = JudgementStatus_Name(judgement.status());
  return absl::StrCat(
      node.service().empty() ? "" : node.service() + ":", what, " ",
      Text(judgement.effective_date()), " ",
      absl::StrReplaceAll(judgement.framework_version(),
                          {{"frameworks/", ""}, {"/versions/", "@"}}),
      " ",
      judgement.has_outcome()
          ? absl::StrCat(judgement.outcome().scale(), "=", judgement.outcome().level())
          : judgement.not_rated().reason(),
      " ", status.substr(status.find("STATUS_") + 7), " ", judgement.source().reference());
}

class CqcApiTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    models_ = new model::ModelSet(testing::ShippedModelSet());
    geography_ = new geography::Geography(geography::Geography::Load().value());
    context_ = new CqcContext(MakeCqcContext(*geography_, *models_).value());
  }

  // A location's document with `more` after the fields that every one has.
  static absl::StatusOr<MappedDocument> Map(const std::string& more) {
    return MapDocument(absl::StrCat(R"({"locationId": "1-102", "providerId": "1-101")",
                                    more.empty() ? "" : ", ", more, "}"),
                       DocumentKind::kLocation, *context_);
  }

  static MappedDocument Good(const std::string& more) {
    absl::StatusOr<MappedDocument> mapped = Map(more);
    EXPECT_TRUE(mapped.ok()) << mapped.status();
    return mapped.ok() ? *std::move(mapped) : MappedDocument();
  }

  static Location LocationIn(const MappedDocument& mapped) {
    for (const RecordWrite& write : mapped.writes) {
      if (write.has_location()) return write.location().location();
    }
    ADD_FAILURE() << "no location";
    return Location();
  }

  static std::vector<std::string> JudgementsIn(const MappedDocument& mapped) {
    std::vector<std::string> shown;
    for (const RecordWrite& write : mapped.writes) {
      if (!write.has_judgement()) continue;
      EXPECT_EQ(write.judgement().parent(), "locations/1-102");
      EXPECT_EQ(write.judgement().judgement().source().system(), "cqc-api");
      shown.push_back(Shown(write.judgement().judgement()));
    }
    return shown;
  }

  static std::vector<std::string> AreasOf(const Location& location) {
    std::vector<std::string> areas;
    for (const auto& area : location.areas()) {
      areas.push_back(absl::StrCat(area.area(), " ", Text(area.from()), "..", Text(area.before())));
    }
    return areas;
  }

  static model::ModelSet* models_;
  static geography::Geography* geography_;
  static CqcContext* context_;
};

model::ModelSet* CqcApiTest::models_ = nullptr;
geography::Geography* CqcApiTest::geography_ = nullptr;
CqcContext* CqcApiTest::context_ = nullptr;

TEST_F(CqcApiTest, MapsTheRegistry) {
  const MappedDocument mapped = Good(R"(
      "name": "Fern House", "odsCode": "VX1", "registrationStatus": "Registered",
      "registrationDate": "2020-12-11", "numberOfBeds": 66, "uprn": "422000", "postalCode": "OL1 1AA",
      "onspdIcbCode": "E54000057", "localAuthority": "St. Helens", "type": "Social Care Org",
      "inspectionDirectorate": "Adult social care",
      "inspectionCategories": [{"code": "S1", "name": "Residential social care", "primary": "true"}],
      "gacServiceTypes": [{"name": "Residential homes"}, {"name": "Nursing homes"},
                          {"name": "Residential homes"}])");
  const Location location = LocationIn(mapped);
  EXPECT_EQ(location.name(), "locations/1-102");
  EXPECT_EQ(location.provider(), "providers/1-101");
  EXPECT_EQ(location.display_name(), "Fern House");
  EXPECT_EQ(location.sector(), "adult-social-care");
  EXPECT_THAT(location.service_types(), ElementsAre("Residential homes", "Nursing homes"));
  EXPECT_EQ(location.registration_status(), evidence::v1::REGISTRATION_STATUS_REGISTERED);
  EXPECT_EQ(Text(location.registration_date()), "2020-12-11");
  EXPECT_EQ(location.ods_code(), "VX1");
  EXPECT_EQ(location.uprn(), "422000");
  EXPECT_EQ(location.postcode(), "OL1 1AA");
  EXPECT_EQ(location.beds(), 66);
  EXPECT_THAT(AreasOf(location),
              ElementsAre("areas/icb.QOP 2022-07-01..", "areas/region.Y62 2022-07-01..",
                          "areas/la.st-helens 2020-12-11.."));
  ASSERT_TRUE(mapped.writes.front().has_area());
  EXPECT_EQ(mapped.writes.front().area().area().display_name(), "St. Helens");
  EXPECT_THAT(mapped.notes, IsEmpty());
}

TEST_F(CqcApiTest, KeepsTheDateOfDeregistration) {
  const Location location =
      LocationIn(Good(R"("registrationStatus": "Deregistered", "registrationDate": "2013-10-28",
              "deregistrationDate": "2014-05-30")"));
  EXPECT_EQ(location.registration_status(), evidence::v1::REGISTRATION_STATUS_DEREGISTERED);
  EXPECT_EQ(Text(location.deregistration_date()), "2014-05-30");
}

TEST_F(CqcApiTest, BoardsFollowTheSuccession) {
  struct Case {
    const char* code;
    const char* registered;
    std::string want;
    std::size_t notes;
  };
  const std::vector<Case> cases = {
      {"E54000022", "2020-01-01",
       "areas/icb.QMM 2022-07-01..2026-04-01, areas/icb.T6Y0W 2026-04-01.., "
       "areas/region.Y61 2022-07-01..",
       0},
      {"E54000034", "2024-01-01",
       "areas/icb.QNQ 2024-01-01..2026-04-01, areas/region.Y59 2024-01-01..2026-04-01", 1},
      {"E54000068", "2020-12-11", "areas/icb.T6Y0W 2026-04-01.., areas/region.Y61 2026-04-01..", 0},
      {"E54000022", "2026-05-01", "areas/icb.T6Y0W 2026-05-01.., areas/region.Y61 2026-05-01..", 0},
      {"E54999999", "2020-01-01", "", 1},
  };
  for (const Case& c : cases) {
    const MappedDocument mapped = Good(absl::StrCat(
        R"("onspdIcbCode": ")", c.code, R"(", "registrationDate": ")", c.registered, "\""));
    EXPECT_EQ(absl::StrJoin(AreasOf(LocationIn(mapped)), ", "), c.want) << c.code;
    EXPECT_THAT(mapped.notes, SizeIs(c.notes)) << c.code;
  }
}

TEST_F(CqcApiTest, SectorByWhatTellsMost) {
  struct Case {
    const char* fields;
    const char* want;
  };
  for (const Case& c : {
           Case{R"("type": "Primary Medical Services")", "primary-medical"},
           Case{R"("type": "Primary Medical Services", "inspectionCategories": [
                   {"name": "Dentists"}, {"name": "GP Practices", "primary": "true"}])",
                "general-practice"},
           Case{R"("inspectionDirectorate": "Adult social care")", "adult-social-care"},
           Case{R"("type": "Something new", "inspectionDirectorate": "Unspecified")", ""},
       }) {
    EXPECT_EQ(LocationIn(Good(c.fields)).sector(), c.want) << c.fields;
  }
}

TEST_F(CqcApiTest, PublishedRatingsInAnyOrderAndSpelling) {
  const MappedDocument mapped = Good(R"(
      "currentRatings": {"reportDate": "2022-04-20", "overall": {
        "rating": "Requires Improvement", "reportDate": "2022-04-20", "reportLinkId": "link-1",
        "keyQuestionRatings": [
          {"name": "WELL-LED", "rating": "requires improvement"},
          {"name": "Well_Led", "rating": "Requires improvement", "reportDate": "2021-01-02"},
          {"name": "Safe", "rating": "Good", "reportDate": "2019-05-06", "reportLinkId": "link-0",
           "organisationId": "1-77"}]}},
      "historicRatings": [{"reportDate": "2018-03-01", "reportLinkId": "link-9",
        "organisationId": "1-102",
        "overall": {"rating": "Inadequate", "keyQuestionRatings": [
          {"name": "Caring", "rating": "Outstanding"}]}}])");
  EXPECT_THAT(
      JudgementsIn(mapped),
      ElementsAre("caring 2018-03-01 cqc-kloe@2017-11 rating=4 GIVEN link-9",
                  "overall 2018-03-01 cqc-kloe@2017-11 rating=1 GIVEN link-9",
                  "safe 2019-05-06 cqc-kloe@2017-11 rating=3 GIVEN link-0, inherited from 1-77",
                  "well-led 2021-01-02 cqc-kloe@2017-11 rating=2 GIVEN link-1",
                  "well-led 2022-04-20 cqc-kloe@2017-11 rating=2 GIVEN link-1",
                  "overall 2022-04-20 cqc-kloe@2017-11 rating=2 GIVEN link-1"));
}

TEST_F(CqcApiTest, WordsInPlaceOfARating) {
  const MappedDocument mapped = Good(R"(
      "currentRatings": {"overall": {"rating": "Good", "reportDate": "2019-01-01",
        "keyQuestionRatings": [{"name": "Safe", "rating": "Inspected but not rated",
                                "reportDate": "2020-01-01"},
                               {"name": "Caring", "rating": "No published rating"}]}},
      "historicRatings": [
        {"reportDate": "2021-05-05", "overall": {"rating": "Inspected but not rated"}},
        {"reportDate": "2014-05-05", "overall": {"rating": "Insufficient evidence to rate"}}])");
  // A word of the current ratings stands; one of an inspection after the rating does not end it.
  // What was left out has no date: the unrated Caring goes by its outer date.
  EXPECT_THAT(
      JudgementsIn(mapped),
      ElementsAre(
          "overall 2014-05-05 cqc-kloe@2017-11 insufficient-evidence GIVEN report-2014-05-05",
          "caring 2019-01-01 cqc-kloe@2017-11 no-published-rating GIVEN report-2019-01-01",
          "overall 2019-01-01 cqc-kloe@2017-11 rating=3 GIVEN report-2019-01-01",
          "safe 2020-01-01 cqc-kloe@2017-11 inspected-but-not-rated GIVEN report-2020-01-01"));
  EXPECT_THAT(mapped.notes, ElementsAre(HasSubstr("does not end the rating that stood")));
}

// The record takes no judgement of a service that it does not know.
TEST_F(CqcApiTest, RegistersTheServicesThatItJudgesBeforehand) {
  const MappedDocument mapped = Good(R"(
      "currentRatings": {"reportDate": "2019-10-15", "overall": {"rating": "Good"},
        "serviceRatings": [{"name": "Old people", "rating": "Good"},
                           {"name": "Children", "rating": "Good"},
                           {"name": "Visitors", "rating": ""}]},
      "historicRatings": [{"reportDate": "2014-05-05", "serviceRatings": [
        {"name": "OLD PEOPLE", "rating": "Outstanding"}]}])");
  std::vector<std::string> told;
  for (const RecordWrite& write : mapped.writes) {
    if (write.has_service()) {
      EXPECT_FALSE(write.service().request_id().empty());
      told.push_back(absl::StrCat(write.service().service().name(), " ",
                                  write.service().service().display_name()));
    } else if (write.has_judgement()) {
      told.push_back(absl::StrCat("judged ", write.judgement().judgement().node().service()));
    }
  }
  EXPECT_THAT(told, ElementsAre(HasSubstr("/services/children Children"),
                                HasSubstr("/services/old-people Old people"), "judged old-people",
                                "judged ", "judged old-people", "judged children"));
}

TEST_F(CqcApiTest, TakesRatingsOfServicesOfOldReports) {
  const MappedDocument mapped = Good(R"(
      "currentRatings": {"reportDate": "2019-10-15", "serviceRatings": [
        {"name": "old", "rating": "Good", "keyQuestionRatings": [{"name": "Safe", "rating": "Good"}]},
        {"name": "mothers", "rating": "Good"}]})");
  EXPECT_THAT(
      JudgementsIn(mapped),
      ElementsAre("old:safe 2019-10-15 cqc-kloe@2017-11 rating=3 GIVEN report-2019-10-15",
                  "old:overall 2019-10-15 cqc-kloe@2017-11 rating=3 GIVEN report-2019-10-15",
                  "mothers:overall 2019-10-15 cqc-kloe@2017-11 rating=3 GIVEN "
                  "report-2019-10-15"));
  EXPECT_THAT(mapped.notes, IsEmpty());
}

TEST_F(CqcApiTest, RatingsWithoutADateAreNoted) {
  const MappedDocument mapped = Good(
      R"("currentRatings": {"overall": {"rating": "Good",
           "keyQuestionRatings": [{"name": "Safe", "rating": "No published rating"}]}})");
  EXPECT_THAT(JudgementsIn(mapped), IsEmpty());
  EXPECT_THAT(mapped.notes, ElementsAre(HasSubstr("left out 1 ratings without a date")));
}

constexpr char kStatements[] = R"([
    {"qualityStatementId": "1", "name": "Learning culture", "status": "Assessed",
     "qualityStatementscore": "3 - Evidence shows a good standard of care"},
    {"qualityStatementId": "2", "name": "Safe systems, pathways and transitions",
     "status": "Not Assessed", "qualityStatementscore": "2 - Evidence shows some shortfalls"},
    {"name": "Safeguarding", "status": "Not Assessed", "qualityStatementscore": "Not Scored"},
    {"qualityStatementId": "4", "name": "Involving people to manage risks", "status": "Assessed",
     "qualityStatementscore": ""}])";

std::string Assessment(const std::string& name, const std::string& date,
                       const std::string& published) {
  return absl::StrCat(R"({"assessmentPlanPublishedDateTime": ")", published,
                      R"(", "ratings": {"asgRatings": [{"assessmentPlanId": "AP1",
      "assessmentDate": ")",
                      date, R"(", "name": ")", name,
                      R"(", "rating": "Good", "keyQuestionRatings": [{"name": "Safe",
      "percentageScore": "63", "rating": "Good", "topicareas": )",
                      kStatements, "}]}]}}");
}

TEST_F(CqcApiTest, OneAssessmentIsTheLocations) {
  const MappedDocument mapped = Good(absl::StrCat(
      R"("assessment": [)", Assessment("Care Homes", "2024-07-15", "2024-09-17 15:19:48"), "]"));
  EXPECT_THAT(
      JudgementsIn(mapped),
      ElementsAre("safe.learning-culture 2024-09-17 cqc-saf@2023-11 score=3 ASSESSED AP1/1",
                  "safe.safe-systems-pathways-and-transitions 2024-09-17 cqc-saf@2023-11 score=2 "
                  "CARRIED_FORWARD AP1/2",
                  "safe.safeguarding 2024-09-17 cqc-saf@2023-11 not-scored CARRIED_FORWARD "
                  "AP1/safe.safeguarding",
                  "safe 2024-09-17 cqc-saf@2023-11 rating=3 GIVEN AP1/safe",
                  "overall 2024-09-17 cqc-saf@2023-11 rating=3 GIVEN AP1/overall"));
  EXPECT_EQ(Text(mapped.writes.back().judgement().judgement().assessment_start()), "2024-07-15");
}

TEST_F(CqcApiTest, TheDayOfTheAssessmentChoosesTheVersion) {
  struct Case {
    const char* date;
    const char* want;
  };
  for (const Case& c : {Case{"2024-12-01", "2025-03-04 cqc-saf@2023-11"},
                        Case{"2024-12-02", "2025-03-04 cqc-saf@2024-12"}}) {
    const MappedDocument mapped = Good(absl::StrCat(
        R"("assessment": [)", Assessment("Care Homes", c.date, "2025-03-04T01:02:03"), "]"));
    ASSERT_THAT(JudgementsIn(mapped), SizeIs(5));
    EXPECT_THAT(JudgementsIn(mapped).back(), HasSubstr(c.want));
  }
}

TEST_F(CqcApiTest, SeveralServicesAreRatedOneByOne) {
  const MappedDocument mapped = Good(absl::StrCat(
      R"("assessment": [)", Assessment("Care Homes", "2025-01-15", "2025-03-17 15:19:48"), ", ",
      Assessment("Homecare Service", "2025-02-15", "2025-04-17 15:19:48"), "]"));
  const std::vector<std::string> judgements = JudgementsIn(mapped);
  EXPECT_THAT(judgements, SizeIs(10));
  EXPECT_THAT(judgements,
              Contains("care-homes:overall 2025-03-17 cqc-saf@2024-12 rating=3 GIVEN AP1/overall"));
  EXPECT_THAT(judgements, Contains("homecare-service:safe.learning-culture 2025-04-17 "
                                   "cqc-saf@2024-12 score=3 ASSESSED AP1/1"));
}

TEST_F(CqcApiTest, DentistsAreNotScored) {
  const MappedDocument mapped = Good(R"(
      "assessment": [{"assessmentPlanPublishedDateTime": "2024-11-18 14:40:14", "ratings": {
        "asgRatings": [{"assessmentPlanId": "AP2", "assessmentDate": "2024-08-30", "name": "Dental",
          "rating": "", "keyQuestionRatings": [{"name": "Caring", "percentageScore": "0",
            "rating": "Regulations met", "topicareas": [{"qualityStatementId": "17",
              "status": "Not Assessed", "qualityStatementscore": "Regulations met"}]}]}]}}])");
  EXPECT_THAT(JudgementsIn(mapped),
              ElementsAre("caring.independence-choice-and-control 2024-11-18 cqc-saf@2023-11 "
                          "regulations=2 CARRIED_FORWARD AP2/17",
                          "caring 2024-11-18 cqc-saf@2023-11 regulations=2 GIVEN AP2/caring"));
}

TEST_F(CqcApiTest, TellsEveryFaultOfADocument) {
  const absl::StatusOr<MappedDocument> mapped = MapDocument(R"({
      "locationId": "1 102", "registrationStatus": "Gone", "registrationDate": "2020-13-01",
      "currentRatings": {"overall": {"rating": "Splendid", "reportDate": "2020-01-01",
        "keyQuestionRatings": [{"name": "Tidy", "rating": "Good"}]}},
      "assessment": [{"assessmentPlanPublishedDateTime": "2025-01-01 00:00:00", "ratings": {
        "asgRatings": [{"name": "x", "keyQuestionRatings": [{"name": "Safe", "topicareas": [
          {"qualityStatementId": "99", "qualityStatementscore": "3"},
          {"qualityStatementId": "1", "qualityStatementscore": "5 - Wonderful"}]}]}]}}]})",
                                                            DocumentKind::kLocation, *context_);
  ASSERT_FALSE(mapped.ok());
  std::string message;
  for (const errors::Violation& violation : errors::FieldViolations(mapped.status())) {
    absl::StrAppend(&message, violation.field, ": ", violation.description, "\n");
  }
  for (const char* want : {"locationId", "providerId", "registrationStatus: got Gone",
                           "registrationDate", "currentRatings.overall.rating: got Splendid",
                           "currentRatings.overall.keyQuestionRatings[0].name: got Tidy",
                           "topicareas[0].qualityStatementId: got 99",
                           "topicareas[1].qualityStatementscore: got 5 - Wonderful"}) {
    EXPECT_THAT(message, HasSubstr(want));
  }
}

TEST_F(CqcApiTest, TheSameDocumentGivesTheSameRequestIds) {
  const std::string more =
      R"("localAuthority": "Kent", "currentRatings": {"overall": {"rating": "Good",
         "reportDate": "2020-01-01"}})";
  const MappedDocument first = Good(more);
  const MappedDocument second = Good(more);
  const MappedDocument other = Good(absl::StrReplaceAll(more, {{"Good", "Outstanding"}}));
  ASSERT_EQ(first.writes.size(), 3u);
  for (std::size_t at = 0; at < 3; ++at) {
    EXPECT_FALSE(ingest::RequestIdIn(first.writes[at]).empty());
    EXPECT_EQ(ingest::RequestIdIn(first.writes[at]), ingest::RequestIdIn(second.writes[at]));
  }
  EXPECT_NE(ingest::RequestIdIn(first.writes[2]), ingest::RequestIdIn(other.writes[2]));
}

TEST_F(CqcApiTest, MapsProviders) {
  const absl::StatusOr<MappedDocument> mapped = MapDocument(
      R"({"providerId": "1-101", "name": "Botany Care Limited", "type": "Social Care Org",
          "odsCode": "A806", "registrationStatus": "Deregistered",
          "registrationDate": "2010-10-01", "deregistrationDate": "2018-11-19"})",
      DocumentKind::kProvider, *context_);
  ASSERT_TRUE(mapped.ok()) << mapped.status();
  ASSERT_EQ(mapped->writes.size(), 1u);
  const auto& provider = mapped->writes[0].provider().provider();
  EXPECT_EQ(provider.name(), "providers/1-101");
  EXPECT_EQ(provider.display_name(), "Botany Care Limited");
  EXPECT_EQ(provider.organisation_type(), "Social Care Org");
  EXPECT_EQ(provider.ods_code(), "A806");
  EXPECT_EQ(Text(provider.deregistration_date()), "2018-11-19");
  EXPECT_FALSE(MapDocument("{}", DocumentKind::kProvider, *context_).ok());
}

TEST_F(CqcApiTest, WantsTheThreeVersions) {
  const absl::Status status = MakeCqcContext(*geography_, model::ModelSet()).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kNotFound);
  EXPECT_THAT(std::string(status.message()), HasSubstr("frameworks/cqc-saf/versions/2024-12"));
}

}  // namespace
}  // namespace assay::importer
