#include "clients/cli/geography/geography.h"

#include <fstream>
#include <memory>
#include <set>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "clients/cli/csv/csv_reader.h"
#include "services/common/clock/day_proto.h"
#include "tests/clients/cli/testing/shared_data.h"

namespace assay::geography {
namespace {

using clock::Day;
using evidence::v1::Area;
using evidence::v1::AreaMembership;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr evidence::v1::AreaKind kIcb = evidence::v1::AREA_KIND_INTEGRATED_CARE_BOARD;
constexpr evidence::v1::AreaKind kRegion = evidence::v1::AREA_KIND_REGION;

Day D(absl::string_view text) { return Day::Parse(text).value(); }

std::string Text(const type::v1::Date& date) {
  return clock::IsUnset(date) ? "" : clock::DayFromProto(date)->ToString();
}

// `areas/icb.QHL 2022-07-01..2026-04-01`.
std::vector<std::string> Ranges(const std::vector<AreaMembership>& memberships) {
  std::vector<std::string> ranges;
  for (const AreaMembership& each : memberships) {
    ranges.push_back(absl::StrCat(each.area(), " ", Text(each.from()), "..", Text(each.before())));
  }
  return ranges;
}

std::vector<std::string> Names(const std::vector<const Area*>& areas) {
  std::vector<std::string> names;
  for (const Area* area : areas) names.push_back(area->name());
  return names;
}

class GeographyTest : public ::testing::Test {
 protected:
  void SetUp() override {
    absl::StatusOr<Geography> loaded = Geography::Load();
    ASSERT_TRUE(loaded.ok()) << loaded.status();
    england_ = std::make_unique<Geography>(*std::move(loaded));
  }

  std::unique_ptr<Geography> england_;
};

TEST_F(GeographyTest, CountsBoardsAndRegionsByDay) {
  struct Case {
    const char* day;
    std::size_t boards;
  };
  for (const Case& c : {Case{"2022-06-30", 0}, Case{"2022-07-01", 42}, Case{"2026-03-31", 42},
                        Case{"2026-04-01", 36}, Case{"2030-01-01", 36}}) {
    EXPECT_EQ(england_->ValidOn(kIcb, D(c.day)).size(), c.boards) << c.day;
    EXPECT_EQ(england_->ValidOn(kRegion, D(c.day)).size(), 7u) << c.day;
  }
}

TEST_F(GeographyTest, EveryBoardLiesInARegionAndSuccessorsStayInIt) {
  for (const Area& area : england_->areas()) {
    const Area* region = england_->RegionOf(area);
    if (area.kind() == kRegion) {
      EXPECT_EQ(region, nullptr) << area.name();
      continue;
    }
    ASSERT_NE(region, nullptr) << area.name();
    for (const Area* successor : england_->SuccessorsOf(area)) {
      EXPECT_EQ(england_->RegionOf(*successor), region) << area.name();
      const bool begins_or_goes_on = Text(successor->valid_from()) == Text(area.valid_before()) ||
                                     !successor->has_valid_before();
      EXPECT_TRUE(begins_or_goes_on) << successor->name();
    }
  }
}

TEST_F(GeographyTest, FindsBoardsByEveryCode) {
  EXPECT_EQ(england_->IcbByOdsCode("QHL")->ons_code(), "E54000055");
  EXPECT_EQ(england_->IcbByOnsCode("E54000055")->name(), "areas/icb.QHL");
  // Its area grew in 2026, and with it the code changed.
  EXPECT_EQ(england_->IcbByOnsCode("E54000042")->name(), "areas/icb.QRL");
  EXPECT_EQ(england_->IcbByOnsCode("E54000067")->name(), "areas/icb.QRL");
  EXPECT_EQ(england_->IcbByOnsCode("E40000003"), nullptr) << "a region is no board";
  EXPECT_EQ(england_->IcbByOnsCode(""), nullptr);
  EXPECT_EQ(england_->IcbByOdsCode("qhl"), nullptr);
  EXPECT_EQ(england_->ByName("areas/region.Y60")->display_name(), "Midlands");
}

TEST_F(GeographyTest, NamesSuccessors) {
  EXPECT_THAT(Names(england_->SuccessorsOf(*england_->IcbByOdsCode("QNQ"))),
              ElementsAre("areas/icb.QRL", "areas/icb.S0E4D", "areas/icb.S9B9J"));
  EXPECT_THAT(Names(england_->SuccessorsOf(*england_->IcbByOdsCode("QMM"))),
              ElementsAre("areas/icb.T6Y0W"));
  EXPECT_TRUE(england_->SuccessorsOf(*england_->IcbByOdsCode("QHL")).empty());
}

TEST_F(GeographyTest, MembershipsFollowTheSuccession) {
  const auto icb = [this](const char* code) { return england_->IcbByOdsCode(code); };
  struct Case {
    const char* name;
    const Area* board;
    const Area* successor;
    const char* from;
    std::vector<std::string> want;
  };
  const std::vector<Case> cases = {
      {"a board that goes on",
       icb("QHL"),
       nullptr,
       "2012-01-01",
       {"areas/icb.QHL 2022-07-01..", "areas/region.Y60 2022-07-01.."}},
      {"later than the board",
       icb("QHL"),
       nullptr,
       "2024-05-06",
       {"areas/icb.QHL 2024-05-06..", "areas/region.Y60 2024-05-06.."}},
      {"a board that ended",
       icb("QMM"),
       icb("T6Y0W"),
       "2012-01-01",
       {"areas/icb.QMM 2022-07-01..2026-04-01", "areas/icb.T6Y0W 2026-04-01..",
        "areas/region.Y61 2022-07-01.."}},
      {"successor unknown",
       icb("QNQ"),
       nullptr,
       "",
       {"areas/icb.QNQ 2022-07-01..2026-04-01", "areas/region.Y59 2022-07-01..2026-04-01"}},
      {"after the end",
       icb("QMM"),
       icb("T6Y0W"),
       "2026-05-01",
       {"areas/icb.T6Y0W 2026-05-01..", "areas/region.Y61 2026-05-01.."}},
      {"on the day of the end",
       icb("QMM"),
       icb("T6Y0W"),
       "2026-04-01",
       {"areas/icb.T6Y0W 2026-04-01..", "areas/region.Y61 2026-04-01.."}},
      {"a new board",
       icb("T6Y0W"),
       nullptr,
       "2012-01-01",
       {"areas/icb.T6Y0W 2026-04-01..", "areas/region.Y61 2026-04-01.."}},
  };
  for (const Case& c : cases) {
    const absl::optional<Day> from =
        *c.from == '\0' ? absl::nullopt : absl::make_optional(D(c.from));
    EXPECT_EQ(Ranges(england_->Memberships(*c.board, c.successor, from)), c.want) << c.name;
  }
}

TEST(GeographyReadTest, TellsEveryFault) {
  std::istringstream csv(
      "kind,code,ons_code,other_ons_codes,name,parent,valid_from,valid_before,successors\n"
      "county,X,,,Kent,,,,\n"
      "icb,Q H,E1,,Bad code,,,,\n"
      "icb,QAA,E2,,A,region.Y99,2022-02-30,,icb.QBB\n"
      "icb,QAA,E2,,,,,,\n");
  const absl::StatusOr<Geography> read = Geography::Read(csv, "bad.csv");
  ASSERT_FALSE(read.ok());
  const std::string message(read.status().message());
  for (const char* want :
       {"line 2: kind: got county, want region or icb", "line 3: code: ", "line 4: valid_from: ",
        "line 5: name: got nothing", "line 5: ons_code: E2 stands twice",
        "line 5: code: areas/icb.QAA stands twice", "parent: there is no areas/region.Y99",
        "successors: there is no areas/icb.QBB", "successors: an area that goes on has none"}) {
    EXPECT_THAT(message, HasSubstr(want));
  }
}

TEST(GeographyReadTest, MissesAColumn) {
  std::istringstream csv("kind,code\n");
  EXPECT_THAT(Geography::Read(csv, "few.csv").status().message(),
              HasSubstr("few.csv: there is no column ons_code"));
}

// Rows of a CSV file of the shared data as the named columns joined by `|`; empty where absent.
std::set<std::string> RowsOf(const std::string& file, const std::vector<std::string>& columns) {
  std::set<std::string> rows;
  const auto reader =
      csv::CsvReader::Open(absl::StrCat(testing::SharedData(), "/geography/", file));
  if (!reader.ok()) return rows;
  for (;;) {
    const absl::StatusOr<const csv::CsvRow*> row = (*reader)->Next();
    if (!row.ok() || *row == nullptr) return rows;
    std::string joined;
    for (const std::string& column : columns) {
      absl::StrAppend(&joined, (*row)->fields[*(*reader)->FindColumn(column)], "|");
    }
    rows.insert(joined);
  }
}

std::string CodeOf(const Area& area) { return area.name().substr(area.name().find('.') + 1); }

TEST_F(GeographyTest, AgreesWithPublishedFiles) {
  const std::vector<std::string> columns = {"icb_ods", "icb_gss", "nhser_ods", "nhser_gss"};
  const std::set<std::string> of_2022 = RowsOf("icb_42_2022-07.csv", columns);
  if (of_2022.empty()) GTEST_SKIP() << "no geography/icb_42_2022-07.csv: set ASSAY_SHARED_DATA";
  const auto ours = [this](const char* day) {
    std::set<std::string> rows;
    for (const Area* icb : england_->ValidOn(kIcb, D(day))) {
      const Area* region = england_->RegionOf(*icb);
      // The code of the day: the one that is not in force later comes first in the list of others.
      const bool old = D(day) < D("2026-04-01") && icb->other_ons_codes_size() > 0;
      rows.insert(absl::StrCat(CodeOf(*icb), "|", old ? icb->other_ons_codes(0) : icb->ons_code(),
                               "|", CodeOf(*region), "|", region->ons_code(), "|"));
    }
    return rows;
  };
  EXPECT_EQ(of_2022.size(), 42u);
  EXPECT_EQ(ours("2022-07-01"), of_2022);
  const std::set<std::string> of_2026 = RowsOf("icb_36_2026-04.csv", columns);
  EXPECT_EQ(of_2026.size(), 36u);
  EXPECT_EQ(ours("2026-04-01"), of_2026);

  std::set<std::string> successions;
  for (const Area& area : england_->areas()) {
    for (const Area* successor : england_->SuccessorsOf(area)) {
      successions.insert(
          absl::StrCat(CodeOf(area), "|", CodeOf(*successor), "|", Text(area.valid_before()), "|"));
    }
  }
  EXPECT_EQ(successions,
            RowsOf("icb_succession_2026-04-01.csv", {"predecessor_ods", "successor_ods", "date"}));
}

}  // namespace
}  // namespace assay::geography
