#include "services/common/digest/canonical.h"

#include <cstdint>
#include <limits>
#include <random>
#include <string>

#include <google/protobuf/unknown_field_set.h>
#include <google/protobuf/util/message_differencer.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"

#include "canonical_test.pb.h"
#include "services/common/digest/plain_encoding.h"

namespace assay::digest {
namespace {

using google::protobuf::util::MessageDifferencer;
using testing::Leaf;
using testing::Lists;
using testing::Refused;
using testing::Scalars;
using testing::Tree;

std::string Hex(const google::protobuf::Message& message) {
  const auto bytes = CanonicalEncode(message);
  return bytes.ok() ? HexEncode(*bytes) : absl::StrCat(bytes.status().ToString());
}

google::protobuf::UnknownFieldSet* Unknown(google::protobuf::Message& message) {
  return message.GetReflection()->MutableUnknownFields(&message);
}

Scalars With(void (*fill)(Scalars&)) {
  Scalars message;
  fill(message);
  return message;
}

// Worked by hand from the protobuf wire format: tag = number << 3 | wire type.
TEST(CanonicalTest, GoldenScalars) {
  const struct {
    Scalars message;
    const char* hex;
  } cases[] = {
      {With([](Scalars&) {}), ""},
      {With([](Scalars& m) { m.set_i32(0); }), ""},
      {With([](Scalars& m) { m.set_i32(1); }), "0801"},
      {With([](Scalars& m) { m.set_i32(300); }), "08ac02"},
      {With([](Scalars& m) { m.set_i32(-1); }), "08ffffffffffffffffff01"},
      {With([](Scalars& m) { m.set_i64(std::numeric_limits<std::int64_t>::min()); }),
       "1080808080808080808001"},
      {With([](Scalars& m) { m.set_u32(4294967295u); }), "18ffffffff0f"},
      {With([](Scalars& m) { m.set_u64(std::numeric_limits<std::uint64_t>::max()); }),
       "20ffffffffffffffffff01"},
      {With([](Scalars& m) { m.set_s32(-1); }), "2801"},
      {With([](Scalars& m) { m.set_s32(std::numeric_limits<std::int32_t>::min()); }),
       "28ffffffff0f"},
      {With([](Scalars& m) { m.set_s64(1); }), "3002"},
      {With([](Scalars& m) { m.set_f32(1); }), "3d01000000"},
      {With([](Scalars& m) { m.set_sf64(-2); }), "41feffffffffffffff"},
      {With([](Scalars& m) { m.set_text("caf\xC3\xA9"); }), "4a05636166c3a9"},
      {With([](Scalars& m) { m.set_raw("\xFF"); }), "5201ff"},
      {With([](Scalars& m) { m.set_flag(true); }), "5801"},
      {With([](Scalars& m) { m.set_colour(testing::COLOUR_RED); }), "6001"},
      {With([](Scalars& m) { m.set_colour(testing::COLOUR_BELOW); }), "60ffffffffffffffffff01"},
      {With([](Scalars& m) { m.set_colour(static_cast<testing::Colour>(7)); }), "6007"},
      {With([](Scalars& m) { m.set_f64(258); }), "690201000000000000"},
      {With([](Scalars& m) { m.set_sf32(-1); }), "75ffffffff"},
      {With([](Scalars& m) { m.set_far(1); }), "f8ffffff0f01"},
  };
  for (const auto& c : cases) EXPECT_EQ(Hex(c.message), c.hex) << c.message.ShortDebugString();
}

TEST(CanonicalTest, GoldenPresence) {
  const struct {
    Scalars message;
    const char* hex;
  } cases[] = {
      {With([](Scalars& m) { m.set_maybe(0); }), "7800"},
      {With([](Scalars& m) { m.set_maybe_text(""); }), "820100"},
      {With([](Scalars& m) { m.mutable_leaf(); }), "8a0100"},
      {With([](Scalars& m) { m.mutable_leaf()->set_level(0); }), "8a0100"},
      {With([](Scalars& m) { m.mutable_leaf()->set_level(4); }), "8a01020804"},
      {With([](Scalars& m) { m.set_number(0); }), "900100"},
      {With([](Scalars& m) { m.set_word(""); }), "9a0100"},
      {With([](Scalars& m) { m.mutable_twig(); }), "a20100"},
      // The number set first is gone, as in every oneof.
      {With([](Scalars& m) { m.set_number(5), m.set_word("x"); }), "9a010178"},
  };
  for (const auto& c : cases) EXPECT_EQ(Hex(c.message), c.hex) << c.message.ShortDebugString();
}

TEST(CanonicalTest, FieldsAscendWhateverTheOrderOfDeclarationOrSetting) {
  Scalars message;
  message.set_text("t");
  message.set_flag(true);
  message.set_i32(2);
  EXPECT_EQ(Hex(message), "08024a01745801");
}

TEST(CanonicalTest, GoldenLists) {
  Lists lists;
  for (int n : {0, 1, 300, -1}) lists.add_numbers(n);
  EXPECT_EQ(Hex(lists), "0a0e0001ac02ffffffffffffffffff01");
  lists.clear_numbers();
  for (int n : {3, 270}) lists.add_unpacked(n);  // packed all the same
  EXPECT_EQ(Hex(lists), "1203038e02");
  lists.clear_unpacked();
  for (const char* word : {"", "a"}) lists.add_words(word);
  EXPECT_EQ(Hex(lists), "1a001a0161");
  lists.clear_words();
  lists.add_leaves();
  lists.add_leaves()->set_label("b");
  EXPECT_EQ(Hex(lists), "22002203120162");
  lists.clear_leaves();
  lists.add_colours(testing::COLOUR_RED);
  lists.add_fixed(1);
  lists.add_fixed(2);
  lists.add_flags(false);
  lists.add_zigzags(-1);
  EXPECT_EQ(Hex(lists), "2a0101320801000000020000003a01004a0101");
}

TEST(CanonicalTest, DigestIsOfTagZeroByteAndEncoding) {
  Scalars message;
  message.set_i32(300);
  const std::string preimage = std::string("assay.derivation.v1") + '\0' + "\x08\xac\x02";
  EXPECT_EQ(*DigestOf("assay.derivation.v1", message), Sha256(preimage));
  EXPECT_NE(*DigestOf("assay.derivation.v2", message), Sha256(preimage));
  for (const std::string& tag : {std::string(), std::string("a\0b", 3), std::string(129, 'a')}) {
    EXPECT_EQ(DigestOf(tag, message).status().code(), absl::StatusCode::kInvalidArgument);
  }
}

TEST(CanonicalTest, RefusalsNameTheFieldAndTheReason) {
  const struct {
    void (*fill)(Refused&);
    const char* message;
  } cases[] = {
      {[](Refused& m) { (*m.mutable_by_name())["a"] = 1; },
       "by_name: is a map, which has no order"},
      {[](Refused& m) { m.set_share(0.5f); }, "share: is a floating-point number"},
      {[](Refused& m) { m.mutable_inner()->set_weight(0.5); },
       "inner.weight: is a floating-point number"},
      {[](Refused& m) { m.add_weights(0); }, "weights: is a floating-point number"},
      {[](Refused& m) { m.mutable_any(); },
       "any: is a google.protobuf.Any, whose bytes are not fixed"},
      {[](Refused& m) { Unknown(*m.mutable_leaf())->AddVarint(77, 1); },
       "leaf: has the unknown field 77"},
      {[](Refused& m) { Unknown(m)->AddLengthDelimited(9, ""); },
       "the message: has the unknown field 9"},
      {[](Refused& m) { m.mutable_inner()->mutable_leaf()->set_label("\xC0"); },
       "inner.leaf.label: got \"\\xc0\", want valid UTF-8"},
  };
  for (const auto& c : cases) {
    Refused message;
    c.fill(message);
    const auto bytes = CanonicalEncode(message);
    EXPECT_EQ(bytes.status().code(), absl::StatusCode::kInvalidArgument);
    EXPECT_EQ(bytes.status().message(), c.message);
    EXPECT_FALSE(DigestOf("tag", message).ok());
  }
  EXPECT_FALSE(CanonicalEncode(google::protobuf::Any()).ok());
  EXPECT_EQ(Hex(Refused()), "") << "a refused field at its default is left out like any other";
}

TEST(CanonicalTest, StopsAtTheDepthLimit) {
  Tree at_limit;
  Tree* deepest = &at_limit;
  for (int i = 0; i < kMaxCanonicalDepth; ++i) deepest = deepest->mutable_child();
  EXPECT_TRUE(CanonicalEncode(at_limit).ok());
  deepest->mutable_child();
  EXPECT_EQ(CanonicalEncode(at_limit).status().code(), absl::StatusCode::kResourceExhausted);
}

TEST(CanonicalTest, StopsAtTheSizeLimit) {
  Scalars message;
  message.mutable_raw()->resize(kMaxCanonicalBytes - 5);
  EXPECT_TRUE(CanonicalEncode(message).ok());
  message.mutable_raw()->resize(kMaxCanonicalBytes);
  EXPECT_EQ(CanonicalEncode(message).status().code(), absl::StatusCode::kResourceExhausted);
}

TEST(CanonicalTest, CheckTypeNamesEveryFieldThatCannotBeEncoded) {
  EXPECT_TRUE(CheckCanonicalType(*Tree::descriptor()).ok());
  const absl::Status status = CheckCanonicalType(*Refused::descriptor());
  for (const char* field : {"by_name", "share", "weight ", "weights", "any"}) {
    EXPECT_NE(status.message().find(absl::StrCat("assay.digest.testing.Refused.", field)),
              absl::string_view::npos)
        << field << ": " << status;
  }
  EXPECT_EQ(status.message().find("leaf"), absl::string_view::npos) << status;
}

// Random messages, small enough that empty and default values come up often.
class RandomTrees {
 public:
  explicit RandomTrees(unsigned seed) : random_(seed) {}

  Tree Next(int depth = 0) {
    Tree tree;
    tree.set_value(Number());
    if (Chance(2)) FillLists(*tree.mutable_lists());
    if (Chance(2)) FillScalars(*tree.mutable_scalars());
    if (depth < 4 && Chance(2)) *tree.mutable_child() = Next(depth + 1);
    while (depth < 4 && Chance(3)) *tree.add_children() = Next(depth + 1);
    return tree;
  }

 private:
  bool Chance(int one_in) { return random_() % static_cast<unsigned>(one_in) == 0; }
  std::int32_t Number() {
    const auto bits = static_cast<std::int32_t>(random_());
    return Chance(3) ? 0 : bits >> (random_() % 32);
  }
  std::int64_t Wide() { return static_cast<std::int64_t>(Number()) << (random_() % 32); }
  std::string Text() { return std::string(random_() % 4, static_cast<char>('a' + random_() % 26)); }

  void FillLeaf(Leaf& leaf) {
    leaf.set_level(Number());
    leaf.set_label(Text());
  }

  void FillLists(Lists& lists) {
    while (!Chance(3)) lists.add_numbers(Number());
    while (!Chance(3)) lists.add_unpacked(Number());
    while (!Chance(3)) lists.add_words(Text());
    while (!Chance(3)) FillLeaf(*lists.add_leaves());
    while (!Chance(3)) lists.add_colours(static_cast<testing::Colour>(Number()));
    while (!Chance(3)) lists.add_fixed(static_cast<std::uint32_t>(Number()));
    while (!Chance(3)) lists.add_flags(Chance(2));
    while (!Chance(3)) lists.add_raws(Text() + "\xFF");
    while (!Chance(3)) lists.add_zigzags(Wide());
  }

  void FillScalars(Scalars& scalars) {
    scalars.set_i32(Number());
    scalars.set_i64(Wide());
    scalars.set_u32(static_cast<std::uint32_t>(Number()));
    scalars.set_u64(static_cast<std::uint64_t>(Wide()));
    scalars.set_s32(Number());
    scalars.set_s64(Wide());
    scalars.set_f32(static_cast<std::uint32_t>(Number()));
    scalars.set_f64(static_cast<std::uint64_t>(Wide()));
    scalars.set_sf32(Number());
    scalars.set_sf64(Wide());
    scalars.set_text(Text());
    scalars.set_flag(Chance(2));
    scalars.set_colour(static_cast<testing::Colour>(Number()));
    scalars.set_far(Number());
    if (Chance(2)) scalars.set_maybe(Number());
    if (Chance(2)) scalars.set_maybe_text(Text());
    if (Chance(2)) FillLeaf(*scalars.mutable_leaf());
    if (Chance(4)) scalars.set_number(Number());
    if (Chance(4)) scalars.set_word(Text());
    if (Chance(4)) FillLeaf(*scalars.mutable_twig());
  }

  std::mt19937 random_;
};

void ClearUnpacked(Tree& tree) {
  tree.mutable_lists()->clear_unpacked();
  if (tree.has_child()) ClearUnpacked(*tree.mutable_child());
  for (Tree& child : *tree.mutable_children()) ClearUnpacked(child);
}

// Of two types with the same fields protobuf serializes one as the encoding is, the other not;
// their bytes are the same.
TEST(CanonicalTest, BothWaysToEncodeGiveTheSameBytes) {
  RandomTrees trees(7);
  for (int i = 0; i < 500; ++i) {
    Tree tree = trees.Next();
    ClearUnpacked(tree);
    const auto slow = CanonicalEncode(tree);
    ASSERT_TRUE(slow.ok()) << slow.status();
    testing::Plain plain;
    ASSERT_TRUE(plain.ParseFromString(*slow));
    std::string quick;
    ASSERT_TRUE(internal::EncodePlain(plain, quick));
    ASSERT_EQ(quick, *slow);
    EXPECT_FALSE(internal::EncodePlain(tree, quick)) << "it has a list that is not packed";
  }
}

TEST(CanonicalTest, TheQuickWayLeavesFaultsToTheOther) {
  const struct {
    void (*fill)(testing::Plain&);
    const char* message;
  } cases[] = {
      {[](testing::Plain& m) { Unknown(m)->AddVarint(77, 1); },
       "the message: has the unknown field 77"},
      {[](testing::Plain& m) { Unknown(*m.mutable_child())->AddVarint(2, 1); },
       "child: has the unknown field 2"},
      {[](testing::Plain& m) {
         m.mutable_child()->set_value(3);
         Unknown(*m.mutable_child())->AddVarint(3, 1);
       },
       "child: has the unknown field 3"},
      {[](testing::Plain& m) { m.mutable_scalars()->set_text("\xC0"); },
       "scalars.text: got \"\\xc0\", want valid UTF-8"},
      {[](testing::Plain& m) { m.mutable_lists()->add_words("\xFF"); },
       "lists.words: got \"\\xff\", want valid UTF-8"},
  };
  for (const auto& c : cases) {
    testing::Plain message;
    c.fill(message);
    EXPECT_EQ(CanonicalEncode(message).status().message(), c.message);
  }
  testing::Plain deep;
  testing::Plain* deepest = &deep;
  for (int i = 0; i < kMaxCanonicalDepth; ++i) deepest = deepest->mutable_child();
  EXPECT_TRUE(CanonicalEncode(deep).ok());
  deepest->mutable_child();
  EXPECT_EQ(CanonicalEncode(deep).status().code(), absl::StatusCode::kResourceExhausted);
}

TEST(CanonicalTest, EveryEncodingParsesBackToTheSameMessageAndTheSameBytes) {
  RandomTrees trees(20240610);
  for (int i = 0; i < 500; ++i) {
    const Tree tree = trees.Next();
    const auto bytes = CanonicalEncode(tree);
    ASSERT_TRUE(bytes.ok()) << bytes.status();
    Tree back;
    ASSERT_TRUE(back.ParseFromString(*bytes));
    ASSERT_TRUE(MessageDifferencer::Equals(tree, back)) << tree.ShortDebugString();
    ASSERT_EQ(*CanonicalEncode(back), *bytes);
    Tree by_protobuf;
    ASSERT_TRUE(by_protobuf.ParseFromString(tree.SerializeAsString()));
    ASSERT_EQ(*CanonicalEncode(by_protobuf), *bytes);
  }
}

}  // namespace
}  // namespace assay::digest
