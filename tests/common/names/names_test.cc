#include "services/common/names/names.h"

#include <set>
#include <string>

#include <gtest/gtest.h>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/str_cat.h"

namespace assay::names {
namespace {

constexpr char kUuid[] = "018fd0a1-b2c3-7000-8000-0123456789ab";

bool Contains(const absl::Status& status, absl::string_view part) {
  return status.message().find(part) != absl::string_view::npos;
}

struct SubjectCase {
  std::string name;
  SubjectKind kind;
  std::string id;
  std::string service;
  std::string area_code;
  std::string root;
};

const SubjectCase kSubjects[] = {
    {"providers/1-101", SubjectKind::kProvider, "1-101", "", "", "providers/1-101"},
    {"providers/RJ1", SubjectKind::kProvider, "RJ1", "", "", "providers/RJ1"},
    {"locations/1-10000302982", SubjectKind::kLocation, "1-10000302982", "", "",
     "locations/1-10000302982"},
    {"locations/1-102/services/homecare", SubjectKind::kService, "1-102", "homecare", "",
     "locations/1-102"},
    {"areas/icb.QHL", SubjectKind::kArea, "icb.QHL", "", "QHL", "areas/icb.QHL"},
    {"areas/icb.S1Y5D", SubjectKind::kArea, "icb.S1Y5D", "", "S1Y5D", "areas/icb.S1Y5D"},
    {"areas/region.Y60", SubjectKind::kArea, "region.Y60", "", "Y60", "areas/region.Y60"},
    {"areas/la.E08000025", SubjectKind::kArea, "la.E08000025", "", "E08000025",
     "areas/la.E08000025"},
    {"areas/la.kingston-upon-hull-city-of", SubjectKind::kArea, "la.kingston-upon-hull-city-of", "",
     "kingston-upon-hull-city-of", "areas/la.kingston-upon-hull-city-of"},
    {"areas/sicbl.15E", SubjectKind::kArea, "sicbl.15E", "", "15E", "areas/sicbl.15E"},
};

TEST(SubjectTest, RoundTrips) {
  for (const SubjectCase& c : kSubjects) {
    const auto subject = Subject::Parse(c.name);
    ASSERT_TRUE(subject.ok()) << c.name << ": " << subject.status();
    EXPECT_EQ(subject->name(), c.name);
    EXPECT_EQ(subject->kind(), c.kind) << c.name;
    EXPECT_EQ(subject->id(), c.id);
    EXPECT_EQ(subject->service(), c.service);
    EXPECT_EQ(subject->area_code(), c.area_code);
    EXPECT_EQ(subject->Root().name(), c.root);
    EXPECT_EQ(subject->Root().Root(), subject->Root());
    EXPECT_EQ(*Subject::Parse(subject->Root().name()), subject->Root());
  }
}

TEST(SubjectTest, IsMadeFromItsParts) {
  EXPECT_EQ(Subject::Provider("1-101")->name(), "providers/1-101");
  EXPECT_EQ(Subject::Location("1-102")->name(), "locations/1-102");
  EXPECT_EQ(Subject::Service("1-102", "homecare")->name(), "locations/1-102/services/homecare");
  for (AreaKind kind :
       {AreaKind::kIcb, AreaKind::kRegion, AreaKind::kLocalAuthority, AreaKind::kSicbl}) {
    const auto area = Subject::Area(kind, "Q1");
    ASSERT_TRUE(area.ok());
    EXPECT_EQ(area->name(), absl::StrCat("areas/", WordOf(kind), ".Q1"));
    EXPECT_EQ(Subject::Parse(area->name())->area_kind(), kind);
  }
}

TEST(SubjectTest, RefusesEverythingElseInWords) {
  const std::string ids = "letters, digits or hyphens";
  const struct {
    std::string name;
    std::string part_of_message;
  } cases[] = {
      {"",
       "got \"\", want providers/{id}, locations/{id}, locations/{id}/services/{service} or "
       "areas/{kind}.{code}"},
      {"1-102", "got \"1-102\", want providers/{id}"},
      {"/locations/1-102", "want providers/{id}"},
      {"Locations/1-102", "want providers/{id}"},
      {"providers/", "got the provider id \"\", want 1 to 32 " + ids},
      {"providers/1-101/", "got the provider id \"1-101/\""},
      {"providers/1-101/services/homecare", "got the provider id"},
      {"providers/1 101", "got the provider id \"1 101\""},
      {"locations/" + std::string(33, '1'), "want 1 to 32 " + ids},
      {"locations/1_102", "got the location id \"1_102\""},
      {"locations/1-102\n", "got the location id \"1-102\\n\""},
      {"locations/caf\xC3\xA9", "got the location id"},
      {std::string("locations/1\0", 12), "got the location id \"1\\x00\""},
      {"locations/1-102/rooms/1", "want locations/{id} or locations/{id}/services/{service}"},
      {"locations/1-102/services", "want locations/{id} or locations/{id}/services/{service}"},
      {"locations/1-102/services/", "got the service id \"\", want 1 to 64 lower-case " + ids},
      {"locations/1-102/services/HomeCare", "got the service id \"HomeCare\""},
      {"locations/1-102/services/a/b", "got the service id \"a/b\""},
      {"locations//services/homecare", "got the location id \"\""},
      {"locations/1-102/services/" + std::string(65, 'a'), "want 1 to 64"},
      {"areas/QHL", "with the kind icb, region, la or sicbl"},
      {"areas/ccg.15E", "got \"areas/ccg.15E\", want areas/{kind}.{code} with the kind"},
      {"areas/icb.", "got the area code \"\""},
      {"areas/icb.Q.H", "got the area code \"Q.H\""},
      {"areas/ICB.QHL", "with the kind"},
      {"areas/icb.QHL/rating", "got the area code \"QHL/rating\""},
      {"locations/" + std::string(100000, 'x'), "(100000 bytes)"},
  };
  for (const auto& c : cases) {
    const auto subject = Subject::Parse(c.name);
    EXPECT_EQ(subject.status().code(), absl::StatusCode::kInvalidArgument) << c.name;
    EXPECT_TRUE(Contains(subject.status(), c.part_of_message)) << subject.status();
    EXPECT_LT(subject.status().message().size(), 400u);
  }
  EXPECT_TRUE(Subject::Location(std::string(32, '1')).ok());
  EXPECT_TRUE(Subject::Service("1-1", std::string(64, 'a')).ok());
}

TEST(SubjectTest, IsAnOrderedHashableValue) {
  std::set<Subject> ordered;
  absl::flat_hash_set<Subject> hashed;
  for (const SubjectCase& c : kSubjects) {
    ordered.insert(*Subject::Parse(c.name));
    hashed.insert(*Subject::Parse(c.name));
    hashed.insert(*Subject::Parse(c.name));
  }
  EXPECT_EQ(ordered.size(), std::size(kSubjects));
  EXPECT_EQ(hashed.size(), std::size(kSubjects));
  EXPECT_NE(*Subject::Location("1-101"), *Subject::Provider("1-101"));
  EXPECT_NE(*Subject::Location("1-a"), *Subject::Location("1-A"));
}

TEST(RecordNameTest, RoundTripsForEverySubjectAndCollection) {
  const struct {
    RecordKind kind;
    const char* collection;
  } kinds[] = {
      {RecordKind::kEvidence, "evidence"},        {RecordKind::kJudgement, "judgements"},
      {RecordKind::kAction, "actions"},           {RecordKind::kOverride, "overrides"},
      {RecordKind::kPublication, "publications"},
  };
  for (const SubjectCase& c : kSubjects) {
    for (const auto& k : kinds) {
      const std::string name = absl::StrCat(c.name, "/", k.collection, "/", kUuid);
      const auto record = RecordName::Parse(name);
      ASSERT_TRUE(record.ok()) << record.status();
      EXPECT_EQ(record->subject().name(), c.name);
      EXPECT_EQ(record->kind(), k.kind);
      EXPECT_EQ(record->id(), kUuid);
      EXPECT_EQ(record->name(), name);
      EXPECT_EQ(*RecordName::Make(*Subject::Parse(c.name), k.kind, kUuid), *record);
    }
  }
}

TEST(RecordNameTest, RefusesEverythingElseInWords) {
  const struct {
    std::string name;
    std::string part_of_message;
  } cases[] = {
      {"", "want {subject}/{collection}/{id}"},
      {"/", "want {subject}/{collection}/{id}"},
      {"//", "want {subject}/{collection}/{id}"},
      {"locations/1-102", "want {subject}/{collection}/{id}"},
      {"locations/1-102/judgements", "want {subject}/{collection}/{id}"},
      {absl::StrCat("judgements/", kUuid), "want {subject}/{collection}/{id}"},
      {absl::StrCat("locations/1-102/ratings/", kUuid), "want {subject}/{collection}/{id}"},
      {"locations/1-102/judgements/", "got the record id \"\", want a UUID in lower case"},
      {"locations/1-102/judgements/7", "got the record id \"7\""},
      {absl::StrCat("locations/1_2/actions/", kUuid), "got the location id \"1_2\""},
      {absl::StrCat("places/1/actions/", kUuid), "want providers/{id}"},
      {absl::StrCat("locations/1-102/actions/", kUuid, "/x"), "want {subject}/{collection}/{id}"},
  };
  for (const auto& c : cases) {
    const auto record = RecordName::Parse(c.name);
    EXPECT_EQ(record.status().code(), absl::StatusCode::kInvalidArgument) << c.name;
    EXPECT_TRUE(Contains(record.status(), c.part_of_message)) << record.status();
  }
}

TEST(RatingNameTest, RoundTrips) {
  for (const SubjectCase& c : kSubjects) {
    const Subject subject = *Subject::Parse(c.name);
    EXPECT_EQ(RatingNameOf(subject), c.name + "/rating");
    EXPECT_EQ(*ParseRatingName(RatingNameOf(subject)), subject);
  }
  EXPECT_TRUE(Contains(ParseRatingName("locations/1-102").status(), "want {subject}/rating"));
  EXPECT_TRUE(Contains(ParseRatingName("/rating").status(), "want providers/{id}"));
}

TEST(OperationNameTest, RoundTrips) {
  EXPECT_EQ(*OperationNameOf(kUuid), absl::StrCat("operations/", kUuid));
  EXPECT_EQ(*ParseOperationName(absl::StrCat("operations/", kUuid)), kUuid);
  EXPECT_TRUE(Contains(ParseOperationName("x").status(), "got \"x\", want operations/{id}"));
  EXPECT_TRUE(Contains(ParseOperationName("operations/A").status(), "got the operation id \"A\""));
  EXPECT_FALSE(OperationNameOf("").ok());
}

TEST(FrameworkNameTest, RoundTrips) {
  EXPECT_EQ(*FrameworkNameOf("cqc-saf"), "frameworks/cqc-saf");
  EXPECT_EQ(*ParseFrameworkName("frameworks/cqc-saf"), "cqc-saf");
  EXPECT_TRUE(Contains(ParseFrameworkName("cqc-saf").status(), "want frameworks/{framework}"));
  for (const char* bad : {"", ".", "..", "-a", "a-", "CQC", "a b", "a/b", "a@b"}) {
    EXPECT_TRUE(Contains(FrameworkNameOf(bad).status(),
                         "lower-case letters, digits, dots or hyphens, a letter or digit at both"))
        << bad;
  }
}

TEST(FrameworkVersionNameTest, RoundTripsInBothForms) {
  const struct {
    const char* name;
    const char* short_name;
  } cases[] = {
      {"frameworks/cqc-saf/versions/2024-12", "cqc-saf@2024-12"},
      {"frameworks/cqc-kloe/versions/2017-11", "cqc-kloe@2017-11"},
      {"frameworks/cms.stars/versions/5.0", "cms.stars@5.0"},
  };
  for (const auto& c : cases) {
    const auto version = FrameworkVersionName::Parse(c.name);
    ASSERT_TRUE(version.ok()) << version.status();
    EXPECT_EQ(version->name(), c.name);
    EXPECT_EQ(version->short_name(), c.short_name);
    EXPECT_EQ(*FrameworkVersionName::ParseShort(c.short_name), *version);
    EXPECT_EQ(*FrameworkVersionName::Make(version->framework(), version->version()), *version);
  }
  EXPECT_LT(*FrameworkVersionName::ParseShort("cqc-saf@2023-11"),
            *FrameworkVersionName::ParseShort("cqc-saf@2024-12"));
}

TEST(FrameworkVersionNameTest, RefusesEverythingElseInWords) {
  for (const char* bad :
       {"", "cqc-saf@2024-12", "frameworks/cqc-saf", "frameworks/cqc-saf/versions"}) {
    EXPECT_TRUE(Contains(FrameworkVersionName::Parse(bad).status(),
                         "want frameworks/{framework}/versions/{version}"))
        << bad;
  }
  for (const char* bad :
       {"frameworks//versions/1", "frameworks/a/versions/", "frameworks/a/versions/1/items/x.y",
        "frameworks/a/versions/1.", "frameworks/a/b/versions/1"}) {
    EXPECT_TRUE(Contains(FrameworkVersionName::Parse(bad).status(), "got the framework")) << bad;
  }
  EXPECT_TRUE(Contains(FrameworkVersionName::ParseShort("cqc-saf").status(),
                       "got \"cqc-saf\", want {framework}@{version}, as cqc-saf@2024-12"));
  EXPECT_TRUE(Contains(FrameworkVersionName::ParseShort("cqc-saf@").status(),
                       "got the framework version \"\""));
  EXPECT_TRUE(Contains(FrameworkVersionName::ParseShort("a@1@2").status(),
                       "got the framework version \"1@2\""));
}

TEST(ItemIdTest, RoundTripsAndDividesAtTheFirstDot) {
  const struct {
    const char* text;
    const char* group;
    const char* name;
  } cases[] = {
      {"safe.learning-culture", "safe", "learning-culture"},
      {"well-led.freedom-to-speak-up", "well-led", "freedom-to-speak-up"},
      {"safe.s1.2", "safe", "s1.2"},
      {"a.b", "a", "b"},
  };
  for (const auto& c : cases) {
    const auto id = ItemId::Parse(c.text);
    ASSERT_TRUE(id.ok()) << id.status();
    EXPECT_EQ(id->text(), c.text);
    EXPECT_EQ(id->group(), c.group);
    EXPECT_EQ(id->name(), c.name);
  }
  EXPECT_TRUE(ItemId::Parse("a." + std::string(126, 'b')).ok());
}

TEST(ItemIdTest, RefusesEverythingElseInWords) {
  for (const std::string& bad :
       {std::string(), std::string("safe"), std::string("."), std::string("a."), std::string(".a"),
        std::string("a..b"), std::string("Safe.x"), std::string("safe.-x"), std::string("safe.x-"),
        std::string("safe.learning culture"), std::string("safe/x.y"), "a." + std::string(127, 'b'),
        "a." + std::string(126, 'b') + ".c"}) {
    const auto id = ItemId::Parse(bad);
    EXPECT_EQ(id.status().code(), absl::StatusCode::kInvalidArgument) << bad;
    EXPECT_TRUE(Contains(id.status(), "want {group}.{name} of 3 to 128")) << id.status();
  }
}

TEST(ItemNameTest, RoundTrips) {
  const std::string name = "frameworks/cqc-saf/versions/2024-12/items/safe.learning-culture";
  const auto item = ItemName::Parse(name);
  ASSERT_TRUE(item.ok()) << item.status();
  EXPECT_EQ(item->version.short_name(), "cqc-saf@2024-12");
  EXPECT_EQ(item->item.text(), "safe.learning-culture");
  EXPECT_EQ(item->name(), name);
  EXPECT_EQ(*ItemName::Parse(item->name()), *item);
  EXPECT_TRUE(Contains(ItemName::Parse("safe.learning-culture").status(),
                       "want frameworks/{framework}/versions/{version}/items/{item}"));
  EXPECT_TRUE(Contains(ItemName::Parse("frameworks/a/versions/1/items/x").status(),
                       "got the item id \"x\""));
  EXPECT_TRUE(Contains(ItemName::Parse("frameworks/a/items/a.b").status(),
                       "want frameworks/{framework}/versions/{version}"));
}

TEST(VersionPartNameTest, TakesWhateverTheCatalogueCallsThePart) {
  for (const char* part : {"safe.learning-culture", "S1", "34", "well-led"}) {
    const auto parsed = VersionPartName::Parse(
        absl::StrCat("frameworks/cqc-saf/versions/2024-12/items/", part), "items");
    ASSERT_TRUE(parsed.ok()) << parsed.status();
    EXPECT_EQ(parsed->version.short_name(), "cqc-saf@2024-12");
    EXPECT_EQ(parsed->part, part);
  }
}

TEST(VersionPartNameTest, RefusesOtherForms) {
  for (const char* name :
       {"", "S1", "frameworks/a/versions/1/items/S1", "frameworks/a/versions/1/groups/",
        "frameworks/a/versions/1/groups/.safe", "frameworks/a/versions/1/groups/a/b",
        "frameworks/a/versions/1/groups/a b", "frameworks/A/versions/1/groups/a"}) {
    EXPECT_FALSE(VersionPartName::Parse(name, "groups").ok()) << name;
  }
}

}  // namespace
}  // namespace assay::names
