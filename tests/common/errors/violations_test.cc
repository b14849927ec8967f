#include "services/common/errors/violations.h"

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "services/common/errors/errors.h"
#include "services/common/errors/rpc_status.h"

namespace assay::errors {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::SizeIs;

TEST(ViolationsTest, NothingAddedIsOk) {
  Violations bad;
  EXPECT_TRUE(bad.empty());
  EXPECT_TRUE(bad.ToStatus().ok());
  EXPECT_TRUE(bad.ToStatus(ResourceType::kJudgement).ok());
}

TEST(ViolationsTest, EachSaysWhatCameAndWhatWasWanted) {
  Violations bad;
  bad.Add("judgement.score", 5, "a whole number from 1 to 4");
  bad.Add("judgement.item", "", "an item id");
  bad.Add("judgement.item", std::string("safe.\xff"), "an item id");
  bad.Add("page_size", uint64_t{1} << 40, "at most 1000");
  bad.AddText("oneof", "set subject or parent, not both");
  const absl::Status status = bad.ToStatus();
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(Reason(status), "REQUEST_INVALID");
  EXPECT_EQ(status.message(),
            "judgement.score: got 5, want a whole number from 1 to 4; "
            "judgement.item: got nothing, want an item id; "
            "judgement.item: got safe.\\xff, want an item id; "
            "page_size: got 1099511627776, want at most 1000; "
            "oneof: set subject or parent, not both");
  const std::vector<Violation> violations = FieldViolations(status);
  ASSERT_THAT(violations, SizeIs(5));
  EXPECT_EQ(violations[0].field, "judgement.score");
  EXPECT_EQ(violations[0].description, "got 5, want a whole number from 1 to 4");
}

TEST(ViolationsTest, AResourceGivesItsOwnReason) {
  Violations bad;
  bad.Add("score", 0, "1 to 4");
  EXPECT_EQ(Reason(bad.ToStatus(ResourceType::kJudgement)), "JUDGEMENT_INVALID");
}

TEST(ViolationsTest, InnerOnesAreTakenOverUnderTheirPath) {
  Violations inner;
  inner.Add("score", 0, "1 to 4");
  Violations bad;
  bad.AddAll("requests[7].judgement", inner);
  EXPECT_EQ(bad.ToStatus().message(), "requests[7].judgement.score: got 0, want 1 to 4");
}

TEST(ViolationsTest, TheHundredAndFirstIsCountedAndNotKept) {
  Violations bad;
  for (int i = 0; i < 250; ++i) bad.Add("f", i, "1");
  EXPECT_EQ(bad.count(), 250u);
  const absl::Status status = bad.ToStatus();
  const std::vector<Violation> violations = FieldViolations(status);
  ASSERT_THAT(violations, SizeIs(101));
  EXPECT_EQ(violations[99].description, "got 99, want 1");
  EXPECT_EQ(violations[100].description, "and 150 more");
  EXPECT_EQ(Metadata(status)["violations"], "250");
  EXPECT_THAT(std::string(status.message()), EndsWith(" more"));
}

TEST(ViolationsTest, InnerCountsSurviveTakingOver) {
  Violations inner;
  for (int i = 0; i < 250; ++i) inner.Add("f", i, "1");
  Violations bad;
  bad.AddAll("a", inner);
  EXPECT_EQ(bad.count(), 250u);
}

TEST(ViolationsTest, WhatIsKeptAlwaysFitsTheTrailersOfAGrpcCall) {
  Violations bad;
  const std::string huge(1 << 20, 'x');
  for (int i = 0; i < 200; ++i) bad.Add(huge, huge, huge);
  const absl::Status status = bad.ToStatus();
  const size_t details = ToRpcStatus(status).ByteSizeLong();
  EXPECT_LT(status.message().size() + details * 4 / 3, 7500u);
  EXPECT_THAT(FieldViolations(status), Not(SizeIs(0)));
  EXPECT_THAT(FieldViolations(status).back().description, HasSubstr("and "));
}

TEST(ViolationsTest, TheFirstOnesAreKeptAndLaterSmallOnesDoNotSlipIn) {
  Violations bad;
  const std::string long_text(400, 'x');
  for (int i = 0; i < 40; ++i) bad.Add("big", long_text, long_text);
  bad.Add("s", 1, "2");
  const std::vector<Violation> violations = FieldViolations(bad.ToStatus());
  for (size_t i = 0; i + 1 < violations.size(); ++i) EXPECT_EQ(violations[i].field, "big");
}

}  // namespace
}  // namespace assay::errors
