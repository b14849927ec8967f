#include "services/common/model/explain_method.h"

#include <cstdlib>
#include <fstream>
#include <sstream>
#include <string>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "tests/common/model/model_testing.h"

namespace assay::model {
namespace {

using ::testing::HasSubstr;

std::string SourcePath(absl::string_view path) {
  const char* root = std::getenv("ASSAY_SOURCE_DIR");
  return absl::StrCat(root == nullptr ? "." : root, "/", path);
}

std::string ReadAll(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

TEST(ExplainMethodTest, SaysSmallMethodsAsTheGoldenFileHoldsThem) {
  std::string text;
  for (const auto& version : {SmallScores(), SmallJudged(), SmallCategories(), SmallStars()}) {
    absl::StrAppend(&text, ExplainMethod(*MustCompile(version)), "\n");
  }
  const std::string path = SourcePath("tests/common/model/explain_method.golden");
  if (std::getenv("ASSAY_UPDATE_GOLDEN") != nullptr) std::ofstream(path) << text;
  EXPECT_EQ(text, ReadAll(path));
}

// Whatever is shipped: every group, stage, rule and note is told, in lines that fit.
TEST(ExplainMethodTest, LeavesNothingOutOfWhatIsShipped) {
  for (const std::string& name : ShippedNames()) {
    const auto model = MustCompile(LoadShipped(name));
    const std::string text = ExplainMethod(*model);
    std::string flat;
    std::istringstream lines(text);
    for (std::string word; lines >> word;) absl::StrAppend(&flat, " ", word);
    for (const auto& group : model->version().groups()) EXPECT_THAT(flat, HasSubstr(group.name()));
    for (const auto& ladder : model->version().scoring_model().ladders()) {
      EXPECT_THAT(flat, HasSubstr(absl::StrCat("(", ladder.id(), ")")));
      for (const auto& stage : ladder.stages()) {
        EXPECT_THAT(flat, HasSubstr(stage.title()));
        for (const auto& cap : stage.caps()) EXPECT_THAT(flat, HasSubstr(cap.reason()));
      }
    }
    for (const auto& table : model->version().scoring_model().tables()) {
      for (const auto& row : table.rows()) EXPECT_THAT(flat, HasSubstr(row.id() + ":"));
    }
    for (const auto& note : model->version().notes()) EXPECT_THAT(flat, HasSubstr(note)) << name;
    std::istringstream wrapped(text);
    for (std::string line; std::getline(wrapped, line);) EXPECT_LE(line.size(), 110u) << line;
  }
}

}  // namespace
}  // namespace assay::model
