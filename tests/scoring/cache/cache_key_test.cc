#include "services/scoring/cache/cache_key.h"

#include <functional>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "absl/container/flat_hash_set.h"

namespace assay::scoring {
namespace {

CacheKey Example() {
  CacheKey key;
  key.partition = 17;
  key.epoch = "9f3a";
  key.render_version = 2;
  key.model_digest = "c0ffee";
  key.subject = "locations/1-102";
  key.view = "basic";
  key.revision = SubjectRevision::OfCounter(42);
  key.valid_from = clock::Day::FromCivil(2024, 12, 1).value();
  return key;
}

TEST(CacheKeyTest, IsWrittenInFull) {
  EXPECT_EQ(Example().ToString(), "{p017}:9f3a:r2:c0ffee:locations/1-102:basic:c42:2024-12-01");
}

TEST(CacheKeyTest, PartitionIsTheClusterHashTag) {
  CacheKey key = Example();
  for (const auto& [partition, tag] :
       std::vector<std::pair<int, std::string>>{{0, "{p000}:"}, {9, "{p009}:"}, {256, "{p256}:"}}) {
    key.partition = partition;
    EXPECT_EQ(key.ToString().substr(0, tag.size()), tag);
  }
}

TEST(CacheKeyTest, CompositeRevisionIsADigest) {
  CacheKey key = Example();
  key.revision = SubjectRevision::OfParts(digest::Sha256("parts"));
  EXPECT_NE(key.ToString().find(":d" + digest::Sha256("parts").ToHex() + ":"), std::string::npos);
}

TEST(CacheKeyTest, NoTextCanPassForAnotherPart) {
  CacheKey key = Example();
  key.subject = "a:b{c}%\n\xff";
  EXPECT_NE(key.ToString().find(":a%3Ab%7Bc%7D%25%0A%FF:"), std::string::npos) << key.ToString();
}

TEST(CacheKeyTest, EveryPartTellsKeysApart) {
  const std::vector<std::function<void(CacheKey&)>> changes = {
      [](CacheKey&) {},
      [](CacheKey& key) { key.partition = 18; },
      [](CacheKey& key) { key.epoch = "9f3b"; },
      [](CacheKey& key) { key.render_version = 3; },
      [](CacheKey& key) { key.model_digest = "c0ffef"; },
      [](CacheKey& key) { key.subject = "locations/1-103"; },
      [](CacheKey& key) { key.view = "full"; },
      [](CacheKey& key) { key.revision = SubjectRevision::OfCounter(43); },
      [](CacheKey& key) { key.revision = SubjectRevision::OfParts(digest::Digest()); },
      [](CacheKey& key) { key.valid_from = key.valid_from.Plus(1); },
      // The same bytes, divided otherwise between two texts.
      [](CacheKey& key) { key.subject += ":basic", key.view = ""; },
  };
  absl::flat_hash_set<std::string> seen;
  for (std::size_t i = 0; i < changes.size(); ++i) {
    CacheKey key = Example();
    changes[i](key);
    EXPECT_TRUE(seen.insert(key.ToString()).second) << i << ": " << key.ToString();
  }
}

TEST(SubjectRevisionTest, CounterAndDigestAreNeverEqual) {
  EXPECT_EQ(SubjectRevision::OfCounter(7), SubjectRevision::OfCounter(7));
  EXPECT_NE(SubjectRevision::OfCounter(7), SubjectRevision::OfCounter(8));
  EXPECT_NE(SubjectRevision::OfCounter(0), SubjectRevision::OfParts(digest::Digest()));
  EXPECT_EQ(SubjectRevision(), SubjectRevision::OfCounter(0));
}

}  // namespace
}  // namespace assay::scoring
