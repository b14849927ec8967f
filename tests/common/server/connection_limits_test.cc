#include "services/common/server/connection_limits.h"

#include <unistd.h>

#include <cstdint>
#include <memory>
#include <string>
#include <thread>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>

#include "absl/strings/str_cat.h"
#include "grpcpp/grpcpp.h"
#include "gtest/gtest.h"

#include "services/common/config/address.h"
#include "services/common/server/client_channel.h"
#include "tests/common/server/echo_service.h"

namespace assay::server {
namespace {

using test::EchoServer;
using test::NewContext;
using test::TestOptions;
using test::v1::EchoReply;
using test::v1::EchoRequest;

// Of HTTP/2 (RFC 9113), what the tests speak.
constexpr int kSettings = 4;
constexpr int kPing = 6;
constexpr int kGoAway = 7;
constexpr int kClosed = -1;  // no frame: the server closed the connection
constexpr int kAck = 1;
constexpr uint32_t kMaxConcurrentStreams = 3;
constexpr uint32_t kEnhanceYourCalm = 11;

struct Frame {
  int type = kClosed;
  int flags = 0;
  std::string payload;
};

// The number in these bytes of a payload, the most significant first.
uint32_t NumberAt(const std::string& bytes, size_t at, size_t size) {
  uint32_t number = 0;
  for (size_t i = at; i < at + size && i < bytes.size(); ++i) {
    number = number << 8 | static_cast<unsigned char>(bytes[i]);
  }
  return number;
}

// A client that is not gRPC's, which would keep within the limits by itself.
class RawConnection {
 public:
  explicit RawConnection(int port) : fd_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in to = {};
    to.sin_family = AF_INET;
    to.sin_port = htons(static_cast<uint16_t>(port));
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(connect(fd_, reinterpret_cast<sockaddr*>(&to), sizeof(to)), 0);
    const timeval patience = {20, 0};
    setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
    Send("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
    Send(std::string({0, 0, 0, kSettings, 0, 0, 0, 0, 0}));
  }
  ~RawConnection() { close(fd_); }
  RawConnection(const RawConnection&) = delete;
  RawConnection& operator=(const RawConnection&) = delete;

  // In one piece, lest the server is gone before the last.
  void Ping(int count = 1) {
    std::string pings;
    for (int i = 0; i < count; ++i) {
      absl::StrAppend(&pings, std::string({0, 0, 8, kPing, 0, 0, 0, 0, 0}), "pingping");
    }
    Send(pings);
  }

  // The next frame of this type, others passed over; kClosed where none comes.
  Frame Await(int type) {
    Frame frame = Read();
    while (frame.type != type && frame.type != kClosed) frame = Read();
    return frame;
  }

  Frame Read() {
    const std::string head = Receive(9);
    if (head.size() < 9) return {};
    Frame frame;
    frame.type = static_cast<unsigned char>(head[3]);
    frame.flags = static_cast<unsigned char>(head[4]);
    frame.payload = Receive(NumberAt(head, 0, 3));
    return frame;
  }

 private:
  void Send(const std::string& bytes) {
    EXPECT_EQ(send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL),
              static_cast<ssize_t>(bytes.size()));
  }
  std::string Receive(size_t size) {
    std::string bytes(size, '\0');
    const ssize_t got = size == 0 ? 0 : recv(fd_, bytes.data(), size, MSG_WAITALL);
    bytes.resize(got < 0 ? 0 : static_cast<size_t>(got));
    return bytes;
  }

  const int fd_;
};

int PortOf(EchoServer& server) {
  return config::ParseAddress(server.runner().listen_address()).value().port;
}

// A server with these limits and nothing else.
class Limited {
 public:
  explicit Limited(const ConnectionLimits& limits) {
    grpc::ServerBuilder builder;
    builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port_);
    builder.RegisterService(&service_);
    AddConnectionLimits(limits, &builder);
    server_ = builder.BuildAndStart();
  }
  ~Limited() { server_->Shutdown(); }
  int port() const { return port_; }

 private:
  test::v1::EchoService::Service service_;
  int port_ = 0;
  std::unique_ptr<grpc::Server> server_;
};

// docs/operations.md tells these to callers.
TEST(ConnectionLimitsTest, TheDefaultsAreWhatCallersAreTold) {
  const ConnectionLimits limits;
  EXPECT_EQ(limits.concurrent_streams, 1000);
  EXPECT_EQ(limits.keepalive, absl::Seconds(60));
  EXPECT_EQ(limits.keepalive_timeout, absl::Seconds(20));
  EXPECT_EQ(limits.least_client_ping, absl::Seconds(10));
}

TEST(ConnectionLimitsTest, TheServerTellsHowManyCallsAConnectionMayHave) {
  config::ServerOptions options = TestOptions();
  options.max_concurrent_streams = 17;
  EchoServer server(options);
  RawConnection client(PortOf(server));
  const Frame settings = client.Await(kSettings);
  uint32_t told = 0;
  for (size_t at = 0; at + 6 <= settings.payload.size(); at += 6) {
    if (NumberAt(settings.payload, at, 2) == kMaxConcurrentStreams) {
      told = NumberAt(settings.payload, at + 2, 4);
    }
  }
  EXPECT_EQ(told, 17u);
}

TEST(ConnectionLimitsTest, ACallBeyondTheLimitWaitsUntilAnotherEnds) {
  config::ServerOptions options = TestOptions();
  options.max_concurrent_streams = 1;
  EchoServer server(options);
  const auto stub = server.NewStub();
  EchoRequest gated;
  gated.set_gated(true);
  grpc::Status first;
  std::thread caller([&] {
    const auto context = NewContext();
    EchoReply reply;
    first = stub->Work(context.get(), gated, &reply);
  });
  server.control().gate.WaitForArrivals(1);
  EchoReply reply;
  const auto short_of_time = NewContext(absl::Milliseconds(100));
  EXPECT_EQ(stub->Say(short_of_time.get(), EchoRequest(), &reply).error_code(),
            grpc::StatusCode::DEADLINE_EXCEEDED);
  grpc::Status second;
  std::thread waits([&] {
    const auto context = NewContext();
    EchoReply answer;
    second = stub->Say(context.get(), EchoRequest(), &answer);
  });
  server.control().gate.Open();
  caller.join();
  waits.join();
  EXPECT_TRUE(first.ok()) << first.error_message();
  EXPECT_TRUE(second.ok()) << second.error_message();
}

TEST(ConnectionLimitsTest, AClientThatPingsTooOftenIsSentAway) {
  EchoServer server;
  RawConnection client(PortOf(server));
  ASSERT_EQ(client.Await(kSettings).type, kSettings);
  client.Ping(5);
  const Frame away = client.Await(kGoAway);
  ASSERT_EQ(away.type, kGoAway);
  EXPECT_EQ(NumberAt(away.payload, 4, 4), kEnhanceYourCalm);
  EXPECT_EQ(away.payload.substr(8), "too_many_pings");
}

TEST(ConnectionLimitsTest, AClientThatKeepsToTheIntervalIsAnsweredAlsoWithoutCalls) {
  ConnectionLimits limits;
  limits.least_client_ping = absl::ZeroDuration();
  const Limited server(limits);
  RawConnection client(server.port());
  for (int i = 0; i < 20; ++i) {
    client.Ping();
    EXPECT_EQ(client.Await(kPing).flags, kAck) << i;
  }
}

TEST(ConnectionLimitsTest, AConnectionThatStaysSilentIsTestedThenClosed) {
  ConnectionLimits limits;
  limits.keepalive = absl::Milliseconds(50);
  limits.keepalive_timeout = absl::Milliseconds(50);
  const Limited server(limits);
  RawConnection client(server.port());
  const Frame ping = client.Await(kPing);
  ASSERT_EQ(ping.type, kPing);
  EXPECT_EQ(ping.flags, 0);
  // Which stays without an answer.
  EXPECT_EQ(client.Await(kPing).type, kClosed);
}

}  // namespace
}  // namespace assay::server
