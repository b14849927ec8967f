#include "clients/cli/csv/csv_reader.h"

#include <cstdlib>
#include <fstream>
#include <sstream>
#include <streambuf>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace assay::csv {
namespace {

using ::testing::HasSubstr;

using Table = std::vector<std::vector<std::string>>;

struct Result {
  Table rows;  // the header first
  std::vector<std::uint64_t> lines;
  std::vector<std::string> errors;
};

// Reads to the end, going on after errors where the reader can.
Result ReadAll(std::istream& stream, const CsvReaderOptions& options = {}) {
  Result result;
  auto reader = CsvReader::FromStream(stream, "in.csv", options);
  if (!reader.ok()) {
    EXPECT_EQ(reader.status().code(), absl::StatusCode::kInvalidArgument);
    result.errors.emplace_back(reader.status().message());
    return result;
  }
  result.rows.push_back((*reader)->columns());
  while (true) {
    const auto row = (*reader)->Next();
    if (!row.ok()) {
      EXPECT_EQ(row.status().code(), absl::StatusCode::kInvalidArgument);
      result.errors.emplace_back(row.status().message());
      if (!(*reader)->failed()) continue;
      EXPECT_EQ((*reader)->Next().status(), row.status()) << "the error stays";
      return result;
    }
    if (*row == nullptr) {
      EXPECT_EQ(*(*reader)->Next(), nullptr) << "the end stays";
      return result;
    }
    result.rows.emplace_back((*row)->fields.begin(), (*row)->fields.end());
    result.lines.push_back((*row)->line);
  }
}

Result ReadAll(const std::string& bytes, const CsvReaderOptions& options = {}) {
  std::istringstream stream(bytes);
  return ReadAll(stream, options);
}

TEST(CsvReaderTest, ReadsTheDialect) {
  const struct {
    const char* what;
    std::string bytes;
    Table rows;
    std::vector<std::uint64_t> lines;
  } cases[] = {
      {"plain", "id,overall\n1,Good\n2,\n", {{"id", "overall"}, {"1", "Good"}, {"2", ""}}, {2, 3}},
      {"no line end at the end", "a,b\n1,2", {{"a", "b"}, {"1", "2"}}, {2}},
      {"header only", "a,b\n", {{"a", "b"}}, {}},
      {"header only, no line end", "a,b", {{"a", "b"}}, {}},
      {"CRLF", "a,b\r\n1,2\r\n3,4\r\n", {{"a", "b"}, {"1", "2"}, {"3", "4"}}, {2, 3}},
      {"lone CR", "a,b\r1,2\r", {{"a", "b"}, {"1", "2"}}, {2}},
      {"byte order mark", "\xEF\xBB\xBFid,b\n1,2\n", {{"id", "b"}, {"1", "2"}}, {2}},
      {"byte order mark before quotes", "\xEF\xBB\xBF\"id\"\n1\n", {{"id"}, {"1"}}, {2}},
      {"quotes", "a,b\n\"1,5\",\"say \"\"hi\"\"\"\n", {{"a", "b"}, {"1,5", "say \"hi\""}}, {2}},
      {"line breaks in quotes",
       "a,b\n\"x\ny\r\nz\",1\n2,3\n",
       {{"a", "b"}, {"x\ny\r\nz", "1"}, {"2", "3"}},
       {2, 5}},
      {"empty quoted field", "a\n\"\"\n", {{"a"}, {""}}, {2}},
      {"blanks are kept",
       "a, b \n 1 ,\"2\"\n\t,  \n",
       {{"a", " b "}, {" 1 ", "2"}, {"\t", "  "}},
       {2, 3}},
      {"blank lines",
       "\n\na,b\n\n1,2\n\r\n\n3,4\n\n",
       {{"a", "b"}, {"1", "2"}, {"3", "4"}},
       {5, 8}},
      {"text of the world",
       "n\ncaf\xC3\xA9 \xE2\x80\x93 \xF0\x9F\x98\x80\n",
       {{"n"}, {"caf\xC3\xA9 \xE2\x80\x93 \xF0\x9F\x98\x80"}},
       {2}},
      {"columns without a name", "a,,\n1,2,3\n", {{"a", "", ""}, {"1", "2", "3"}}, {2}},
  };
  for (const auto& c : cases) {
    const Result result = ReadAll(c.bytes);
    EXPECT_EQ(result.errors, std::vector<std::string>()) << c.what;
    EXPECT_EQ(result.rows, c.rows) << c.what;
    EXPECT_EQ(result.lines, c.lines) << c.what;
  }
}

TEST(CsvReaderTest, EachFaultIsNamedWhereItStands) {
  const struct {
    std::string bytes;
    std::string error;
  } cases[] = {
      {"", "in.csv: got an empty file, want a header row"},
      {"\xEF\xBB\xBF", "in.csv: got an empty file, want a header row"},
      {"\n\r\n", "in.csv: got an empty file, want a header row"},
      {"a,b,a,c,b\n",
       "in.csv: header (line 1): got the column \"a\" at 1, 3; the column \"b\" at 2, 5, want each "
       "column once"},
      {"a,b\n1,2\n1,2,3\n", "in.csv: row 2 (line 3): got 3 fields, want 2 as in the header"},
      {"a,b\n\n1\n", "in.csv: row 1 (line 3): got 1 field, want 2 as in the header"},
      {"a,b\n1,x\xFFy\n",
       "in.csv: row 1 (line 2), column 2 \"b\": got the byte 0xff at byte 7 of the file, want "
       "UTF-8"},
      {"\xEF\xBB\xBF"
       "a\n1\n\xE9t\xE9\n",
       "in.csv: row 2 (line 3), column 1 \"a\": got the byte 0x74 at byte 8 of the file, want "
       "UTF-8"},
      {"a,b\n\"x\ny\",\"\xC3(\"\n",
       "in.csv: row 1 (line 2), column 2 \"b\": got the byte 0x28 at byte 12 of the file, want "
       "UTF-8"},
      {"a\n1\xE2\x80",
       "in.csv: row 1 (line 2), column 1 \"a\": got the end of the file at byte 5 "
       "inside a character, want UTF-8"},
      {"\xFF\xFE"
       "a",
       "in.csv: header (line 1), column 1: got the byte 0xff at byte 0 of the file, "
       "want UTF-8"},
      {std::string("a,b\n1,\0\n", 8),
       "in.csv: row 1 (line 2), column 2 \"b\": got the byte 0x00 at "
       "byte 6 of the file, want text without zero bytes"},
      {std::string("a,\0b\n", 5),
       "in.csv: header (line 1), column 2: got the byte 0x00 at byte 2 of "
       "the file, want text without zero bytes"},
      {"a,b\n1,\"x\n2,3\n",
       "in.csv: row 1 (line 2), column 2 \"b\": got the end of the file inside "
       "quotes, want a closing quote"},
      {"a,\"b\n",
       "in.csv: header (line 1), column 2: got the end of the file inside quotes, want a "
       "closing quote"},
      {"a,b\n1,x\"y\n",
       "in.csv: row 1 (line 2), column 2 \"b\": got a quote at byte 7 of the file "
       "inside a field without quotes, want the field in quotes and the quote "
       "doubled"},
      {"a,b\n\"1\" ,2\n",
       "in.csv: row 1 (line 2), column 1 \"a\": got text at byte 7 of the file "
       "after a closing quote, want a comma or the end of the line"},
      {"a,b\n\"1\"2\",2\n",
       "in.csv: row 1 (line 2), column 1 \"a\": got text at byte 7 of the file "
       "after a closing quote, want a comma or the end of the line"},
  };
  for (const auto& c : cases) {
    EXPECT_EQ(ReadAll(c.bytes).errors, std::vector<std::string>{c.error});
  }
}

TEST(CsvReaderTest, RowsBeforeAFaultAreRead) {
  const Result result = ReadAll("a\n1\n2\n\xFF\n3\n");
  EXPECT_EQ(result.rows, (Table{{"a"}, {"1"}, {"2"}}));
  EXPECT_EQ(result.errors.size(), 1u);
}

TEST(CsvReaderTest, ReadingGoesOnAfterARowOfTheWrongLength) {
  const Result result = ReadAll("a,b\n1\n1,2\n1,2,3\n3,4\n");
  EXPECT_EQ(result.rows, (Table{{"a", "b"}, {"1", "2"}, {"3", "4"}}));
  EXPECT_EQ(result.errors, (std::vector<std::string>{
                               "in.csv: row 1 (line 2): got 1 field, want 2 as in the header",
                               "in.csv: row 3 (line 4): got 3 fields, want 2 as in the header"}));
}

TEST(CsvReaderTest, ShortRowsArePaddedWhereAsked) {
  CsvReaderOptions options;
  options.pad_short_rows = true;
  const Result result = ReadAll("a,b,c\n1\n1,2,3\n1,2,3,4\n", options);
  EXPECT_EQ(result.rows, (Table{{"a", "b", "c"}, {"1", "", ""}, {"1", "2", "3"}}));
  EXPECT_EQ(result.errors.size(), 1u) << "too many fields are still an error";
}

TEST(CsvReaderTest, HoldsItsLimits) {
  CsvReaderOptions options;
  options.max_field_bytes = 5;
  options.max_row_bytes = 12;
  options.max_columns = 3;
  EXPECT_EQ(ReadAll("a,b,c\n12345,\"1\"\"345\",\n", options).errors.size(), 1u)
      << "row of 15 bytes";
  const struct {
    std::string bytes;
    std::string error;
  } cases[] = {
      {"a,b,c\n12345,12345\n", ""},  // the limits themselves; one field is missing
      {"a,b,c\n1,123456,\n", "in.csv: row 1 (line 2), column 2 \"b\": got a field over 5 bytes"},
      {"a,b,c\n1,\"123456", "in.csv: row 1 (line 2), column 2 \"b\": got a field over 5 bytes"},
      {"a,b,c\n1234,1234,12\n", "in.csv: row 1 (line 2): got a row over 12 bytes"},
      {"a,b,c,d\n", "in.csv: header (line 1): got more than 3 fields"},
      {"a,b\n1,2,3,4\n", "in.csv: row 1 (line 2): got more than 3 fields"},
      {"a,b\n1,2,3,4", "in.csv: row 1 (line 2): got more than 3 fields"},
      {"123456\n", "in.csv: header (line 1), column 1: got a field over 5 bytes"},
  };
  for (const auto& c : cases) {
    const Result result = ReadAll(c.bytes, options);
    ASSERT_EQ(result.errors.size(), 1u) << c.bytes;
    EXPECT_THAT(result.errors[0], HasSubstr(c.error)) << c.bytes;
  }
}

TEST(CsvReaderTest, TheDefaultLimitsAreThoseOfTheHelp) {
  const std::size_t mebibyte = std::size_t{1} << 20;
  EXPECT_EQ(ReadAll("a\n" + std::string(mebibyte, 'x') + "\n").errors.size(), 0u);
  EXPECT_THAT(ReadAll("a\n" + std::string(mebibyte + 1, 'x') + "\n").errors[0],
              HasSubstr("got a field over 1048576 bytes"));
  std::string header = "c0";
  for (int i = 1; i < 4096; ++i) header += ",c" + std::to_string(i);
  EXPECT_EQ(ReadAll(header + "\n").errors.size(), 0u);
  EXPECT_THAT(ReadAll(header + ",x\n").errors[0], HasSubstr("got more than 4096 fields"));
  std::string row = std::string(mebibyte - 1, 'x');
  for (int i = 1; i < 17; ++i) row += "," + std::string(mebibyte - 1, 'x');
  EXPECT_THAT(ReadAll("a\n" + row + "\n").errors[0], HasSubstr("got a row over 16777216 bytes"));
}

// Gives `pattern` for ever, or until `left` bytes are gone.
class EndlessSource final : public std::streambuf {
 public:
  EndlessSource(std::string head, std::string pattern, std::uint64_t left)
      : head_(std::move(head)), pattern_(std::move(pattern)), left_(left) {
    setg(head_.data(), head_.data(), head_.data() + head_.size());
  }

 protected:
  int_type underflow() override {
    if (left_ < pattern_.size()) return traits_type::eof();
    left_ -= pattern_.size();
    setg(pattern_.data(), pattern_.data(), pattern_.data() + pattern_.size());
    return traits_type::to_int_type(pattern_[0]);
  }

 private:
  std::string head_;
  std::string pattern_;
  std::uint64_t left_;
};

TEST(CsvReaderTest, AnUnclosedQuoteStopsAtTheLimitAndNotAtTheEndOfTheFile) {
  EndlessSource source("a,b\n1,\"", "text,\n", UINT64_MAX);
  std::istream stream(&source);
  const Result result = ReadAll(stream);
  ASSERT_EQ(result.errors.size(), 1u);
  EXPECT_THAT(result.errors[0],
              HasSubstr("in.csv: row 1 (line 2), column 2 \"b\": got a field over "
                        "1048576 bytes"));
  EXPECT_THAT(result.errors[0], HasSubstr("is a quote not closed?"));
}

TEST(CsvReaderTest, AFileLargerThanItsBufferIsReadRowByRow) {
  // 17 bytes a row never divide the buffer, so every kind of cut comes up.
  EndlessSource source("a,b\n", "\"x\r\n\",\xE2\x80\x93\xE2\x80\x93y12\r\n", 17u * 100000);
  std::istream stream(&source);
  auto reader = CsvReader::FromStream(stream, "in.csv");
  ASSERT_TRUE(reader.ok()) << reader.status();
  for (std::uint64_t n = 1; n <= 100000; ++n) {
    const auto row = (*reader)->Next();
    ASSERT_TRUE(row.ok()) << row.status();
    ASSERT_NE(*row, nullptr);
    ASSERT_EQ((*row)->number, n);
    ASSERT_EQ((*row)->line, 2 * n);
    ASSERT_EQ((*row)->fields[0], "x\r\n");
    ASSERT_EQ((*row)->fields[1], "\xE2\x80\x93\xE2\x80\x93y12");
  }
  EXPECT_EQ(*(*reader)->Next(), nullptr);
}

TEST(CsvReaderTest, FindsColumnsByName) {
  std::istringstream stream("id,safe,Overall\n");
  const auto reader = CsvReader::FromStream(stream, "in.csv");
  ASSERT_TRUE(reader.ok());
  EXPECT_EQ((*reader)->FindColumn("safe"), absl::optional<std::size_t>(1));
  EXPECT_FALSE((*reader)->FindColumn("overall").has_value());
}

TEST(CsvReaderTest, OpensFilesAndSaysWhyNot) {
  const std::string path = ::testing::TempDir() + "/csv_reader_test.csv";
  std::ofstream(path) << "a\n1\n";
  const auto reader = CsvReader::Open(path);
  ASSERT_TRUE(reader.ok()) << reader.status();
  EXPECT_EQ((*(*reader)->Next())->fields[0], "1");
  const auto missing = CsvReader::Open(path + ".missing");
  EXPECT_EQ(missing.status().code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(missing.status().message(),
            path + ".missing: cannot be opened: No such file or directory");
  const auto folder = CsvReader::Open(::testing::TempDir());
  EXPECT_EQ(folder.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(folder.status().message()), HasSubstr("Is a directory"));
}

// The shared data are large and not part of the repository.
TEST(CsvReaderTest, ReadsThePublishedRatings) {
  const char* data = std::getenv("ASSAY_SHARED_DATA");
  const char* source = std::getenv("ASSAY_SOURCE_DIR");
  const std::string folder = data != nullptr     ? std::string(data)
                             : source != nullptr ? std::string(source) + "/../shared/data"
                                                 : "../shared/data";
  const std::string path = folder + "/rating_events.csv";
  if (!std::ifstream(path).good()) GTEST_SKIP() << path << " is not there";
  auto reader = CsvReader::Open(path);
  ASSERT_TRUE(reader.ok()) << reader.status();
  ASSERT_TRUE((*reader)->FindColumn("overall").has_value());
  std::uint64_t rows = 0;
  while (true) {
    const auto row = (*reader)->Next();
    ASSERT_TRUE(row.ok()) << row.status();
    if (*row == nullptr) break;
    ++rows;
  }
  EXPECT_GT(rows, 1000u);
}

}  // namespace
}  // namespace assay::csv
