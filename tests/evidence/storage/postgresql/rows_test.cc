#include "services/evidence/storage/postgresql/rows.h"

#include <string>

#include <gtest/gtest.h>

namespace assay::evidence::pg {
namespace {

Texts Sample() {
  Texts texts;
  texts.texts.push_back({"rationale", std::string(32, 's'), "why", digest::Sha256("a")});
  texts.texts.push_back({"text", std::string(32, 't'), std::string("\0é", 3), digest::Sha256("b")});
  return texts;
}

TEST(TextsTest, ComeBackAsTheyWere) {
  const auto back = DecodeTexts(EncodeTexts(Sample()));
  ASSERT_TRUE(back.ok()) << back.status();
  ASSERT_EQ(back->texts.size(), 2u);
  EXPECT_EQ(back->erased_us, 0);
  EXPECT_EQ(back->texts[0].field, "rationale");
  EXPECT_EQ(back->texts[1].salt, std::string(32, 't'));
  EXPECT_EQ(back->texts[1].bytes, std::string("\0é", 3));
  EXPECT_EQ(back->texts[1].commitment, digest::Sha256("b"));
}

TEST(TextsTest, ErasedOnesKeepTheCommitmentsAndTheFirstTime) {
  const Texts erased = Erased(Sample(), 5);
  EXPECT_EQ(erased.erased_us, 5);
  const std::string bytes = EncodeTexts(erased);
  EXPECT_EQ(bytes.find("why"), std::string::npos);
  EXPECT_EQ(bytes.find(std::string(32, 's')), std::string::npos);
  EXPECT_TRUE(DecodeTexts(bytes)->texts[0].erased());
  EXPECT_EQ(DecodeTexts(bytes)->texts[0].commitment, digest::Sha256("a"));
  EXPECT_EQ(Erased(erased, 9).erased_us, 5);
}

TEST(TextsTest, WhatEndsTooEarlyIsDamaged) {
  const std::string bytes = EncodeTexts(Sample());
  for (const size_t size : {size_t{0}, size_t{3}, bytes.size() - 1}) {
    EXPECT_EQ(DecodeTexts(bytes.substr(0, size)).status().code(), absl::StatusCode::kDataLoss)
        << size;
  }
}

}  // namespace
}  // namespace assay::evidence::pg
