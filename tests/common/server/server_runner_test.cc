#include "services/common/server/server_runner.h"

#include <cstdlib>
#include <fstream>
#include <sstream>
#include <string>
#include <thread>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "grpcpp/generic/generic_stub.h"
#include "gtest/gtest.h"

#include "services/common/errors/errors.h"
#include "services/common/server/client_channel.h"
#include "services/common/server/status_conversion.h"
#include "tests/common/server/echo_service.h"
#include "tests/common/server/raw_call.h"
#include "tests/common/testing/certificates.h"

namespace assay::server {
namespace {

using test::EchoServer;
using test::NewContext;
using test::TestOptions;
using test::v1::EchoReply;
using test::v1::EchoRequest;
using ::testing::HasSubstr;

std::string NewFolder() {
  std::string path = ::testing::TempDir() + "/assay-server-XXXXXX";
  return mkdtemp(path.data());
}

grpc::Status Say(const std::shared_ptr<grpc::Channel>& channel, const std::string& text = "x") {
  const auto context = NewContext();
  EchoRequest request;
  request.set_text(text);
  EchoReply reply;
  return test::v1::EchoService::NewStub(channel)->Say(context.get(), request, &reply);
}

TEST(ServerRunnerTest, ADrainLetsTheRunningCallFinishAndTakesNoMore) {
  EchoServer server;
  const auto channel = server.NewChannel();
  const auto stub = test::v1::EchoService::NewStub(channel);
  EchoRequest gated;
  gated.set_gated(true);
  grpc::Status running;
  std::thread caller([&] {
    const auto context = NewContext();
    EchoReply reply;
    running = stub->Work(context.get(), gated, &reply);
  });
  server.control().gate.WaitForArrivals(1);
  std::vector<std::string> order;
  server.runner().OnDrain([&] { order.push_back("drain"); });
  server.runner().OnStopped([&] { order.push_back("stopped"); });
  std::thread stopper([&] { server.Stop(); });
  // Once the drain has begun a new call is refused; the one that runs is not touched.
  while (Say(server.NewChannel()).ok()) std::this_thread::yield();
  EXPECT_TRUE(server.runner().stopping());
  server.control().gate.Open();
  caller.join();
  stopper.join();
  EXPECT_TRUE(running.ok()) << running.error_message();
  EXPECT_EQ(order, (std::vector<std::string>{"drain", "stopped"}));
}

TEST(ServerRunnerTest, ADrainWaitsNoLongerThanItsTimeout) {
  config::ServerOptions options = TestOptions();
  options.drain_timeout = absl::Milliseconds(50);
  EchoServer server(options);
  const auto stub = server.NewStub();
  EchoRequest waits;
  waits.set_behaviour(test::v1::BEHAVIOUR_WAIT_FOR_CANCEL);
  std::thread caller([&] {
    const auto context = NewContext();
    EchoReply reply;
    EXPECT_FALSE(stub->Later(context.get(), waits, &reply).ok());
  });
  while (server.runner().calls()->running->running() == 0) std::this_thread::yield();
  server.Stop();
  caller.join();
  EXPECT_EQ(server.control().cancel_seen, 1);
}

TEST(ServerRunnerTest, HealthTellsTheServerItsServicesAndItsDependencies) {
  std::atomic<bool> store_up{false};
  auto runner = *ServerRunner::Create(TestOptions());
  test::EchoControl control;
  test::EchoApi api(runner->calls(), &control);
  const std::string name = test::v1::EchoService::service_full_name();
  runner->AddService(&api, name);
  runner->AddDependency({"store", /*required=*/true, [&] {
                           return store_up ? absl::OkStatus() : absl::UnavailableError("down");
                         }});
  runner->AddDependency({"redis", /*required=*/false, nullptr});
  ASSERT_TRUE(runner->Start().ok());
  ChannelOptions to;
  to.address = runner->listen_address();
  const auto channel = *MakeChannel(to);
  const auto is = [&](const std::string& entry, test::Health wanted) {
    return test::WaitForHealth(channel, entry, wanted);
  };
  EXPECT_TRUE(is("dependency/store", test::Health::kNotServing));
  EXPECT_TRUE(is(name, test::Health::kNotServing));
  store_up = true;
  EXPECT_TRUE(is("dependency/store", test::Health::kServing));
  EXPECT_TRUE(is(name, test::Health::kServing));
  EXPECT_TRUE(is("", test::Health::kServing));
  // A cache that is down takes nothing down with it.
  runner->ReportDependency("redis", errors::DependencyUnavailable("redis"));
  EXPECT_TRUE(is("dependency/redis", test::Health::kNotServing));
  EXPECT_TRUE(is(name, test::Health::kServing));
  runner->ReportDependency("redis", absl::OkStatus());
  EXPECT_TRUE(is("dependency/redis", test::Health::kServing));
  runner->RequestStop();
  runner->Wait();
}

TEST(ServerRunnerTest, ReflectionAndChannelzAnswer) {
  EchoServer server;
  const auto channel = server.NewChannel();
  // ServerReflectionRequest{list_services: "*"}; GetServersRequest{}.
  const std::string listed = test::RawBidi(
      channel, "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo", "\x3a\x01*");
  EXPECT_THAT(listed, HasSubstr("assay.test.v1.EchoService"));
  EXPECT_THAT(listed, HasSubstr("grpc.health.v1.Health"));
  std::string servers;
  EXPECT_TRUE(test::RawUnary(channel, "/grpc.channelz.v1.Channelz/GetServers", "", &servers).ok());
  EXPECT_FALSE(servers.empty());
}

TEST(ServerRunnerTest, AnOversizedRequestIsRefusedAndTheServerLives) {
  config::ServerOptions options = TestOptions();
  options.max_receive_bytes = 64 << 10;
  EchoServer server(options);
  const auto channel = server.NewChannel();
  EXPECT_TRUE(Say(channel, std::string(60 << 10, 'x')).ok());
  EXPECT_EQ(Say(channel, std::string(65 << 10, 'x')).error_code(),
            grpc::StatusCode::RESOURCE_EXHAUSTED);
  EXPECT_EQ(Say(channel, std::string(64 << 20, 'x')).error_code(),
            grpc::StatusCode::RESOURCE_EXHAUSTED);
  EXPECT_TRUE(Say(channel).ok());
}

TEST(ServerRunnerTest, ACompressedRequestIsUnderstood) {
  EchoServer server;
  const auto stub = server.NewStub();
  EchoRequest request;
  request.set_text(std::string(10000, 'x'));
  for (const grpc_compression_algorithm algorithm :
       {GRPC_COMPRESS_NONE, GRPC_COMPRESS_DEFLATE, GRPC_COMPRESS_GZIP}) {
    const auto parsed = NewContext();
    const auto raw = NewContext();
    parsed->set_compression_algorithm(algorithm);
    raw->set_compression_algorithm(algorithm);
    EchoReply reply;
    EXPECT_TRUE(stub->Say(parsed.get(), request, &reply).ok()) << algorithm;
    EXPECT_EQ(reply.text(), request.text()) << algorithm;
    reply.Clear();
    EXPECT_TRUE(stub->Raw(raw.get(), request, &reply).ok()) << algorithm;
    EXPECT_EQ(reply.text(), request.text()) << algorithm;
  }
}

TEST(ServerRunnerTest, PlainTextIsRefusedWhereOthersCanListen) {
  for (const char* address : {"0.0.0.0:0", "[::]:0", "192.0.2.1:7302", "assay.example:7302"}) {
    config::ServerOptions options = TestOptions();
    options.listen_address = address;
    const auto runner = ServerRunner::Create(options);
    ASSERT_FALSE(runner.ok()) << address;
    EXPECT_EQ(runner.status().code(), absl::StatusCode::kInvalidArgument);
    EXPECT_THAT(std::string(runner.status().message()), HasSubstr("plain text is refused"));
  }
}

TEST(ServerRunnerTest, AnAddressInUseIsOneClearLine) {
  EchoServer first;
  config::ServerOptions options = TestOptions();
  options.listen_address = first.runner().listen_address();
  auto second = *ServerRunner::Create(options);
  const absl::Status status = second->Start();
  EXPECT_EQ(status.code(), absl::StatusCode::kAlreadyExists);
  EXPECT_EQ(status.message(),
            absl::StrCat(options.listen_address,
                         " is in use by another process; choose another address"));
  EXPECT_EQ(ExplainExit("assay-test", status), 3);
  EXPECT_TRUE(Say(first.NewChannel()).ok());
}

TEST(ServerRunnerTest, AUnixSocketInUseIsNotTakenOver) {
  config::ServerOptions options = TestOptions();
  options.listen_address = absl::StrCat("unix:", NewFolder(), "/a.sock");
  EchoServer first(options);
  EXPECT_TRUE(Say(first.NewChannel()).ok());
  auto second = *ServerRunner::Create(options);
  EXPECT_EQ(second->Start().code(), absl::StatusCode::kAlreadyExists);
  EXPECT_TRUE(Say(first.NewChannel()).ok());
}

TEST(ServerRunnerTest, TheMetricsAddressInUseIsToldToo) {
  EchoServer first;
  config::ServerOptions options = TestOptions();
  options.metrics_address = first.runner().listen_address();
  auto second = *ServerRunner::Create(options);
  EXPECT_EQ(second->Start().code(), absl::StatusCode::kAlreadyExists);
}

TEST(ServerRunnerTest, TheMetricsEndpointCountsCalls) {
  config::ServerOptions options = TestOptions();
  options.metrics_address = "127.0.0.1:0";
  EchoServer server(options);
  ASSERT_TRUE(Say(server.NewChannel()).ok());
  const std::string page = test::HttpGet(server.runner().metrics_address(), "/metrics");
  EXPECT_THAT(
      page, HasSubstr("assay_calls_total{code=\"OK\",method=\"assay.test.v1.EchoService/Say\"} 1"));
  EXPECT_THAT(page, HasSubstr("assay_calls_in_flight{method=\"assay.test.v1.EchoService/Say\"} 0"));
}

TEST(ServerRunnerTest, TheReadyFileHoldsTheAddresses) {
  config::ServerOptions options = TestOptions();
  options.ready_file = NewFolder() + "/ready.json";
  EchoServer server(options);
  std::ifstream file(options.ready_file);
  std::string line;
  std::getline(file, line);
  EXPECT_THAT(line,
              HasSubstr(absl::StrCat("\"listen\":\"", server.runner().listen_address(), "\"")));
  EXPECT_THAT(line, HasSubstr("\"event\":\"ready\""));
}

// An authority, another one, a server's and a client's certificate.
class TlsTest : public ::testing::Test {
 protected:
  void SetUp() override {
    for (const char* authority : {"ca", "other"}) {
      ASSERT_TRUE(testing::MakeAuthority(folder_, authority));
    }
    for (const char* one : {"server", "client"}) {
      ASSERT_TRUE(testing::MakeCertificate(folder_, "ca", one, "DNS:localhost,IP:127.0.0.1"));
    }
    options_.tls.certificate = File("server.pem");
    options_.tls.key = File("server.key");
  }

  std::string File(const std::string& name) const { return absl::StrCat(folder_, "/", name); }

  // One call with a new channel; what `tls` does not say is left to the defaults.
  grpc::Status Call(const EchoServer& server, const config::TlsFiles& tls) {
    ChannelOptions options;
    options.address = const_cast<EchoServer&>(server).runner().listen_address();
    options.tls = tls;
    return Say(*MakeChannel(options));
  }

  const std::string folder_ = NewFolder();
  config::ServerOptions options_ = TestOptions();
};

TEST_F(TlsTest, AClientThatTrustsTheAuthorityIsServed) {
  options_.listen_address = "0.0.0.0:0";  // with TLS others may listen
  EchoServer server(options_);
  const std::string bound = server.runner().listen_address();
  ChannelOptions to;
  to.address = absl::StrCat("127.0.0.1", bound.substr(bound.rfind(':')));
  to.tls.authority = File("ca.pem");
  EXPECT_TRUE(Say(*MakeChannel(to)).ok());
  to.tls.authority = File("other.pem");
  EXPECT_EQ(Say(*MakeChannel(to)).error_code(), grpc::StatusCode::UNAVAILABLE);
  to.tls.authority.clear();  // plain text to a local address
  EXPECT_EQ(Say(*MakeChannel(to)).error_code(), grpc::StatusCode::UNAVAILABLE);
}

TEST_F(TlsTest, WithAClientAuthorityEveryClientMustShowACertificate) {
  options_.tls.authority = File("ca.pem");
  EchoServer server(options_);
  EXPECT_TRUE(Call(server, {File("client.pem"), File("client.key"), File("ca.pem")}).ok());
  EXPECT_FALSE(Call(server, {"", "", File("ca.pem")}).ok());
  EXPECT_FALSE(Call(server, {File("other.pem"), File("other.key"), File("ca.pem")}).ok());
}

TEST_F(TlsTest, FilesThatCannotBeUsedAreNamed) {
  options_.tls.key = File("absent.key");
  const auto absent = ServerRunner::Create(options_);
  EXPECT_EQ(absent.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(absent.status().message()), HasSubstr("absent.key"));
  options_.tls.key = File("client.key");
  auto mismatched = ServerRunner::Create(options_);
  ASSERT_TRUE(mismatched.ok());
  const absl::Status status = (*mismatched)->Start();
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << status;
}

}  // namespace
}  // namespace assay::server
