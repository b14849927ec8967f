#include "services/common/server/ingest_stream.h"

#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"

#include "services/common/errors/errors.h"
#include "services/common/server/status_conversion.h"
#include "tests/common/server/echo_service.h"

namespace assay::server {
namespace {

using test::EchoServer;
using test::NewContext;
using test::v1::EchoReply;
using test::v1::EchoRequest;

EchoRequest Batch(int n) {
  EchoRequest request;
  request.set_text(absl::StrCat(n));
  return request;
}

void ExpectAllGone(EchoServer* server) {
  EXPECT_TRUE(server->runner().calls()->running->WaitForNone(absl::Seconds(20)));
}

TEST(IngestStreamTest, EveryBatchIsAcknowledgedInOrder) {
  EchoServer server;
  const auto stub = server.NewStub();
  const auto context = NewContext();
  auto stream = stub->Ingest(context.get());
  constexpr int kBatches = 500;
  std::thread writer([&] {
    for (int i = 0; i < kBatches; ++i) ASSERT_TRUE(stream->Write(Batch(i)));
    stream->WritesDone();
  });
  EchoReply ack;
  for (int i = 0; i < kBatches; ++i) {
    ASSERT_TRUE(stream->Read(&ack)) << i;
    EXPECT_EQ(ack.text(), absl::StrCat(i));
  }
  writer.join();
  EXPECT_FALSE(stream->Read(&ack));
  EXPECT_EQ(FromGrpc(stream->Finish()), absl::OkStatus());
  ExpectAllGone(&server);
}

TEST(IngestStreamTest, AnEmptyStreamEndsOk) {
  EchoServer server;
  const auto stub = server.NewStub();
  const auto context = NewContext();
  auto stream = stub->Ingest(context.get());
  stream->WritesDone();
  EchoReply ack;
  EXPECT_FALSE(stream->Read(&ack));
  EXPECT_TRUE(stream->Finish().ok());
}

TEST(IngestStreamTest, AnErrorComesAfterTheAcknowledgementsOfEarlierBatches) {
  EchoServer server;
  const auto stub = server.NewStub();
  for (const auto behaviour : {test::v1::BEHAVIOUR_NOT_FOUND, test::v1::BEHAVIOUR_THROW}) {
    const auto context = NewContext();
    auto stream = stub->Ingest(context.get());
    for (int i = 0; i < 3; ++i) stream->Write(Batch(i));
    EchoRequest bad = Batch(3);
    bad.set_behaviour(behaviour);
    stream->Write(bad);
    EchoReply ack;
    for (int i = 0; i < 3; ++i) {
      ASSERT_TRUE(stream->Read(&ack));
      EXPECT_EQ(ack.text(), absl::StrCat(i));
    }
    EXPECT_FALSE(stream->Read(&ack));
    const absl::Status status = FromGrpc(stream->Finish());
    EXPECT_EQ(errors::Reason(status),
              behaviour == test::v1::BEHAVIOUR_THROW ? "INTERNAL" : "LOCATION_NOT_FOUND");
  }
  ExpectAllGone(&server);
}

TEST(IngestStreamTest, AFloodIsHeldBackByTheWindow) {
  EchoServer server;
  const auto stub = server.NewStub();
  const auto context = NewContext();
  auto stream = stub->Ingest(context.get());
  // The first batch is held in the handler; a client that floods gets stuck in Write.
  EchoRequest gated = Batch(0);
  gated.set_gated(true);
  ASSERT_TRUE(stream->Write(gated));
  std::atomic<int> written{0};
  std::thread writer([&] {
    EchoRequest big;
    big.set_text(std::string(1 << 20, 'x'));
    for (int i = 0; i < 200; ++i) {
      if (!stream->Write(big)) return;
      ++written;
    }
  });
  server.control().gate.WaitForArrivals(1);
  int before = -1;
  while (before != written) {
    before = written;
    for (int i = 0; i < 50; ++i) {
      const auto other = NewContext();
      EchoReply reply;
      ASSERT_TRUE(stub->Say(other.get(), EchoRequest(), &reply).ok());
    }
  }
  EXPECT_LT(written, 64);
  EXPECT_EQ(server.control().handled, 0);
  context->TryCancel();
  writer.join();
  server.control().gate.Open();
  stream->Finish();
  ExpectAllGone(&server);
}

TEST(IngestStreamTest, CancellingAtAnyPointIsSafe) {
  EchoServer server;
  const auto stub = server.NewStub();
  for (int i = 0; i < 50; ++i) {
    const auto context = NewContext();
    auto stream = stub->Ingest(context.get());
    for (int n = 0; n < i % 7; ++n) stream->Write(Batch(n));
    EchoReply ack;
    if (i % 3 == 1 && i % 7 > 0) stream->Read(&ack);
    context->TryCancel();
    EXPECT_FALSE(stream->Finish().ok());
  }
  ExpectAllGone(&server);
}

// Regression: a handler that rolls back a store in its destructor did so on a thread of gRPC's.
TEST(IngestStreamTest, AHandlerGoesOnThePoolWhenItsClientVanishes) {
  config::ServerOptions options = test::TestOptions();
  options.pool_threads = 1;
  EchoServer server(options);
  const auto stub = server.NewStub();
  for (int i = 0; i < 20; ++i) {
    const auto context = NewContext();
    auto stream = stub->Ingest(context.get());
    ASSERT_TRUE(stream->Write(Batch(i)));
    EchoReply ack;
    ASSERT_TRUE(stream->Read(&ack));
    context->TryCancel();
    EXPECT_FALSE(stream->Finish().ok());
    while (server.control().ingests > 0) std::this_thread::yield();
    std::lock_guard<std::mutex> lock(server.control().threads_mutex);
    ASSERT_EQ(server.control().destroyed_on, server.control().handled_on) << i;
  }
  ExpectAllGone(&server);
}

TEST(IngestStreamTest, ADrainAcknowledgesWhatWasReadThenSaysSo) {
  EchoServer server;
  const auto stub = server.NewStub();
  const auto context = NewContext();
  auto stream = stub->Ingest(context.get());
  EchoRequest gated = Batch(0);
  gated.set_gated(true);
  ASSERT_TRUE(stream->Write(gated));
  server.control().gate.WaitForArrivals(1);
  std::thread stopper([&] { server.Stop(); });
  while (!server.runner().calls()->streams->draining()) std::this_thread::yield();
  server.control().gate.Open();
  EchoReply ack;
  ASSERT_TRUE(stream->Read(&ack));
  EXPECT_EQ(ack.text(), "0");
  EXPECT_FALSE(stream->Read(&ack));
  EXPECT_EQ(errors::Reason(FromGrpc(stream->Finish())), "SERVER_DRAINING");
  stopper.join();
}

// Waits until so many batches have been handled whose tickets are kept.
std::vector<Ticket<EchoReply>> KeptTickets(EchoServer& server, size_t count) {
  while (true) {
    {
      std::lock_guard<std::mutex> lock(server.control().mutex);
      if (server.control().tickets.size() == count) return std::move(server.control().tickets);
    }
    std::this_thread::yield();
  }
}

absl::optional<EchoReply> Reply(int n) {
  EchoReply reply;
  reply.set_text(absl::StrCat(n));
  return reply;
}

TEST(IngestStreamTest, TheNextBatchIsTakenWhileOneIsOpenAndAnswersKeepTheirOrder) {
  EchoServer server;
  server.control().keep_tickets = true;
  const auto stub = server.NewStub();
  const auto context = NewContext();
  auto stream = stub->Ingest(context.get());
  for (int i = 0; i < 4; ++i) ASSERT_TRUE(stream->Write(Batch(i)));
  stream->WritesDone();
  auto tickets = KeptTickets(server, 4);
  tickets[2].Give(Reply(2));
  tickets[0].GiveLater([] { return Reply(0); });
  EchoReply ack;
  ASSERT_TRUE(stream->Read(&ack));
  EXPECT_EQ(ack.text(), "0");
  tickets[3].GiveLater([] { return Reply(3); });
  tickets[1].Give(Reply(1));
  tickets[1].Give(Reply(17));  // a second answer goes nowhere
  for (int i = 1; i < 4; ++i) {
    ASSERT_TRUE(stream->Read(&ack));
    EXPECT_EQ(ack.text(), absl::StrCat(i));
  }
  EXPECT_FALSE(stream->Read(&ack));
  EXPECT_TRUE(stream->Finish().ok());
  tickets.clear();  // a ticket keeps its call
  ExpectAllGone(&server);
}

TEST(IngestStreamTest, AnErrorWaitsForTheAnswersBeforeItAndStopsWhatComesAfter) {
  EchoServer server;
  server.control().keep_tickets = true;
  const auto stub = server.NewStub();
  const auto context = NewContext();
  auto stream = stub->Ingest(context.get());
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(stream->Write(Batch(i)));
  auto tickets = KeptTickets(server, 3);
  tickets[1].GiveLater(
      []() -> Ticket<EchoReply>::Answer { throw std::runtime_error("while the answer is made"); });
  tickets[2].Give(Reply(2));
  tickets[0].Give(Reply(0));
  EchoReply ack;
  ASSERT_TRUE(stream->Read(&ack));
  EXPECT_EQ(ack.text(), "0");
  EXPECT_FALSE(stream->Read(&ack));
  EXPECT_EQ(errors::Reason(FromGrpc(stream->Finish())), "INTERNAL");
  EXPECT_EQ(server.control().handled, 3);
  tickets.clear();  // a ticket keeps its call
  ExpectAllGone(&server);
}

TEST(IngestStreamTest, AStreamThatIsCutOffWaitsForItsTickets) {
  EchoServer server;
  server.control().keep_tickets = true;
  const auto stub = server.NewStub();
  const auto context = NewContext();
  auto stream = stub->Ingest(context.get());
  for (int i = 0; i < 2; ++i) ASSERT_TRUE(stream->Write(Batch(i)));
  auto tickets = KeptTickets(server, 2);
  context->TryCancel();
  EXPECT_FALSE(stream->Finish().ok());
  EXPECT_EQ(server.control().ingests, 1);
  tickets[1].Give(Reply(1));
  tickets[0].GiveLater([] { return Reply(0); });
  tickets.clear();  // a ticket keeps its call
  ExpectAllGone(&server);
}

}  // namespace
}  // namespace assay::server
