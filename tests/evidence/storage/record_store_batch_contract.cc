// The part of the suite about batches with faults, and about what the registry has room for.
#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"

#include "services/common/errors/errors.h"
#include "tests/evidence/storage/record_store_contract.h"
#include "tests/evidence/storage/store_testing.h"

namespace assay::evidence {
namespace {

using testing::ElementsAre;

constexpr char kHome[] = "locations/1-102";
constexpr char kOtherHome[] = "locations/1-104";

}  // namespace

TEST_P(RecordStoreContract, ARefusedBatchTellsAllThatIsRefused) {
  PutAll({LocationWrite(kHome), Under(JudgementWrite(kHome, 1), 7)});
  const std::vector<int64_t> before = store_->Counters();
  Write served = JudgementWrite(kHome, 2);
  served.service = absl::StrCat(kHome, "/services/zoo");
  served.row.attachments = {digest::Sha256("file")};
  const std::vector<Write> writes = {JudgementWrite("locations/1-999", 3), JudgementWrite(kHome, 4),
                                     served, CorrectionWrite(kHome, 5, 77),
                                     Under(JudgementWrite(kHome, 6), 7, "other")};
  const BatchResult refused = PutAll(writes);
  EXPECT_EQ(errors::Reason(refused.status), "LOCATION_NOT_FOUND");
  ASSERT_EQ(refused.writes.size(), writes.size());
  std::vector<std::string> told;
  for (size_t at = 0; at < writes.size(); ++at) {
    EXPECT_FALSE(refused.writes[at].written);
    for (const Refusal& one : refused.writes[at].refusals) {
      told.push_back(absl::StrCat(at, " ", one.field, " ", errors::Reason(one.status)));
    }
  }
  EXPECT_THAT(
      told, ElementsAre("0 parent LOCATION_NOT_FOUND", "2 judgement.node.service SERVICE_NOT_FOUND",
                        "2 judgement.attachments ATTACHMENT_NOT_FOUND",
                        "3 name JUDGEMENT_NOT_FOUND", "4 request_id REQUEST_ID_REUSED"));
  EXPECT_EQ(store_->Counters(), before);
}

TEST_P(RecordStoreContract, ABatchThatIsOnlyCheckedWritesNothing) {
  Put(LocationWrite(kHome));
  const std::vector<int64_t> before = store_->Counters();
  Write stands = LocationWrite(kOtherHome);
  stands.stand_in = true;
  Write nobody;
  nobody.stand_in = true;
  for (const bool good : {true, false}) {
    Batch batch = BatchOf({JudgementWrite(kHome, 1), stands, nobody,
                           JudgementWrite(good ? kOtherHome : "locations/1-999", 2)});
    batch.check_only = true;
    const BatchResult result = store_->AppendAndWait(std::move(batch));
    EXPECT_EQ(errors::Reason(result.status), good ? "" : "LOCATION_NOT_FOUND");
    ASSERT_EQ(result.writes.size(), 4u);
    EXPECT_FALSE(result.writes[0].written);
    EXPECT_EQ(store_->Counters(), before);
  }
  EXPECT_FALSE(store_->ReadCurrent(SubjectOf(kOtherHome))->has_value());
  // Beside others that are written, a stand-in counts for nothing.
  const BatchResult partial = PutAll({stands, nobody, JudgementWrite(kOtherHome, 3)}, true);
  EXPECT_EQ(errors::Reason(partial.writes[2].status), "LOCATION_NOT_FOUND");
  EXPECT_TRUE(PutAll({nobody}, true).status.ok());
  EXPECT_TRUE(Put(JudgementWrite(kHome, 4)).written);
  EXPECT_THAT(LogOf(PartitionOf(kHome)), ElementsAre("state", "judgement 4"));
  CheckLogs();
}

TEST_P(RecordStoreContract, ALocationHasAThousandServicesAndNoMore) {
  const auto service = [](const std::string& home, int id) {
    Write write = LocationWrite(absl::StrCat(home, "/services/s", id));
    write.row.kind = v1::RECORD_KIND_SERVICE;
    write.registry->parent = home;
    return write;
  };
  std::vector<Write> writes = {LocationWrite(kHome), LocationWrite("locations/1-1020")};
  for (int id = 0; id < 999; ++id) writes.push_back(service(kHome, id));
  writes.push_back(service("locations/1-1020", 1));
  ASSERT_TRUE(PutAll(writes).status.ok());
  EXPECT_EQ(errors::Reason(PutAll({service(kHome, 1000), service(kHome, 1001)}).status),
            "SERVICES_FULL");
  EXPECT_TRUE(Put(service(kHome, 1000)).written);
  EXPECT_EQ(errors::Reason(Put(service(kHome, 1001)).status), "SERVICES_FULL");
  Write changed = service(kHome, 5);
  changed.row.payload = "changed";
  EXPECT_TRUE(Put(changed).written);
  EXPECT_TRUE(Put(service("locations/1-1020", 2)).written);
}

}  // namespace assay::evidence
