#include "clients/cli/import/json_fields.h"

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "services/common/errors/errors.h"

namespace assay::importer {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::string Nested(std::size_t levels) {
  return absl::StrCat("{\"a\":", std::string(levels - 1, '['), std::string(levels - 1, ']'), "}");
}

TEST(ParseDocumentTest, TellsTheByteAndWhat) {
  struct Case {
    std::string text;
    const char* want;
  };
  const std::vector<Case> cases = {
      {"{\"name\": \"Henley", "byte 17: "},
      {"{\"name\": \"Henley\"", "unexpected end of input"},
      {"{\"name\" 3}", "byte 9: "},
      {"{} {}", "byte 4: "},
      {"", "byte 1: "},
      {"{\"name\": \"\xFF\"}", "ill-formed UTF-8"},
      {"[1]", "got array, want an object"},
      {"3", "got number, want an object"},
      {Nested(kMaxDocumentDepth + 1), "got more than 32 levels"},
      {std::string(100000, '['), "got more than 32 levels"},
      {absl::StrCat("{\"a\": \"", std::string(kMaxDocumentBytes, 'x'), "\"}"),
       "want at most 8388608"},
  };
  for (const Case& c : cases) {
    const absl::StatusOr<nlohmann::json> document = ParseDocument(c.text);
    ASSERT_FALSE(document.ok()) << c.want;
    EXPECT_EQ(document.status().code(), absl::StatusCode::kInvalidArgument);
    EXPECT_THAT(std::string(document.status().message()), HasSubstr(c.want));
  }
}

TEST(ParseDocumentTest, TakesObjectsUpToTheLimits) {
  EXPECT_TRUE(ParseDocument("{}").ok());
  EXPECT_TRUE(ParseDocument(Nested(kMaxDocumentDepth)).ok());
}

TEST(ParseDocumentTest, NamesEveryKeyThatIsGivenTwice) {
  const absl::Status status =
      ParseDocument(R"({"id": "1", "ratings": {"overall": 1, "list": [[], {"at": 1, "of": {"at": 2},
                        "at": 3}], "overall": {}}, "id": "1", "same": {"id": "1"}})")
          .status();
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  std::vector<std::string> fields;
  for (const errors::Violation& violation : errors::FieldViolations(status)) {
    fields.push_back(violation.field);
    EXPECT_EQ(violation.description, "got the key twice, want it once");
  }
  EXPECT_THAT(fields, ElementsAre("ratings.list[1].at", "ratings.overall", "id"));
}

class FieldsTest : public ::testing::Test {
 protected:
  Fields Read(const char* text) {
    document_ = ParseDocument(text).value();
    return Fields(document_, "", &bad_);
  }
  std::string Faults() const { return bad_.empty() ? "" : std::string(bad_.ToStatus().message()); }

  nlohmann::json document_;
  errors::Violations bad_;
};

TEST_F(FieldsTest, AbsentAndNullAreEmpty) {
  const Fields fields = Read(R"({"null": null})");
  for (const char* key : {"none", "null"}) {
    EXPECT_EQ(fields.Text(key), "");
    EXPECT_EQ(fields.Number(key, 9), 0);
    EXPECT_FALSE(fields.Date(key).has_value());
    EXPECT_TRUE(fields.Object(key).empty());
    EXPECT_TRUE(fields.Objects(key).empty());
  }
  EXPECT_EQ(Faults(), "");
}

TEST_F(FieldsTest, ReadsEachType) {
  const Fields fields = Read(
      R"({"text": " a b ", "beds": 66, "beds2": "7", "list": [{"x": "1"}, {"x": "2"}],
          "day": "2024-08-30", "blank": "2024-11-18 14:40:14", "t": "2026-09-17T09:30:00",
          "zone": "2026-09-17T09:30:00.123Z"})");
  EXPECT_EQ(fields.Text("text"), "a b");
  EXPECT_EQ(fields.Text("beds"), "66");
  EXPECT_EQ(fields.Number("beds", 66), 66);
  EXPECT_EQ(fields.Number("beds2", 66), 7);
  ASSERT_EQ(fields.Objects("list").size(), 2u);
  EXPECT_EQ(fields.Objects("list")[1].Text("x"), "2");
  EXPECT_EQ(fields.Objects("list")[1].PathOf("x"), "list[1].x");
  EXPECT_EQ(fields.Date("day")->ToString(), "2024-08-30");
  EXPECT_EQ(fields.Date("blank")->ToString(), "2024-11-18");
  EXPECT_EQ(fields.Date("t")->ToString(), "2026-09-17");
  EXPECT_EQ(fields.Date("zone")->ToString(), "2026-09-17");
  EXPECT_EQ(Faults(), "");
}

TEST_F(FieldsTest, RefusesNumbersBeyondTheirLimit) {
  const Fields fields =
      Read(R"({"many": 1099511627776, "huge": 1e30, "less": -1, "part": 1.5, "yes": true})");
  for (const char* key : {"many", "huge", "less", "part", "yes"}) {
    EXPECT_EQ(fields.Number(key, 100000), 0) << key;
  }
  for (const char* want : {"many: got 1099511627776, want a whole number from 0 to 100000",
                           "huge: got 1e+30", "less: got -1", "part: got 1.5", "yes: got true"}) {
    EXPECT_THAT(Faults(), HasSubstr(want));
  }
}

TEST_F(FieldsTest, NotesEveryFault) {
  const Fields fields = Read(
      R"({"text": true, "beds": "many", "day": "2024-02-30", "late": "2024-02-03 noon",
          "object": [], "list": {}, "mixed": [1]})");
  fields.Text("text");
  fields.RequiredText("none");
  fields.Number("beds", 10);
  fields.Date("day");
  fields.Date("late");
  fields.Object("object");
  fields.Objects("list");
  fields.Objects("mixed");
  for (const char* want :
       {"text: got boolean", "none: ", "beds: got many, want a whole number from 0 to 10",
        "day: got 2024-02-30", "late: ", "object: ", "list: ", "mixed[0]: "}) {
    EXPECT_THAT(Faults(), HasSubstr(want));
  }
}

}  // namespace
}  // namespace assay::importer
