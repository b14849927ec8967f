#include "services/evidence/storage/open_record_store.h"

#include <filesystem>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "services/common/errors/errors.h"
#include "tests/evidence/storage/store_testing.h"

namespace assay::evidence {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class OpenRecordStoreTest : public ::testing::Test {
 protected:
  absl::Status Open(const std::string& store) {
    return OpenRecordStore(store, clock_, random_).status();
  }
  TemporaryFolder folder_;
  clock::ManualClock clock_{absl::FromUnixSeconds(1750000000)};
  digest::SystemRandom random_;
};

TEST_F(OpenRecordStoreTest, APathIsASqliteFile) {
  for (const std::string& store : {folder_.File("a.db"), "sqlite:" + folder_.File("b.db")}) {
    EXPECT_TRUE(Open(store).ok()) << store;
  }
  EXPECT_TRUE(std::filesystem::exists(folder_.File("a.db")));
  EXPECT_TRUE(std::filesystem::exists(folder_.File("b.db")));
}

TEST_F(OpenRecordStoreTest, AUrlIsPostgresqlAndItsPasswordStaysInside) {
  const absl::Status status = Open("postgresql://assay:secret@/x?host=" + folder_.File(""));
  EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable) << status;
  EXPECT_THAT(status.message(), Not(HasSubstr("secret")));
  EXPECT_THAT(errors::PrivateDetail(status), Not(HasSubstr("secret")));
}

TEST(FileNameOfTest, LiesBesideAFileAndHoldsNoPassword) {
  EXPECT_EQ(FileNameOf("/data/evidence.db"), "/data/evidence.db");
  EXPECT_EQ(FileNameOf("sqlite:/data/evidence.db"), "/data/evidence.db");
  EXPECT_EQ(FileNameOf("postgresql://assay:secret@db/assay"), "assay-evidence");
}

TEST_F(OpenRecordStoreTest, RefusesWhatIsNeither) {
  for (const char* store : {"", "sqlite:", "postgre://x", "mysql://x"}) {
    const absl::Status status = Open(store);
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << store;
    EXPECT_THAT(status.message(), HasSubstr("--store")) << store;
  }
}

}  // namespace
}  // namespace assay::evidence
