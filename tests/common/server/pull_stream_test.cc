#include "services/common/server/pull_stream.h"

#include <string>
#include <thread>

#include "gtest/gtest.h"

#include "services/common/errors/errors.h"
#include "services/common/server/status_conversion.h"
#include "tests/common/server/echo_service.h"

namespace assay::server {
namespace {

using test::EchoServer;
using test::NewContext;
using test::v1::EchoReply;
using test::v1::WatchRequest;

WatchRequest Messages(int64_t count, int64_t bytes = 1) {
  WatchRequest request;
  request.set_count(count);
  request.set_bytes(bytes);
  return request;
}

// Reads to the end; returns how many messages came, in order.
int64_t ReadAll(grpc::ClientReader<EchoReply>* reader) {
  EchoReply message;
  int64_t count = 0;
  while (reader->Read(&message)) {
    EXPECT_EQ(message.left_ms(), count);
    ++count;
  }
  return count;
}

// Waits until no source and no call is left on the server.
void ExpectAllGone(EchoServer* server) {
  EXPECT_TRUE(server->runner().calls()->running->WaitForNone(absl::Seconds(20)));
  EXPECT_EQ(server->control().sources, 0);
}

// Waits until the windows of HTTP/2 and the socket are full, so that nothing more is pulled.
void WaitUntilHeld(EchoServer* server, test::v1::EchoService::Stub* stub) {
  int64_t before = -1;
  while (before != server->control().pulled || before == 0) {
    before = server->control().pulled;
    // Round trips of another call: time in which a stream that is not held would go on.
    for (int i = 0; i < 50; ++i) {
      const auto other = NewContext();
      EchoReply reply;
      ASSERT_TRUE(stub->Say(other.get(), test::v1::EchoRequest(), &reply).ok());
    }
  }
}

TEST(PullStreamTest, SendsEveryMessageInOrderAndEndsWithTheSourcesStatus) {
  EchoServer server;
  const auto stub = server.NewStub();
  for (const bool raw : {false, true}) {
    const auto context = NewContext();
    auto request = Messages(1000, 10);
    request.set_behaviour(test::v1::BEHAVIOUR_NOT_FOUND);
    auto reader = raw ? stub->Tail(context.get(), request) : stub->Watch(context.get(), request);
    EXPECT_EQ(ReadAll(reader.get()), 1000);
    EXPECT_EQ(errors::Reason(FromGrpc(reader->Finish())), "LOCATION_NOT_FOUND");
  }
  ExpectAllGone(&server);
}

TEST(PullStreamTest, AnEmptyStreamEndsOk) {
  EchoServer server;
  const auto context = NewContext();
  const auto stub = server.NewStub();
  auto reader = stub->Watch(context.get(), Messages(0));
  EXPECT_EQ(ReadAll(reader.get()), 0);
  EXPECT_TRUE(reader->Finish().ok());
}

TEST(PullStreamTest, ABadRequestEndsItBeforeItBegan) {
  EchoServer server;
  const auto context = NewContext();
  const auto stub = server.NewStub();
  auto reader = stub->Watch(context.get(), Messages(-1));
  EXPECT_EQ(ReadAll(reader.get()), 0);
  EXPECT_EQ(errors::Reason(FromGrpc(reader->Finish())), "REQUEST_INVALID");
}

TEST(PullStreamTest, AnExceptionOfTheSourceIsHeld) {
  EchoServer server;
  const auto context = NewContext();
  const auto stub = server.NewStub();
  auto request = Messages(3);
  request.set_behaviour(test::v1::BEHAVIOUR_THROW);
  auto reader = stub->Watch(context.get(), request);
  EXPECT_EQ(ReadAll(reader.get()), 3);
  EXPECT_EQ(reader->Finish().error_code(), grpc::StatusCode::INTERNAL);
  ExpectAllGone(&server);
}

TEST(PullStreamTest, HeadersComeBeforeTheFirstMessage) {
  EchoServer server;
  const auto context = NewContext();
  context->AddMetadata("x-request-id", "req-17");
  const auto stub = server.NewStub();
  auto request = Messages(0);
  request.set_wait(true);
  auto reader = stub->Watch(context.get(), request);
  reader->WaitForInitialMetadata();
  const auto& metadata = context->GetServerInitialMetadata();
  ASSERT_EQ(metadata.count("x-request-id"), 1u);
  EXPECT_EQ(metadata.find("x-request-id")->second, "req-17");
  EXPECT_EQ(metadata.count("x-test-initial"), 1u);
  context->TryCancel();
  EXPECT_EQ(ReadAll(reader.get()), 0);
  EXPECT_EQ(reader->Finish().error_code(), grpc::StatusCode::CANCELLED);
  ExpectAllGone(&server);
}

TEST(PullStreamTest, NoWakeUpIsLostUnderFire) {
  EchoServer server;
  const auto context = NewContext();
  const auto stub = server.NewStub();
  auto request = Messages(0);
  request.set_wait(true);
  auto reader = stub->Watch(context.get(), request);
  reader->WaitForInitialMetadata();
  constexpr int kWakers = 4;
  constexpr int kEach = 500;
  std::vector<std::thread> wakers;
  for (int i = 0; i < kWakers; ++i) {
    wakers.emplace_back([&] {
      for (int n = 0; n < kEach; ++n) server.control().Release(1);
    });
  }
  EchoReply message;
  for (int64_t n = 0; n < kWakers * kEach; ++n) {
    ASSERT_TRUE(reader->Read(&message)) << n;
    EXPECT_EQ(message.left_ms(), n);
  }
  for (std::thread& waker : wakers) waker.join();
  context->TryCancel();
  EXPECT_EQ(reader->Finish().error_code(), grpc::StatusCode::CANCELLED);
  ExpectAllGone(&server);
  // A waker may come after the stream is gone.
  server.control().Release(1);
}

TEST(PullStreamTest, AClientThatNeverReadsCostsBoundedMemory) {
  EchoServer server;
  const auto context = NewContext();
  const auto stub = server.NewStub();
  constexpr int64_t kBytes = 100000;
  constexpr int64_t kMessages = 10000;  // a gigabyte, were it all taken
  auto reader = stub->Watch(context.get(), Messages(kMessages, kBytes));
  reader->WaitForInitialMetadata();
  WaitUntilHeld(&server, stub.get());
  EXPECT_LT(server.control().pulled * kBytes, int64_t{64} << 20);
  context->TryCancel();
  reader->Finish();
  ExpectAllGone(&server);
}

TEST(PullStreamTest, CancellingMidStreamEndsTheSource) {
  EchoServer server;
  const auto stub = server.NewStub();
  for (int i = 0; i < 20; ++i) {
    const auto context = NewContext();
    auto reader = stub->Watch(context.get(), Messages(1000000, 100));
    EchoReply message;
    for (int n = 0; n < i * 10; ++n) ASSERT_TRUE(reader->Read(&message));
    context->TryCancel();
    while (reader->Read(&message)) {
    }
    EXPECT_EQ(reader->Finish().error_code(), grpc::StatusCode::CANCELLED);
  }
  ExpectAllGone(&server);
}

TEST(PullStreamTest, ADeadlineEndsAnIdleStream) {
  EchoServer server;
  const auto context = NewContext(absl::Milliseconds(100));
  const auto stub = server.NewStub();
  auto request = Messages(1);
  request.set_wait(true);
  auto reader = stub->Watch(context.get(), request);
  EXPECT_EQ(ReadAll(reader.get()), 1);
  EXPECT_EQ(reader->Finish().error_code(), grpc::StatusCode::DEADLINE_EXCEEDED);
  ExpectAllGone(&server);
}

TEST(PullStreamTest, ADrainEndsWatchersAndTellsThemToComeAgain) {
  EchoServer server;
  const auto context = NewContext();
  const auto stub = server.NewStub();
  auto request = Messages(3);
  request.set_wait(true);
  auto reader = stub->Watch(context.get(), request);
  EchoReply message;
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(reader->Read(&message));
  const absl::Time began = absl::Now();
  server.Stop();
  EXPECT_LT(absl::Now() - began, absl::Seconds(5)) << "the drain timeout is 10 s";
  EXPECT_FALSE(reader->Read(&message));
  const absl::Status status = FromGrpc(reader->Finish());
  EXPECT_EQ(errors::Reason(status), "SERVER_DRAINING");
  EXPECT_TRUE(errors::RetryDelay(status).has_value());
}

TEST(PullStreamTest, AClientThatNeverReadsHoldsADrainOnlyToItsTimeout) {
  config::ServerOptions options = test::TestOptions();
  options.drain_timeout = absl::Milliseconds(100);
  EchoServer server(options);
  const auto context = NewContext();
  const auto stub = server.NewStub();
  auto reader = stub->Watch(context.get(), Messages(100000, 100000));
  reader->WaitForInitialMetadata();
  WaitUntilHeld(&server, stub.get());
  server.Stop();
  EXPECT_EQ(server.control().sources, 0);
  context->TryCancel();
  reader->Finish();
}

}  // namespace
}  // namespace assay::server
