#include "services/scoring/cache/redis/seal.h"

#include <optional>
#include <string>

#include <gtest/gtest.h>

#include "services/common/digest/digest.h"

namespace assay::scoring::redis {
namespace {

const std::string kSecret(32, 's');

TEST(SealTest, IsAHmacOverLabelSizeKeyAndBytes) {
  Sealer sealer(kSecret);
  const std::string covered =
      std::string("assay.cache.v1\0", 15) + std::string("\0\0\0\0\0\0\0\3", 8) + "keybytes";
  EXPECT_EQ(sealer.Seal("key", "bytes"),
            std::string(digest::HmacSha256(kSecret, covered).bytes()) + "bytes");
}

TEST(SealTest, OpensWhatItSealed) {
  Sealer sealer(kSecret);
  for (const std::string& bytes :
       {std::string(), std::string("x"), std::string("a\0b", 3), std::string(1 << 20, 'y')}) {
    const std::string stored = sealer.Seal("key", bytes);
    EXPECT_EQ(stored.size(), bytes.size() + Sealer::kOverhead);
    const auto opened = sealer.Open("key", stored);
    ASSERT_TRUE(opened.has_value());
    EXPECT_EQ(*opened, bytes);
  }
}

TEST(SealTest, EveryBitCounts) {
  Sealer sealer(kSecret);
  const std::string stored = sealer.Seal("key", "some bytes");
  for (std::size_t i = 0; i < stored.size() * 8; ++i) {
    std::string changed = stored;
    changed[i / 8] = static_cast<char>(changed[i / 8] ^ (1 << (i % 8)));
    EXPECT_FALSE(sealer.Open("key", changed)) << i;
  }
}

TEST(SealTest, EverySizeCounts) {
  Sealer sealer(kSecret);
  const std::string stored = sealer.Seal("key", "some bytes");
  for (std::size_t size = 0; size < stored.size(); ++size) {
    EXPECT_FALSE(sealer.Open("key", stored.substr(0, size))) << size;
  }
  EXPECT_FALSE(sealer.Open("key", stored + '\0'));
}

TEST(SealTest, KeyAndSecretCount) {
  Sealer sealer(kSecret);
  const std::string stored = sealer.Seal("key", "bytes");
  EXPECT_FALSE(sealer.Open("kez", stored));
  EXPECT_FALSE(sealer.Open("keyb", stored));
  EXPECT_FALSE(Sealer(std::string(32, 't')).Open("key", stored));
  // The border between key and bytes is sealed too.
  const std::string mac = stored.substr(0, Sealer::kOverhead);
  EXPECT_FALSE(sealer.Open("keyb", mac + "ytes"));
  EXPECT_FALSE(sealer.Open("ke", mac + "ybytes"));
}

}  // namespace
}  // namespace assay::scoring::redis
