#include "services/scoring/feed/feed_stream.h"

#include <atomic>
#include <chrono>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <sys/resource.h>

#include "grpcpp/grpcpp.h"
#include "gtest/gtest.h"

namespace assay::scoring {
namespace {

using evidence::v1::GetRevisionRequest;
using evidence::v1::GetRevisionResponse;
using evidence::v1::StreamChangesRequest;
using evidence::v1::StreamChangesResponse;

constexpr int kThreads = 8;
constexpr int kCallsEach = 250;

// Sends messages and then ends, or stays silent until it is cancelled or told to go on. As a
// service of callbacks, like ours.
class Feed final : public evidence::v1::ChangeService::CallbackService {
 public:
  // What a stream sends; it then ends with `end`, or stays where `stays`.
  int messages = 0;
  bool stays = false;
  grpc::Status end = grpc::Status::OK;

  grpc::ServerWriteReactor<StreamChangesResponse>* StreamChanges(
      grpc::CallbackServerContext*, const StreamChangesRequest*) override {
    class Stream final : public grpc::ServerWriteReactor<StreamChangesResponse> {
     public:
      explicit Stream(const Feed& feed) : feed_(feed) { Next(); }

     private:
      void Next() {
        if (sent_ < feed_.messages) {
          message_.set_caught_up(++sent_ == feed_.messages);
          StartWrite(&message_);
        } else if (!feed_.stays || idle_or_cancelled_.exchange(true)) {
          Finish(feed_.end);
        }
      }
      void OnWriteDone(bool) override { Next(); }
      void OnCancel() override {
        if (feed_.stays && idle_or_cancelled_.exchange(true)) Finish(grpc::Status::CANCELLED);
      }
      void OnDone() override { delete this; }

      const Feed& feed_;
      int sent_ = 0;
      // Whichever comes second ends the stream.
      std::atomic<bool> idle_or_cancelled_{false};
      StreamChangesResponse message_;
    };
    return new Stream(*this);
  }

  grpc::ServerUnaryReactor* GetRevision(grpc::CallbackServerContext* context,
                                        const GetRevisionRequest*, GetRevisionResponse*) override {
    grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
    reactor->Finish(grpc::Status::OK);
    return reactor;
  }
};

class FeedStreamTest : public ::testing::Test {
 protected:
  void Serve() {
    grpc::ServerBuilder builder;
    int port = 0;
    builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port);
    builder.RegisterService(&feed_);
    server_ = builder.BuildAndStart();
    ASSERT_NE(server_, nullptr);
    channel_ = grpc::CreateChannel("127.0.0.1:" + std::to_string(port),
                                   grpc::InsecureChannelCredentials());
    stub_ = evidence::v1::ChangeService::NewStub(channel_);
  }

  // Calls the server from several threads at once.
  void Call() const {
    std::vector<std::thread> callers;
    for (int i = 0; i < kThreads; ++i) {
      callers.emplace_back([this] {
        for (int k = 0; k < kCallsEach; ++k) {
          grpc::ClientContext context;
          GetRevisionResponse response;
          EXPECT_TRUE(stub_->GetRevision(&context, GetRevisionRequest(), &response).ok());
        }
      });
    }
    for (std::thread& caller : callers) caller.join();
  }

  Feed feed_;
  std::unique_ptr<grpc::Server> server_;
  std::shared_ptr<grpc::Channel> channel_;
  std::unique_ptr<evidence::v1::ChangeService::Stub> stub_;
};

TEST_F(FeedStreamTest, GivesEveryMessageInOrderAndThenTheStatus) {
  for (const int messages : {0, 1, 1000}) {
    feed_.messages = messages;
    feed_.end = grpc::Status(grpc::StatusCode::DATA_LOSS, "a leaf is missing");
    if (server_ == nullptr) Serve();
    grpc::ClientContext context;
    const StreamChangesRequest request;
    FeedStream stream(*stub_, context, request);
    StreamChangesResponse message;
    int read = 0;
    while (stream.Read(message)) EXPECT_EQ(message.caught_up(), ++read == messages);
    EXPECT_EQ(read, messages);
    EXPECT_FALSE(stream.Read(message)) << "the end is told as often as it is asked for";
    const grpc::Status status = stream.Finish();
    EXPECT_EQ(status.error_code(), grpc::StatusCode::DATA_LOSS);
    EXPECT_EQ(status.error_message(), "a leaf is missing");
  }
}

TEST_F(FeedStreamTest, AStreamThatEndedBetweenTwoReadsIsStillThereForTheSecond) {
  feed_.messages = 1;
  Serve();
  grpc::ClientContext context;
  const StreamChangesRequest request;
  FeedStream stream(*stub_, context, request);
  StreamChangesResponse message;
  EXPECT_TRUE(stream.Read(message));
  // A connection that is closed brings nothing more.
  server_->Shutdown();
  channel_->WaitForStateChange(GRPC_CHANNEL_READY, std::chrono::system_clock::time_point::max());
  EXPECT_FALSE(stream.Read(message));
  EXPECT_TRUE(stream.Finish().ok());
}

TEST_F(FeedStreamTest, CancellingWakesTheReader) {
  feed_.stays = true;
  Serve();
  grpc::ClientContext context;
  const StreamChangesRequest request;
  FeedStream stream(*stub_, context, request);
  std::thread canceller([&context] { context.TryCancel(); });
  StreamChangesResponse message;
  EXPECT_FALSE(stream.Read(message));
  canceller.join();
  EXPECT_EQ(stream.Finish().error_code(), grpc::StatusCode::CANCELLED);
}

TEST_F(FeedStreamTest, AStreamThatIsNotReadToItsEndEndsWhenItIsCancelled) {
  feed_.messages = 1000;
  feed_.stays = true;
  Serve();
  grpc::ClientContext context;
  const StreamChangesRequest request;
  FeedStream stream(*stub_, context, request);
  StreamChangesResponse message;
  EXPECT_TRUE(stream.Read(message));
  context.TryCancel();
  EXPECT_EQ(stream.Finish().error_code(), grpc::StatusCode::CANCELLED);
}

// Regression: the thread that waited for the feed polled for the calls to this process, and cost
// a rating from memory a fifth more.
TEST_F(FeedStreamTest, TheReaderSleepsWhileThisProcessIsCalled) {
  feed_.messages = 1;
  feed_.stays = true;
  Serve();
  grpc::ClientContext context;
  const StreamChangesRequest request;
  long woken = 0;
  std::thread reader([&] {
    FeedStream stream(*stub_, context, request);
    StreamChangesResponse message;
    EXPECT_TRUE(stream.Read(message));
    rusage before{};
    getrusage(RUSAGE_THREAD, &before);
    EXPECT_FALSE(stream.Read(message));
    rusage after{};
    getrusage(RUSAGE_THREAD, &after);
    woken = after.ru_nvcsw - before.ru_nvcsw;
    stream.Finish();
  });
  Call();
  context.TryCancel();
  reader.join();
  EXPECT_LT(woken, kThreads * kCallsEach / 100);
}

}  // namespace
}  // namespace assay::scoring
