#include "services/evidence/core/validate_record.h"

#include <functional>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "tests/evidence/evidence_testing.h"

namespace assay::evidence {
namespace {

using testing::IsEmpty;
using testing::UnorderedElementsAreArray;

const clock::Day kToday = clock::Day::Parse("2025-06-15").value();

const Versions& Shipped() {
  static const Versions* const versions =
      new Versions{{kSaf, ShippedCatalogue().Find(kSaf).value()}};
  return *versions;
}

std::vector<std::string> FieldsOf(const errors::Violations& bad) {
  std::vector<std::string> fields;
  for (const errors::Violation& one : bad.kept()) fields.push_back(one.field);
  return fields;
}

TEST(ValidateJudgementTest, EachFieldHasItsLimit) {
  struct Case {
    const char* what;
    std::function<void(v1::Judgement&)> spoil;
    std::vector<std::string> fields;
  };
  const auto date = [](const char* text) {
    return [text](v1::Judgement& j) { *j.mutable_effective_date() = DateOf(text); };
  };
  const Case cases[] = {
      {"good", [](v1::Judgement&) {}, {}},
      {"score 1", [](v1::Judgement& j) { j.mutable_outcome()->set_level(1); }, {}},
      {"score 4", [](v1::Judgement& j) { j.mutable_outcome()->set_level(4); }, {}},
      {"score 0", [](v1::Judgement& j) { j.mutable_outcome()->set_level(0); }, {"j.outcome.level"}},
      {"score 5", [](v1::Judgement& j) { j.mutable_outcome()->set_level(5); }, {"j.outcome.level"}},
      {"unknown item",
       [](v1::Judgement& j) { j.mutable_node()->set_item("safe.nonsense"); },
       {"j.node.item"}},
      {"unknown version",
       [](v1::Judgement& j) { j.set_framework_version("frameworks/cqc-saf/versions/1999-01"); },
       {"j.framework_version"}},
      {"no version",
       [](v1::Judgement& j) { j.clear_framework_version(); },
       {"j.framework_version"}},
      {"366 days ahead", date("2026-06-16"), {}},
      {"367 days ahead", date("2026-06-17"), {"j.effective_date"}},
      {"no date", [](v1::Judgement& j) { j.clear_effective_date(); }, {"j.effective_date"}},
      {"30 February",
       [](v1::Judgement& j) {
         j.mutable_effective_date()->set_month(2);
         j.mutable_effective_date()->set_day(30);
       },
       {"j.effective_date"}},
      {"no status", [](v1::Judgement& j) { j.clear_status(); }, {"j.status"}},
      {"carried from while assessed",
       [](v1::Judgement& j) { *j.mutable_carried_from() = DateOf("2020-01-01"); },
       {"j.carried_from"}},
      {"no finding", [](v1::Judgement& j) { j.clear_outcome(); }, {"j.outcome"}},
      {"not rated",
       [](v1::Judgement& j) { j.mutable_not_rated()->set_reason("inspected-but-not-rated"); },
       {}},
      {"not rated without a reason",
       [](v1::Judgement& j) { j.mutable_not_rated(); },
       {"j.not_rated.reason"}},
      {"long rationale",
       [](v1::Judgement& j) { j.set_rationale(std::string(16385, 'x')); },
       {"j.rationale"}},
      {"bad UTF-8", [](v1::Judgement& j) { j.set_rationale("caf\xe9"); }, {"j.rationale"}},
      {"evidence that is none",
       [](v1::Judgement& j) { j.add_evidence("locations/1-1"); },
       {"j.evidence[0]"}},
      {"reference without system",
       [](v1::Judgement& j) { j.mutable_source()->set_reference("AP1"); },
       {"j.source.system"}},
      {"all at once",
       [](v1::Judgement& j) {
         j.mutable_outcome()->set_level(5);
         j.clear_status();
         j.clear_effective_date();
         j.set_assessor(std::string(201, 'x'));
       },
       {"j.outcome.level", "j.status", "j.effective_date", "j.assessor"}},
  };
  for (const Case& c : cases) {
    v1::Judgement judgement = ScoreOf("safe.learning-culture", 3, "2025-01-01");
    c.spoil(judgement);
    errors::Violations bad;
    const auto resolved = ValidateJudgement(judgement, Shipped(), kToday, "j", bad);
    EXPECT_THAT(FieldsOf(bad), UnorderedElementsAreArray(c.fields)) << c.what << bad.ToStatus();
    EXPECT_EQ(resolved.has_value(), c.fields.empty()) << c.what;
  }
}

TEST(ValidateActionTest, EachFieldHasItsLimit) {
  struct Case {
    const char* what;
    std::function<void(v1::RegulatoryAction&)> spoil;
    std::vector<std::string> fields;
  };
  const Case cases[] = {
      {"good", [](v1::RegulatoryAction&) {}, {}},
      {"no kind", [](v1::RegulatoryAction& a) { a.clear_kind(); }, {"a.kind"}},
      {"no regulation", [](v1::RegulatoryAction& a) { a.clear_regulation(); }, {}},
      {"long regulation",
       [](v1::RegulatoryAction& a) { a.set_regulation(std::string(17, '1')); },
       {"a.regulation"}},
      {"never opened", [](v1::RegulatoryAction& a) { a.clear_opened(); }, {"a.opened"}},
      {"closed on the same day",
       [](v1::RegulatoryAction& a) { *a.mutable_closed() = a.opened(); },
       {}},
      {"closed before",
       [](v1::RegulatoryAction& a) { *a.mutable_closed() = DateOf("2024-12-31"); },
       {"a.closed"}},
      {"far ahead",
       [](v1::RegulatoryAction& a) { *a.mutable_opened() = DateOf("2027-01-01"); },
       {"a.opened"}},
  };
  for (const Case& c : cases) {
    v1::RegulatoryAction action = ActionOf("2025-01-01");
    c.spoil(action);
    errors::Violations bad;
    ValidateAction(action, kToday, "a", bad);
    EXPECT_THAT(FieldsOf(bad), UnorderedElementsAreArray(c.fields)) << c.what;
  }
}

TEST(ValidateCorrectionTest, NamesOneRecordAndKeepsItsKind) {
  const std::string id = "0190a5b8-3c4d-7e6f-8a9b-0c1d2e3f4a5b";
  v1::CorrectRequest good;
  good.set_name("locations/1-1/judgements/" + id);
  good.set_reason("typed wrongly");
  errors::Violations none;
  ValidateCorrection(good, "", none);
  EXPECT_THAT(none.kept(), IsEmpty());

  v1::CorrectRequest other_kind = good;
  *other_kind.mutable_action() = ActionOf("2025-01-01");
  other_kind.clear_reason();
  errors::Violations bad;
  ValidateCorrection(other_kind, "", bad);
  EXPECT_THAT(FieldsOf(bad), UnorderedElementsAreArray({"action", "reason"}));

  v1::CorrectRequest both = good;
  both.mutable_wrong()->set_parent("locations/1-1");
  errors::Violations twice;
  ValidateCorrection(both, "", twice);
  EXPECT_THAT(FieldsOf(twice), UnorderedElementsAreArray({"wrong"}));

  v1::CorrectRequest by_source;
  by_source.set_reason("typed wrongly");
  by_source.mutable_wrong()->set_parent("locations/1-1");
  errors::Violations missing;
  ValidateCorrection(by_source, "", missing);
  EXPECT_THAT(FieldsOf(missing),
              UnorderedElementsAreArray({"wrong.source.system", "wrong.source.reference"}));
}

}  // namespace
}  // namespace assay::evidence
