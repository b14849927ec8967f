#include "services/common/revision/revision.h"

#include <algorithm>
#include <cstdint>
#include <limits>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "services/common/digest/digest.h"
#include "services/common/errors/errors.h"
#include "services/common/revision/revision_proto.h"

namespace assay::revision {
namespace {

using names::Partition;

constexpr std::uint64_t kEpoch = 0xA1B2C3D4E5F60718;
constexpr std::uint64_t kMaxCounter = std::numeric_limits<std::uint64_t>::max();

RevisionVector Make(const std::vector<std::pair<Partition, std::uint64_t>>& entries,
                    std::uint64_t epoch = kEpoch) {
  RevisionVector revision(epoch);
  for (const auto& [partition, counter] : entries) {
    EXPECT_TRUE(revision.Set(partition, counter).ok());
  }
  return revision;
}

RevisionVector Random(std::mt19937& random) {
  RevisionVector revision(kEpoch);
  const std::size_t size = random() % 40;
  for (std::size_t i = 0; i < size; ++i) {
    const std::uint64_t counter = 1 + random() % 100;
    EXPECT_TRUE(
        revision.Set(static_cast<Partition>(random() % names::kPartitionCount), counter).ok());
  }
  return revision;
}

TEST(RevisionTest, SetAndAt) {
  RevisionVector revision = Make({{200, 7}, {3, 9}, {256, 1}});
  EXPECT_EQ(revision.At(3), 9u);
  EXPECT_EQ(revision.At(4), 0u);
  EXPECT_EQ(revision.At(256), 1u);
  EXPECT_EQ(revision.ToString(), "epoch a1b2c3d4e5f60718: 3=9 200=7 256=1");
  EXPECT_TRUE(revision.Set(200, 8).ok());
  EXPECT_EQ(revision.At(200), 8u);
  EXPECT_TRUE(revision.Set(3, 0).ok());
  EXPECT_TRUE(revision.Set(5, 0).ok());
  EXPECT_EQ(revision, Make({{200, 8}, {256, 1}}));
}

TEST(RevisionTest, APartitionOutsideIsRefused) {
  RevisionVector revision = Make({{1, 1}});
  EXPECT_EQ(revision.Set(257, 1).message(), "got partition 257, want 0 to 256");
  EXPECT_EQ(revision.Set(65535, 1).code(), absl::StatusCode::kOutOfRange);
  EXPECT_EQ(revision, Make({{1, 1}}));
}

TEST(RevisionTest, JoinTakesTheLarger) {
  RevisionVector revision = Make({{1, 5}, {2, 5}, {4, 1}});
  ASSERT_TRUE(revision.Join(Make({{0, 2}, {1, 4}, {2, 6}, {9, 9}})).ok());
  EXPECT_EQ(revision, Make({{0, 2}, {1, 5}, {2, 6}, {4, 1}, {9, 9}}));
}

TEST(RevisionTest, CoversLooksAtEveryPartition) {
  const RevisionVector revision = Make({{1, 5}, {7, 2}});
  const struct {
    RevisionVector other;
    bool covered;
  } cases[] = {
      {Make({}), true},          {Make({{1, 5}}), true},          {Make({{1, 4}, {7, 2}}), true},
      {Make({{1, 6}}), false},   {Make({{0, 1}}), false},         {Make({{4, 1}}), false},
      {Make({{256, 1}}), false}, {Make({{1, 5}, {7, 3}}), false},
  };
  for (const auto& c : cases) {
    EXPECT_EQ(*revision.Covers(c.other), c.covered) << c.other.ToString();
  }
}

TEST(RevisionTest, AnotherEpochIsRefusedAndChangesNothing) {
  RevisionVector revision = Make({{1, 5}});
  const RevisionVector foreign = Make({{1, 9}}, kEpoch + 1);
  const absl::Status status = revision.Join(foreign, "at_least[2]");
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(errors::Reason(status), "TOKEN_OF_ANOTHER_EPOCH");
  EXPECT_NE(status.message().find("at_least[2]"), absl::string_view::npos) << status;
  EXPECT_EQ(revision, Make({{1, 5}}));
  EXPECT_EQ(errors::Reason(revision.Covers(foreign).status()), "TOKEN_OF_ANOTHER_EPOCH");
}

TEST(RevisionTest, JoinIsTheLeastThatCoversBoth) {
  std::mt19937 random(11);
  for (int i = 0; i < 500; ++i) {
    const RevisionVector a = Random(random);
    const RevisionVector b = Random(random);
    RevisionVector ab = a;
    ASSERT_TRUE(ab.Join(b).ok());
    RevisionVector ba = b;
    ASSERT_TRUE(ba.Join(a).ok());
    ASSERT_EQ(ab, ba);
    ASSERT_TRUE(*ab.Covers(a) && *ab.Covers(b));
    ASSERT_EQ(*a.Covers(b), ab == a);
    for (int p = 0; p < names::kPartitionCount; ++p) {
      const auto partition = static_cast<Partition>(p);
      ASSERT_EQ(ab.At(partition), std::max(a.At(partition), b.At(partition)));
    }
    RevisionVector again = ab;
    ASSERT_TRUE(again.Join(ab).ok());
    ASSERT_EQ(again, ab);
  }
}

TEST(RevisionTokenTest, GoldenLayout) {
  const std::string body = *digest::HexDecode(
      "01a1b2c3d4e5f60718"
      "03"
      "0109"
      "c50107"
      "38ac02");
  EXPECT_EQ(digest::HexEncode(Make({{0, 9}, {197, 7}, {253, 300}}).Encode()),
            digest::HexEncode(body + std::string(digest::Sha256(body).bytes().substr(0, 4))));
}

TEST(RevisionTokenTest, RoundTripsAndKeepsItsBound) {
  RevisionVector full(kMaxCounter);
  for (int p = 0; p < names::kPartitionCount; ++p) {
    ASSERT_TRUE(full.Set(static_cast<Partition>(p), kMaxCounter).ok());
  }
  EXPECT_LE(full.Encode().size(), 3098u);
  std::vector<RevisionVector> revisions = {full,
                                           Make({}),
                                           Make({{0, 1}}),
                                           Make({{256, 1}}),
                                           Make({{0, 1}, {256, kMaxCounter}}),
                                           RevisionVector(0)};
  std::mt19937 random(5);
  for (int i = 0; i < 500; ++i) revisions.push_back(Random(random));
  for (const RevisionVector& revision : revisions) {
    const auto back = RevisionVector::Decode(revision.Encode());
    ASSERT_TRUE(back.ok()) << revision.ToString();
    ASSERT_EQ(*back, revision);
    ASSERT_EQ(*RevisionFromProto(RevisionToProto(revision)), revision);
  }
}

TEST(RevisionTokenTest, OnePositionIsEncodedAsAVectorIs) {
  for (const Partition partition : {0, 1, 126, 127, 255, 256}) {
    for (const std::uint64_t counter :
         {std::uint64_t{0}, std::uint64_t{1}, std::uint64_t{128}, kMaxCounter}) {
      RevisionVector vector(0xa1b2c3d4e5f60718);
      ASSERT_TRUE(vector.Set(partition, counter).ok());
      std::string token = "before";
      RevisionVector::AppendEncoded(vector.epoch(), {partition, counter}, token);
      EXPECT_EQ(token, "before" + vector.Encode()) << partition << " " << counter;
    }
  }
}

TEST(RevisionTokenTest, EveryDamageIsNoticed) {
  const std::string token = Make({{3, 9}, {200, 70000}}).Encode();
  for (std::size_t bit = 0; bit < token.size() * 8; ++bit) {
    std::string damaged = token;
    damaged[bit / 8] = static_cast<char>(damaged[bit / 8] ^ (1 << (bit % 8)));
    EXPECT_EQ(errors::Reason(RevisionVector::Decode(damaged).status()), "TOKEN_MALFORMED") << bit;
  }
  for (std::size_t size = 0; size < token.size(); ++size) {
    EXPECT_FALSE(RevisionVector::Decode(token.substr(0, size)).ok()) << size;
  }
  EXPECT_FALSE(RevisionVector::Decode(token + '\0').ok());
  EXPECT_FALSE(RevisionFromProto(type::v1::Revision()).ok());
}

// The checksum guards against accidents only: these carry a right one.
TEST(RevisionTokenTest, OnlyTheOneSpellingIsRead) {
  const std::string head = "01a1b2c3d4e5f60718";
  const struct {
    const char* what;
    std::string hex;
    bool good;
  } cases[] = {
      {"one entry", head + "010109", true},
      {"last partition", head + "01810209", true},
      {"partition 257", head + "01820209", false},
      {"partitions past 256 by steps",
       head + "0281020101"
              "01",
       false},
      {"step 0 at first", head + "010009", false},
      {"step 0 repeats a partition", head + "0201090009", false},
      {"counter 0", head + "010100", false},
      {"varint not minimal", head + "01018900", false},
      {"count not minimal",
       head + "810001"
              "09",
       false},
      {"fewer entries than counted", head + "020109", false},
      {"bytes after the entries", head + "01010900", false},
      {"258 entries", head + "8202", false},
      {"counter of 2^64", head + "010180808080808080808002", false},
      {"counter of eleven bytes", head + "01018080808080808080808001", false},
      {"largest counter", head + "0101ffffffffffffffffff01", true},
      {"step overflow", head + "01ffffffffffffffffff0109", false},
      {"version 2", "02a1b2c3d4e5f60718010109", false},
  };
  for (const auto& c : cases) {
    std::string token = *digest::HexDecode(c.hex);
    token += std::string(digest::Sha256(token).bytes().substr(0, 4));
    const auto revision = RevisionVector::Decode(token, "token");
    EXPECT_EQ(revision.ok(), c.good) << c.what;
    if (revision.ok()) {
      EXPECT_EQ(revision->Encode(), token) << c.what;
    }
  }
}

TEST(RevisionTokenTest, RandomBytesNeverDecodeToSomethingElse) {
  std::mt19937 random(3);
  for (int i = 0; i < 50000; ++i) {
    std::string token = *digest::HexDecode("01a1b2c3d4e5f60718");
    const std::size_t size = random() % 24;
    for (std::size_t k = 0; k < size; ++k) {
      token.push_back(static_cast<char>(random() % 3 == 0 ? random() : random() % 4));
    }
    token += std::string(digest::Sha256(token).bytes().substr(0, 4));
    const auto revision = RevisionVector::Decode(token);
    if (revision.ok()) {
      ASSERT_EQ(revision->Encode(), token);
    }
    std::string noise(random() % 64, '\0');
    for (char& c : noise) c = static_cast<char>(random());
    ASSERT_FALSE(RevisionVector::Decode(noise).ok());
  }
}

TEST(RevisionTest, EpochsAreRandomAndNeverZero) {
  class ZeroThenOne final : public digest::RandomSource {
   public:
    void Fill(absl::Span<unsigned char> bytes) override {
      std::fill(bytes.begin(), bytes.end(), next_++);
    }

   private:
    unsigned char next_ = 0;
  };
  ZeroThenOne fixed;
  EXPECT_EQ(RevisionVector::NewEpoch(fixed), 0x0101010101010101u);
  digest::SystemRandom system;
  EXPECT_NE(RevisionVector::NewEpoch(system), RevisionVector::NewEpoch(system));
}

}  // namespace
}  // namespace assay::revision
