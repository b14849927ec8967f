#include "services/common/model/model.h"

#include <string>

#include "gmock/gmock.h"
#include "google/protobuf/text_format.h"
#include "gtest/gtest.h"

#include "tests/common/model/model_testing.h"

namespace assay::model {
namespace {

TEST(LookUps, TakeEverySpellingThatTheCatalogueKnows) {
  const auto model = MustCompile(SmallScores());
  for (const char* text : {"safe.one", "s1", " S1 ", "SAFE ONE"}) {
    EXPECT_EQ(model->ItemByAny(text), 0) << text;
  }
  EXPECT_EQ(model->ItemByAny("s9"), -1);
  EXPECT_EQ(model->GroupByAny("Well-Led"), 4);
  EXPECT_EQ(model->GroupByAny("well_led"), 4);
  for (const char* text : {"adult-social-care", "ADULT_SOCIAL_CARE", "social care org"}) {
    EXPECT_EQ(model->SectorByAny(text), 0) << text;
  }
  const int rating = model->ScaleById("rating");
  for (const char* text : {"Requires Improvement", "requires-improvement", "r", "2"}) {
    EXPECT_EQ(model->LevelByAny(rating, text), 2) << text;
  }
  EXPECT_EQ(model->LevelByAny(rating, "5"), 0);
  EXPECT_EQ(model->PublishedWord("INSPECTED but not rated"), "inspected-but-not-rated");
  EXPECT_FALSE(model->PublishedWord("fine").has_value());
}

TEST(Nodes, ResolveAndComeBack) {
  const auto model = MustCompile(SmallCategories());
  for (const char* text :
       {"item: 'safe.one'", "group: 'led'", "", "item: 'led.two' category: 'staff'"}) {
    type::v1::Node node;
    ASSERT_TRUE(google::protobuf::TextFormat::ParseFromString(text, &node));
    const auto place = model->ResolveNode(node);
    ASSERT_TRUE(place.ok()) << place.status();
    EXPECT_EQ(model->NodeOf(*place).SerializeAsString(), node.SerializeAsString()) << text;
  }
  type::v1::Node named;
  named.set_stage("statement");
  named.set_item("safe.one");
  type::v1::Node plain;
  plain.set_item("safe.one");
  EXPECT_EQ(*model->ResolveNode(named), *model->ResolveNode(plain)) << "the same slot either way";
  EXPECT_EQ(
      model->version().scoring_model().scales(model->ScaleOf(*model->ResolveNode(plain))).id(),
      "score");
}

// Regression: only that the stage was wrong was told.
TEST(Nodes, AWrongStageIsAnsweredWithThoseThereAre) {
  const auto model = MustCompile(SmallCategories());
  type::v1::Node node;
  node.set_item("safe.one");
  node.set_stage("statment");
  EXPECT_THAT(std::string(model->ResolveNode(node).status().message()),
              testing::HasSubstr("want a stage that keeps just these axes: statement"));
  node.set_service("homecare");
  const std::string none(model->ResolveNode(node).status().message());
  EXPECT_THAT(none, testing::HasSubstr("none keeps just these axes; the model has "));
  EXPECT_THAT(none, testing::HasSubstr("statement"));
}

TEST(ModelSet, KeepsNumbersAndRefusesAnotherModelUnderAKnownName) {
  const auto model = MustCompile(SmallScores());
  const ModelSet set = *(*ModelSet().With(model)).With(MustCompile(SmallStars()));
  EXPECT_EQ(set.IndexOf("frameworks/cms-nursing-home/versions/2021"), 1);
  EXPECT_EQ(set.IndexOf("frameworks/none"), -1);
  framework::v1::FrameworkVersion notes = SmallScores();
  notes.add_notes("other words");
  const auto other = MustCompile(notes);
  EXPECT_EQ(other->model_digest(), model->model_digest());
  EXPECT_NE(other->version_digest(), model->version_digest());
  EXPECT_EQ((*set.With(other)).size(), 2);
  framework::v1::FrameworkVersion changed = SmallScores();
  changed.mutable_scoring_model()->mutable_published_words(0)->set_word("No");
  EXPECT_EQ(set.With(MustCompile(changed)).status().code(), absl::StatusCode::kAlreadyExists);
}

TEST(Digests, LeaveOutputOnlyFieldsOut) {
  framework::v1::FrameworkVersion version = SmallScores();
  const std::string model = *ModelDigest(version);
  const std::string whole = *VersionDigest(version);
  version.set_digest("x");
  version.set_model_digest("y");
  version.set_etag("z");
  version.set_state(framework::v1::VERSION_STATE_PUBLISHED);
  version.mutable_publish_time()->set_seconds(1);
  version.mutable_items(0)->set_name("frameworks/a/versions/b/items/c");
  EXPECT_EQ(*ModelDigest(version), model);
  EXPECT_EQ(*VersionDigest(version), whole);
  version.mutable_items(0)->set_display_name("Other");
  EXPECT_NE(*ModelDigest(version), model);
  // Each alone too.
  version = SmallScores();
  version.mutable_withdraw_time()->set_seconds(1);
  EXPECT_EQ(*VersionDigest(version), whole);
  version = SmallScores();
  version.set_withdraw_reason("a fault");
  EXPECT_EQ(*VersionDigest(version), whole);
}

}  // namespace
}  // namespace assay::model
