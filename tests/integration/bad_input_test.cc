// Bad input: each gets its own clear error, all violations at once, and nothing is half written.

#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "grpcpp/generic/generic_stub.h"

#include "services/common/digest/random.h"
#include "services/common/errors/errors.h"
#include "services/common/revision/revision.h"
#include "services/common/revision/revision_proto.h"
#include "tests/integration/steps.h"
#include "tests/integration/suite.h"

namespace assay::integration {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::IsSupersetOf;
using RatingStub = scoring::v1::RatingService::Stub;
using RecordStub = evidence::v1::RecordService::Stub;

class BadInputTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    SuiteOptions options;
    options.redis = false;
    absl::StatusOr<std::unique_ptr<Suite>> started = Suite::Start(options);
    ASSERT_TRUE(started.ok()) << started.status();
    suite_ = started->release();
    Register(*suite_, NewLocation("1-201"));
  }
  static void TearDownTestSuite() {
    delete suite_;
    suite_ = nullptr;
  }
  void SetUp() override { ASSERT_NE(suite_, nullptr); }

  static absl::Status Refusal(const std::string& parent, const evidence::v1::Judgement& judgement) {
    evidence::v1::CreateJudgementRequest request;
    request.set_parent(parent);
    *request.mutable_judgement() = judgement;
    return Ask(suite_->record(), &RecordStub::CreateJudgement, request).status();
  }

  // How many judgements the location has.
  static int Judgements() {
    evidence::v1::ListJudgementsRequest request;
    request.set_parent("locations/1-201");
    const auto page = Ask(suite_->record(), &RecordStub::ListJudgements, request);
    EXPECT_TRUE(page.ok()) << page.status();
    return page.ok() ? page->judgements_size() : -1;
  }

  static Suite* suite_;
};

Suite* BadInputTest::suite_ = nullptr;

std::vector<std::string> Fields(const absl::Status& status) {
  std::vector<std::string> fields;
  for (const errors::Violation& each : errors::FieldViolations(status)) {
    fields.push_back(each.field);
  }
  return fields;
}

TEST_F(BadInputTest, EveryViolationAtOnceAndNothingWritten) {
  for (const int level : {0, 5}) {
    const absl::Status refused = Refusal("locations/1-201", Score(kLearning, level, Today(367)));
    EXPECT_EQ(refused.code(), absl::StatusCode::kInvalidArgument) << refused;
    EXPECT_THAT(Fields(refused),
                IsSupersetOf({HasSubstr("outcome.level"), HasSubstr("effective_date")}))
        << refused;
  }
  EXPECT_EQ(Judgements(), 0);
}

TEST_F(BadInputTest, OneBadJudgementRefusesTheBatch) {
  evidence::v1::BatchCreateJudgementsRequest batch;
  for (const int level : {3, 5}) {
    evidence::v1::CreateJudgementRequest* each = batch.add_requests();
    each->set_parent("locations/1-201");
    *each->mutable_judgement() = Score(kLearning, level, Day("2025-03-01"));
  }
  const auto answer = Ask(suite_->record(), &RecordStub::BatchCreateJudgements, batch);
  EXPECT_EQ(answer.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(Fields(answer.status()), Contains(HasSubstr("requests[1]")));
  EXPECT_EQ(Judgements(), 0);
}

TEST_F(BadInputTest, UnknownLocationItemAndFramework) {
  const type::v1::Date day = Day("2025-03-01");
  EXPECT_EQ(errors::Reason(Refusal("locations/1-998", Score(kLearning, 3, day))),
            "LOCATION_NOT_FOUND");
  const absl::Status item = Refusal("locations/1-201", Score("safe.no-such-statement", 3, day));
  EXPECT_EQ(item.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(item.message()) + absl::StrJoin(Fields(item), " "), HasSubstr("item"));
  evidence::v1::Judgement foreign = Score(kLearning, 3, day);
  foreign.set_framework_version("frameworks/cqc-saf/versions/1999-01");
  const absl::Status framework = Refusal("locations/1-201", foreign);
  EXPECT_EQ(framework.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(Fields(framework), Contains(HasSubstr("framework_version")));
  EXPECT_EQ(Judgements(), 0);
}

TEST_F(BadInputTest, TokenOfAnotherDeployment) {
  digest::SystemRandom random;
  revision::RevisionVector foreign(revision::RevisionVector::NewEpoch(random));
  ASSERT_TRUE(foreign.Set(7, 1).ok());
  const auto answer = Ask(suite_->ratings(), &RatingStub::GetRating,
                          RatingOf("1-201", {revision::RevisionToProto(foreign)}));
  EXPECT_EQ(answer.status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(errors::Reason(answer.status()), "TOKEN_OF_ANOTHER_EPOCH");
}

TEST_F(BadInputTest, TokenThatIsNone) {
  type::v1::Revision garbage;
  garbage.set_token("garbage");
  const auto answer = Ask(suite_->ratings(), &RatingStub::GetRating, RatingOf("1-201", {garbage}));
  EXPECT_EQ(answer.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(Fields(answer.status()), Contains(HasSubstr("at_least"))) << answer.status();
}

TEST_F(BadInputTest, RevisionThatDoesNotComeIsUnavailable) {
  evidence::v1::GetRevisionRequest newest;
  newest.set_subject("locations/1-201");
  const auto now = Ask(suite_->changes(), &evidence::v1::ChangeService::Stub::GetRevision, newest);
  ASSERT_TRUE(now.ok()) << now.status();
  absl::StatusOr<revision::RevisionVector> ahead = revision::RevisionFromProto(now->revision());
  ASSERT_TRUE(ahead.ok()) << ahead.status();
  const revision::Position last = ahead->positions()[0];
  ASSERT_TRUE(ahead->Set(last.partition, last.counter + 1000).ok());
  const auto answer = Ask(suite_->ratings(), &RatingStub::GetRating,
                          RatingOf("1-201", {revision::RevisionToProto(*ahead)}));
  EXPECT_EQ(answer.status().code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(errors::Reason(answer.status()), "REVISION_UNAVAILABLE");
  EXPECT_TRUE(errors::RetryDelay(answer.status()).has_value());
}

TEST_F(BadInputTest, ExpiredDeadline) {
  const auto answer =
      Ask(suite_->ratings(), &RatingStub::GetRating, RatingOf("1-201"), absl::Seconds(-1));
  EXPECT_EQ(answer.status().code(), absl::StatusCode::kDeadlineExceeded);
}

TEST_F(BadInputTest, DayThatDoesNotExistAndTooManyRevisions) {
  scoring::v1::GetRatingRequest request = RatingOf("1-201");
  request.mutable_as_of()->mutable_effective_date()->set_year(2025);
  request.mutable_as_of()->mutable_effective_date()->set_month(2);
  request.mutable_as_of()->mutable_effective_date()->set_day(30);
  for (int i = 0; i < 17; ++i) request.add_at_least()->set_token("x");
  const auto answer = Ask(suite_->ratings(), &RatingStub::GetRating, request);
  EXPECT_EQ(answer.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(Fields(answer.status()),
              IsSupersetOf({HasSubstr("effective_date"), HasSubstr("at_least")}))
      << answer.status();
}

// A message of 1 GiB, made of one MiB that is sent a thousand times, so that the test needs no
// more.
grpc::ByteBuffer Gibibyte() {
  const grpc::Slice mebibyte(std::string(std::size_t{1} << 20, 'x'));
  const std::vector<grpc::Slice> slices(1024, mebibyte);
  return grpc::ByteBuffer(slices.data(), slices.size());
}

TEST_F(BadInputTest, MessageOfOneGibibyteIsRefusedAndTheServiceLives) {
  grpc::GenericStub stub(suite_->evidence().channel());
  grpc::CompletionQueue queue;
  grpc::ClientContext context;
  context.set_deadline(absl::ToChronoTime(absl::Now() + kPatience));
  const auto call = stub.PrepareUnaryCall(
      &context, "/assay.evidence.v1.RecordService/CreateJudgement", Gibibyte(), &queue);
  grpc::ByteBuffer reply;
  grpc::Status status;
  call->StartCall();
  call->Finish(&reply, &status, &queue);
  void* tag = nullptr;
  bool ok = false;
  ASSERT_TRUE(queue.Next(&tag, &ok));
  EXPECT_EQ(status.error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED) << status.error_message();
  EXPECT_EQ(Judgements(), 0);
}

}  // namespace
}  // namespace assay::integration
