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

constexpr char kOldSaf[] = "frameworks/cqc-saf/versions/2023-11";
constexpr char kCited[] = "locations/1-102/evidence/0190a5b8-3c4d-7e6f-8a9b-0c1d2e3f4a5b";
constexpr char kElsewhere[] = "locations/1-104/evidence/0190a5b8-3c4d-7e6f-8a9b-0c1d2e3f4a5b";

// What is known: two shipped methods, one evidence item at each of two homes, one attachment.
const CheckContext& Home() {
  static const names::Subject* const subject =
      new names::Subject(names::Subject::Parse("locations/1-102").value());
  static const Known* const known =
      new Known{{{kSaf, ShippedCatalogue().Find(kSaf).value()},
                 {kOldSaf, ShippedCatalogue().Find(kOldSaf).value()}},
                {kCited, kElsewhere},
                {{AttachmentKey{"locations/1-102", std::string(32, 'd')}, 1000}}};
  static const CheckContext* const context = new CheckContext{kToday, known, subject};
  return *context;
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
      {"started on the first day of the version",
       [](v1::Judgement& j) { *j.mutable_assessment_start() = DateOf("2024-12-02"); },
       {}},
      {"started before the version was in force",
       [](v1::Judgement& j) { *j.mutable_assessment_start() = DateOf("2024-12-01"); },
       {"j.assessment_start"}},
      {"started after the version was in force",
       [](v1::Judgement& j) {
         j.set_framework_version(kOldSaf);
         *j.mutable_assessment_start() = DateOf("2024-12-02");
       },
       {"j.assessment_start"}},
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
      {"evidence of this home", [](v1::Judgement& j) { j.add_evidence(kCited); }, {}},
      {"evidence of another home",
       [](v1::Judgement& j) { j.add_evidence(kElsewhere); },
       {"j.evidence[0]"}},
      {"evidence that is not recorded",
       [](v1::Judgement& j) {
         j.add_evidence(kCited);
         j.add_evidence("locations/1-102/evidence/0190a5b8-3c4d-7e6f-8a9b-000000000000");
       },
       {"j.evidence[1]"}},
      {"10 MB of rationale",
       [](v1::Judgement& j) { j.set_rationale(std::string(10 << 20, 'x')); },
       {"j.rationale"}},
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
    const Resolved resolved = Validate(judgement, Home(), "j", bad);
    EXPECT_THAT(FieldsOf(bad), UnorderedElementsAreArray(c.fields)) << c.what << bad.ToStatus();
    EXPECT_EQ(c.fields.empty() ? resolved.level : 0,
              c.fields.empty() ? judgement.outcome().level() : 0)
        << c.what;
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
    Validate(action, Home(), "a", bad);
    EXPECT_THAT(FieldsOf(bad), UnorderedElementsAreArray(c.fields)) << c.what;
  }
}

TEST(ValidateOverrideTest, EachFieldHasItsLimit) {
  struct Case {
    const char* what;
    std::function<void(v1::Override&)> spoil;
    std::vector<std::string> fields;
  };
  const Case cases[] = {
      {"good", [](v1::Override&) {}, {}},
      {"no rationale", [](v1::Override& o) { o.clear_rationale(); }, {"o.rationale"}},
      {"nothing in its place", [](v1::Override& o) { o.clear_to(); }, {"o.outcome"}},
      {"unrated", [](v1::Override& o) { o.mutable_unrated()->set_reason("under-review"); }, {}},
      {"unrated without a reason",
       [](v1::Override& o) { o.mutable_unrated(); },
       {"o.unrated.reason"}},
      {"no departure", [](v1::Override& o) { o.mutable_outcome()->set_level(3); }, {"o.outcome"}},
      {"departure from nothing", [](v1::Override& o) { o.clear_from(); }, {}},
      {"level 0", [](v1::Override& o) { o.mutable_outcome()->set_level(0); }, {"o.outcome.level"}},
      {"from level 9", [](v1::Override& o) { o.mutable_from()->set_level(9); }, {"o.from.level"}},
      {"another scale",
       [](v1::Override& o) { o.mutable_from()->set_scale("score"); },
       {"o.from.scale"}},
      {"unknown group",
       [](v1::Override& o) { o.mutable_node()->set_group("nonsense"); },
       {"o.node.group"}},
      {"unknown version",
       [](v1::Override& o) { o.set_framework_version("frameworks/cqc-saf/versions/1999-01"); },
       {"o.framework_version"}},
      {"367 days ahead",
       [](v1::Override& o) { *o.mutable_effective_date() = DateOf("2026-06-17"); },
       {"o.effective_date"}},
      {"long reference",
       [](v1::Override& o) { o.set_quality_control_reference(std::string(257, 'q')); },
       {"o.quality_control_reference"}},
      {"all at once",
       [](v1::Override& o) {
         o.clear_rationale();
         o.clear_effective_date();
         o.set_decided_by("\xff");
         o.mutable_source()->set_reference("R1");
       },
       {"o.rationale", "o.effective_date", "o.decided_by", "o.source.system"}},
  };
  for (const Case& c : cases) {
    v1::Override one = OverrideOf("safe", 3, 2, "2025-01-01");
    c.spoil(one);
    errors::Violations bad;
    const Resolved resolved = Validate(one, Home(), "o", bad);
    EXPECT_THAT(FieldsOf(bad), UnorderedElementsAreArray(c.fields)) << c.what << bad.ToStatus();
    EXPECT_EQ(c.fields.empty() ? resolved.from : 0, c.fields.empty() ? one.from().level() : 0)
        << c.what;
  }
}

TEST(ValidatePublicationTest, EachFieldHasItsLimit) {
  struct Case {
    const char* what;
    std::function<void(v1::Publication&)> spoil;
    std::vector<std::string> fields;
  };
  const Case cases[] = {
      {"good", [](v1::Publication&) {}, {}},
      {"of a group", [](v1::Publication& p) { p.mutable_node()->set_group("safe"); }, {}},
      {"without a rating", [](v1::Publication& p) { p.clear_rating(); }, {"p.outcome"}},
      {"not rated",
       [](v1::Publication& p) { p.mutable_not_rated()->set_reason("inspected-but-not-rated"); },
       {}},
      {"no date", [](v1::Publication& p) { p.clear_publication_date(); }, {"p.publication_date"}},
      {"no digest", [](v1::Publication& p) { p.clear_derivation_digest(); }, {}},
      {"half a digest",
       [](v1::Publication& p) { p.set_derivation_digest(std::string(16, 'd')); },
       {"p.derivation_digest"}},
      {"no version",
       [](v1::Publication& p) { p.clear_framework_version(); },
       {"p.framework_version"}},
  };
  for (const Case& c : cases) {
    v1::Publication publication = PublicationOf(3, "2025-02-01");
    c.spoil(publication);
    errors::Violations bad;
    Validate(publication, Home(), "p", bad);
    EXPECT_THAT(FieldsOf(bad), UnorderedElementsAreArray(c.fields)) << c.what << bad.ToStatus();
  }
}

TEST(ValidateEvidenceTest, EachFieldHasItsLimit) {
  struct Case {
    const char* what;
    std::function<void(v1::EvidenceItem&)> spoil;
    std::vector<std::string> fields;
  };
  const auto attach = [](v1::EvidenceItem& e, char digest) {
    e.add_attachments()->set_digest(std::string(32, digest));
  };
  const Case cases[] = {
      {"good", [](v1::EvidenceItem&) {}, {}},
      {"bearing on nothing yet",
       [](v1::EvidenceItem& e) {
         e.clear_items();
         e.clear_category();
         e.clear_framework_version();
       },
       {}},
      {"no kind", [](v1::EvidenceItem& e) { e.clear_kind(); }, {"e.kind"}},
      {"no sensitivity", [](v1::EvidenceItem& e) { e.clear_sensitivity(); }, {"e.sensitivity"}},
      {"unknown item", [](v1::EvidenceItem& e) { e.add_items("safe.nonsense"); }, {"e.items[1]"}},
      {"item twice", [](v1::EvidenceItem& e) { e.add_items(e.items(0)); }, {"e.items[1]"}},
      {"items of no version",
       [](v1::EvidenceItem& e) { e.clear_framework_version(); },
       {"e.framework_version"}},
      {"unknown category", [](v1::EvidenceItem& e) { e.set_category("rumour"); }, {"e.category"}},
      {"a mebibyte of text",
       [](v1::EvidenceItem& e) { e.set_text(std::string(1 << 20, 'x')); },
       {}},
      {"10 MB of text",
       [](v1::EvidenceItem& e) { e.set_text(std::string(10 << 20, 'x')); },
       {"e.text"}},
      {"bad UTF-8", [](v1::EvidenceItem& e) { e.set_text("caf\xe9"); }, {"e.text"}},
      {"never received", [](v1::EvidenceItem& e) { e.clear_received(); }, {"e.received"}},
      {"received before it happened",
       [](v1::EvidenceItem& e) { *e.mutable_happened() = DateOf("2025-01-09"); },
       {"e.received"}},
      {"received far ahead",
       [](v1::EvidenceItem& e) { *e.mutable_received() = DateOf("2026-06-17"); },
       {"e.received"}},
      {"happened on no day",
       [](v1::EvidenceItem& e) { e.mutable_happened()->set_month(13); },
       {"e.happened"}},
      {"tag twice",
       [](v1::EvidenceItem& e) {
         e.add_tags("falls");
         e.add_tags("falls");
       },
       {"e.tags[1]"}},
      {"empty tag", [](v1::EvidenceItem& e) { e.add_tags(""); }, {"e.tags[0]"}},
      {"33 tags",
       [](v1::EvidenceItem& e) {
         for (int tag = 0; tag < 33; ++tag) e.add_tags(std::to_string(tag));
       },
       {"e.tags"}},
      {"attachment", [&](v1::EvidenceItem& e) { attach(e, 'd'); }, {}},
      {"attachment that was not uploaded",
       [&](v1::EvidenceItem& e) { attach(e, 'n'); },
       {"e.attachments[0].digest"}},
      {"attachment twice",
       [&](v1::EvidenceItem& e) {
         attach(e, 'd');
         attach(e, 'd');
       },
       {"e.attachments[1].digest"}},
      {"attachment without a digest",
       [](v1::EvidenceItem& e) { e.add_attachments()->set_file_name(std::string(256, 'f')); },
       {"e.attachments[0].file_name", "e.attachments[0].digest"}},
  };
  for (const Case& c : cases) {
    v1::EvidenceItem item = EvidenceOf("Fell twice in a week.", "2025-01-08");
    c.spoil(item);
    errors::Violations bad;
    Validate(item, Home(), "e", bad);
    EXPECT_THAT(FieldsOf(bad), UnorderedElementsAreArray(c.fields)) << c.what << bad.ToStatus();
  }
}

TEST(ValidateErasureTest, NamesARecordOfAnyKind) {
  const std::string id = "0190a5b8-3c4d-7e6f-8a9b-0c1d2e3f4a5b";
  struct Case {
    std::string name;
    std::string reason;
    std::vector<std::string> fields;
  };
  const Case cases[] = {
      {"locations/1-1/evidence/" + id, "DPR-17", {}},
      {"locations/1-1/judgements/" + id, "DPR-17", {}},
      {"locations/1-1/publications/" + id, "DPR-17", {}},
      {"locations/1-1", "", {"name", "reason"}},
      {"locations/1-1/evidence/" + id, std::string(1001, 'r'), {"reason"}},
  };
  for (const Case& c : cases) {
    v1::EraseRequest request;
    request.set_name(c.name);
    request.set_reason(c.reason);
    errors::Violations bad;
    ValidateErasure(request, "", bad);
    EXPECT_THAT(FieldsOf(bad), UnorderedElementsAreArray(c.fields)) << c.name;
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
