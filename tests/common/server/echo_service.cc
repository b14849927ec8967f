#include "tests/common/server/echo_service.h"

#include <stdexcept>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "grpcpp/create_channel.h"
#include "gtest/gtest.h"

#include "services/common/errors/errors.h"
#include "services/common/server/byte_buffer.h"
#include "services/common/server/client_channel.h"

namespace assay::test {
namespace {

absl::Status Behave(v1::Behaviour behaviour) {
  switch (behaviour) {
    case v1::BEHAVIOUR_NOT_FOUND:
      return errors::NotFound(errors::ResourceType::kLocation, "locations/1-102");
    case v1::BEHAVIOUR_MANY_VIOLATIONS: {
      errors::Violations bad;
      for (int i = 0; i < 300; ++i) bad.Add(absl::StrCat("scores[", i, "]"), 5, "1 to 4");
      return bad.ToStatus();
    }
    case v1::BEHAVIOUR_THROW:
      throw std::runtime_error("secret of the driver");
    case v1::BEHAVIOUR_PRIVATE_DETAIL:
      return errors::Internal("the store", "secret of the driver");
    default:
      return absl::OkStatus();
  }
}

absl::Status Echo(server::CallContext& call, const v1::EchoRequest& request, v1::EchoReply* reply) {
  call.set_subject("locations/1-102");
  call.AddInitialMetadata("x-test-initial", "first");
  call.AddTrailingMetadata("x-test-trailing", "last");
  reply->set_text(request.text());
  reply->set_request_id(call.request_id());
  reply->set_trace_id(call.trace_id());
  reply->set_left_ms(absl::ToInt64Milliseconds(call.TimeLeft(absl::Now())));
  return Behave(request.behaviour());
}

// Sends what the request asks for, then ends or waits for the test.
class EchoSource final : public server::PullSource<v1::EchoReply> {
 public:
  EchoSource(v1::WatchRequest request, EchoControl* control)
      : request_(std::move(request)), control_(control) {
    ++control_->sources;
  }
  ~EchoSource() override { --control_->sources; }

  void Start(server::Waker waker) override {
    std::lock_guard<std::mutex> lock(control_->mutex);
    control_->wakers.push_back(std::move(waker));
  }

  server::Pull Next(server::CallContext& call, v1::EchoReply* message) override {
    const int64_t may_send = request_.count() + (request_.wait() ? control_->released.load() : 0);
    if (sent_ == may_send) {
      if (request_.wait()) return server::Pull::Wait();
      return server::Pull::End(Behave(request_.behaviour()));
    }
    message->set_text(std::string(static_cast<size_t>(request_.bytes()), 'x'));
    message->set_left_ms(sent_++);
    message->set_request_id(call.request_id());
    ++control_->pulled;
    return server::Pull::Message();
  }

 private:
  const v1::WatchRequest request_;
  EchoControl* const control_;
  int64_t sent_ = 0;
};

class EchoRawSource final : public server::PullSource<grpc::ByteBuffer> {
 public:
  EchoRawSource(v1::WatchRequest request, EchoControl* control)
      : source_(std::move(request), control) {}
  server::Pull Next(server::CallContext& call, grpc::ByteBuffer* message) override {
    v1::EchoReply reply;
    server::Pull pull = source_.Next(call, &reply);
    if (pull.kind() == server::Pull::Kind::kMessage) *message = server::RenderBytes(reply);
    return pull;
  }

 private:
  EchoSource source_;
};

class EchoIngest final : public server::IngestHandler<v1::EchoRequest, v1::EchoReply> {
 public:
  explicit EchoIngest(EchoControl* control) : control_(control) { ++control_->ingests; }
  ~EchoIngest() override {
    {
      std::lock_guard<std::mutex> lock(control_->threads_mutex);
      control_->destroyed_on = std::this_thread::get_id();
    }
    --control_->ingests;
  }
  void Handle(server::CallContext& call, v1::EchoRequest batch,
              server::Ticket<v1::EchoReply> ticket) override {
    if (batch.gated()) control_->gate.Arrive();
    v1::EchoReply reply;
    const absl::Status status = Echo(call, batch, &reply);
    if (!status.ok()) return ticket.Give(status);
    {
      std::lock_guard<std::mutex> lock(control_->threads_mutex);
      control_->handled_on = std::this_thread::get_id();
    }
    ++control_->handled;
    if (!control_->keep_tickets) return ticket.Give(absl::optional<v1::EchoReply>(reply));
    std::lock_guard<std::mutex> lock(control_->mutex);
    control_->tickets.push_back(std::move(ticket));
  }

 private:
  EchoControl* const control_;
};

std::string Name(const char* method) { return absl::StrCat("assay.test.v1.EchoService/", method); }

}  // namespace

void Gate::Arrive() {
  std::unique_lock<std::mutex> lock(mutex_);
  ++arrived_;
  changed_.notify_all();
  changed_.wait(lock, [this] { return open_; });
}

void Gate::Open() {
  std::lock_guard<std::mutex> lock(mutex_);
  open_ = true;
  changed_.notify_all();
}

void Gate::WaitForArrivals(int count) {
  std::unique_lock<std::mutex> lock(mutex_);
  changed_.wait(lock, [&] { return arrived_ >= count; });
}

void EchoControl::Release(int64_t count) {
  released += count;
  std::lock_guard<std::mutex> lock(mutex);
  for (const server::Waker& waker : wakers) waker();
}

EchoControl::~EchoControl() {
  for (std::thread& thread : threads) thread.join();
}

EchoApi::EchoApi(const server::CallEnvironment* calls, EchoControl* control)
    : control_(control),
      say_(calls, Name("Say")),
      work_(calls, Name("Work")),
      later_(calls, Name("Later")),
      raw_(calls, Name("Raw")),
      missing_(calls, Name("Missing")),
      watch_(calls, Name("Watch")),
      tail_(calls, Name("Tail")),
      ingest_(calls, Name("Ingest")) {}

grpc::ServerUnaryReactor* EchoApi::Say(grpc::CallbackServerContext* context,
                                       const v1::EchoRequest* request, v1::EchoReply* reply) {
  return say_.Inline(context, request, reply, Echo);
}

grpc::ServerUnaryReactor* EchoApi::Work(grpc::CallbackServerContext* context,
                                        const v1::EchoRequest* request, v1::EchoReply* reply) {
  return work_.Pooled(context, request, reply,
                      [this](server::CallContext& call,
                             const v1::EchoRequest& asked) -> absl::StatusOr<v1::EchoReply> {
                        if (asked.gated()) control_->gate.Arrive();
                        v1::EchoReply made;
                        const absl::Status status = Echo(call, asked, &made);
                        if (!status.ok()) return status;
                        return made;
                      });
}

grpc::ServerUnaryReactor* EchoApi::Later(grpc::CallbackServerContext* context,
                                         const v1::EchoRequest* request, v1::EchoReply* reply) {
  using Done = std::function<void(absl::StatusOr<v1::EchoReply>)>;
  return later_.Async(
      context, request, reply,
      [this](server::CallContext& call, const v1::EchoRequest& asked, const Done& done) {
        if (asked.behaviour() == v1::BEHAVIOUR_DROP) return;
        if (asked.behaviour() == v1::BEHAVIOUR_THROW) throw std::runtime_error("secret");
        if (asked.behaviour() == v1::BEHAVIOUR_WAIT_FOR_CANCEL) {
          call.OnCancel([this, done] {
            ++control_->cancel_seen;
            done(errors::Cancelled());
          });
          return;
        }
        std::lock_guard<std::mutex> lock(control_->mutex);
        control_->threads.emplace_back([&call, &asked, done] {
          v1::EchoReply made;
          const absl::Status status = Echo(call, asked, &made);
          const bool twice = asked.behaviour() == v1::BEHAVIOUR_ANSWER_TWICE;
          done(status.ok() ? absl::StatusOr<v1::EchoReply>(made) : status);
          if (twice) done(errors::Internal("a second answer"));
        });
      });
}

grpc::ServerUnaryReactor* EchoApi::Raw(grpc::CallbackServerContext* context,
                                       const grpc::ByteBuffer* request, grpc::ByteBuffer* reply) {
  const auto answer = [&](server::CallContext& call) -> absl::Status {
    auto asked = server::ParseRequest<v1::EchoRequest>(*request);
    if (!asked.ok()) return asked.status();
    v1::EchoReply made;
    const absl::Status status = Echo(call, *asked, &made);
    *reply = server::SharedBytes(std::make_shared<const std::string>(made.SerializeAsString()));
    return status;
  };
  return raw_.RunNowOrLater(
      context,
      [&](server::CallContext& call) -> std::optional<absl::Status> { return answer(call); },
      [](server::CallContext&, const server::PendingAnswer&) {});
}

grpc::ServerUnaryReactor* EchoApi::Missing(grpc::CallbackServerContext* context,
                                           const v1::EchoRequest*, v1::EchoReply*) {
  return missing_.Unimplemented(context);
}

grpc::ServerWriteReactor<v1::EchoReply>* EchoApi::Watch(grpc::CallbackServerContext* context,
                                                        const v1::WatchRequest* request) {
  return server::StartPull<v1::EchoReply>(
      watch_, context,
      [&](server::CallContext& call)
          -> absl::StatusOr<std::unique_ptr<server::PullSource<v1::EchoReply>>> {
        call.AddInitialMetadata("x-test-initial", "first");
        if (request->count() < 0) return errors::InvalidArgument("count", request->count(), ">= 0");
        return std::make_unique<EchoSource>(*request, control_);
      });
}

grpc::ServerWriteReactor<grpc::ByteBuffer>* EchoApi::Tail(grpc::CallbackServerContext* context,
                                                          const grpc::ByteBuffer* request) {
  return server::StartPull<grpc::ByteBuffer>(
      tail_, context,
      [&](server::CallContext&)
          -> absl::StatusOr<std::unique_ptr<server::PullSource<grpc::ByteBuffer>>> {
        auto asked = server::ParseRequest<v1::WatchRequest>(*request);
        if (!asked.ok()) return asked.status();
        return std::make_unique<EchoRawSource>(*std::move(asked), control_);
      });
}

grpc::ServerBidiReactor<v1::EchoRequest, v1::EchoReply>* EchoApi::Ingest(
    grpc::CallbackServerContext* context) {
  return server::StartIngest<v1::EchoRequest, v1::EchoReply>(
      ingest_, context, std::make_unique<EchoIngest>(control_), {/*window=*/4});
}

config::ServerOptions TestOptions() {
  config::ServerOptions options = config::ServerDefaults("test", 0, 0);
  options.metrics_address = "";
  options.pool_threads = 2;
  options.pool_queue = 4;
  options.log_level = "off";
  options.probe_interval = absl::Milliseconds(10);
  return options;
}

EchoServer::EchoServer(const config::ServerOptions& options) {
  auto runner = server::ServerRunner::Create(options);
  if (!runner.ok()) ADD_FAILURE() << runner.status();
  runner_ = *std::move(runner);
  api_ = std::make_unique<EchoApi>(runner_->calls(), &control_);
  runner_->AddService(api_.get(), v1::EchoService::service_full_name(), {"Raw", "Tail"});
  const absl::Status started = runner_->Start();
  EXPECT_TRUE(started.ok()) << started;
}

EchoServer::~EchoServer() {
  control_.gate.Open();
  Stop();
}

void EchoServer::Stop() {
  runner_->RequestStop();
  runner_->Wait();
}

std::shared_ptr<grpc::Channel> EchoServer::NewChannel() const {
  server::ChannelOptions options;
  options.address = runner_->listen_address();
  auto channel = server::MakeChannel(options);
  EXPECT_TRUE(channel.ok()) << channel.status();
  return *channel;
}

std::unique_ptr<v1::EchoService::Stub> EchoServer::NewStub() const {
  return v1::EchoService::NewStub(NewChannel());
}

std::unique_ptr<grpc::ClientContext> NewContext(absl::Duration deadline) {
  auto context = std::make_unique<grpc::ClientContext>();
  context->set_deadline(absl::ToChronoTime(absl::Now() + deadline));
  return context;
}

}  // namespace assay::test
