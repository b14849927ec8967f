#pragma once

// The test service, and a server around it on a free port of loopback.

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "grpcpp/channel.h"
#include "grpcpp/client_context.h"

#include "services/common/config/server_options.h"
#include "services/common/server/ingest_stream.h"
#include "services/common/server/method.h"
#include "services/common/server/pull_stream.h"
#include "services/common/server/server_runner.h"
#include "tests/common/server/echo.grpc.pb.h"

namespace assay::test {

// Holds handlers until the test opens it, and lets the test wait until some have arrived.
class Gate {
 public:
  void Arrive();
  void Open();
  void WaitForArrivals(int count);

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  int arrived_ = 0;
  bool open_ = false;
};

// What the handlers share with the test.
struct EchoControl {
  Gate gate;
  std::atomic<int64_t> pulled{0};                      // messages the watch sources made
  std::atomic<int64_t> handled{0};                     // batches the ingest handled
  std::atomic<int64_t> ingests{0};                     // ingest handlers alive
  std::atomic<bool> keep_tickets{false};               // the ingest leaves its answers to the test
  std::vector<server::Ticket<v1::EchoReply>> tickets;  // kept, under `mutex`
  std::mutex threads_mutex;
  std::thread::id handled_on;       // where the last batch was
  std::thread::id destroyed_on;     // where the last ingest handler was
  std::atomic<int64_t> sources{0};  // watch sources alive
  std::atomic<int> cancel_seen{0};  // OnCancel callbacks that ran
  std::mutex mutex;
  std::vector<server::Waker> wakers;  // of the open watches
  std::vector<std::thread> threads;   // of asynchronous handlers
  std::atomic<int64_t> released{0};   // messages a waiting watch may send beyond its count

  // Lets every waiting watch send `count` more.
  void Release(int64_t count);
  ~EchoControl();
};

// Raw methods are replaced one by one over the callback service.
using EchoBase = v1::EchoService::WithRawCallbackMethod_Tail<
    v1::EchoService::WithRawCallbackMethod_Raw<v1::EchoService::CallbackService>>;

class EchoApi final : public EchoBase {
 public:
  EchoApi(const server::CallEnvironment* calls, EchoControl* control);

  grpc::ServerUnaryReactor* Say(grpc::CallbackServerContext* context,
                                const v1::EchoRequest* request, v1::EchoReply* reply) override;
  grpc::ServerUnaryReactor* Work(grpc::CallbackServerContext* context,
                                 const v1::EchoRequest* request, v1::EchoReply* reply) override;
  grpc::ServerUnaryReactor* Later(grpc::CallbackServerContext* context,
                                  const v1::EchoRequest* request, v1::EchoReply* reply) override;
  grpc::ServerUnaryReactor* Raw(grpc::CallbackServerContext* context,
                                const grpc::ByteBuffer* request, grpc::ByteBuffer* reply) override;
  grpc::ServerUnaryReactor* Missing(grpc::CallbackServerContext* context,
                                    const v1::EchoRequest* request, v1::EchoReply* reply) override;
  grpc::ServerWriteReactor<v1::EchoReply>* Watch(grpc::CallbackServerContext* context,
                                                 const v1::WatchRequest* request) override;
  grpc::ServerWriteReactor<grpc::ByteBuffer>* Tail(grpc::CallbackServerContext* context,
                                                   const grpc::ByteBuffer* request) override;
  grpc::ServerBidiReactor<v1::EchoRequest, v1::EchoReply>* Ingest(
      grpc::CallbackServerContext* context) override;

 private:
  EchoControl* const control_;
  const server::Method say_;
  const server::Method work_;
  const server::Method later_;
  const server::Method raw_;
  const server::Method missing_;
  const server::Method watch_;
  const server::Method tail_;
  const server::Method ingest_;
};

// Options for a test: free ports on loopback, two threads, nothing logged.
config::ServerOptions TestOptions();

// A running server with the echo service. Stops, and drains, in its destructor.
class EchoServer {
 public:
  explicit EchoServer(const config::ServerOptions& options = TestOptions());
  ~EchoServer();

  server::ServerRunner& runner() { return *runner_; }
  EchoControl& control() { return control_; }
  // A channel of its own each time, as another client would have.
  std::shared_ptr<grpc::Channel> NewChannel() const;
  std::unique_ptr<v1::EchoService::Stub> NewStub() const;
  // Ends the server as a signal would, and waits until it has.
  void Stop();

 private:
  EchoControl control_;
  std::unique_ptr<server::ServerRunner> runner_;
  std::unique_ptr<EchoApi> api_;
};

// A client context with a deadline that only a hanging test reaches.
std::unique_ptr<grpc::ClientContext> NewContext(absl::Duration deadline = absl::Seconds(20));

}  // namespace assay::test
