#include "services/common/version/diff.h"

#include <cstdlib>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "services/common/catalogue/catalogue_directory.h"
#include "services/common/model/model.h"
#include "services/common/version/load.h"
#include "tests/common/version/sample_version.h"

namespace assay::version {
namespace {

namespace fw = framework::v1;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

fw::FrameworkVersion Sample() {
  std::vector<Diagnostic> faults;
  auto parsed = ParseVersionText(SampleSource(), &faults);
  if (!parsed) std::abort();
  return parsed->version;
}

// "CHANGED path: text"
std::vector<std::string> Lines(const fw::FrameworkVersion& base,
                               const fw::FrameworkVersion& target) {
  std::vector<std::string> lines;
  const fw::DiffVersionsResponse diff = Diff(base, target);
  for (const auto& one : diff.differences()) {
    lines.push_back(fw::DiffKind_Name(one.kind()).substr(10) + " " + one.path() + ": " +
                    one.text());
  }
  return lines;
}

TEST(DiffTest, TheSameIsTheSame) { EXPECT_THAT(Lines(Sample(), Sample()), IsEmpty()); }

// One change, and the one line that tells it.
struct Case {
  void (*change)(fw::FrameworkVersion&);
  const char* want;
};

TEST(DiffTest, TellsEachChangeInWords) {
  const Case cases[] = {
      {[](fw::FrameworkVersion& v) { v.mutable_effective_from()->set_year(2026); },
       "CHANGED effective_from: first day: was 2024-01-01, is 2026-01-01"},
      {[](fw::FrameworkVersion& v) { v.mutable_groups(0)->set_name("Warmth"); },
       "CHANGED groups/warm: group warm: was Warm, is Warmth"},
      {[](fw::FrameworkVersion& v) {
         fw::Item* item = v.add_items();
         item->set_id("kind.time");
         item->set_group("kind");
         item->set_display_name("Time");
       },
       "ADDED items/kind.time: Kind gains \"Time\""},
      {[](fw::FrameworkVersion& v) { v.mutable_items()->RemoveLast(); },
       "REMOVED items/kind.words: Kind loses \"Words\""},
      {[](fw::FrameworkVersion& v) {
         v.mutable_items(1)->set_id("warm.words");
         v.mutable_items(1)->set_group("warm");
       },
       "MOVED items/warm.words: \"Words\" moves from Kind to Warm, from kind.words"},
      {[](fw::FrameworkVersion& v) { v.mutable_items(0)->set_code("H1"); },
       "CHANGED items/warm.hands/code: \"Hands\", code: was \"W1\", is \"H1\""},
      {[](fw::FrameworkVersion& v) {
         v.mutable_scoring_model()
             ->mutable_ladders(0)
             ->mutable_stages(1)
             ->mutable_percent_bands()
             ->mutable_bands(1)
             ->set_from_percent(80);
       },
       "CHANGED ladders/location/group/2: band 2: was Fine from 75 to 100 %, is Fine from 80 to "
       "100 %"},
      {[](fw::FrameworkVersion& v) {
         v.mutable_scoring_model()
             ->mutable_ladders(0)
             ->mutable_stages(1)
             ->mutable_percent_bands()
             ->set_rounding(fw::ROUNDING_DOWN);
       },
       "CHANGED ladders/location/group: stage group, rounding: was a half up, is down"},
      {[](fw::FrameworkVersion& v) {
         fw::Cap* cap =
             v.mutable_scoring_model()->mutable_ladders(0)->mutable_stages(1)->add_caps();
         cap->set_id("limiter.poor");
         cap->set_at_most("1");
         cap->set_strength(fw::CAP_STRENGTH_NORMALLY);
         cap->mutable_when()->add_all()->set_lowest_at_most("1");
       },
       "ADDED ladders/location/group/limiter.poor: new cap limiter.poor: at most Poor where the "
       "lowest is Poor or below (normally)"},
      {[](fw::FrameworkVersion& v) {
         auto* row = v.mutable_scoring_model()
                         ->mutable_ladders(0)
                         ->mutable_stages(2)
                         ->mutable_decision_table()
                         ->mutable_rows(0);
         row->set_level("1");
       },
       "CHANGED ladders/location/overall/lowest: rule lowest: was otherwise the lowest, is "
       "otherwise Poor"},
      {[](fw::FrameworkVersion& v) {
         v.mutable_scoring_model()
             ->mutable_ladders(0)
             ->mutable_stages(1)
             ->mutable_missing()
             ->set_minimum(2);
       },
       "CHANGED ladders/location/group/missing: stage group, missing: was nothing, is minimum: 2"},
      {[](fw::FrameworkVersion& v) { v.mutable_regulation_links(0)->set_verified(true); },
       "CHANGED regulation_links/warm.hands/12: tie to a regulation warm.hands/12: was direct, not "
       "verified, is direct"},
      {[](fw::FrameworkVersion& v) { v.add_notes("Unconfirmed."); }, "ADDED notes: Unconfirmed."},
      {[](fw::FrameworkVersion& v) { v.mutable_groups()->SwapElements(0, 1); },
       "CHANGED groups: order, by group: was warm, kind, is kind, warm"},
  };
  for (const Case& c : cases) {
    fw::FrameworkVersion changed = Sample();
    c.change(changed);
    EXPECT_THAT(Lines(Sample(), changed), ElementsAre(std::string(c.want)));
  }
}

TEST(DiffTest, AnItemByAnotherIdInItsGroupIsRenamed) {
  fw::FrameworkVersion renamed = Sample();
  renamed.mutable_items(0)->set_id("warm.touch");
  EXPECT_THAT(Lines(Sample(), renamed),
              Contains("CHANGED items/warm.touch: \"Hands\", id: was warm.hands, is warm.touch"));
}

// Whatever changes the digest is a difference: every field of every message is changed once.
void ChangeEach(google::protobuf::Message* part, fw::FrameworkVersion* whole,
                const fw::FrameworkVersion& base, int* changes) {
  using google::protobuf::FieldDescriptor;
  const google::protobuf::Reflection* reflection = part->GetReflection();
  std::vector<const FieldDescriptor*> fields;
  reflection->ListFields(*part, &fields);
  for (const FieldDescriptor* field : fields) {
    const int count = field->is_repeated() ? reflection->FieldSize(*part, field) : 1;
    if (field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE) {
      for (int i = 0; i < count; ++i) {
        ChangeEach(field->is_repeated() ? reflection->MutableRepeatedMessage(part, field, i)
                                        : reflection->MutableMessage(part, field),
                   whole, base, changes);
      }
      continue;
    }
    if (field->name() == "name" && part == whole) continue;
    std::string saved;
    part->SerializePartialToString(&saved);
    reflection->ClearField(part, field);
    ++*changes;
    EXPECT_GT(Diff(base, *whole).differences_size(), 0) << field->full_name();
    part->ParsePartialFromString(saved);
  }
}

TEST(DiffTest, NothingThatTheDigestCoversChangesUnseen) {
  const auto files = catalogue::ReadCatalogueDirectory(catalogue::CatalogueDirectory(""));
  const LoadResult loaded = LoadVersions(files.sources);
  int changes = 0;
  for (const LoadedVersion& version : loaded.versions) {
    // The walk is quadratic; one whole method will do.
    if (version.version->name() != "frameworks/cqc-kloe/versions/2017-11") continue;
    fw::FrameworkVersion changed = *version.version;
    changed.clear_state();
    changed.clear_digest();
    changed.clear_model_digest();
    changed.clear_etag();
    for (auto& item : *changed.mutable_items()) item.clear_name();
    const fw::FrameworkVersion base = changed;
    ChangeEach(&changed, &changed, base, &changes);
    EXPECT_EQ(Diff(base, changed).differences_size(), 0) << "everything was put back";
  }
  EXPECT_GT(changes, 100);
}

TEST(DiffTest, ShippedVersionsOfOneFrameworkDifferAsTheirMethodsDo) {
  const auto files = catalogue::ReadCatalogueDirectory(catalogue::CatalogueDirectory(""));
  const LoadResult loaded = LoadVersions(files.sources);
  const fw::FrameworkVersion* older = nullptr;
  const fw::FrameworkVersion* newer = nullptr;
  for (const LoadedVersion& one : loaded.versions) {
    if (one.version->name() == "frameworks/cqc-saf/versions/2023-11") older = one.version.get();
    if (one.version->name() == "frameworks/cqc-saf/versions/2024-12") newer = one.version.get();
  }
  ASSERT_TRUE(older != nullptr && newer != nullptr);
  const std::vector<std::string> lines = Lines(*older, *newer);
  EXPECT_THAT(lines, Contains(HasSubstr("REMOVED categories/observation")));
  EXPECT_THAT(lines, Contains(HasSubstr("CHANGED effective_from: first day: was 2023-11-21")));
}

TEST(DiffTest, SoManyDifferencesAreTold) {
  fw::FrameworkVersion many = Sample();
  for (int i = 0; i < kMaxDifferences + 10; ++i) many.add_notes(std::to_string(i));
  const auto diff = Diff(Sample(), many);
  ASSERT_EQ(diff.differences_size(), kMaxDifferences + 1);
  EXPECT_EQ(diff.differences(kMaxDifferences).text(), "and 10 more differences");
}

}  // namespace
}  // namespace assay::version
