// What the prover says of good models, and of models with one fault each: the golden file holds
// every message. Run with ASSAY_UPDATE_GOLDEN=1 to write it anew, then read the difference.
#include "services/common/model/prove.h"

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "services/common/model/checks.h"
#include "services/common/model/compile.h"
#include "tests/common/model/model_testing.h"

namespace assay::model {
namespace {

using framework::v1::FrameworkVersion;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

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

// Faults of the compiler and findings of the prover, a line each, examples below.
std::vector<framework::v1::Diagnostic> AllOf(const FrameworkVersion& version,
                                             const ProveLimits& limits = {}) {
  const CompileResult compiled = CompileWithFaults(version);
  std::vector<framework::v1::Diagnostic> all;
  for (const Fault& fault : compiled.faults) {
    framework::v1::Diagnostic& one = all.emplace_back();
    one.set_severity(framework::v1::DIAGNOSTIC_SEVERITY_ERROR);
    one.set_check(fault.check);
    one.set_field(fault.field);
    one.set_message(fault.message);
  }
  if (compiled.model != nullptr) {
    const Proof proof = Prove(*compiled.model, limits);
    all.insert(all.end(), proof.diagnostics.begin(), proof.diagnostics.end());
  }
  return all;
}

std::string TextOf(const framework::v1::Diagnostic& one) {
  const bool error = one.severity() == framework::v1::DIAGNOSTIC_SEVERITY_ERROR;
  std::string text = absl::StrCat(error ? "error" : "note", " [", one.check(), "] ", one.field(),
                                  ": ", one.message(), "\n");
  for (const std::string& example : one.examples()) absl::StrAppend(&text, "    ", example, "\n");
  return text;
}

framework::v1::Stage* Question(FrameworkVersion& v) {
  return v.mutable_scoring_model()->mutable_ladders(1)->mutable_stages(1);
}

framework::v1::DecisionTable* Table(FrameworkVersion& v) {
  return v.mutable_scoring_model()->mutable_tables(0);
}

framework::v1::Term* CountTerm(framework::v1::Condition* when, const char* level, int at_least) {
  framework::v1::Term* term = when->add_all();
  term->mutable_count()->add_levels(level);
  term->mutable_count()->set_at_least(at_least);
  return term;
}

framework::v1::MonotoneException* Except(FrameworkVersion& v, const char* stage, const char* rule,
                                         const char* reason) {
  auto* exception = v.mutable_scoring_model()->add_monotone_exceptions();
  exception->set_stage(stage);
  exception->set_rule(rule);
  exception->set_reason(reason);
  return exception;
}

// Two outstanding make good although two good make outstanding.
void BreakTable(FrameworkVersion& v) {
  Table(v)->mutable_rows(4)->set_level("good");
  auto* row = Table(v)->add_rows();
  row->set_id("two-good");
  row->set_level("outstanding");
  CountTerm(row->mutable_when(), "good", 2);
  Table(v)->mutable_rows()->SwapElements(5, 6);
}

struct Case {
  const char* check;
  const char* what;
  FrameworkVersion (*base)();
  std::function<void(FrameworkVersion&)> make;
  ProveLimits limits;
};

// One small broken model a check, in the order of kChecks. Those of files and crosswalks are in
// tests/common/version.
std::vector<Case> Cases() {
  return {
      {check::kFieldInvalid,
       "no rounding",
       SmallScores,
       [](auto& v) { Question(v)->mutable_percent_bands()->clear_rounding(); },
       {}},
      {check::kIdReused,
       "two items of one id",
       SmallScores,
       [](auto& v) { v.mutable_items(1)->set_id("safe.one"); },
       {}},
      {check::kReferenceUnknown,
       "a level that is not there",
       SmallScores,
       [](auto& v) { Question(v)->mutable_caps(0)->set_at_most("excellent"); },
       {}},
      {check::kReferenceUnknown,
       "an exception for no rule",
       SmallScores,
       [](auto& v) { Except(v, "question", "two-good", "It is so."); },
       {}},
      {check::kItemWithoutGroup,
       "an item whose group is gone",
       SmallScores,
       [](auto& v) { v.mutable_items(0)->clear_group(); },
       {}},
      {check::kNodeWithoutInputs,
       "a group without items",
       SmallScores,
       [](auto& v) { v.add_groups()->set_id("sound"); },
       {}},
      {check::kSectorWithoutItems,
       "a group for one sector only",
       SmallScores,
       [](auto& v) {
         auto* row = v.mutable_scoring_model()->mutable_applicability(0);
         row->add_items("led.one");
         row->add_items("led.two");
       },
       {}},
      {check::kItemNeverApplies,
       "two sectors at once",
       SmallScores,
       [](auto& v) {
         v.mutable_scoring_model()
             ->mutable_applicability(0)
             ->mutable_when()
             ->add_all()
             ->mutable_sector()
             ->add_names("adult-social-care");
       },
       {}},
      {check::kCategoryRowDead,
       "a row twice",
       SmallCategories,
       [](auto& v) {
         auto* model = v.mutable_scoring_model();
         *model->add_required_categories() = model->required_categories(0);
       },
       {}},
      {check::kLadderDead,
       "the wide ladder first",
       SmallScores,
       [](auto& v) { v.mutable_scoring_model()->mutable_ladders()->SwapElements(0, 1); },
       {}},
      {check::kOverrideWithoutReason,
       "a cap that holds normally",
       SmallScores,
       [](auto& v) { Question(v)->mutable_caps(3)->clear_reason(); },
       {}},
      {check::kExceptionWithoutReason,
       "an exception",
       SmallScores,
       [](auto& v) { Except(v, "question", "good", ""); },
       {}},
      {check::kBandHole,
       "63 % left out",
       SmallScores,
       [](auto& v) {
         Question(v)->mutable_percent_bands()->mutable_bands(2)->set_from_percent(64);
       },
       {}},
      {check::kBandOverlap,
       "63 % twice",
       SmallScores,
       [](auto& v) { Question(v)->mutable_percent_bands()->mutable_bands(1)->set_to_percent(63); },
       {}},
      {check::kTableGap,
       "the last row asks",
       SmallScores,
       [](auto& v) {
         auto* row = Table(v)->mutable_rows(5);
         row->clear_otherwise();
         CountTerm(row->mutable_when(), "good", 2);
       },
       {}},
      {check::kRowDead,
       "a row twice",
       SmallScores,
       [](auto& v) {
         *Table(v)->add_rows() = Table(v)->rows(3);
         Table(v)->mutable_rows(6)->set_id("again");
         Table(v)->mutable_rows()->SwapElements(5, 6);
       },
       {}},
      {check::kStepDead,
       "better than the best",
       SmallStars,
       [](auto& v) {
         v.mutable_scoring_model()
             ->mutable_ladders(0)
             ->mutable_stages(1)
             ->mutable_adjustments()
             ->mutable_steps(2)
             ->mutable_when()
             ->mutable_all(0)
             ->mutable_compare()
             ->set_comparison(framework::v1::COMPARISON_GREATER);
       },
       {}},
      {check::kOutcomeUnreachable,
       "no band for outstanding",
       SmallAuthority,
       [](auto& v) {
         auto* bands = v.mutable_scoring_model()
                           ->mutable_ladders(0)
                           ->mutable_stages(1)
                           ->mutable_percent_bands();
         bands->mutable_bands(2)->set_to_percent(100);
         bands->mutable_bands()->RemoveLast();
       },
       {}},
      {check::kOutcomeUnreachable,
       "a cap that always holds at one group",
       SmallScores,
       [](auto& v) {
         auto* cap = Question(v)->add_caps();
         cap->set_id("led");
         cap->set_at_most("good");
         cap->set_strength(framework::v1::CAP_STRENGTH_STRICT);
         cap->set_reason("Never better.");
         cap->mutable_when()->add_all()->mutable_node()->add_names("led");
       },
       {}},
      {check::kNotMonotone,
       "bands with their levels swapped",
       SmallAuthority,
       [](auto& v) {
         auto* bands = v.mutable_scoring_model()
                           ->mutable_ladders(0)
                           ->mutable_stages(1)
                           ->mutable_percent_bands();
         bands->mutable_bands(1)->set_level("good");
         bands->mutable_bands(2)->set_level("requires-improvement");
       },
       {}},
      {check::kNotMonotone, "rows that contradict each other", SmallScores, BreakTable, {}},
      {check::kNotMonotone,
       "a cap under a lower outcome's",
       SmallScores,
       [](auto& v) { Question(v)->mutable_caps(1)->set_at_most("inadequate"); },
       {}},
      {check::kNotMonotone,
       "a cap on a judged stage",
       SmallJudged,
       [](auto& v) {
         auto* cap = v.mutable_scoring_model()->mutable_ladders(0)->mutable_stages(0)->add_caps();
         cap->set_id("not-good");
         cap->set_at_most("inadequate");
         cap->set_strength(framework::v1::CAP_STRENGTH_STRICT);
         cap->set_reason("Never good.");
         cap->mutable_when()->add_all()->mutable_outcome()->add_levels("good");
       },
       {}},
      {check::kNotMonotone,
       "a step down for a better part",
       SmallStars,
       [](auto& v) {
         v.mutable_scoring_model()
             ->mutable_ladders(0)
             ->mutable_stages(1)
             ->mutable_adjustments()
             ->mutable_steps(2)
             ->set_by(-1);
       },
       {}},
      {check::kCarryNotMonotone,
       "good carries one",
       SmallScores,
       [](auto& v) {
         v.mutable_scoring_model()
             ->mutable_ladders(1)
             ->mutable_stages(0)
             ->mutable_missing()
             ->mutable_fallbacks(0)
             ->mutable_previous()
             ->mutable_entries(1)
             ->set_level("1");
       },
       {}},
      {check::kCapNeverBinds,
       "a cap at the top",
       SmallScores,
       [](auto& v) { Question(v)->mutable_caps(2)->set_at_most("outstanding"); },
       {}},
      {check::kCapRaises,
       "good limited to outstanding",
       SmallScores,
       [](auto& v) { Question(v)->mutable_caps(0)->set_at_most("outstanding"); },
       {}},
      {check::kEnumerationTooLarge,
       "fewer vectors than there are",
       SmallScores,
       [](auto&) {},
       {100, 65'536, 50'000'000}},
      {check::kEnumerationTooLarge,
       "fewer facts than there are",
       SmallScores,
       [](auto&) {},
       {1'000'000, 20, 50'000'000}},
      {check::kEnumerationTooLarge,
       "fewer steps in all than there are",
       SmallScores,
       [](auto&) {},
       {1'000'000, 65'536, 50'000'000, 1'000}},
      {check::kEnumerationTooLarge,
       "a cap on counts over any number of services",
       SmallScores,
       [](auto& v) {
         auto* stage = v.mutable_scoring_model()->mutable_ladders(0)->mutable_stages(2);
         stage->clear_table();
         *stage->mutable_percent_bands() = Question(v)->percent_bands();
         stage->clear_per();
         CountTerm(stage->mutable_caps(0)->mutable_when(), "inadequate", 1);
       },
       {}},
      {check::kOutcomeOutsideInputs,
       "two good make outstanding",
       SmallScores,
       [](auto& v) {
         auto* row = Table(v)->mutable_rows(4);
         row->mutable_when()->mutable_all(0)->mutable_count()->add_levels("good");
       },
       {}},
      {check::kBlankLowers,
       "seven items",
       SmallScores,
       [](auto& v) {
         auto* item = v.add_items();
         *item = v.items(0);
         item->set_id("safe.seven");
       },
       {}},
      {check::kOtherwiseCatches, "as it is", SmallScores, [](auto&) {}, {}},
      {check::kOtherwiseUnused,
       "a row that always holds",
       SmallScores,
       [](auto& v) {
         *Table(v)->add_rows() = Table(v)->rows(5);
         Table(v)->mutable_rows(5)->clear_otherwise();
         Table(v)->mutable_rows(6)->set_id("rest");
       },
       {}},
      {check::kExceptionUnused,
       "for a rule that is monotone",
       SmallScores,
       [](auto& v) { Except(v, "question", "good", "It may."); },
       {}},
      {check::kLadderGap,
       "no ladder for one service",
       SmallScores,
       [](auto& v) {
         v.mutable_scoring_model()
             ->mutable_ladders(1)
             ->mutable_when()
             ->add_all()
             ->mutable_services()
             ->set_at_most(0);
       },
       {}},
      {check::kReasonMissing,
       "a strict cap",
       SmallScores,
       [](auto& v) { Question(v)->mutable_caps(0)->clear_reason(); },
       {}},
      {check::kTableUnused,
       "a table for nobody",
       SmallScores,
       [](auto& v) {
         *v.mutable_scoring_model()->add_tables() = *Table(v);
         v.mutable_scoring_model()->mutable_tables(1)->set_id("spare");
       },
       {}},
  };
}

TEST(ProveTest, TellsEachFaultAsTheGoldenFileHoldsIt) {
  std::string text;
  for (const Case& one : Cases()) {
    FrameworkVersion version = one.base();
    one.make(version);
    absl::StrAppend(&text, "== ", one.check, ": ", one.what, "\n");
    bool found = false;
    for (const framework::v1::Diagnostic& diagnostic : AllOf(version, one.limits)) {
      const bool error = diagnostic.severity() == framework::v1::DIAGNOSTIC_SEVERITY_ERROR;
      found = found || diagnostic.check() == one.check;
      if (error || diagnostic.check() == one.check) absl::StrAppend(&text, TextOf(diagnostic));
    }
    EXPECT_TRUE(found) << one.check << ": " << one.what;
  }
  const std::string path = SourcePath("tests/common/model/prove_checks.golden");
  if (std::getenv("ASSAY_UPDATE_GOLDEN") != nullptr) std::ofstream(path) << text;
  EXPECT_EQ(text, ReadAll(path));
}

TEST(ProveTest, EveryCheckHasABrokenModel) {
  std::set<absl::string_view> covered = {// tests/common/version/check_test.cc and crosswalk_test.cc
                                         check::kFileUnreadable,
                                         check::kFileTooLarge,
                                         check::kFileNotText,
                                         check::kSyntax,
                                         check::kCrosswalkVersionUnknown,
                                         check::kCrosswalkSourceUnknown,
                                         check::kCrosswalkTargetUnknown,
                                         check::kCrosswalkCycle};
  for (const Case& one : Cases()) covered.insert(one.check);
  for (const CheckInfo& info : kChecks) EXPECT_EQ(covered.count(info.id), 1u) << info.id;
}

// docs/checks.md lists the checks in tables whose first cell is the id.
TEST(ProveTest, TheDocsListEveryCheckAndNoOther) {
  std::istringstream in(ReadAll(SourcePath("docs/checks.md")));
  std::vector<std::string> told;
  for (std::string line; std::getline(in, line);) {
    if (line.rfind("| `", 0) != 0) continue;
    told.push_back(line.substr(3, line.find('`', 3) - 3));
  }
  std::vector<std::string> known;
  for (const CheckInfo& info : kChecks) known.emplace_back(info.id.data(), info.id.size());
  std::sort(told.begin(), told.end());
  std::sort(known.begin(), known.end());
  EXPECT_EQ(told, known);
}

std::vector<std::string> Errors(const FrameworkVersion& version) {
  std::vector<std::string> errors;
  for (const framework::v1::Diagnostic& one : AllOf(version)) {
    if (one.severity() == framework::v1::DIAGNOSTIC_SEVERITY_ERROR) errors.push_back(TextOf(one));
  }
  return errors;
}

TEST(ProveTest, FindsNoErrorInGoodModels) {
  for (const FrameworkVersion& version :
       {SmallScores(), SmallJudged(), SmallAuthority(), SmallCategories(), SmallStars()}) {
    EXPECT_THAT(Errors(version), IsEmpty()) << version.name();
  }
}

TEST(ProveTest, FindsNoErrorInWhatIsShipped) {
  for (const std::string& name : ShippedNames()) {
    EXPECT_THAT(Errors(LoadShipped(name)), IsEmpty()) << name;
  }
}

TEST(ProveTest, EndsSoonAfterItIsCancelled) {
  const auto model = MustCompile(LoadShipped("cqc-kloe@2017-11"));
  const std::int64_t all = Prove(*model).vectors;
  int asked = 0;
  ProveLimits limits;
  limits.cancelled = [&] { return ++asked > 20; };
  const std::int64_t visited = Prove(*model, limits).vectors;
  EXPECT_EQ(asked, 21) << "nobody is asked again";
  EXPECT_LT(visited, 20 * 1024);
  EXPECT_LT(visited, all / 2);
}

TEST(ProveTest, ADeclaredExceptionExcusesItsRule) {
  FrameworkVersion version = SmallScores();
  BreakTable(version);
  const auto broken = [&] {
    std::set<std::string> checks;
    for (const auto& one : AllOf(version)) checks.insert(one.check());
    return checks.count(check::kNotMonotone) != 0;
  };
  ASSERT_TRUE(broken());
  for (const char* rule : {"two-outstanding", "two-good"}) {
    for (const char* stage : {"overall", "service-overall"}) {
      Except(version, stage, rule, "The regulator's table says so.");
    }
  }
  EXPECT_FALSE(broken());
}

// The classic: whole percentages as a regulator writes them leave halves undecided unless the model
// says how to round.
TEST(ProveTest, HalvesAreDecidedByTheDeclaredRounding) {
  FrameworkVersion version = SmallAuthority();
  auto* stages = version.mutable_scoring_model()->mutable_ladders(0)->mutable_stages(1);
  // 5 of 8 points.
  stages->clear_missing();
  EXPECT_THAT(Errors(version), IsEmpty());
  for (const auto rounding : {framework::v1::ROUNDING_HALF_EVEN, framework::v1::ROUNDING_DOWN,
                              framework::v1::ROUNDING_UP}) {
    stages->mutable_percent_bands()->set_rounding(rounding);
    EXPECT_THAT(Errors(version), IsEmpty()) << rounding;
  }
}

// Also where some items apply to some sectors only: the groups are all there.
TEST(ProveTest, AStageThatNeedsAllItsInputsIsProvenByThoseAlone) {
  FrameworkVersion version = SmallScores();
  for (auto& ladder : *version.mutable_scoring_model()->mutable_ladders()) {
    for (auto& stage : *ladder.mutable_stages()) {
      if (stage.table() == "overall") stage.mutable_missing()->set_all_required(true);
    }
  }
  EXPECT_THAT(Errors(version),
              Contains(testing::AllOf(HasSubstr("row-dead"), HasSubstr("one-rated"))));
}

// Rules over services ask about counts of any size: a row for twelve is not dead, one for a number
// that an earlier row takes is.
TEST(ProveTest, OpenAxesAreVisitedUpToTheLargestThreshold) {
  FrameworkVersion version = SmallJudged();
  auto* table = Table(version);
  auto* row = table->mutable_rows()->Add();
  row->set_id("twelve-outstanding");
  row->set_level("outstanding");
  CountTerm(row->mutable_when(), "outstanding", 12);
  for (int i = table->rows_size() - 1; i > 1; --i) table->mutable_rows()->SwapElements(i, i - 1);
  const std::vector<std::string> errors = Errors(version);
  for (const std::string& error : errors) {
    EXPECT_EQ(error.find("row-dead"), std::string::npos) << error;
  }
  const Proof proof = Prove(*MustCompile(version));
  EXPECT_GT(proof.vectors, 10'000);
}

}  // namespace
}  // namespace assay::model
