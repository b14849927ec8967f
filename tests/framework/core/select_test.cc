#include "services/framework/core/select.h"

#include <string>
#include <vector>

#include "gtest/gtest.h"

#include "services/framework/core/merge.h"
#include "tests/framework/framework_testing.h"

namespace assay::framework {
namespace {

clock::Day On(const std::string& text) { return *clock::Day::Parse(text); }

// In force from the first day of `from` until that of `before` (0: open), for these sectors.
v1::FrameworkVersion Version(const std::string& framework, const std::string& id, int from,
                             int before, const std::vector<std::string>& sectors) {
  v1::FrameworkVersion version = SampleVersion(id, from, framework);
  if (before > 0) {
    version.mutable_effective_before()->set_year(before);
    version.mutable_effective_before()->set_month(1);
    version.mutable_effective_before()->set_day(1);
  }
  version.clear_sectors();
  for (const std::string& sector : sectors) {
    v1::Sector* added = version.add_sectors();
    added->set_id(sector);
    added->set_display_name("The " + sector);
  }
  return version;
}

VersionPtr Published(const v1::FrameworkVersion& version, std::int64_t at = 0) {
  HeldVersion held = Held(version, v1::VERSION_STATE_PUBLISHED);
  if (at > 0) held.publish_time = absl::FromUnixSeconds(at);
  return *Serve(held);
}

std::string Selected(const std::vector<VersionPtr>& versions, const std::string& parent,
                     const std::string& sector, const std::string& day) {
  const auto catalogue = MergeCatalogue({}, versions);
  if (!catalogue.ok()) return std::string(catalogue.status().message());
  std::string names;
  for (const CatalogueVersion* one : InForce(**catalogue, parent, sector, On(day))) {
    names += names.empty() ? "" : " ";
    names += one->message().name().substr(11);
  }
  return names;
}

TEST(SelectTest, TheDayDecides) {
  const std::vector<VersionPtr> versions = {Published(Version("a", "1", 2020, 2024, {})),
                                            Published(Version("a", "2", 2024, 0, {}))};
  const std::pair<const char*, const char*> cases[] = {{"2019-12-31", ""},
                                                       {"2020-01-01", "a/versions/1"},
                                                       {"2023-12-31", "a/versions/1"},
                                                       {"2024-01-01", "a/versions/2"},
                                                       {"2100-01-01", "a/versions/2"}};
  for (const auto& [day, want] : cases) {
    EXPECT_EQ(Selected(versions, "frameworks/a", "", day), want) << day;
  }
}

TEST(SelectTest, TheSectorDecides) {
  const std::vector<VersionPtr> versions = {
      Published(Version("a", "1", 2020, 0, {"care-home", "dentist"})),
      Published(Version("b", "1", 2021, 0, {"council"})),
      Published(Version("c", "1", 2022, 0, {}))};
  const auto select = [&](const std::string& sector) {
    return Selected(versions, "frameworks/-", sector, "2025-01-01");
  };
  EXPECT_EQ(select("council"), "b/versions/1 c/versions/1") << "listed before for every sector";
  EXPECT_EQ(select("CARE_HOME"), "a/versions/1 c/versions/1");
  EXPECT_EQ(select("the dentist"), "a/versions/1 c/versions/1");
  EXPECT_EQ(select("prison"), "c/versions/1");
  EXPECT_EQ(select(""), "c/versions/1 b/versions/1 a/versions/1") << "all that could be meant";
  EXPECT_EQ(Selected(versions, "frameworks/a", "prison", "2025-01-01"), "");
}

TEST(SelectTest, TiesGoToTheLaterFirstDayThenTheLaterPublishingThenTheName) {
  EXPECT_EQ(Selected({Published(Version("a", "1", 2020, 0, {}), 5),
                      Published(Version("a", "2", 2021, 0, {}), 4)},
                     "frameworks/a", "", "2025-01-01"),
            "a/versions/2 a/versions/1");
  EXPECT_EQ(Selected({Published(Version("a", "1", 2020, 0, {}), 5),
                      Published(Version("a", "2", 2020, 0, {}), 4)},
                     "frameworks/a", "", "2025-01-01"),
            "a/versions/1 a/versions/2");
  EXPECT_EQ(Selected({Published(Version("a", "2", 2020, 0, {})),
                      Published(Version("a", "1", 2020, 0, {}))},
                     "frameworks/a", "", "2025-01-01"),
            "a/versions/1 a/versions/2");
}

TEST(SelectTest, DraftsAndWhatIsWithdrawnAreNotSelected) {
  v1::FrameworkVersion never = Version("a", "never", 2020, 0, {});
  never.clear_effective_from();
  const std::vector<VersionPtr> versions = {
      Served(Version("a", "draft", 2020, 0, {}), v1::VERSION_STATE_DRAFT),
      Served(Version("a", "proven", 2020, 0, {}), v1::VERSION_STATE_PROVEN),
      Served(Version("a", "withdrawn", 2020, 0, {}), v1::VERSION_STATE_WITHDRAWN),
      Published(never)};
  EXPECT_EQ(Selected(versions, "frameworks/a", "", "2025-01-01"), "");
}

TEST(SelectTest, VersionsOfSeveralFrameworksAreAmbiguousAndThoseOfOneAreNot) {
  const std::vector<VersionPtr> versions = {Published(Version("a", "1", 2020, 0, {"care-home"})),
                                            Published(Version("a", "2", 2021, 0, {"dentist"})),
                                            Published(Version("b", "1", 2022, 0, {"council"}))};
  const auto catalogue = MergeCatalogue({}, versions);
  ASSERT_TRUE(catalogue.ok()) << catalogue.status();
  const auto ambiguous = [&](const char* parent, const char* day) {
    return AreAmbiguous(InForce(**catalogue, parent, "", On(day)));
  };
  EXPECT_FALSE(ambiguous("frameworks/-", "2019-01-01")) << "none is in force";
  EXPECT_FALSE(ambiguous("frameworks/-", "2021-06-01")) << "the rules decide within a framework";
  EXPECT_TRUE(ambiguous("frameworks/-", "2022-01-01"));
  EXPECT_FALSE(ambiguous("frameworks/a", "2022-01-01"));
}

TEST(SelectTest, OneFrameworksNameIsNotThatOfAnother) {
  EXPECT_EQ(
      Selected({Published(Version("ab", "1", 2020, 0, {}))}, "frameworks/a", "", "2025-01-01"), "");
}

}  // namespace
}  // namespace assay::framework
