// Whole files: what is written, and that nothing is where something is wrong.

#include "clients/cli/rate/rate_file.h"

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <map>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "clients/cli/csv/csv_reader.h"
#include "tests/clients/cli/rate/test_method.h"

namespace assay::cli {
namespace {

using ::testing::HasSubstr;

const Method& Saf() {
  static const Method& method = *new Method(ShippedMethod("cqc-saf@2024-12"));
  return method;
}

std::string ReadAll(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return std::string(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
}

// A run over a text, in a folder of its own.
class RateFileTest : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string folder = absl::StrCat(::testing::TempDir(), "/rate-XXXXXX");
    ASSERT_NE(mkdtemp(folder.data()), nullptr);
    options_.in = folder + "/in.csv";
    options_.out = folder + "/out.csv";
    std::ofstream(options_.out) << "before";
  }

  absl::StatusOr<RateReport> Run(const std::string& text) {
    std::ofstream(options_.in, std::ios::binary) << text;
    RateObserver observer;
    observer.on_disagreement = [this](const Disagreement& each) { disagreements_.push_back(each); };
    return RateFile(options_, Saf(), observer);
  }

  RateFileOptions options_;
  std::vector<Disagreement> disagreements_;
};

TEST_F(RateFileTest, WritesARowForEachRowKept) {
  options_.columns.where = {{"group", "Overall"}};
  const auto report =
      Run("id,group,safe,effective,caring,responsive,well_led\n"
          "a,Overall,G,G,G,G,G\n"
          "b,Homecare,Goodish,,,,\n"  // not kept, so nobody asks what is in it
          "a,Overall,I,I,G,G,G\n"
          "\"c,\"\"d\"\"\",Overall,,,,,\n");
  ASSERT_TRUE(report.ok()) << report.status();
  EXPECT_EQ(ReadAll(options_.out),
            "id,overall,rule\n"
            "a,Good,good\n"
            "a,Inadequate,two-inadequate\n"
            "\"c,\"\"d\"\"\",,\n");
  EXPECT_EQ(report->rows, 4);
  EXPECT_EQ(report->kept, 3);
  EXPECT_EQ(report->rated, 2);
}

TEST_F(RateFileTest, TakesMarksLineEndsAndBlankLinesAsTheyCome) {
  const auto report =
      Run("\xEF\xBB\xBFsafe.learning-culture,safe.safeguarding\r\n"
          "3,3\r\n"
          "\r\n"
          ",\r\n"
          "\"4\",1");
  ASSERT_TRUE(report.ok()) << report.status();
  const std::string none = ",,,,,,,,,,,,";
  EXPECT_EQ(ReadAll(options_.out),
            absl::StrCat("id,safe_percent,safe,safe_limiter,effective_percent,effective,"
                         "effective_limiter,caring_percent,caring,caring_limiter,"
                         "responsive_percent,responsive,responsive_limiter,well_led_percent,"
                         "well_led,well_led_limiter,overall,rule\n",
                         "1,75,Good,", none, ",Good,one-rated\n", "2,,,", none, ",,\n",
                         "3,63,Requires improvement,limiter.good", none,
                         ",Requires improvement,one-rated\n"));
}

TEST_F(RateFileTest, WritesNothingWhereSomethingIsWrong) {
  const std::string header = "id,safe,effective,caring,responsive,well_led\n";
  const struct {
    const char* what;
    std::string text;
    std::vector<std::string> want;
  } kCases[] = {
      {"bad cells",
       header + "a,G,G,G,G,G\nb,Goodish,G,G,G,7\nc,G,G,G,G,G\nd,,,x,,\n",
       {"3 things are wrong", "row 2 (line 3), column safe: got Goodish",
        "row 2 (line 3), column well_led: got 7", "row 4 (line 5), column caring: got x"}},
      {"a short row among bad cells",
       header + "a,G,G\nb,Z,G,G,G,G\n",
       {"2 things are wrong", "row 1 (line 2)", "column safe: got Z"}},
      {"a bad byte", header + "a,G,\xff,G,G,G\n", {"row 1"}},
      {"an open quote", header + "a,\"G,G,G,G,G\n", {"row 1"}},
      {"a duplicate column", "id,safe,safe,effective,caring,responsive,well_led\n", {"safe"}},
      {"no header", "", {"in.csv"}},
  };
  for (const auto& each : kCases) {
    const auto report = Run(each.text);
    ASSERT_FALSE(report.ok()) << each.what;
    EXPECT_EQ(report.status().code(), absl::StatusCode::kInvalidArgument) << each.what;
    for (const std::string& part : each.want) {
      EXPECT_THAT(std::string(report.status().message()), HasSubstr(part)) << each.what;
    }
    EXPECT_EQ(ReadAll(options_.out), "before") << each.what;
  }
}

TEST_F(RateFileTest, ListsWhatDisagrees) {
  options_.columns.compare = "published";
  options_.columns.id_column = "key";
  const auto report =
      Run("key,safe,effective,caring,responsive,well_led,published\n"
          "a,G,G,G,G,G,Good\n"
          "b,G,G,G,G,G,O\n"
          "c,,,,,,\n"
          "d,,,,,,G\n");
  ASSERT_TRUE(report.ok()) << report.status();
  EXPECT_EQ(report->compared, 4);
  EXPECT_EQ(report->agreed, 2);
  ASSERT_EQ(disagreements_.size(), 2u);
  EXPECT_EQ(disagreements_[0].row, 2);
  EXPECT_EQ(disagreements_[0].id, "b");
  EXPECT_EQ(disagreements_[0].rule, "good");
  EXPECT_EQ(disagreements_[0].published, "Outstanding");
  EXPECT_EQ(disagreements_[0].rated, "Good");
  EXPECT_EQ(disagreements_[1].row, 4);
  EXPECT_EQ(disagreements_[1].rated, "");
}

TEST_F(RateFileTest, MayReplaceTheFileItReads) {
  options_.out = options_.in;
  ASSERT_TRUE(Run("safe,effective,caring,responsive,well_led\nG,G,G,G,G\n").ok());
  EXPECT_EQ(ReadAll(options_.in), "id,overall,rule\n1,Good,good\n");
}

TEST_F(RateFileTest, SaysWhichFileIsMissing) {
  options_.in += ".missing";
  const auto report = RateFile(options_, Saf(), {});
  EXPECT_THAT(std::string(report.status().message()), HasSubstr("in.csv.missing"));
}

// ---- The published data and the truth vectors, where they are at hand
// ----------------------------

std::string SharedFile(const std::string& name) {
  const char* shared = std::getenv("ASSAY_SHARED_DATA");
  const char* source = std::getenv("ASSAY_SOURCE_DIR");
  const std::string folder =
      shared != nullptr ? shared
                        : absl::StrCat(source == nullptr ? "." : source, "/../shared/data");
  const std::string path = absl::StrCat(folder, "/", name);
  return std::ifstream(path).good() ? path : "";
}

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

TEST_F(RateFileTest, AgreesWithPublishedRatings) {
  options_.in = SharedFile("rating_events.csv");
  if (options_.in.empty()) GTEST_SKIP() << "no rating_events.csv: set ASSAY_SHARED_DATA";
  options_.columns.where = {{"group", "Overall"}};
  options_.columns.compare = "overall";
  RateObserver observer;
  observer.on_disagreement = [this](const Disagreement& each) { disagreements_.push_back(each); };
  const auto report = RateFile(options_, Saf(), observer);
  ASSERT_TRUE(report.ok()) << report.status();
  EXPECT_GT(report->compared, 2500);
  EXPECT_GE(report->agreed * 1000, report->compared * 996);
  EXPECT_EQ(static_cast<std::int64_t>(disagreements_.size()), report->compared - report->agreed);
}

TEST_F(RateFileTest, EqualsTheTruthOfEveryLocation) {
  options_.in = SharedFile("vectors/locations_scores.csv");
  const std::string truth_path = SharedFile("vectors/locations_truth.csv");
  if (options_.in.empty() || truth_path.empty()) {
    GTEST_SKIP() << "no vectors/locations_scores.csv: set ASSAY_SHARED_DATA";
  }
  const auto report = RateFile(options_, Saf(), {});
  ASSERT_TRUE(report.ok()) << report.status();
  const std::vector<Record> got = ReadCsv(options_.out);
  const std::vector<Record> truth = ReadCsv(truth_path);
  ASSERT_EQ(got.size(), truth.size());
  ASSERT_GE(got.size(), 500u);
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
    for (const char* group : {"safe", "effective", "caring", "responsive", "well-led"}) {
      std::string column = group;
      if (column == "well-led") column = "well_led";
      const std::string their_group = group;
      EXPECT_EQ(mine.at(column + "_percent"), theirs.at(their_group + "_percent")) << mine.at("id");
      EXPECT_EQ(mine.at(column), kWords.at(theirs.at(their_group))) << mine.at("id");
      EXPECT_EQ(mine.at(column + "_limiter").empty(), theirs.at(their_group + "_limiter").empty())
          << mine.at("id");
    }
  }
}

}  // namespace
}  // namespace assay::cli
