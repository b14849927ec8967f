#include "services/common/server/method.h"

#include <string>
#include <thread>
#include <vector>

#include "absl/strings/string_view.h"
#include "gmock/gmock.h"
#include "grpcpp/generic/generic_stub.h"
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
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::SizeIs;
using Metadata = std::multimap<grpc::string_ref, grpc::string_ref>;

std::string Find(const Metadata& metadata, const std::string& key) {
  const auto found = metadata.find(key);
  if (found == metadata.end()) return "";
  return std::string(found->second.data(), found->second.size());
}

EchoRequest Ask(const std::string& text,
                test::v1::Behaviour behaviour = test::v1::BEHAVIOUR_UNSPECIFIED) {
  EchoRequest request;
  request.set_text(text);
  request.set_behaviour(behaviour);
  return request;
}

using Call = grpc::Status (test::v1::EchoService::Stub::*)(grpc::ClientContext*, const EchoRequest&,
                                                           EchoReply*);

struct Way {
  const char* name;
  Call call;
};

// Every way to run a handler must look the same from outside.
class EveryWayTest : public ::testing::TestWithParam<Way> {
 protected:
  grpc::Status Do(const EchoRequest& request) {
    return (stub_.get()->*GetParam().call)(context_.get(), request, &reply_);
  }

  EchoServer server_;
  std::unique_ptr<test::v1::EchoService::Stub> stub_ = server_.NewStub();
  std::unique_ptr<grpc::ClientContext> context_ = NewContext();
  EchoReply reply_;
};

TEST_P(EveryWayTest, AnswersAndCarriesTheIdsAndMetadata) {
  context_->AddMetadata("x-request-id", "req-17");
  context_->AddMetadata("traceparent", "00-0123456789abcdef0123456789abcdef-0123456789abcdef-01");
  const grpc::Status status = Do(Ask("hello"));
  ASSERT_TRUE(status.ok()) << status.error_message();
  EXPECT_EQ(reply_.text(), "hello");
  EXPECT_EQ(reply_.request_id(), "req-17");
  EXPECT_EQ(reply_.trace_id(), "0123456789abcdef0123456789abcdef");
  EXPECT_EQ(Find(context_->GetServerInitialMetadata(), "x-test-initial"), "first");
  EXPECT_EQ(Find(context_->GetServerTrailingMetadata(), "x-test-trailing"), "last");
}

TEST_P(EveryWayTest, MakesARequestIdWhereThereIsNone) {
  ASSERT_TRUE(Do(Ask("hello")).ok());
  EXPECT_THAT(reply_.request_id(), SizeIs(32));
  EXPECT_EQ(context_->GetServerInitialMetadata().count("x-request-id"), 0u);  // it went well
}

TEST_P(EveryWayTest, AnErrorKeepsItsReasonAndTheRequestId) {
  context_->AddMetadata("x-request-id", "req-17");
  const absl::Status status = FromGrpc(Do(Ask("x", test::v1::BEHAVIOUR_NOT_FOUND)));
  EXPECT_EQ(status.code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(errors::Reason(status), "LOCATION_NOT_FOUND");
  EXPECT_EQ(errors::Metadata(status)["name"], "locations/1-102");
  EXPECT_EQ(Find(context_->GetServerInitialMetadata(), "x-request-id"), "req-17");
}

TEST_P(EveryWayTest, ManyViolationsReachAClientWithDefaultLimits) {
  const absl::Status status = FromGrpc(Do(Ask("x", test::v1::BEHAVIOUR_MANY_VIOLATIONS)));
  EXPECT_EQ(errors::Reason(status), "REQUEST_INVALID");
  EXPECT_EQ(errors::Metadata(status)["violations"], "300");
  EXPECT_GT(errors::FieldViolations(status).size(), 80u);
}

TEST_P(EveryWayTest, AnExceptionIsHeldAndItsTextStaysInside) {
  const grpc::Status status = Do(Ask("x", test::v1::BEHAVIOUR_THROW));
  EXPECT_EQ(status.error_code(), grpc::StatusCode::INTERNAL);
  EXPECT_THAT(status.error_message(), Not(HasSubstr("secret")));
  EXPECT_THAT(status.error_details(), Not(HasSubstr("secret")));
  EXPECT_EQ(errors::Reason(FromGrpc(status)), "INTERNAL");
}

TEST_P(EveryWayTest, ACallWithoutADeadlineGetsTheDefault) {
  grpc::ClientContext context;
  ASSERT_TRUE((stub_.get()->*GetParam().call)(&context, Ask("x"), &reply_).ok());
  EXPECT_GT(reply_.left_ms(), 20000);
  EXPECT_LE(reply_.left_ms(), 30000);
}

TEST_P(EveryWayTest, ALongDeadlineIsHeldToTheMaximum) {
  const auto context = NewContext(absl::Hours(5));
  ASSERT_TRUE((stub_.get()->*GetParam().call)(context.get(), Ask("x"), &reply_).ok());
  EXPECT_GT(reply_.left_ms(), 200000);
  EXPECT_LE(reply_.left_ms(), 300000);
}

TEST_P(EveryWayTest, AnExpiredDeadlineEndsTheCall) {
  const auto context = NewContext(-absl::Seconds(1));
  const grpc::Status status = (stub_.get()->*GetParam().call)(context.get(), Ask("x"), &reply_);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::DEADLINE_EXCEEDED);
}

using Stub = test::v1::EchoService::Stub;
INSTANTIATE_TEST_SUITE_P(Ways, EveryWayTest,
                         ::testing::Values(Way{"Inline", static_cast<Call>(&Stub::Say)},
                                           Way{"Pooled", static_cast<Call>(&Stub::Work)},
                                           Way{"Async", static_cast<Call>(&Stub::Later)},
                                           Way{"Raw", static_cast<Call>(&Stub::Raw)}),
                         [](const auto& way) { return std::string(way.param.name); });

TEST(MethodTest, AFullPoolIsOverloadedAndRecovers) {
  EchoServer server;  // two threads, four may wait
  auto stub = server.NewStub();
  EchoRequest gated = Ask("x");
  gated.set_gated(true);
  std::vector<std::thread> callers;
  std::atomic<int> answered{0};
  for (int i = 0; i < 6; ++i) {
    callers.emplace_back([&] {
      const auto context = NewContext();
      EchoReply reply;
      if (stub->Work(context.get(), gated, &reply).ok()) ++answered;
    });
  }
  server.control().gate.WaitForArrivals(2);
  while (server.runner().pool()->waiting() < 4) std::this_thread::yield();
  const auto context = NewContext();
  EchoReply reply;
  const absl::Status refused = FromGrpc(stub->Work(context.get(), Ask("x"), &reply));
  EXPECT_EQ(refused.code(), absl::StatusCode::kResourceExhausted);
  EXPECT_EQ(errors::Reason(refused), "OVERLOADED");
  EXPECT_TRUE(errors::RetryDelay(refused).has_value());
  // What runs inline is not held up by a full pool.
  const auto quick = NewContext();
  EXPECT_TRUE(stub->Say(quick.get(), Ask("x"), &reply).ok());
  server.control().gate.Open();
  for (std::thread& caller : callers) caller.join();
  EXPECT_EQ(answered, 6);
  const auto again = NewContext();
  EXPECT_TRUE(stub->Work(again.get(), Ask("x"), &reply).ok());
}

TEST(MethodTest, ADroppedAnswerEndsTheCallAndASecondOneIsIgnored) {
  EchoServer server;
  auto stub = server.NewStub();
  EchoReply reply;
  const auto dropped = NewContext();
  const grpc::Status status =
      stub->Later(dropped.get(), Ask("x", test::v1::BEHAVIOUR_DROP), &reply);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::INTERNAL);
  const auto twice = NewContext();
  EXPECT_TRUE(stub->Later(twice.get(), Ask("x", test::v1::BEHAVIOUR_ANSWER_TWICE), &reply).ok());
  EXPECT_EQ(reply.text(), "x");
}

TEST(MethodTest, CancellingReachesAnAsynchronousHandler) {
  EchoServer server;
  auto stub = server.NewStub();
  EchoReply reply;
  const auto context = NewContext();
  std::thread caller([&] {
    const grpc::Status status =
        stub->Later(context.get(), Ask("x", test::v1::BEHAVIOUR_WAIT_FOR_CANCEL), &reply);
    EXPECT_EQ(status.error_code(), grpc::StatusCode::CANCELLED);
  });
  while (server.runner().calls()->running->running() == 0) std::this_thread::yield();
  context->TryCancel();
  caller.join();
  EXPECT_TRUE(server.runner().calls()->running->WaitForNone(absl::Seconds(20)));
  EXPECT_EQ(server.control().cancel_seen, 1);
}

TEST(MethodTest, ACancelledCallThatWaitsForTheHandlerIsSafe) {
  EchoServer server;
  auto stub = server.NewStub();
  EchoRequest gated = Ask("x");
  gated.set_gated(true);
  EchoReply reply;
  const auto context = NewContext();
  std::thread caller([&] {
    EXPECT_EQ(stub->Work(context.get(), gated, &reply).error_code(), grpc::StatusCode::CANCELLED);
  });
  server.control().gate.WaitForArrivals(1);
  context->TryCancel();
  caller.join();
  EXPECT_EQ(server.runner().calls()->running->running(), 1);
  server.control().gate.Open();
  EXPECT_TRUE(server.runner().calls()->running->WaitForNone(absl::Seconds(20)));
}

TEST(MethodTest, UnimplementedSaysSoByReason) {
  EchoServer server;
  EchoReply reply;
  const auto context = NewContext();
  const absl::Status status = FromGrpc(server.NewStub()->Missing(context.get(), Ask("x"), &reply));
  EXPECT_EQ(errors::Reason(status), "METHOD_UNIMPLEMENTED");
  EXPECT_EQ(errors::Metadata(status)["method"], "assay.test.v1.EchoService/Missing");
}

// Sends bytes that are not the message the method takes.
grpc::Status SendBytes(EchoServer* server, const std::string& method, const std::string& bytes) {
  grpc::TemplatedGenericStub<grpc::ByteBuffer, grpc::ByteBuffer> stub(server->NewChannel());
  const auto context = NewContext();
  grpc::Slice slice(bytes);
  const grpc::ByteBuffer request(&slice, 1);
  grpc::ByteBuffer reply;
  std::mutex mutex;
  std::condition_variable done;
  bool finished = false;
  grpc::Status status;
  stub.UnaryCall(context.get(), method, grpc::StubOptions(), &request, &reply, [&](grpc::Status s) {
    std::lock_guard<std::mutex> lock(mutex);
    status = std::move(s);
    finished = true;
    done.notify_all();
  });
  std::unique_lock<std::mutex> lock(mutex);
  done.wait(lock, [&] { return finished; });
  return status;
}

TEST(MethodTest, BytesThatAreNoRequestAreRefused) {
  EchoServer server;
  const absl::Status status =
      FromGrpc(SendBytes(&server, "/assay.test.v1.EchoService/Raw", "\x0a\xff\xff"));
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(errors::Reason(status), "REQUEST_INVALID");
}

TEST(MethodTest, TheLogLineTellsTheCallAndNeverTheBody) {
  ::testing::internal::CaptureStderr();
  {
    config::ServerOptions options = test::TestOptions();
    options.log_level = "info";
    EchoServer server(options);
    auto stub = server.NewStub();
    EchoReply reply;
    const auto good = NewContext();
    good->AddMetadata("x-request-id", "req-17");
    ASSERT_TRUE(stub->Say(good.get(), Ask("the body"), &reply).ok());
    const auto bad = NewContext();
    EXPECT_FALSE(stub->Say(bad.get(), Ask("x", test::v1::BEHAVIOUR_PRIVATE_DETAIL), &reply).ok());
  }
  const std::string log = ::testing::internal::GetCapturedStderr();
  EXPECT_THAT(log, HasSubstr("\"method\":\"assay.test.v1.EchoService/Say\",\"code\":\"OK\""));
  EXPECT_THAT(log, HasSubstr("\"request_id\":\"req-17\""));
  EXPECT_THAT(log, HasSubstr("\"subject\":\"locations/1-102\""));
  EXPECT_THAT(log, HasSubstr("\"level\":\"error\""));
  EXPECT_THAT(log, HasSubstr("\"detail\":\"secret of the driver\""));
  EXPECT_THAT(log, Not(HasSubstr("the body")));
}

}  // namespace
}  // namespace assay::server
