#include "clients/cli/ingest/record_files.h"

#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "clients/cli/ingest/request_id.h"

namespace assay::ingest {
namespace {

namespace fs = std::filesystem;
using evidence::v1::RecordWrite;
using ::testing::HasSubstr;

class RecordFilesTest : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = ::testing::TempDir() + "/records-XXXXXX";
    ASSERT_NE(mkdtemp(pattern.data()), nullptr);
    directory_ = pattern;
  }
  void TearDown() override { fs::remove_all(directory_); }

  static RecordWrite Record(int number) {
    RecordWrite write;
    write.mutable_provider()->mutable_provider()->set_name(absl::StrCat("providers/1-", number));
    write.mutable_provider()->mutable_provider()->set_display_name("Caf\xC3\xA9 \"Care\"\n");
    SetRequestId("test", &write);
    return write;
  }

  void Put(const std::string& name, const std::string& text) {
    std::ofstream(directory_ / name, std::ios::binary) << text;
  }

  absl::Status ReadAll(std::vector<RecordWrite>* writes) {
    absl::StatusOr<std::unique_ptr<RecordFiles>> files = RecordFiles::Open(directory_);
    if (!files.ok()) return files.status();
    for (;;) {
      const absl::StatusOr<bool> more = (*files)->Next(writes);
      if (!more.ok()) return more.status();
      if (!*more) break;
    }
    EXPECT_EQ((*files)->Share(), 1.0);
    return absl::OkStatus();
  }

  fs::path directory_;
};

TEST_F(RecordFilesTest, GivesBackWhatWasWritten) {
  RecordWriterOptions options;
  options.records_per_file = 1000;
  std::unique_ptr<RecordWriter> writer = RecordWriter::Open(directory_, options).value();
  for (int number = 0; number < 4500; ++number) ASSERT_TRUE(writer->Write(Record(number)).ok());
  ASSERT_TRUE(writer->Finish().ok());
  EXPECT_EQ(writer->files(), 5);
  std::vector<RecordWrite> writes;
  ASSERT_TRUE(ReadAll(&writes).ok());
  ASSERT_EQ(writes.size(), 4500u);
  for (int number = 0; number < 4500; ++number) {
    ASSERT_EQ(writes[static_cast<std::size_t>(number)].SerializeAsString(),
              Record(number).SerializeAsString());
  }
}

TEST_F(RecordFilesTest, AFileHasItsNameOnlyWhenItIsWhole) {
  {
    std::unique_ptr<RecordWriter> writer = RecordWriter::Open(directory_).value();
    ASSERT_TRUE(writer->Write(Record(1)).ok());
    EXPECT_TRUE(fs::exists(directory_ / ".records-000001.ndjson"));
    EXPECT_FALSE(fs::exists(directory_ / "records-000001.ndjson"));
    EXPECT_FALSE(RecordFiles::Open(directory_).ok());
  }
  EXPECT_TRUE(fs::is_empty(directory_)) << "what was cut off stays";
}

TEST_F(RecordFilesTest, MixesNothing) {
  Put("records-000001.ndjson", "");
  const absl::Status status = RecordWriter::Open(directory_).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kAlreadyExists);
  EXPECT_THAT(std::string(status.message()), HasSubstr("want an empty folder"));
}

TEST_F(RecordFilesTest, TellsWhatIsWrongAndWhere) {
  std::string good;
  {
    std::unique_ptr<RecordWriter> writer = RecordWriter::Open(directory_ / "good").value();
    ASSERT_TRUE(writer->Write(Record(1)).ok());
    ASSERT_TRUE(writer->Finish().ok());
    std::ifstream file(directory_ / "good/records-000001.ndjson");
    std::getline(file, good);
  }
  struct Case {
    std::string text;
    const char* want;
  };
  const std::vector<Case> cases = {
      {absl::StrCat(good, "\n", "{\"provider\": {\n"), "a.ndjson: line 2: got no record"},
      {absl::StrCat(good, "\n{}\n"), "line 2: got a record without a request id"},
      {"{\"unknown\": 1}\n", "line 1: got no record"},
      {std::string(kMaxRecordLine + 1, ' '), "line 1: got more than 1048576 bytes"},
  };
  for (const Case& c : cases) {
    Put("a.ndjson", c.text);
    std::vector<RecordWrite> writes;
    const absl::Status status = ReadAll(&writes);
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << c.want;
    EXPECT_THAT(std::string(status.message()), HasSubstr(c.want));
  }
}

TEST_F(RecordFilesTest, WantsAFolderWithRecords) {
  EXPECT_THAT(std::string(RecordFiles::Open(directory_).status().message()),
              HasSubstr("got no records"));
  EXPECT_THAT(std::string(RecordFiles::Open(directory_ / "none").status().message()),
              HasSubstr("there is no such folder"));
  Put("a-file", "");
  EXPECT_THAT(std::string(RecordFiles::Open(directory_ / "a-file").status().message()),
              HasSubstr("got a file, want the folder that holds the records"));
}

}  // namespace
}  // namespace assay::ingest
