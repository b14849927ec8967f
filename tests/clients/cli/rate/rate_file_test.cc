// Whole files: what is written, and that nothing is where something is wrong.

#include "clients/cli/rate/rate_file.h"

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

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

}  // namespace
}  // namespace assay::cli
