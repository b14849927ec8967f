#include "services/common/text/slug.h"

#include <string>

#include <gtest/gtest.h>

namespace assay::text {
namespace {

TEST(SlugTest, TurnsNamesIntoIds) {
  const struct {
    std::string words;
    std::string slug;
  } cases[] = {
      {"Learning culture", "learning-culture"},
      {"Responding to people's immediate needs", "responding-to-peoples-immediate-needs"},
      {"Responding to people’s immediate needs", "responding-to-peoples-immediate-needs"},
      {"Environmental sustainability – sustainable development",
       "environmental-sustainability-sustainable-development"},
      {"Environmental sustainability — sustainable development",
       "environmental-sustainability-sustainable-development"},
      {"Well-led", "well-led"},
      {"Safe systems, pathways and transitions", "safe-systems-pathways-and-transitions"},
      {"  Care (adults 18-65) / day  ", "care-adults-18-65-day"},
      {"Capable, compassionate and inclusive leaders",
       "capable-compassionate-and-inclusive-leaders"},
      {"Workforce wellbeing & enablement", "workforce-wellbeing-enablement"},
      {"Kingston upon Hull, City of", "kingston-upon-hull-city-of"},
      {"Ynys Môn Café", "ynys-mon-cafe"},
      {"a\tb\nc", "a-b-c"},
      {"---x---", "x"},
      {"'s", "s"},
      {"2024", "2024"},
      {"A × B", "a-b"},
  };
  for (const auto& c : cases) {
    const auto slug = Slug(c.words);
    ASSERT_TRUE(slug.ok()) << c.words << ": " << slug.status();
    EXPECT_EQ(*slug, c.slug) << c.words;
    EXPECT_EQ(*Slug(*slug), c.slug) << "a slug of a slug is the slug";
  }
}

TEST(SlugTest, RefusesWhatLeavesNothing) {
  const struct {
    std::string words;
    std::string part_of_message;
  } cases[] = {
      {"", "at least one letter or digit"},
      {"–", "at least one letter or digit"},
      {"...", "at least one letter or digit"},
      {"bad \xFF byte", "valid UTF-8"},
      {std::string(kMaxSlugInputBytes + 1, 'a'), "got 1025 bytes"},
  };
  for (const auto& c : cases) {
    const auto slug = Slug(c.words);
    ASSERT_FALSE(slug.ok()) << c.words;
    EXPECT_EQ(slug.status().code(), absl::StatusCode::kInvalidArgument);
    EXPECT_NE(slug.status().message().find(c.part_of_message), absl::string_view::npos)
        << slug.status();
  }
  EXPECT_TRUE(Slug(std::string(kMaxSlugInputBytes, 'a')).ok());
}

}  // namespace
}  // namespace assay::text
