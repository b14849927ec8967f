#include "clients/cli/ingest/sender.h"

#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "grpcpp/grpcpp.h"
#include "gtest/gtest.h"

#include "clients/cli/ingest/request_id.h"

namespace assay::ingest {
namespace {

using evidence::v1::IngestRecordsRequest;
using evidence::v1::IngestRecordsResponse;
using evidence::v1::RecordWrite;
using ::testing::ElementsAre;

constexpr char kBad[] = "providers/bad";

// Keeps request ids and answers as the evidence service promises to.
class Keeper final : public evidence::v1::RecordService::Service {
 public:
  using Stream = grpc::ServerReaderWriter<IngestRecordsResponse, IngestRecordsRequest>;

  grpc::Status IngestRecords(grpc::ServerContext* /*context*/, Stream* stream) override {
    IngestRecordsRequest request;
    while (stream->Read(&request)) {
      if (static_cast<int>(batches_.size()) == die_at_batch_) {
        return grpc::Status(grpc::StatusCode::UNAVAILABLE, "shutting down");
      }
      batches_.push_back(request.writes_size());
      stream->Write(Answer(request));
    }
    return grpc::Status::OK;
  }

  int die_at_batch_ = -1;
  std::vector<int> batches_;
  std::set<std::string> known_;

 private:
  IngestRecordsResponse Answer(const IngestRecordsRequest& request) {
    IngestRecordsResponse answer;
    answer.set_sequence(request.sequence());
    for (int index = 0; index < request.writes_size(); ++index) {
      if (request.writes(index).provider().provider().name() != kBad) continue;
      google::rpc::Status refused;
      refused.set_code(grpc::StatusCode::INVALID_ARGUMENT);
      refused.set_message("provider.name: got bad");
      if (!request.allow_partial()) {
        *answer.mutable_status() = refused;
        return answer;
      }
      answer.set_refused(answer.refused() + 1);
      auto* refusal = answer.add_refusals();
      refusal->set_index(index);
      *refusal->mutable_status() = refused;
    }
    for (const RecordWrite& write : request.writes()) {
      if (write.provider().provider().name() == kBad) continue;
      const bool anew = known_.insert(RequestIdIn(write)).second;
      anew ? answer.set_written(answer.written() + 1)
           : answer.set_unchanged(answer.unchanged() + 1);
    }
    return answer;
  }
};

// Providers 1 to `count`, ten at a time.
class Numbers final : public RecordSource {
 public:
  explicit Numbers(int count) : count_(count) {}

  absl::StatusOr<bool> Next(std::vector<RecordWrite>* writes) override {
    if (fail_at_ > 0 && at_ >= fail_at_) return absl::InvalidArgumentError("the source is bad");
    for (int taken = 0; taken < 10 && at_ < count_; ++taken) {
      RecordWrite write;
      const std::string name = ++at_ == bad_ ? kBad : absl::StrCat("providers/1-", at_);
      write.mutable_provider()->mutable_provider()->set_name(name);
      SetRequestId("test", &write);
      writes->push_back(std::move(write));
    }
    return !writes->empty();
  }
  double Share() const override { return static_cast<double>(at_) / count_; }

  int bad_ = 0;
  int fail_at_ = 0;

 private:
  const int count_;
  int at_ = 0;
};

class SenderTest : public ::testing::Test {
 protected:
  void SetUp() override {
    grpc::ServerBuilder builder;
    int port = 0;
    builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port);
    builder.RegisterService(&keeper_);
    server_ = builder.BuildAndStart();
    ASSERT_NE(server_, nullptr);
    stub_ = evidence::v1::RecordService::NewStub(
        grpc::CreateChannel(absl::StrCat("127.0.0.1:", port), grpc::InsecureChannelCredentials()));
    options_.batch_records = 25;
  }
  void TearDown() override { server_->Shutdown(); }

  SendResult Send(RecordSource* source) { return SendRecords(stub_.get(), source, options_); }

  Keeper keeper_;
  std::unique_ptr<grpc::Server> server_;
  std::unique_ptr<evidence::v1::RecordService::Stub> stub_;
  SendOptions options_;
};

TEST_F(SenderTest, SendsAllInFullBatchesAndCountsThem) {
  Numbers source(110);
  std::int64_t answered = 0;
  options_.on_answer = [&](const SendTotals& totals) {
    EXPECT_GT(totals.sent, answered);
    answered = totals.sent;
  };
  const SendResult result = Send(&source);
  EXPECT_TRUE(result.status.ok()) << result.status;
  EXPECT_EQ(result.totals.sent, 110);
  EXPECT_EQ(result.totals.written, 110);
  EXPECT_EQ(answered, 110);
  EXPECT_THAT(keeper_.batches_, ElementsAre(25, 25, 25, 25, 10));
}

TEST_F(SenderTest, ASecondRunWritesNothing) {
  Numbers first(110);
  Send(&first);
  Numbers second(110);
  const SendResult result = Send(&second);
  EXPECT_TRUE(result.status.ok());
  EXPECT_EQ(result.totals.written, 0);
  EXPECT_EQ(result.totals.unchanged, 110);
}

TEST_F(SenderTest, BytesBoundABatch) {
  options_.batch_bytes = 1;
  Numbers source(12);
  EXPECT_TRUE(Send(&source).status.ok());
  EXPECT_EQ(keeper_.batches_, std::vector<int>(12, 1));
}

TEST_F(SenderTest, NothingIsSentForAnEmptySource) {
  Numbers source(0);
  const SendResult result = Send(&source);
  EXPECT_TRUE(result.status.ok());
  EXPECT_EQ(result.totals.sent, 0);
  EXPECT_TRUE(keeper_.batches_.empty());
}

TEST_F(SenderTest, ARefusedBatchEndsTheRun) {
  Numbers source(1000);
  source.bad_ = 30;
  const SendResult result = Send(&source);
  EXPECT_EQ(result.status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(result.status.message(), "provider.name: got bad");
  EXPECT_LT(keeper_.batches_.size(), 10u) << "went on after the refusal";
}

TEST_F(SenderTest, PartialRunsNameWhatWasRefused) {
  options_.allow_partial = true;
  Numbers source(100);
  source.bad_ = 30;
  const SendResult result = Send(&source);
  EXPECT_TRUE(result.status.ok()) << result.status;
  EXPECT_EQ(result.totals.written, 99);
  EXPECT_EQ(result.totals.refused, 1);
  EXPECT_THAT(result.totals.refusals, ElementsAre("providers/bad: provider.name: got bad"));
}

TEST_F(SenderTest, ASourceThatFailsIsToldAfterWhatCameBefore) {
  Numbers source(100);
  source.fail_at_ = 40;
  const SendResult result = Send(&source);
  EXPECT_EQ(result.status.message(), "the source is bad");
  EXPECT_EQ(result.totals.written, 40);
}

TEST_F(SenderTest, AServiceThatLeavesIsUnavailableAndARepeatEndsTheWork) {
  keeper_.die_at_batch_ = 2;
  Numbers source(1000);
  const SendResult result = Send(&source);
  EXPECT_EQ(result.status.code(), absl::StatusCode::kUnavailable);
  EXPECT_LE(result.totals.written, 50);
  keeper_.die_at_batch_ = -1;
  Numbers again(1000);
  const SendResult second = Send(&again);
  EXPECT_TRUE(second.status.ok());
  EXPECT_EQ(second.totals.unchanged, 50);
  EXPECT_EQ(second.totals.written, 950);
}

}  // namespace
}  // namespace assay::ingest
