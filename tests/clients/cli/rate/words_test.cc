#include "clients/cli/rate/words.h"

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace assay::cli {
namespace {

ScaleWords Ratings() {
  framework::v1::ScoringModel scoring;
  framework::v1::Scale* scale = scoring.add_scales();
  const char* levels[][3] = {{"inadequate", "Inadequate", "I"},
                             {"requires-improvement", "Requires improvement", "R"},
                             {"good", "Good", "G"},
                             {"outstanding", "Outstanding", "O"}};
  for (const auto& each : levels) {
    framework::v1::Level* level = scale->add_levels();
    level->set_id(each[0]);
    level->set_label(each[1]);
    level->set_abbreviation(each[2]);
  }
  framework::v1::PublishedWord* word = scoring.add_published_words();
  word->set_word("Inspected but not rated");
  word->set_reason("inspected-but-not-rated");
  return ScaleWords(*scale, scoring);
}

ScaleWords Stars() {
  framework::v1::ScoringModel scoring;
  framework::v1::Scale* scale = scoring.add_scales();
  for (int i = 1; i <= 5; ++i) {
    framework::v1::Level* level = scale->add_levels();
    level->set_id(std::to_string(i));
    level->set_label(std::string(static_cast<std::size_t>(i), '*'));
  }
  return ScaleWords(*scale, scoring);
}

TEST(ScaleWords, ReadsRatingsAsPeopleWriteThem) {
  const ScaleWords words = Ratings();
  const struct {
    const char* cell;
    int level;  // -1: no word
  } kCases[] = {
      {"Outstanding", 4},
      {"OUTSTANDING", 4},
      {"outstanding", 4},
      {"O", 4},
      {"o", 4},
      {"  Good\t", 3},
      {"G", 3},
      {"Requires improvement", 2},
      {"R", 2},
      {"inadequate", 1},
      {"I", 1},
      {"", 0},
      {"   ", 0},
      {"Inspected but not rated", 0},
      {"inspected BUT not rated", 0},
      {"Goodish", -1},
      {"3", -1},
      {"RI", -1},
      {"Good.", -1},
      {"Good Good", -1},
      {"\xff", -1},
      {"requires-improvement", 2},
  };
  for (const auto& each : kCases) {
    const absl::optional<Level> level = words.Parse(each.cell);
    EXPECT_EQ(level.has_value() ? static_cast<int>(*level) : -1, each.level) << each.cell;
  }
}

TEST(ScaleWords, SaysWhatACellMayHold) {
  EXPECT_EQ(Ratings().wanted(),
            "Inadequate (I), Requires improvement (R), Good (G), Outstanding (O) or blank");
  EXPECT_EQ(Stars().wanted(), "1, 2, 3, 4, 5 or blank");
}

TEST(ScaleWords, WritesFullWordsAndStarsAsNumbers) {
  EXPECT_EQ(Ratings().Label(2), "Requires improvement");
  EXPECT_EQ(Ratings().Label(0), "");
  EXPECT_EQ(Stars().Label(5), "5");
}

}  // namespace
}  // namespace assay::cli
