#include "services/common/version/load.h"

#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "services/common/model/model.h"
#include "tests/common/version/sample_version.h"

namespace assay::version {
namespace {

using framework::v1::FrameworkVersion;

std::vector<std::string> Lines(const LoadResult& result) {
  std::vector<std::string> lines;
  for (const Diagnostic& problem : result.problems) lines.push_back(problem.ToString());
  return lines;
}

TEST(LoadVersionsTest, SetsWhatTheServiceAdds) {
  const LoadResult result = LoadVersions({SampleSource()});
  ASSERT_EQ(result.versions.size(), 1u) << JoinDiagnostics(result.problems);
  const FrameworkVersion& version = *result.versions[0].version;
  EXPECT_EQ(version.digest().size(), 64u);
  EXPECT_EQ(version.model_digest().size(), 64u);
  EXPECT_NE(version.model_digest(), version.digest());
  EXPECT_EQ(version.etag(), "\"" + version.digest() + "\"");
  EXPECT_EQ(version.state(), framework::v1::VERSION_STATE_PUBLISHED);
  EXPECT_EQ(version.items(0).name(), "frameworks/sample/versions/2024/items/warm.hands");
  // The digests of what is served are those of the content.
  EXPECT_EQ(*model::ModelDigest(version), version.model_digest());
  EXPECT_EQ(*model::VersionDigest(version), version.digest());
}

TEST(LoadVersionsTest, DigestsFollowTheContentAndNothingElse) {
  const auto load = [](const SourceText& source) {
    const LoadResult result = LoadVersions({source});
    EXPECT_TRUE(result.problems.empty()) << JoinDiagnostics(result.problems);
    return *result.versions.at(0).version;
  };
  const FrameworkVersion sample = load(SampleSource());
  SourceText commented = SampleSource();
  commented.text = "# A comment.\n\n" + commented.text;
  EXPECT_EQ(load(commented).digest(), sample.digest());
  // Texts for people change the version, not the model.
  const FrameworkVersion renamed = load(SampleWith("\"Sample\"", "\"Simple\""));
  EXPECT_NE(renamed.digest(), sample.digest());
  EXPECT_EQ(renamed.model_digest(), sample.model_digest());
  for (const SourceText& changed :
       {SampleWith("to_percent: 74 }", "to_percent: 70 }"), SampleWith("\"12\"", "\"13\""),
        SampleWith("name: \"Warm\"", "name: \"Warmth\"")}) {
    SourceText source = changed;
    // Keeps the bands whole where the change was to a band.
    const auto at = source.text.find("from_percent: 75");
    if (source.text.find("to_percent: 70") != std::string::npos)
      source.text.replace(at, 16, "from_percent: 71");
    EXPECT_NE(load(source).model_digest(), sample.model_digest());
    EXPECT_NE(load(source).digest(), sample.digest());
  }
}

TEST(LoadVersionsTest, OrdersByFrameworkThenFirstDay) {
  SourceText later = SampleSource("sample", "2023");
  later.text.replace(later.text.find("year: 2024"), 10, "year: 2025");
  const LoadResult result = LoadVersions({later, SampleSource(), SampleSource("other", "1")});
  ASSERT_EQ(result.versions.size(), 3u) << JoinDiagnostics(result.problems);
  EXPECT_EQ(result.versions[0].version->name(), "frameworks/other/versions/1");
  EXPECT_EQ(result.versions[1].version->name(), "frameworks/sample/versions/2024");
  EXPECT_EQ(result.versions[2].version->name(), "frameworks/sample/versions/2023");
  EXPECT_EQ(result.versions[1].version->state(), framework::v1::VERSION_STATE_SUPERSEDED);
  EXPECT_EQ(result.versions[2].version->state(), framework::v1::VERSION_STATE_PUBLISHED);
}

// What is not in force has no first day, stands after what is, and takes nothing's place.
TEST(LoadVersionsTest, ADraftComesLastAndSupersedesNothing) {
  SourceText draft = SampleSource("sample", "draft");
  const std::string from = "effective_from { year: 2024 month: 1 day: 1 }";
  draft.text.replace(draft.text.find(from), from.size(), "draft: true");
  const LoadResult result = LoadVersions({draft, SampleSource()});
  ASSERT_EQ(result.versions.size(), 2u) << JoinDiagnostics(result.problems);
  EXPECT_EQ(result.versions[0].version->name(), "frameworks/sample/versions/2024");
  EXPECT_EQ(result.versions[0].version->state(), framework::v1::VERSION_STATE_PUBLISHED);
  EXPECT_EQ(result.versions[1].version->state(), framework::v1::VERSION_STATE_PUBLISHED);
  EXPECT_TRUE(result.versions[1].version->draft());

  SourceText dated = draft;
  dated.text += from + " effective_before { year: 2025 month: 1 day: 1 }";
  EXPECT_THAT(
      Lines(LoadVersions({dated})),
      ::testing::ElementsAre(
          ::testing::HasSubstr("effective_from: got a day, want none: the version is a draft"),
          ::testing::HasSubstr("effective_before: got a day, want none: the version is a draft")));
  SourceText undated = SampleSource();
  undated.text.replace(undated.text.find(from), from.size(), "");
  EXPECT_THAT(Lines(LoadVersions({undated})),
              ::testing::ElementsAre(::testing::HasSubstr("effective_from: ")));
}

TEST(LoadVersionsTest, TellsEveryFaultOfEveryFile) {
  SourceText broken{"a@1.txtpb", "name: 3"};
  SourceText faulty = SampleWith("\"K1\"", "\"W1\"");
  const LoadResult result = LoadVersions({broken, faulty, SampleSource("other", "1")});
  EXPECT_THAT(
      Lines(result),
      ::testing::ElementsAre(
          ::testing::StartsWith("a@1.txtpb:1:7: Expected string"),
          "sample@2024.txtpb:8:96: items[1].code: \"W1\" is used before, at items[0].code"));
  ASSERT_EQ(result.versions.size(), 1u);
  EXPECT_EQ(result.versions[0].file, "other@1.txtpb");
}

TEST(LoadVersionsTest, RefusesOneVersionInTwoFiles) {
  SourceText copy = SampleSource();
  copy.file = "copy@1.txtpb";
  EXPECT_THAT(
      Lines(LoadVersions({SampleSource(), copy})),
      ::testing::ElementsAre(
          "copy@1.txtpb:1:1: name: got frameworks/sample/versions/2024 in this file, want it "
          "in sample@2024.txtpb",
          "copy@1.txtpb:1:1: name: got frameworks/sample/versions/2024, which "
          "sample@2024.txtpb holds already"));
  EXPECT_TRUE(LoadVersions({copy}, LoadOptions{false}).problems.empty());
}

TEST(LoadVersionsTest, VersionsOfAFrameworkAgreeOnItsNameAndPublisher) {
  SourceText other = SampleSource("sample", "2025");
  other.text.replace(other.text.find("\"Sampler\""), 9, "\"Another\"");
  EXPECT_THAT(
      Lines(LoadVersions({SampleSource(), other})),
      ::testing::ElementsAre(::testing::HasSubstr(
          "publisher: got \"Another\", want the same as in sample@2024.txtpb, \"Sampler\"")));
}

}  // namespace
}  // namespace assay::version
