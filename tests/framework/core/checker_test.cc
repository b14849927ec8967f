#include "services/framework/core/checker.h"

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "services/common/version/version_text.h"
#include "tests/framework/framework_testing.h"

namespace assay::framework {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

// "line:column field: message" of the errors.
std::vector<std::string> ErrorsOf(const std::vector<v1::Diagnostic>& found) {
  std::vector<std::string> lines;
  for (const v1::Diagnostic& one : found) {
    if (one.severity() != v1::DIAGNOSTIC_SEVERITY_ERROR) continue;
    lines.push_back(
        absl::StrCat(one.line(), ":", one.column(), " ", one.field(), ": ", one.message()));
  }
  return lines;
}

const Catalogue& Nothing() {
  static const Catalogue* const empty = new Catalogue({});
  return *empty;
}

TEST(CheckerTest, ASoundVersionIsPublishable) {
  EXPECT_THAT(ErrorsOf(CheckMessage(SampleVersion(), Nothing())), IsEmpty());
  const auto found = CheckText(version::SampleText(), Nothing());
  EXPECT_TRUE(IsPublishable(found));
}

TEST(CheckerTest, TellsAllFaultsOfATextWithTheirPlaces) {
  const std::string text =
      version::SampleWith("code: \"K1\"", "code: \"W1\"").text + "notes: \"\"\n";
  const std::vector<std::string> faults = ErrorsOf(CheckText(text, Nothing()));
  EXPECT_THAT(faults, Contains(HasSubstr("8:96 items[1].code: \"W1\" is used before")));
  EXPECT_THAT(faults, Contains(HasSubstr("notes[0]: got nothing")));
}

TEST(CheckerTest, TellsWhatIsNoVersionAtAll) {
  const struct {
    std::string text;
    const char* want;
  } cases[] = {
      {std::string("\0\xff\xfe", 3), ""},                                   // binary
      {version::SampleText().substr(0, 900), ""},                           // truncated
      {"colour: \"blue\"", "colour"},                                       // of another kind
      {std::string(version::kMaxTextBytes + 1, '#'), "got 1048577 bytes"},  // too large
  };
  for (const auto& c : cases) {
    const auto found = CheckText(c.text, Nothing());
    EXPECT_FALSE(IsPublishable(found)) << c.text.substr(0, 40);
    EXPECT_THAT(ErrorsOf(found), Contains(HasSubstr(c.want)));
  }
}

TEST(CheckerTest, VersionsOfAFrameworkAgreeOnWhatItIs) {
  const Catalogue around({Served(SampleVersion("2020", 2020))});
  v1::FrameworkVersion version = SampleVersion();
  version.set_publisher("Somebody else");
  const auto found = CheckMessage(version, around);
  EXPECT_THAT(ErrorsOf(found),
              ElementsAre(HasSubstr("publisher: got \"Somebody else\", want the same as in")));
  EXPECT_EQ(FaultsOf(found).count(), 1u);
  // A draft binds nobody.
  const Catalogue drafts({Served(SampleVersion("2020", 2020), v1::VERSION_STATE_DRAFT)});
  EXPECT_THAT(ErrorsOf(CheckMessage(version, drafts)), IsEmpty());
}

TEST(CheckerTest, AThousandFaultsAreCounted) {
  v1::FrameworkVersion version = SampleVersion();
  for (int i = 0; i < 600; ++i) version.add_notes("");
  const auto found = CheckMessage(version, Nothing());
  ASSERT_EQ(found.size(), kMaxFindings + 1);
  EXPECT_EQ(found.back().check(), "more-findings");
}

}  // namespace
}  // namespace assay::framework
