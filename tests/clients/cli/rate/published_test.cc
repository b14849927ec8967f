// Methods against what was published by them, and against the truth vectors: each file rated whole,
// as `assay rate` does it. Skipped where the files are not at hand.

#include <cmath>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "clients/cli/csv/csv_reader.h"
#include "clients/cli/rate/rate_file.h"
#include "tests/clients/cli/rate/test_method.h"
#include "tests/clients/cli/testing/shared_data.h"

namespace assay::cli {
namespace {

using ::testing::IsEmpty;

using Record = std::map<std::string, std::string>;

std::vector<Record> ReadCsv(const std::string& path) {
  const auto reader = csv::CsvReader::Open(path);
  EXPECT_TRUE(reader.ok()) << reader.status();
  std::vector<Record> records;
  while (reader.ok()) {
    const auto row = (*reader)->Next();
    EXPECT_TRUE(row.ok()) << row.status();
    if (!row.ok() || *row == nullptr) break;
    Record record;
    for (std::size_t i = 0; i < (*row)->fields.size(); ++i) {
      record[(*reader)->columns()[i]] = std::string((*row)->fields[i]);
    }
    records.push_back(std::move(record));
  }
  return records;
}

class PublishedTest : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string folder = absl::StrCat(::testing::TempDir(), "/published-XXXXXX");
    ASSERT_NE(mkdtemp(folder.data()), nullptr);
    folder_ = folder;
    options_.out = folder + "/out.csv";
  }

  // False where the file is not at hand.
  bool Take(const std::string& file) {
    options_.in = absl::StrCat(testing::SharedData(), "/", file);
    return std::ifstream(options_.in).good();
  }

  RateReport Rate(const Method& method) {
    RateObserver observer;
    observer.on_disagreement = [this](const Disagreement& each) { differing_.push_back(each); };
    const auto report = RateFile(options_, method, observer);
    EXPECT_TRUE(report.ok()) << report.status();
    return report.ok() ? *report : RateReport();
  }

  // For people: what differs, and the rule that fired.
  void Print() const {
    for (const Disagreement& each : differing_) {
      std::cout << "row " << each.row << " (" << each.id << "): published "
                << (each.published.empty() ? "unrated" : each.published) << ", rated "
                << (each.rated.empty() ? "unrated" : each.rated) << " by " << each.rule << "\n";
    }
  }

  std::string folder_;
  RateFileOptions options_;
  std::vector<Disagreement> differing_;
};

#define TAKE_OR_SKIP(file) \
  if (!Take(file)) GTEST_SKIP() << "no " << options_.in << ": set ASSAY_SHARED_DATA"

TEST_F(PublishedTest, OverallRatingsFollowFromKeyQuestions) {
  TAKE_OR_SKIP("rating_events.csv");
  options_.columns.id_column = "location_id";
  options_.columns.where = {{"group", "Overall", true}};
  options_.columns.compare = "overall";
  for (const char* version : {"cqc-kloe@2017-11", "cqc-saf@2024-12"}) {
    SCOPED_TRACE(version);
    differing_.clear();
    const RateReport report = Rate(ShippedMethod(version));
    EXPECT_GT(report.compared, 3000);
    EXPECT_GE(report.agreed * 1000, report.compared * 996);
    EXPECT_EQ(static_cast<std::int64_t>(differing_.size()), report.compared - report.agreed);
    Print();
    for (const Disagreement& each : differing_) {
      EXPECT_NE(each.rule, "") << each.row;
      EXPECT_NE(each.id, "") << each.row;
    }
  }
}

TEST_F(PublishedTest, RatingsOfServicesFollowFromTheirFiveKeyQuestions) {
  TAKE_OR_SKIP("rating_events.csv");
  options_.columns.where = {{"group", "Overall", false}};
  options_.columns.compare = "overall";
  const auto shipped = ShippedMethod("cqc-kloe@2017-11");
  const auto method = MakeMethod(shipped.model, framework::v1::SUBJECT_KIND_SERVICE);
  ASSERT_TRUE(method.ok()) << method.status();
  const RateReport report = Rate(*method);
  EXPECT_GT(report.compared, 40);
  // Where a key question is not rated the published overall may rest on more than the file holds.
  const std::vector<Record> rows = ReadCsv(options_.in);
  std::vector<Disagreement> whole;
  for (const Disagreement& each : differing_) {
    const Record& row = rows[static_cast<std::size_t>(each.row) - 1];
    bool five = true;
    for (const char* group : {"safe", "effective", "caring", "responsive", "well_led"}) {
      five = five && !row.at(group).empty();
    }
    if (five) whole.push_back(each);
  }
  Print();
  EXPECT_THAT(whole, IsEmpty());
}

// Columns of the published table by the codes of the nine statements.
std::vector<ColumnMapping> NineStatements() {
  return {{"authority", "id"},
          {"qs1_assessing_needs", "working-with-people.assessing-needs"},
          {"qs2_supporting_healthier_lives", "2"},
          {"qs3_equity", "3"},
          {"qs4_care_provision", "Care provision, integration and continuity"},
          {"qs5_partnerships", "5"},
          {"qs6_safe_systems", "6"},
          {"qs7_safeguarding", "safeguarding"},
          {"qs8_governance", "8"},
          {"qs9_learning", "9"}};
}

TEST_F(PublishedTest, RatingsOfLocalAuthoritiesFollowFromNineScores) {
  TAKE_OR_SKIP("la_quality_statement_scores.csv");
  options_.columns.map = NineStatements();
  options_.columns.compare = "overall_rating";
  // One of the pilots: published as not rated, though it has nine scores.
  options_.columns.where = {{"overall_rating", "Not Rated", false}};
  const RateReport report = Rate(ShippedMethod("cqc-la@2023-04"));
  Print();
  EXPECT_GT(report.compared, 25);
  EXPECT_EQ(report.agreed, report.compared);
  std::map<std::string, Record> published;
  for (Record& row : ReadCsv(options_.in)) published[row.at("authority")] = row;
  for (const Record& row : ReadCsv(options_.out)) {
    // Published to one decimal: a half of it is never met.
    double exact = 0;
    ASSERT_TRUE(absl::SimpleAtod(published.at(row.at("id")).at("percentage_of_36"), &exact));
    EXPECT_EQ(row.at("overall_percent"), absl::StrCat(std::lround(exact)));
  }
}

TEST_F(PublishedTest, AGivenRatingStandsBesideTheComputedOne) {
  TAKE_OR_SKIP("la_quality_statement_scores.csv");
  options_.columns.map = NineStatements();
  options_.columns.map.push_back({"overall_rating", "overall"});
  const RateReport report = Rate(ShippedMethod("cqc-la@2023-04"));
  EXPECT_EQ(report.differing, 0);
  for (const Record& row : ReadCsv(options_.out)) {
    EXPECT_EQ(row.at("overall"), row.at("overall_computed"));
    if (!row.at("overall_given").empty()) {
      EXPECT_EQ(row.at("overall_given"), row.at("overall"));
    }
    EXPECT_EQ(row.at("warnings"), "");
  }
}

// One row a statement becomes one row a location; the columns are the ids of the interface.
TEST_F(PublishedTest, KeyQuestionsFollowFromStatementScores) {
  TAKE_OR_SKIP("saf_quality_statement_scores.csv");
  std::map<std::string, Record> locations;
  std::map<std::string, Record> published;  // by location and key question
  std::map<std::string, std::string> overall;
  for (const Record& row : ReadCsv(options_.in)) {
    const std::string& id = row.at("location_id");
    locations[id][row.at("qs_id")] = row.at("qs_score");
    published[absl::StrCat(id, " ", row.at("key_question"))] = row;
    overall[id] = row.at("asg_rating");
  }
  options_.in = folder_ + "/in.csv";
  {
    std::ofstream in(options_.in);
    in << "id";
    for (int i = 1; i <= 34; ++i) in << ",qs" << i;
    for (const auto& [id, scores] : locations) {
      in << "\n" << id;
      for (int i = 1; i <= 34; ++i) {
        const auto score = scores.find(absl::StrCat(i));
        in << "," << (score == scores.end() ? "" : score->second);
      }
    }
    in << "\n";
  }
  for (int i = 1; i <= 34; ++i) {
    options_.columns.map.push_back({absl::StrCat("qs", i), absl::StrCat(i)});
  }
  // Both versions of the framework give the same: a statement's score may be held by the older one.
  for (const char* name : {"cqc-saf@2024-12", "cqc-saf@2023-11"}) {
    const Method method = ShippedMethod(name);
    Rate(method);
    for (const Record& row : ReadCsv(options_.out)) {
      const std::string& id = row.at("id");
      EXPECT_EQ(row.at("overall"), overall.at(id)) << name << " " << id;
      for (const auto& group : method.model->version().groups()) {
        const Record& want = published.at(absl::StrCat(id, " ", group.name()));
        const std::string column = group.id() == "well-led" ? "well_led" : group.id();
        // A practice that is not rated says so in words, and 0 %.
        const bool rated = want.at("kq_percentage") != "0";
        EXPECT_EQ(row.at(column), rated ? want.at("kq_rating") : "") << name << " " << id;
        EXPECT_EQ(row.at(column + "_percent"), rated ? want.at("kq_percentage") : "") << id;
      }
    }
  }
}

TEST_F(PublishedTest, EqualsTheTruthOfEveryLocation) {
  TAKE_OR_SKIP("vectors/locations_scores.csv");
  const RateReport report = Rate(ShippedMethod("cqc-saf@2024-12"));
  const std::vector<Record> got = ReadCsv(options_.out);
  const std::vector<Record> truth =
      ReadCsv(absl::StrCat(testing::SharedData(), "/vectors/locations_truth.csv"));
  ASSERT_EQ(got.size(), truth.size());
  ASSERT_GE(report.kept, 500);
  const std::map<std::string, std::string> kWords = {{"O", "Outstanding"},
                                                     {"G", "Good"},
                                                     {"R", "Requires improvement"},
                                                     {"I", "Inadequate"},
                                                     {"", ""}};
  for (std::size_t i = 0; i < got.size(); ++i) {
    const Record& mine = got[i];
    const Record& theirs = truth[i];
    ASSERT_EQ(mine.at("id"), theirs.at("id"));
    EXPECT_EQ(mine.at("overall"), kWords.at(theirs.at("overall"))) << mine.at("id");
    for (const char* id : {"safe", "effective", "caring", "responsive", "well-led"}) {
      const std::string group = id;
      const std::string column = group == "well-led" ? "well_led" : group;
      EXPECT_EQ(mine.at(column + "_percent"), theirs.at(group + "_percent")) << mine.at("id");
      EXPECT_EQ(mine.at(column), kWords.at(theirs.at(group))) << mine.at("id");
      EXPECT_EQ(mine.at(column + "_limiter").empty(), theirs.at(group + "_limiter").empty())
          << mine.at("id");
    }
  }
}

}  // namespace
}  // namespace assay::cli
