#include "clients/cli/ingest/request_id.h"

#include <set>
#include <string>

#include "gtest/gtest.h"

#include "services/common/text/uuid.h"

namespace assay::ingest {
namespace {

using evidence::v1::RecordWrite;

RecordWrite Judgement(int level) {
  RecordWrite write;
  write.mutable_judgement()->set_parent("locations/1-102");
  write.mutable_judgement()->mutable_judgement()->mutable_outcome()->set_level(level);
  return write;
}

TEST(RequestIdTest, IsAUuidThatFollowsFromScopeAndContent) {
  const std::string id = RequestIdOf("cqc-api", Judgement(3));
  EXPECT_TRUE(text::IsUuid(id)) << id;
  EXPECT_EQ(id[14], '8') << "the version";
  EXPECT_EQ(RequestIdOf("cqc-api", Judgement(3)), id);
  EXPECT_NE(RequestIdOf("cqc-api", Judgement(4)), id);
  EXPECT_NE(RequestIdOf("sample", Judgement(3)), id);
}

TEST(RequestIdTest, DoesNotDependOnTheIdThatIsSet) {
  RecordWrite write = Judgement(3);
  const std::string id = RequestIdOf("cqc-api", write);
  SetRequestId("cqc-api", &write);
  EXPECT_EQ(RequestIdIn(write), id);
  EXPECT_EQ(RequestIdOf("cqc-api", write), id);
  SetRequestId("cqc-api", &write);
  EXPECT_EQ(RequestIdIn(write), id);
}

TEST(RequestIdTest, KnowsEveryKindOfWrite) {
  std::set<std::string> ids;
  RecordWrite write;
  write.mutable_provider();
  for (int kind = 0; kind < 6; ++kind) {
    if (kind == 1) write.mutable_location();
    if (kind == 2) write.mutable_area();
    if (kind == 3) write.mutable_judgement();
    if (kind == 4) write.mutable_action();
    if (kind == 5) write.mutable_correction();
    SetRequestId("cqc-api", &write);
    EXPECT_TRUE(text::IsUuid(RequestIdIn(write))) << kind;
    ids.insert(RequestIdIn(write));
  }
  EXPECT_EQ(ids.size(), 6u);
}

TEST(RequestIdTest, LeavesAnEmptyWriteAlone) {
  RecordWrite write;
  SetRequestId("cqc-api", &write);
  EXPECT_EQ(RequestIdIn(write), "");
}

}  // namespace
}  // namespace assay::ingest
