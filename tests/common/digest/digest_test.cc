#include "services/common/digest/digest.h"

#include <string>
#include <utility>

#include <gtest/gtest.h>

#include "absl/container/flat_hash_set.h"

namespace assay::digest {
namespace {

TEST(Sha256Test, KnownAnswers) {
  const struct {
    std::string data;
    const char* hex;
  } cases[] = {
      {"", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
      {"abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
      {std::string(1000000, 'a'),
       "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"},
  };
  for (const auto& c : cases) {
    EXPECT_EQ(Sha256(c.data).ToHex(), c.hex);
    EXPECT_EQ(Sha256Stream().Update(c.data).Finish().ToHex(), c.hex);
  }
}

TEST(Sha256Test, PiecesGiveTheSameDigestWhereverTheyAreCut) {
  const std::string data = "the record of a location, in order";
  for (std::size_t cut = 0; cut <= data.size(); ++cut) {
    Sha256Stream stream;
    stream.Update(data.substr(0, cut)).Update("").Update(data.substr(cut));
    EXPECT_EQ(stream.Finish(), Sha256(data)) << cut;
  }
}

TEST(Sha256Test, AStreamStartsAnewAfterFinishAndCanBeMoved) {
  Sha256Stream stream;
  stream.Update("left over").Finish();
  EXPECT_EQ(stream.Update("abc").Finish(), Sha256("abc"));
  stream.Update("ab");
  Sha256Stream moved = std::move(stream);
  EXPECT_EQ(moved.Update("c").Finish(), Sha256("abc"));
  Sha256Stream assigned;
  assigned = std::move(moved);
  EXPECT_EQ(assigned.Finish(), Sha256(""));
}

TEST(HmacTest, KnownAnswersOfRfc4231) {
  const struct {
    std::string key;
    std::string data;
    const char* hex;
  } cases[] = {
      {std::string(20, '\x0b'), "Hi There",
       "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"},
      {"Jefe", "what do ya want for nothing?",
       "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"},
      {std::string(131, '\xaa'), "Test Using Larger Than Block-Size Key - Hash Key First",
       "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"},
      {"", "", "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad"},
  };
  for (const auto& c : cases) EXPECT_EQ(HmacSha256(c.key, c.data).ToHex(), c.hex);
}

TEST(HmacTest, AnEmptyKeyIsNotTheKeyBefore) {
  const Digest before = HmacSha256("secret", "data");
  EXPECT_NE(HmacSha256("", "data"), before);
  EXPECT_EQ(HmacSha256(absl::string_view(), "data"), HmacSha256("", "data"));
}

TEST(ConstantTimeEqualTest, ComparesSizeAndEveryByte) {
  EXPECT_TRUE(ConstantTimeEqual("", ""));
  EXPECT_TRUE(ConstantTimeEqual("abc", "abc"));
  EXPECT_FALSE(ConstantTimeEqual("abc", "abd"));
  EXPECT_FALSE(ConstantTimeEqual("abc", "Abc"));
  EXPECT_FALSE(ConstantTimeEqual("abc", "abcd"));
  EXPECT_FALSE(ConstantTimeEqual("", "a"));
}

TEST(HexTest, RoundTrips) {
  std::string all;
  for (int i = 0; i < 256; ++i) all.push_back(static_cast<char>(i));
  EXPECT_EQ(*HexDecode(HexEncode(all)), all);
  EXPECT_EQ(HexEncode(std::string("\x00\x7f\xff", 3)), "007fff");
  EXPECT_EQ(*HexDecode("AbCd"), "\xab\xcd");
  EXPECT_EQ(*HexDecode(""), "");
}

TEST(HexTest, SaysWhatIsWrong) {
  EXPECT_EQ(HexDecode("abc").status().message(),
            "got \"abc\" of 3 hex digits, want an even number");
  EXPECT_EQ(HexDecode("ab0g").status().message(),
            "got \"g\" at position 4 of \"ab0g\", want a hex digit");
}

TEST(DigestTest, ReadsItsOwnSpellings) {
  const Digest digest = Sha256("abc");
  EXPECT_EQ(*Digest::FromHex(digest.ToHex()), digest);
  EXPECT_EQ(*Digest::FromBytes(digest.bytes()), digest);
  EXPECT_EQ(Digest::FromBytes("short").status().message(), "got a digest of 5 bytes, want 32");
  EXPECT_EQ(Digest::FromHex("00").status().message(), "got \"00\", want 64 hex digits");
  EXPECT_FALSE(Digest::FromHex(std::string(64, 'x')).ok());
}

TEST(DigestTest, IsAnOrderedHashableValue) {
  EXPECT_TRUE(Digest().IsZero());
  EXPECT_FALSE(Sha256("").IsZero());
  EXPECT_LT(Digest(), Sha256(""));
  EXPECT_FALSE(Sha256("") < Sha256(""));
  absl::flat_hash_set<Digest> set = {Sha256("a"), Sha256("b"), Sha256("a")};
  EXPECT_EQ(set.size(), 2u);
}

}  // namespace
}  // namespace assay::digest
