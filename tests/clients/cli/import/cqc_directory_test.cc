#include "clients/cli/import/cqc_directory.h"

#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "clients/cli/import/json_fields.h"
#include "clients/cli/ingest/request_id.h"
#include "services/common/clock/day_proto.h"
#include "tests/clients/cli/testing/shared_data.h"
#include "tests/clients/cli/testing/shipped_models.h"

namespace assay::importer {
namespace {

namespace fs = std::filesystem;
using evidence::v1::RecordWrite;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::StartsWith;

class CqcDirectoryTest : public ::testing::Test {
 protected:
  CqcDirectoryTest()
      : models_(testing::ShippedModelSet()),
        geography_(geography::Geography::Load().value()),
        context_(MakeCqcContext(geography_, models_).value()) {}

  void SetUp() override {
    std::string pattern = ::testing::TempDir() + "/cqc-XXXXXX";
    ASSERT_NE(mkdtemp(pattern.data()), nullptr);
    directory_ = pattern;
  }
  void TearDown() override { fs::remove_all(directory_); }

  void Put(const std::string& name, const std::string& text) {
    fs::create_directories((directory_ / name).parent_path());
    std::ofstream(directory_ / name, std::ios::binary) << text;
  }

  std::vector<RecordWrite> ReadAll(CqcDirectory* source) {
    std::vector<RecordWrite> writes;
    while (*source->Next(&writes)) {
    }
    EXPECT_EQ(source->Share(), 1.0);
    return writes;
  }

  model::ModelSet models_;
  geography::Geography geography_;
  CqcContext context_;
  fs::path directory_;
};

TEST_F(CqcDirectoryTest, GoodFilesCountAndBadOnesAreToldInFull) {
  Put("providers/1-101.json", R"({"providerId": "1-101"})");
  Put("locations/1-102.json",
      R"({"locationId": "1-102", "providerId": "1-101", "localAuthority": "Kent"})");
  Put("locations/1-103.json",
      R"({"locationId": "1-103", "providerId": "1-101", "localAuthority": "Kent"})");
  Put("locations/1-104.json", R"({"locationId": "1-104", "providerId)");
  Put("locations/1-105.json", R"({"locationId": "1-105"})");
  Put("locations/.hidden.json", "no");
  Put("locations/notes.txt", "no");
  std::unique_ptr<CqcDirectory> source = CqcDirectory::Open(directory_, context_).value();
  const std::vector<RecordWrite> writes = ReadAll(source.get());
  std::vector<std::string> names;
  int areas = 0;
  for (const RecordWrite& write : writes) {
    if (write.has_area()) ++areas;
    if (write.has_provider()) names.push_back(write.provider().provider().name());
    if (write.has_location()) names.push_back(write.location().location().name());
  }
  EXPECT_EQ(areas, static_cast<int>(geography_.areas().size()) + 1) << "Kent once";
  EXPECT_THAT(names, ElementsAre("providers/1-101", "locations/1-102", "locations/1-103"));
  EXPECT_EQ(source->report().files, 5);
  EXPECT_EQ(source->report().bad_files, 2);
  EXPECT_THAT(source->report().faults,
              ElementsAre(StartsWith("locations/1-104.json: byte 36: "),
                          AllOf(StartsWith("locations/1-105.json: "), HasSubstr("providerId"))));
}

TEST_F(CqcDirectoryTest, AFileThatIsTooLargeIsBad) {
  Put("locations/1-102.json", std::string(kMaxDocumentBytes + 1, ' '));
  std::unique_ptr<CqcDirectory> source = CqcDirectory::Open(directory_, context_).value();
  ReadAll(source.get());
  EXPECT_THAT(source->report().faults, ElementsAre(HasSubstr("want at most 8388608")));
}

TEST_F(CqcDirectoryTest, WantsDocuments) {
  EXPECT_THAT(std::string(CqcDirectory::Open(directory_, context_).status().message()),
              HasSubstr("want locations/*.json or providers/*.json"));
  EXPECT_THAT(std::string(CqcDirectory::Open(directory_ / "none", context_).status().message()),
              HasSubstr("there is no such folder"));
  Put("locations/1-102.json", "{}");
  EXPECT_THAT(
      std::string(
          CqcDirectory::Open(directory_ / "locations/1-102.json", context_).status().message()),
      HasSubstr("got a file, want the folder that holds the documents"));
}

TEST_F(CqcDirectoryTest, ReadsTheSharedDocuments) {
  const std::string data = testing::SharedData() + "/cqc_api";
  if (!fs::is_directory(data)) GTEST_SKIP() << "no " << data << ": set ASSAY_SHARED_DATA";
  std::unique_ptr<CqcDirectory> source = CqcDirectory::Open(data, context_).value();
  const std::vector<RecordWrite> writes = ReadAll(source.get());
  EXPECT_EQ(source->report().files, 126);
  EXPECT_THAT(source->report().faults, IsEmpty());

  int locations = 0;
  int deregistered = 0;
  int providers = 0;
  std::set<std::string> ids;
  std::map<std::string, int> scores;      // by location
  std::map<std::string, int> not_scored;  // statements in words
  for (const RecordWrite& write : writes) {
    ids.insert(ingest::RequestIdIn(write));
    providers += write.has_provider() ? 1 : 0;
    if (write.has_location()) {
      const auto& location = write.location().location();
      ++locations;
      if (location.registration_status() == evidence::v1::REGISTRATION_STATUS_DEREGISTERED) {
        ++deregistered;
        EXPECT_TRUE(location.has_deregistration_date()) << location.name();
      }
      EXPECT_EQ(location.areas_size(), 3) << location.name();
      EXPECT_FALSE(location.sector().empty()) << location.name();
    }
    if (write.has_judgement() && !write.judgement().judgement().node().item().empty()) {
      (write.judgement().judgement().has_outcome() ? scores
                                                   : not_scored)[write.judgement().parent()]++;
    }
  }
  EXPECT_EQ(locations, 120);
  EXPECT_EQ(deregistered, 67);
  EXPECT_EQ(providers, 6);
  EXPECT_EQ(ids.size(), writes.size());
  // The second is a dentist's, whose statements say whether regulations are met.
  EXPECT_EQ(scores, (std::map<std::string, int>{{"locations/1-5203053560", 33},
                                                {"locations/1-16561595022", 33}}));
  EXPECT_THAT(not_scored, IsEmpty());
}

}  // namespace
}  // namespace assay::importer
