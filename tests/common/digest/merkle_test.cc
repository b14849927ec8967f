#include "services/common/digest/merkle.h"

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace assay::digest {
namespace {

using testing::ElementsAre;

// A log that is kept as the definition says: every hash from its leaves.
class NaiveLog {
 public:
  void Append(absl::string_view leaf) { leaves_.push_back(MerkleLeafHash(leaf)); }

  Digest Root(std::int64_t first, std::int64_t count) const {
    if (count == 0) return Sha256("");
    if (count == 1) return leaves_[static_cast<size_t>(first)];
    std::int64_t split = 1;
    while (split * 2 < count) split *= 2;
    return MerkleNodeHash(Root(first, split), Root(first + split, count - split));
  }

  // Refuses what the log does not hold, as a store does.
  HashReader Reader() const {
    return [this](int level, std::int64_t first,
                  std::int64_t count) -> absl::StatusOr<std::vector<Digest>> {
      std::vector<Digest> hashes;
      const std::int64_t width = std::int64_t{1} << level;
      if ((first + count) * width > static_cast<std::int64_t>(leaves_.size())) {
        return absl::DataLossError("beyond the log");
      }
      for (std::int64_t at = first; at < first + count; ++at) {
        hashes.push_back(Root(at * width, width));
      }
      return hashes;
    };
  }

  const std::vector<Digest>& leaves() const { return leaves_; }

 private:
  std::vector<Digest> leaves_;
};

// The leaves and roots that implementations of RFC 6962 are compared by.
TEST(MerkleTest, KnownVectors) {
  const char* const leaves[] = {"",
                                "00",
                                "10",
                                "2021",
                                "3031",
                                "40414243",
                                "5051525354555657",
                                "606162636465666768696a6b6c6d6e6f"};
  const char* const roots[] = {"6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
                               "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
                               "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
                               "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
                               "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
                               "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
                               "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
                               "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"};
  CompactRange range;
  NaiveLog log;
  EXPECT_EQ(range.Root().ToHex(),
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  for (size_t at = 0; at < 8; ++at) {
    const std::string leaf = absl::HexStringToBytes(leaves[at]);
    range.Append(MerkleLeafHash(leaf));
    log.Append(leaf);
    EXPECT_EQ(range.Root().ToHex(), roots[at]) << at + 1;
    EXPECT_EQ(RootOf(log.Reader(), static_cast<std::int64_t>(at) + 1)->ToHex(), roots[at]);
  }
  const std::vector<Digest> proof = ProveInclusion(log.Reader(), 0, 8).value();
  std::vector<std::string> path;
  for (const Digest& hash : proof) path.push_back(hash.ToHex());
  EXPECT_THAT(path,
              ElementsAre("96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
                          "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
                          "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4"));
}

// What a proof must not survive.
std::vector<std::vector<Digest>> Spoilt(const std::vector<Digest>& proof) {
  std::vector<std::vector<Digest>> all;
  for (size_t at = 0; at < proof.size(); ++at) {
    all.push_back(proof);
    all.back()[at] = Sha256("another");
    all.push_back(proof);
    all.back().erase(all.back().begin() + static_cast<ptrdiff_t>(at));
  }
  all.push_back(proof);
  all.back().push_back(Sha256("one more"));
  return all;
}

TEST(MerkleTest, EveryProofOfEverySmallLogHoldsAndNoSpoiltOneDoes) {
  constexpr std::int64_t kSizes = 33;
  NaiveLog log;
  for (std::int64_t leaf = 0; leaf < kSizes; ++leaf) log.Append(absl::StrCat("leaf ", leaf));
  const HashReader read = log.Reader();
  for (std::int64_t size = 1; size <= kSizes; ++size) {
    const Digest root = log.Root(0, size);
    for (std::int64_t index = 0; index < size; ++index) {
      SCOPED_TRACE(absl::StrCat("leaf ", index, " of ", size));
      const Digest& leaf = log.leaves()[static_cast<size_t>(index)];
      const std::vector<Digest> proof = ProveInclusion(read, index, size).value();
      EXPECT_TRUE(CheckInclusion(leaf, index, size, proof, root).ok());
      EXPECT_FALSE(CheckInclusion(Sha256("x"), index, size, proof, root).ok());
      EXPECT_FALSE(CheckInclusion(leaf, index, size, proof, Sha256("x")).ok());
      EXPECT_FALSE(CheckInclusion(leaf, index + 1, size, proof, root).ok());
      for (const std::vector<Digest>& bad : Spoilt(proof)) {
        EXPECT_FALSE(CheckInclusion(leaf, index, size, bad, root).ok());
      }
    }
    for (std::int64_t first = 1; first <= size; ++first) {
      SCOPED_TRACE(absl::StrCat(first, " of ", size));
      const Digest earlier = log.Root(0, first);
      const std::vector<Digest> proof = ProveConsistency(read, first, size).value();
      EXPECT_TRUE(CheckConsistency(first, size, earlier, root, proof).ok());
      EXPECT_FALSE(CheckConsistency(first, size, Sha256("x"), root, proof).ok());
      EXPECT_FALSE(CheckConsistency(first, size, earlier, Sha256("x"), proof).ok());
      for (const std::vector<Digest>& bad : Spoilt(proof)) {
        EXPECT_FALSE(CheckConsistency(first, size, earlier, root, bad).ok());
      }
    }
  }
}

TEST(MerkleTest, TilesShortenTheWayOfALongLog) {
  constexpr std::int64_t kSize = 5 * kTileLeaves + 77;
  NaiveLog log;
  CompactRange range;
  std::vector<Digest> tiles;
  for (std::int64_t leaf = 0; leaf < kSize; ++leaf) {
    log.Append(absl::StrCat("leaf ", leaf));
    const absl::optional<Digest> tile = range.Append(log.leaves().back());
    EXPECT_EQ(tile.has_value(), (leaf + 1) % kTileLeaves == 0);
    if (tile.has_value()) tiles.push_back(*tile);
  }
  for (size_t at = 0; at < tiles.size(); ++at) {
    EXPECT_EQ(tiles[at], log.Root(static_cast<std::int64_t>(at) * kTileLeaves, kTileLeaves));
  }
  EXPECT_EQ(range.Root(), log.Root(0, kSize));
  std::int64_t read = 0;
  const HashReader counting = [&](int level, std::int64_t first, std::int64_t count) {
    read += count;
    return log.Reader()(level, first, count);
  };
  for (const std::int64_t index : {std::int64_t{0}, kTileLeaves - 1, kTileLeaves, kSize - 1}) {
    read = 0;
    const std::vector<Digest> proof = ProveInclusion(counting, index, kSize).value();
    EXPECT_TRUE(
        CheckInclusion(log.leaves()[static_cast<size_t>(index)], index, kSize, proof, range.Root())
            .ok());
    EXPECT_LE(read, 2 * kTileLeaves + 5);
  }
  for (const std::int64_t first : {std::int64_t{1}, kTileLeaves, 3 * kTileLeaves + 5, kSize - 1}) {
    EXPECT_TRUE(CheckConsistency(first, kSize, log.Root(0, first), range.Root(),
                                 ProveConsistency(counting, first, kSize).value())
                    .ok());
  }
}

TEST(MerkleTest, ACompactRangeComesBackFromItsBytes) {
  CompactRange range;
  for (std::int64_t size = 0; size < 70; ++size) {
    const absl::StatusOr<CompactRange> again = CompactRange::FromBytes(size, range.Bytes());
    ASSERT_TRUE(again.ok());
    EXPECT_TRUE(*again == range);
    EXPECT_FALSE(CompactRange::FromBytes(size, range.Bytes() + "x").ok());
    range.Append(MerkleLeafHash(absl::StrCat(size)));
  }
  EXPECT_FALSE(CompactRange::FromBytes(-1, "").ok());
}

TEST(MerkleTest, RefusesProofsOfWhatIsNotThere) {
  NaiveLog log;
  log.Append("a");
  EXPECT_FALSE(ProveInclusion(log.Reader(), 1, 1).ok());
  EXPECT_FALSE(ProveInclusion(log.Reader(), -1, 1).ok());
  EXPECT_FALSE(ProveConsistency(log.Reader(), 0, 1).ok());
  EXPECT_FALSE(ProveConsistency(log.Reader(), 2, 1).ok());
}

}  // namespace
}  // namespace assay::digest
