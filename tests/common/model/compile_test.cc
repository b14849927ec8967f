// What Compile refuses: one fault put into a good version, and the field that it names.
#include "services/common/model/compile.h"

#include <functional>
#include <string>
#include <tuple>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "google/protobuf/text_format.h"
#include "gtest/gtest.h"

#include "services/common/model/program.h"
#include "tests/common/model/model_testing.h"

namespace assay::model {
namespace {

using framework::v1::FrameworkVersion;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

framework::v1::Stage* Question(FrameworkVersion& v) {
  return v.mutable_scoring_model()->mutable_ladders(1)->mutable_stages(1);
}

framework::v1::DecisionTable* Table(FrameworkVersion& v) {
  return v.mutable_scoring_model()->mutable_tables(0);
}

framework::v1::Ladder ParseLadder(const std::string& text) {
  framework::v1::Ladder ladder;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(text, &ladder));
  return ladder;
}

struct Fault {
  const char* field;
  std::function<void(FrameworkVersion&)> make;
};

std::vector<Fault> Faults() {
  return {
      {"name", [](auto& v) { v.set_name("small"); }},
      {"groups[1].id", [](auto& v) { v.mutable_groups(1)->set_id("safe"); }},
      {"items[0].group", [](auto& v) { v.mutable_items(0)->set_group("nobody"); }},
      {"items[0].id", [](auto& v) { v.mutable_items(0)->set_id("led.zero"); }},
      {"regulation_links[0].item", [](auto& v) { v.mutable_regulation_links(0)->set_item("x"); }},
      {"effective_from", [](auto& v) { v.mutable_effective_from()->set_year(2025); }},
      {"scoring_model.scales[0].levels",
       [](auto& v) {
         auto* levels = v.mutable_scoring_model()->mutable_scales(0)->mutable_levels();
         while (levels->size() > 1) levels->RemoveLast();
       }},
      {"scoring_model.ladders[1].stages[1].scale", [](auto& v) { Question(v)->set_scale("x"); }},
      {"scoring_model.ladders[1].stages[1].from",
       [](auto& v) { Question(v)->set_from(0, "overall"); }},
      {"scoring_model.ladders[1].stages[1].per",
       [](auto& v) { Question(v)->add_per(framework::v1::AXIS_SERVICE); }},
      {"scoring_model.ladders[1].stages[1]", [](auto& v) { Question(v)->clear_percent_bands(); }},
      {"scoring_model.ladders[1].stages[1].percent_bands.rounding",
       [](auto& v) {
         Question(v)->mutable_percent_bands()->set_rounding(framework::v1::ROUNDING_UNSPECIFIED);
       }},
      {"no band for 63 %",
       [](auto& v) {
         Question(v)->mutable_percent_bands()->mutable_bands(2)->set_from_percent(64);
       }},
      {"several bands for 38 %",
       [](auto& v) {
         Question(v)->mutable_percent_bands()->mutable_bands(1)->set_from_percent(38);
       }},
      {"scoring_model.ladders[1].stages[1].caps[0].at_most",
       [](auto& v) { Question(v)->mutable_caps(0)->set_at_most("3"); }},
      {"scoring_model.ladders[1].stages[1].caps[1].id",
       [](auto& v) { Question(v)->mutable_caps(1)->set_id("limiter.good"); }},
      {"scoring_model.ladders[1].stages[1].caps[0].strength",
       [](auto& v) { Question(v)->mutable_caps(0)->clear_strength(); }},
      {"caps[2].when.all[0].open_action.kinds",
       [](auto& v) {
         Question(v)
             ->mutable_caps(2)
             ->mutable_when()
             ->mutable_all(0)
             ->mutable_open_action()
             ->set_kinds(0, "notice");
       }},
      {"caps[4].when.all[1].sector.names",
       [](auto& v) {
         Question(v)->mutable_caps(4)->mutable_when()->mutable_all(1)->mutable_sector()->set_names(
             0, "sea");
       }},
      {"a cap cannot ask about services",
       [](auto& v) {
         Question(v)->mutable_caps(0)->mutable_when()->add_all()->mutable_services()->set_at_least(
             1);
       }},
      {"scoring_model.ladders[1].stages[1].only",
       [](auto& v) { Question(v)->add_only("safe.one"); }},
      {"scoring_model.ladders[1].stages[1].missing.fallbacks[0]",
       [](auto& v) { Question(v)->mutable_missing()->add_fallbacks(); }},
      {"scoring_model.ladders[1].stages[0].from",
       [](auto& v) {
         v.mutable_scoring_model()->mutable_ladders(1)->mutable_stages(0)->add_from("x");
       }},
      {"scoring_model.ladders[1].stages[1].per",
       [](auto& v) {
         v.mutable_scoring_model()->mutable_ladders(1)->mutable_stages()->RemoveLast();
       }},
      {"scoring_model.ladders[1].stages[2].table",
       [](auto& v) {
         v.mutable_scoring_model()->mutable_ladders(1)->mutable_stages(2)->set_table("none");
       }},
      {"scoring_model.tables[0].rows[5].otherwise",
       [](auto& v) { Table(v)->mutable_rows(5)->set_otherwise(false); }},
      {"scoring_model.tables[0].rows[1].id",
       [](auto& v) { Table(v)->mutable_rows(1)->set_id("two-inadequate"); }},
      {"scoring_model.tables[0].rows[0].when.all[0].count.levels",
       [](auto& v) {
         Table(v)->mutable_rows(0)->mutable_when()->mutable_all(0)->mutable_count()->set_levels(
             0, "9");
       }},
      {"scoring_model.applicability[0].items",
       [](auto& v) { v.mutable_scoring_model()->mutable_applicability(0)->set_items(0, "x"); }},
      {"scoring_model.published_words[0].reason",
       [](auto& v) {
         v.mutable_scoring_model()->mutable_published_words(0)->set_reason("No Good");
       }},
      {"scoring_model.ladders[1].stages[1].caps",
       [](auto& v) {
         while (Question(v)->caps_size() < 33) *Question(v)->add_caps() = Question(v)->caps(0);
       }},
      {"scoring_model.ladders[1].subject_kinds",
       [](auto& v) { v.mutable_scoring_model()->mutable_ladders(1)->clear_subject_kinds(); }},
  };
}

// As many ladders and stages as there may be, over as many items and categories.
FrameworkVersion Largest(int ladders, int stages) {
  FrameworkVersion v = SmallCategories();
  for (int i = v.items_size(); i < 512; ++i) {
    framework::v1::Item* item = v.add_items();
    *item = v.items(0);
    item->set_id(absl::StrCat(v.groups(0).id(), ".more-", i));
    item->clear_code();
    item->clear_api_id();
  }
  for (int i = v.categories_size(); i < 16; ++i) {
    v.add_categories()->set_id(absl::StrCat("more-", i));
  }
  framework::v1::Ladder wide = v.scoring_model().ladders(0);
  wide.clear_stages();
  framework::v1::Stage stage;
  stage.set_scale(v.scoring_model().scales(0).id());
  stage.add_per(framework::v1::AXIS_ITEM);
  stage.add_per(framework::v1::AXIS_CATEGORY);
  stage.mutable_judged();
  for (int s = 0; s < stages; ++s) {
    stage.set_id(absl::StrCat("s", s));
    *wide.add_stages() = stage;
    stage.mutable_adjustments()->set_start("none");
    stage.add_from(absl::StrCat("s", s));
  }
  v.mutable_scoring_model()->clear_ladders();
  v.mutable_scoring_model()->clear_monotone_exceptions();
  for (int l = 0; l < ladders; ++l) {
    wide.set_id(absl::StrCat("l", l));
    *v.mutable_scoring_model()->add_ladders() = wide;
  }
  return v;
}

std::vector<std::string> FaultsAt(const FrameworkVersion& version, absl::string_view want) {
  std::vector<std::string> found;
  for (const auto& fault : CompileWithFaults(version).faults) {
    if (absl::StrContains(fault.message, want)) {
      found.push_back(absl::StrCat(fault.field, ": ", fault.message));
    }
  }
  return found;
}

TEST(Compile, StopsWhereTheStagesTakeTooMuch) {
  const std::vector<std::string> found = FaultsAt(Largest(32, 32), "bytes of compiled stages");
  ASSERT_EQ(found.size(), 1u) << "told once";
  EXPECT_THAT(found[0], HasSubstr("scoring_model.ladders["));
  EXPECT_THAT(found[0], HasSubstr("want at most 33554432: fewer stages"));
  EXPECT_THAT(FaultsAt(Largest(1, 8), "bytes of compiled stages"), ::testing::IsEmpty());
}

TEST(Compile, LooksAtNoMoreLaddersOrStagesThanThereMayBe) {
  for (const auto& [ladders, stages, field] :
       {std::make_tuple(33, 2, "scoring_model.ladders: got 33, want 1 to 32 entries"),
        std::make_tuple(1, 300,
                        "scoring_model.ladders[0].stages: got 300, want 1 to 32 entries")}) {
    std::vector<std::string> found;
    for (const auto& fault : CompileWithFaults(Largest(ladders, stages)).faults) {
      if (absl::StartsWith(fault.field, "scoring_model.ladders")) {
        found.push_back(absl::StrCat(fault.field, ": ", fault.message));
      }
    }
    EXPECT_THAT(found, ElementsAre(field));
  }
}

TEST(Compile, RefusesEachFaultByItsField) {
  for (const Fault& fault : Faults()) {
    SCOPED_TRACE(fault.field);
    FrameworkVersion version = SmallScores();
    fault.make(version);
    const auto model = CompiledModel::Compile(version);
    ASSERT_FALSE(model.ok());
    EXPECT_EQ(model.status().code(), absl::StatusCode::kInvalidArgument);
    EXPECT_THAT(std::string(model.status().message()), HasSubstr(fault.field));
  }
}

TEST(Compile, GivesEveryFaultAtOnce) {
  FrameworkVersion version = SmallScores();
  Question(version)->mutable_caps(0)->set_at_most("3");
  Question(version)->mutable_caps(1)->set_at_most("4");
  Table(version)->mutable_rows(0)->set_level("worst");
  const auto model = CompiledModel::Compile(version);
  ASSERT_FALSE(model.ok());
  const std::string message(model.status().message());
  EXPECT_THAT(message, HasSubstr("caps[0].at_most"));
  EXPECT_THAT(message, HasSubstr("caps[1].at_most"));
  // A shared table is told of once, though two ladders use it.
  EXPECT_THAT(message, HasSubstr("tables[0].rows[0].level"));
  EXPECT_EQ(message.find("rows[0].level"), message.rfind("rows[0].level"));
}

// The caps of both ladders' question stages, in a set that each names.
FrameworkVersion WithCapSet() {
  FrameworkVersion version = SmallScores();
  auto* model = version.mutable_scoring_model();
  auto* set = model->add_cap_sets();
  set->set_id("all");
  *set->mutable_caps() = Question(version)->caps();
  for (auto& ladder : *model->mutable_ladders()) {
    ladder.mutable_stages(1)->clear_caps();
    ladder.mutable_stages(1)->add_cap_sets("all");
  }
  return version;
}

TEST(Compile, CapsOfASetCountAsIfWrittenBeforeTheStagesOwn) {
  FrameworkVersion version = WithCapSet();
  *Question(version)->add_caps() = SmallScores().scoring_model().ladders(1).stages(2).caps(0);
  const auto model = MustCompile(version);
  const auto ids = [](const StageProgram& stage) {
    std::vector<std::string> all;
    for (const CompiledCap& cap : stage.caps) all.push_back(cap.source->id());
    return all;
  };
  EXPECT_THAT(ids(model->program().ladders[0].stages[1]),
              ElementsAre("limiter.good", "limiter.outstanding", "requirement-notice",
                          "enforcement", "manager"));
  EXPECT_THAT(ids(model->program().ladders[1].stages[1]),
              ElementsAre("limiter.good", "limiter.outstanding", "requirement-notice",
                          "enforcement", "manager", "breach"));
  // The version is as it came, and so are its digests.
  EXPECT_EQ(model->version().SerializeAsString(), version.SerializeAsString());
  Subject subject({MustCompile(WithCapSet())});
  subject.Judge("safe.one", 4).Judge("safe.two", 1);
  const Evaluation& rated = subject.Rate();
  EXPECT_EQ(LimiterOf(rated, subject.At("safe")), "limiter.good");
  EXPECT_EQ(subject.LevelAt("safe"), 2);
}

TEST(Compile, TellsAFaultOfACapSetOnceAndWhereItStands) {
  FrameworkVersion version = WithCapSet();
  version.mutable_scoring_model()->mutable_cap_sets(0)->mutable_caps(1)->set_at_most("best");
  auto* again = version.mutable_scoring_model()->add_cap_sets();
  again->set_id("all");
  Question(version)->add_cap_sets("none");
  const auto model = CompiledModel::Compile(version);
  ASSERT_FALSE(model.ok());
  const std::string message(model.status().message());
  EXPECT_THAT(message, HasSubstr("scoring_model.cap_sets[0].caps[1].at_most"));
  EXPECT_EQ(message.find("caps[1].at_most"), message.rfind("caps[1].at_most"));
  EXPECT_THAT(message, HasSubstr("scoring_model.cap_sets[1].id"));
  EXPECT_THAT(message, HasSubstr("scoring_model.cap_sets[1].caps"));
  EXPECT_THAT(message, HasSubstr("scoring_model.ladders[1].stages[1].cap_sets"));
}

// Where no scale is named, a record is about the ladder without a condition.
TEST(Compile, ANodeWithoutAScaleIsThatOfTheOpenLadder) {
  FrameworkVersion version = SmallScores();
  auto* model = version.mutable_scoring_model();
  auto* scale = model->add_scales();
  scale->set_id("met");
  scale->add_levels()->set_id("no");
  scale->add_levels()->set_id("yes");
  auto* ladders = model->mutable_ladders();
  *ladders->Add() = ParseLadder(R"(
    id: "not-rated" subject_kinds: SUBJECT_KIND_LOCATION
    when { all { sector { names: "nhs-trust" } } }
    stages { id: "question" scale: "met" per: AXIS_GROUP judged {} }
    stages { id: "overall" scale: "rating" judged {} })");
  for (int i = ladders->size() - 1; i > 0; --i) ladders->SwapElements(i, i - 1);
  const auto compiled = MustCompile(version);
  type::v1::Node node;
  node.set_group("safe");
  EXPECT_EQ(compiled->ScaleOf(*compiled->ResolveNode(node)), compiled->ScaleById("rating"));
  EXPECT_EQ(compiled->ScaleOf(*compiled->ResolveNode(node, "met")), compiled->ScaleById("met"));
  EXPECT_EQ(compiled->ScaleOf(*compiled->ResolveNode(node, "rating")),
            compiled->ScaleById("rating"));
}

TEST(Compile, TheShippedVersionsCompileIntoSmallTables) {
  std::size_t bytes = 0;
  for (const char* name : {"cqc-asc@2026-draft", "cqc-ics@2023-draft", "cqc-kloe@2017-11",
                           "cqc-la@2023-04", "cqc-saf@2023-11", "cqc-saf@2024-12"}) {
    const auto model = MustCompile(LoadShipped(name));
    bytes += model->TableBytes();
    EXPECT_EQ(model->model_digest().size(), 64U);
    for (const LadderProgram& ladder : model->program().ladders) {
      for (const StageProgram& stage : ladder.stages) {
        EXPECT_EQ(stage.method == Method::kTable, !stage.table.lookup.empty());
      }
    }
  }
  EXPECT_LT(bytes, 1U << 20) << "all together";
}

TEST(Compile, ATableOverFactsKeepsItsRowsInOrder) {
  FrameworkVersion version = SmallScores();
  Table(version)->mutable_rows(0)->mutable_when()->add_all()->set_flag("serious");
  const auto model = MustCompile(version);
  EXPECT_TRUE(model->program().ladders[1].stages[2].table.lookup.empty());
  Subject subject({model});
  for (const char* item : {"safe.one", "led.one"}) subject.Judge(item, 1);
  EXPECT_EQ((subject.Rate(), subject.Overall()), 2);
  subject.Sector("", {{"serious"}});
  EXPECT_EQ((subject.Rate(), subject.Overall()), 1);
}

}  // namespace
}  // namespace assay::model
