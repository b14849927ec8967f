// The three services over loopback gRPC, in one process with their real store.
#include <atomic>
#include <limits>
#include <memory>
#include <thread>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "grpcpp/generic/generic_stub.h"
#include "grpcpp/grpcpp.h"
#include "gtest/gtest.h"

#include "services/common/config/server_options.h"
#include "services/common/digest/digest.h"
#include "services/common/errors/errors.h"
#include "services/common/server/byte_buffer.h"
#include "services/common/server/client_channel.h"
#include "services/common/server/server_runner.h"
#include "services/common/server/status_conversion.h"
#include "services/evidence/api/change_api.h"
#include "services/evidence/api/record_api.h"
#include "services/evidence/api/registry_api.h"
#include "tests/evidence/evidence_testing.h"

namespace assay::evidence {
namespace {

constexpr char kHome[] = "locations/1-102";
constexpr char kItem[] = "safe.learning-culture";

class ApiTest : public testing::Test {
 protected:
  ApiTest() {
    config::ServerOptions options = config::ServerDefaults("evidence", 0, 0);
    options.metrics_address = "";
    options.log_level = "off";
    options.max_receive_bytes = int64_t{5} << 20;
    runner_ = server::ServerRunner::Create(options).value();
    registry_api_ = std::make_unique<RegistryApi>(runner_->calls(), &test_.backend());
    record_api_ = std::make_unique<RecordApi>(runner_->calls(), &test_.backend());
    change_api_ = std::make_unique<ChangeApi>(runner_->calls(), &test_.backend());
    runner_->AddService(registry_api_.get(), v1::RegistryService::service_full_name());
    runner_->AddService(record_api_.get(), v1::RecordService::service_full_name());
    runner_->AddService(change_api_.get(), v1::ChangeService::service_full_name(),
                        ChangeApi::RawMethods());
    EXPECT_TRUE(runner_->Start().ok());
    server::ChannelOptions to;
    to.address = runner_->listen_address();
    channel_ = server::MakeChannel(to).value();
    registry_ = v1::RegistryService::NewStub(channel_);
    records_ = v1::RecordService::NewStub(channel_);
    changes_ = v1::ChangeService::NewStub(channel_);
  }
  ~ApiTest() override {
    runner_->RequestStop();
    runner_->Wait();
  }

  static std::unique_ptr<grpc::ClientContext> Context() {
    auto context = std::make_unique<grpc::ClientContext>();
    context->set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(30));
    return context;
  }

  void AddHome() {
    v1::UpsertLocationRequest request;
    *request.mutable_location() = LocationOf(kHome);
    v1::Location location;
    const grpc::Status status = registry_->UpsertLocation(Context().get(), request, &location);
    ASSERT_TRUE(status.ok()) << status.error_message();
  }

  grpc::Status Score(int level, v1::Judgement* judgement) {
    return records_->CreateJudgement(Context().get(),
                                     ScoreRequest(kHome, kItem, level, "2025-01-01"), judgement);
  }

  TestBackend test_;
  std::unique_ptr<server::ServerRunner> runner_;
  std::unique_ptr<RegistryApi> registry_api_;
  std::unique_ptr<RecordApi> record_api_;
  std::unique_ptr<ChangeApi> change_api_;
  std::shared_ptr<grpc::Channel> channel_;
  std::unique_ptr<v1::RegistryService::Stub> registry_;
  std::unique_ptr<v1::RecordService::Stub> records_;
  std::unique_ptr<v1::ChangeService::Stub> changes_;
};

TEST_F(ApiTest, AFollowerSeesAWriteAsItIsCommitted) {
  AddHome();
  const auto context = Context();
  const auto stream = changes_->StreamChanges(context.get(), {});
  v1::StreamChangesResponse batch;
  ASSERT_TRUE(stream->Read(&batch));
  EXPECT_TRUE(batch.has_checkpoint());
  EXPECT_TRUE(batch.caught_up());
  EXPECT_EQ(batch.changes_size(), 2);  // the provider and its location
  v1::Judgement judgement;
  ASSERT_TRUE(Score(3, &judgement).ok());
  ASSERT_TRUE(stream->Read(&batch));
  ASSERT_EQ(batch.changes_size(), 1);
  EXPECT_EQ(batch.changes(0).record().judgement().name(), judgement.name());
  EXPECT_EQ(batch.changes(0).counter(), judgement.counter());
  context->TryCancel();
  EXPECT_EQ(stream->Finish().error_code(), grpc::StatusCode::CANCELLED);
}

TEST_F(ApiTest, AWriteIsReadBackUnderItsRevision) {
  AddHome();
  v1::Judgement judgement;
  ASSERT_TRUE(Score(3, &judgement).ok());
  v1::GetJudgementRequest request;
  request.set_name(judgement.name());
  *request.add_at_least() = judgement.revision();
  v1::Judgement again;
  ASSERT_TRUE(records_->GetJudgement(Context().get(), request, &again).ok());
  EXPECT_EQ(again.SerializeAsString(), judgement.SerializeAsString());
  EXPECT_EQ(Score(5, &judgement).error_code(), grpc::StatusCode::INVALID_ARGUMENT);
}

TEST_F(ApiTest, AStreamOfBatchesIsAnsweredInOrder) {
  const auto context = Context();
  const auto stream = records_->IngestRecords(context.get());
  std::thread writer([&] {
    for (int64_t sequence = 1; sequence <= 40; ++sequence) {
      v1::IngestRecordsRequest request;
      request.set_sequence(sequence);
      *request.add_writes()->mutable_location()->mutable_location() = LocationOf(kHome);
      *request.add_writes()->mutable_judgement() =
          ScoreRequest(kHome, sequence == 20 ? "safe.nonsense" : kItem, 3, "2025-01-01");
      ASSERT_TRUE(stream->Write(request));
    }
    stream->WritesDone();
  });
  v1::IngestRecordsResponse answer;
  int64_t expected = 0;
  while (stream->Read(&answer)) {
    EXPECT_EQ(answer.sequence(), ++expected);
    EXPECT_EQ(answer.status().code(), expected == 20 ? 3 : 0) << answer.status().message();
  }
  writer.join();
  EXPECT_EQ(expected, 40);
  EXPECT_TRUE(stream->Finish().ok());
}

TEST_F(ApiTest, ABatchThatCannotBeParsedEndsTheStreamWithAnError) {
  grpc::GenericStub stub(channel_);
  grpc::CompletionQueue queue;
  const auto awaited = [&queue] {
    void* tag = nullptr;
    bool ok = false;
    return queue.Next(&tag, &ok) && ok;
  };
  const auto context = Context();
  const auto call =
      stub.PrepareCall(context.get(), "/assay.evidence.v1.RecordService/IngestRecords", &queue);
  call->StartCall(nullptr);
  ASSERT_TRUE(awaited());
  v1::IngestRecordsRequest good;
  good.set_sequence(1);
  *good.add_writes()->mutable_location()->mutable_location() = LocationOf(kHome);
  call->Write(server::RenderBytes(good), nullptr);
  ASSERT_TRUE(awaited());
  const grpc::Slice garbage("\x12\x05\xff\xff\xff\xff\xff");
  call->Write(grpc::ByteBuffer(&garbage, 1), nullptr);
  ASSERT_TRUE(awaited());

  grpc::ByteBuffer bytes;
  call->Read(&bytes, nullptr);
  ASSERT_TRUE(awaited());
  const auto answer = server::ParseRequest<v1::IngestRecordsResponse>(bytes);
  ASSERT_TRUE(answer.ok()) << answer.status();
  EXPECT_EQ(answer->status().code(), 0) << answer->status().message();
  call->Read(&bytes, nullptr);
  EXPECT_FALSE(awaited());
  grpc::Status status;
  call->Finish(&status, nullptr);
  ASSERT_TRUE(awaited());
  EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT) << status.error_message();
}

TEST_F(ApiTest, ASlowReaderGetsEverythingAtItsOwnPace) {
  AddHome();
  const auto context = Context();
  const auto stream = changes_->StreamChanges(context.get(), {});
  constexpr int kBatches = 30;
  for (int batch = 0; batch < kBatches; ++batch) {
    v1::BatchCreateJudgementsRequest request;
    for (int one = 0; one < 100; ++one) {
      *request.add_requests() = ScoreRequest(kHome, kItem, 1 + one % 4, "2025-01-01");
    }
    v1::BatchCreateJudgementsResponse response;
    ASSERT_TRUE(records_->BatchCreateJudgements(Context().get(), request, &response).ok());
  }
  int64_t seen = 0;
  v1::StreamChangesResponse message;
  while (seen < 2 + kBatches * 100 && stream->Read(&message)) {
    EXPECT_LE(message.changes_size(), 500);
    seen += message.changes_size();
  }
  EXPECT_EQ(seen, 2 + kBatches * 100);
  context->TryCancel();
  stream->Finish();
}

TEST_F(ApiTest, ForeignTokensExpiredDeadlinesAndLargeMessagesAreRefused) {
  AddHome();
  TestBackend other;
  v1::StreamChangesRequest foreign;
  *foreign.mutable_after() = other.backend().Newest();
  const auto context = Context();
  const auto stream = changes_->StreamChanges(context.get(), foreign);
  v1::StreamChangesResponse message;
  EXPECT_FALSE(stream->Read(&message));
  EXPECT_EQ(stream->Finish().error_code(), grpc::StatusCode::FAILED_PRECONDITION);

  grpc::ClientContext late;
  late.set_deadline(std::chrono::system_clock::now() - std::chrono::seconds(1));
  v1::Judgement judgement;
  EXPECT_EQ(
      records_->CreateJudgement(&late, ScoreRequest(kHome, kItem, 3, "2025-01-01"), &judgement)
          .error_code(),
      grpc::StatusCode::DEADLINE_EXCEEDED);

  v1::CreateJudgementRequest large = ScoreRequest(kHome, kItem, 3, "2025-01-01");
  large.mutable_judgement()->set_rationale(std::string(10 << 20, 'x'));
  EXPECT_EQ(records_->CreateJudgement(Context().get(), large, &judgement).error_code(),
            grpc::StatusCode::RESOURCE_EXHAUSTED);
  v1::GetRevisionRequest ask;
  ask.set_subject(kHome);
  v1::GetRevisionResponse revision;
  ASSERT_TRUE(changes_->GetRevision(Context().get(), ask, &revision).ok());
  EXPECT_EQ(revision.subject_counter(), test_.store().Counters()[PartitionOf(kHome)]);
}

TEST_F(ApiTest, OfManyWritersOneSupersedesARecord) {
  AddHome();
  v1::Judgement wrong;
  ASSERT_TRUE(Score(2, &wrong).ok());
  constexpr int kWriters = 8;
  std::atomic<int> written{0};
  std::atomic<int> late{0};
  std::vector<std::thread> writers;
  for (int writer = 0; writer < kWriters; ++writer) {
    writers.emplace_back([&, writer] {
      v1::CorrectRequest request;
      request.set_name(wrong.name());
      request.set_reason(absl::StrCat("by writer ", writer));
      *request.mutable_judgement() = ScoreOf(kItem, 1 + writer % 4, "2025-01-01");
      v1::CorrectResponse response;
      const grpc::Status status = records_->Correct(Context().get(), request, &response);
      if (status.ok()) ++written;
      const absl::Status why = server::FromGrpc(status);
      if (errors::Reason(why) == "ALREADY_SUPERSEDED") ++late;
    });
  }
  for (std::thread& writer : writers) writer.join();
  EXPECT_EQ(written, 1);
  EXPECT_EQ(late, kWriters - 1);
}

TEST_F(ApiTest, ClientsThatNeverReadHoldNobodyUp) {
  AddHome();
  std::vector<std::unique_ptr<grpc::ClientContext>> contexts;
  std::vector<std::unique_ptr<grpc::ClientReader<v1::StreamChangesResponse>>> streams;
  for (int client = 0; client < 32; ++client) {
    contexts.push_back(Context());
    streams.push_back(changes_->StreamChanges(contexts.back().get(), {}));
  }
  for (int batch = 0; batch < 20; ++batch) {
    v1::BatchCreateJudgementsRequest request;
    for (int one = 0; one < 100; ++one) {
      *request.add_requests() = ScoreRequest(kHome, kItem, 1 + one % 4, "2025-01-01");
      request.mutable_requests(one)->mutable_judgement()->set_rationale(std::string(8000, 'r'));
    }
    v1::BatchCreateJudgementsResponse response;
    ASSERT_TRUE(records_->BatchCreateJudgements(Context().get(), request, &response).ok());
  }
  v1::GetLocationRequest get;
  get.set_name(kHome);
  v1::Location location;
  EXPECT_TRUE(registry_->GetLocation(Context().get(), get, &location).ok());
  for (const auto& context : contexts) context->TryCancel();
  for (const auto& stream : streams) {
    EXPECT_EQ(stream->Finish().error_code(), grpc::StatusCode::CANCELLED);
  }
}

TEST_F(ApiTest, WhatAVanishedClientWasToldIsThere) {
  AddHome();
  int64_t acknowledged = 0;
  {
    const auto context = Context();
    const auto stream = records_->IngestRecords(context.get());
    for (int64_t sequence = 1; sequence <= 3; ++sequence) {
      v1::IngestRecordsRequest request;
      request.set_sequence(sequence);
      for (int one = 0; one < 50; ++one) {
        *request.add_writes()->mutable_judgement() =
            ScoreRequest(kHome, kItem, 1 + one % 4, "2025-01-01");
      }
      ASSERT_TRUE(stream->Write(request));
      v1::IngestRecordsResponse answer;
      if (sequence < 3 && stream->Read(&answer)) acknowledged += answer.written();
    }
    context->TryCancel();  // with a batch on its way
    stream->Finish();
  }
  EXPECT_EQ(acknowledged, 100);
  const auto read = test_.store().ReadSubject(SubjectOf(kHome), {});
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_GE(read->records.size(), 101u);
  EXPECT_EQ((read->records.size() - 1) % 50, 0u) << "a batch was written in part";
  v1::Judgement judgement;
  EXPECT_TRUE(Score(3, &judgement).ok());
}

// A client's side of one upload.
class UploadCall {
 public:
  UploadCall(v1::RecordService::Stub& records, grpc::ClientContext* context,
             const std::string& bytes)
      : stream_(records.UploadAttachment(context, &response_)) {
    v1::UploadAttachmentRequest message;
    message.mutable_header()->set_parent(kHome);
    message.mutable_header()->set_digest(std::string(digest::Sha256(bytes).bytes()));
    message.mutable_header()->set_size(static_cast<int64_t>(bytes.size()));
    stream_->Write(message);
  }
  bool Send(const std::string& piece) {
    v1::UploadAttachmentRequest message;
    message.set_chunk(piece);
    return stream_->Write(message);
  }
  grpc::Status Finish() {
    stream_->WritesDone();
    return stream_->Finish();
  }
  const v1::UploadAttachmentResponse& response() const { return response_; }

 private:
  v1::UploadAttachmentResponse response_;
  const std::unique_ptr<grpc::ClientWriter<v1::UploadAttachmentRequest>> stream_;
};

TEST_F(ApiTest, AnAttachmentGoesUpAndComesDownInPieces) {
  AddHome();
  std::string bytes;
  for (int piece = 0; piece < 20; ++piece) bytes += std::string(500000, 'a' + piece % 26);
  const auto up = Context();
  UploadCall upload(*records_, up.get(), bytes);
  for (size_t at = 0; at < bytes.size(); at += 500000) {
    ASSERT_TRUE(upload.Send(bytes.substr(at, 500000)));
  }
  const grpc::Status uploaded = upload.Finish();
  ASSERT_TRUE(uploaded.ok()) << uploaded.error_message();
  EXPECT_FALSE(upload.response().existed());
  v1::DownloadAttachmentRequest request;
  request.set_parent(kHome);
  request.set_digest(upload.response().digest());
  const auto down = Context();
  const auto stream = records_->DownloadAttachment(down.get(), request);
  std::string fetched;
  v1::DownloadAttachmentResponse message;
  while (stream->Read(&message)) fetched += message.chunk();
  EXPECT_TRUE(stream->Finish().ok());
  EXPECT_EQ(fetched, bytes);
  // One that is left half read holds nobody up.
  const auto left = Context();
  const auto half = records_->DownloadAttachment(left.get(), request);
  ASSERT_TRUE(half->Read(&message));
  left->TryCancel();
  EXPECT_EQ(half->Finish().error_code(), grpc::StatusCode::CANCELLED);
}

TEST_F(ApiTest, AnUploadThatIsCutOffOrIsNotItsDigestLeavesNothing) {
  AddHome();
  const std::string bytes(100000, 'b');
  const auto other = Context();
  UploadCall wrong(*records_, other.get(), bytes);
  wrong.Send(std::string(100000, 'c'));
  EXPECT_EQ(wrong.Finish().error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  const auto gone = Context();
  UploadCall vanished(*records_, gone.get(), bytes);
  vanished.Send(bytes.substr(0, 50000));
  gone->TryCancel();
  EXPECT_EQ(vanished.Finish().error_code(), grpc::StatusCode::CANCELLED);
  v1::DownloadAttachmentRequest request;
  request.set_parent(kHome);
  request.set_digest(std::string(digest::Sha256(bytes).bytes()));
  const auto context = Context();
  const auto stream = records_->DownloadAttachment(context.get(), request);
  v1::DownloadAttachmentResponse message;
  EXPECT_FALSE(stream->Read(&message));
  EXPECT_EQ(stream->Finish().error_code(), grpc::StatusCode::NOT_FOUND);
}

TEST_F(ApiTest, MethodsThatAreNotBuiltSaySo) {
  v1::ResolveAreaResponse areas;
  EXPECT_EQ(registry_->ResolveArea(Context().get(), {}, &areas).error_code(),
            grpc::StatusCode::UNIMPLEMENTED);
}

}  // namespace
}  // namespace assay::evidence
