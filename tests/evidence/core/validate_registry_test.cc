#include "services/evidence/core/validate_registry.h"

#include <functional>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "tests/evidence/evidence_testing.h"

namespace assay::evidence {
namespace {

using testing::ElementsAreArray;

std::vector<std::string> FieldsOf(const errors::Violations& bad) {
  std::vector<std::string> fields;
  for (const errors::Violation& one : bad.kept()) fields.push_back(one.field);
  return fields;
}

void AddArea(v1::Location& location, const char* name, const char* from, const char* before) {
  v1::AreaMembership* area = location.add_areas();
  area->set_area(name);
  if (*from != 0) *area->mutable_from() = DateOf(from);
  if (*before != 0) *area->mutable_before() = DateOf(before);
}

TEST(ValidateLocationTest, EachFieldHasItsLimit) {
  struct Case {
    const char* what;
    std::function<void(v1::Location&)> spoil;
    std::vector<std::string> fields;
  };
  const Case cases[] = {
      {"good", [](v1::Location&) {}, {}},
      {"no name", [](v1::Location& l) { l.clear_name(); }, {"location.name"}},
      {"a provider's name",
       [](v1::Location& l) { l.set_name("providers/1-1"); },
       {"location.name"}},
      {"no provider", [](v1::Location& l) { l.clear_provider(); }, {"location.provider"}},
      {"long display name",
       [](v1::Location& l) { l.set_display_name(std::string(501, 'x')); },
       {"location.display_name"}},
      {"the longest", [](v1::Location& l) { l.set_display_name(std::string(500, 'x')); }, {}},
      {"control character",
       [](v1::Location& l) { l.set_display_name("a\x01z"); },
       {"location.display_name"}},
      {"sector in words",
       [](v1::Location& l) { l.set_sector("Adult social care"); },
       {"location.sector"}},
      {"beds", [](v1::Location& l) { l.set_beds(-1); }, {"location.beds"}},
      {"30 February",
       [](v1::Location& l) {
         l.mutable_registration_date()->set_year(2025);
         l.mutable_registration_date()->set_month(2);
         l.mutable_registration_date()->set_day(30);
       },
       {"location.registration_date"}},
      {"65 service types",
       [](v1::Location& l) {
         for (int i = 0; i < 65; ++i) l.add_service_types("x");
       },
       {"location.service_types"}},
      {"moved",
       [](v1::Location& l) {
         AddArea(l, "areas/icb.QHL", "", "2024-01-01");
         AddArea(l, "areas/icb.QWU", "2024-01-01", "");
         AddArea(l, "areas/region.Y60", "", "");
       },
       {}},
      {"two at once",
       [](v1::Location& l) {
         AddArea(l, "areas/icb.QHL", "", "2024-01-02");
         AddArea(l, "areas/icb.QWU", "2024-01-01", "");
       },
       {"location.areas[1]"}},
      {"backwards",
       [](v1::Location& l) { AddArea(l, "areas/icb.QHL", "2024-01-02", "2024-01-02"); },
       {"location.areas[0].before"}},
      {"all at once",
       [](v1::Location& l) {
         l.clear_name();
         l.clear_provider();
         l.set_beds(-1);
         l.add_flags()->set_id("Bad Id");
       },
       {"location.name", "location.provider", "location.beds", "location.flags[0].id"}},
  };
  for (const Case& c : cases) {
    v1::Location location = LocationOf("locations/1-102");
    c.spoil(location);
    errors::Violations bad;
    ValidateLocation(location, "location", bad);
    EXPECT_THAT(FieldsOf(bad), ElementsAreArray(c.fields)) << c.what << bad.ToStatus();
  }
}

TEST(ValidateLocationTest, AWrongNameIsToldTheFormOfItsOwnKindOnly) {
  struct Case {
    const char* provider;
    const char* description;
  };
  const Case cases[] = {
      {"", "got nothing, want providers/{id}"},
      {"1-101", "got 1-101, want providers/{id}"},
      {"locations/1-102", "got locations/1-102, want providers/{id}"},
      {"areas/icb.QHL", "got areas/icb.QHL, want providers/{id}"},
  };
  for (const Case& c : cases) {
    v1::Location location = LocationOf("locations/1-102");
    location.set_provider(c.provider);
    errors::Violations bad;
    ValidateLocation(location, "location", bad);
    ASSERT_EQ(bad.kept().size(), 1u) << c.provider;
    EXPECT_EQ(bad.kept()[0].description, c.description);
  }
  v1::Location location = LocationOf("locations/1-102/services/homecare");
  location.set_provider("providers/1 2");
  errors::Violations bad;
  ValidateLocation(location, "location", bad);
  ASSERT_EQ(bad.kept().size(), 2u);
  EXPECT_THAT(bad.kept()[0].description, testing::EndsWith("want locations/{id}"));
  EXPECT_THAT(bad.kept()[1].description,
              testing::HasSubstr("want 1 to 32 letters, digits or hyphens"));
}

TEST(ValidateAreaTest, TheKindIsTheNames) {
  v1::Area area;
  area.set_name("areas/icb.QHL");
  area.set_kind(v1::AREA_KIND_INTEGRATED_CARE_BOARD);
  errors::Violations good;
  ValidateArea(area, "area", good);
  EXPECT_TRUE(good.empty()) << good.ToStatus();
  area.set_kind(v1::AREA_KIND_REGION);
  area.set_parent("locations/1-1");
  area.add_successors("areas/nothing");
  errors::Violations bad;
  ValidateArea(area, "area", bad);
  EXPECT_THAT(FieldsOf(bad),
              testing::ElementsAre("area.kind", "area.parent", "area.successors[0]"));
}

TEST(ValidateProviderTest, NamesAndLengths) {
  v1::Provider provider;
  provider.set_name("providers/1-101");
  errors::Violations good;
  ValidateProvider(provider, "provider", good);
  EXPECT_TRUE(good.empty());
  provider.set_name("locations/1-101");
  provider.set_ods_code(std::string(33, 'x'));
  provider.set_organisation_type(std::string(101, 'x'));
  errors::Violations bad;
  ValidateProvider(provider, "provider", bad);
  EXPECT_THAT(FieldsOf(bad), testing::ElementsAre("provider.name", "provider.ods_code",
                                                  "provider.organisation_type"));
}

}  // namespace
}  // namespace assay::evidence
