#include "services/evidence/api/change_api.h"

#include <algorithm>
#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <utility>

#include "grpcpp/alarm.h"

#include "services/common/server/byte_buffer.h"
#include "services/common/server/pull_stream.h"
#include "services/evidence/api/bound.h"
#include "services/evidence/api/change_methods.h"
#include "services/evidence/api/feed.h"

namespace assay::evidence {
namespace {

// More would take the pool from everybody else; what one reader parses, they can make.
constexpr size_t kMostLanes = 4;

// A full pool reads nothing ahead.
ReadAhead OnThreadsOf(server::WorkPool& pool) {
  ReadAhead ahead;
  ahead.lanes = std::clamp<size_t>(std::thread::hardware_concurrency(), 1, kMostLanes);
  ahead.spawn = [&pool](std::function<void()> task) { return pool.Submit(std::move(task)); };
  return ahead;
}

// A feed as the source of a stream, woken by every commit.
class FeedSource final : public server::PullSource<grpc::ByteBuffer> {
 public:
  FeedSource(RecordStore& store, std::unique_ptr<Feed> feed)
      : store_(store), feed_(std::move(feed)) {}
  ~FeedSource() override {
    if (listener_ != 0) store_.RemoveListener(listener_);
  }

  void Start(server::Waker waker) override {
    waker_ = waker;
    listener_ = store_.AddListener(std::move(waker));
  }

  server::Pull Next(server::CallContext&, grpc::ByteBuffer* message) override {
    auto bytes = std::make_shared<std::string>();
    const absl::StatusOr<Feed::Step> step = feed_->NextBytes(bytes.get());
    if (!step.ok()) return server::Pull::End(step.status());
    switch (*step) {
      case Feed::Step::kBatch:
        *message = server::SharedBytes(std::move(bytes));
        return server::Pull::Message();
      case Feed::Step::kAgain:
        return server::Pull::Again();
      case Feed::Step::kNothing:
        WakeLater();
        return server::Pull::Wait();
      case Feed::Step::kEnd:
        break;
    }
    return server::Pull::End(absl::OkStatus());
  }

 private:
  // Where a token is due later, no commit may come by then to send it.
  void WakeLater() {
    const absl::optional<absl::Duration> wait = feed_->AskAgainIn();
    if (!wait.has_value()) return;
    // A new one each time, since one that is set must not be set again. The old one is cancelled,
    // and wakes nobody.
    alarm_ = std::make_unique<grpc::Alarm>();
    alarm_->Set(std::chrono::system_clock::now() +
                    absl::ToChronoMilliseconds(*wait + absl::Milliseconds(1)),
                [waker = waker_](bool due) {
                  if (due) waker();
                });
  }

  RecordStore& store_;
  const std::unique_ptr<Feed> feed_;
  server::Waker waker_;
  std::unique_ptr<grpc::Alarm> alarm_;
  uint64_t listener_ = 0;
};

}  // namespace

ChangeApi::ChangeApi(const server::CallEnvironment* calls, const Backend* backend)
    : backend_(backend),
      stream_changes_(calls, "assay.evidence.v1.ChangeService/StreamChanges"),
      get_revision_(calls, "assay.evidence.v1.ChangeService/GetRevision") {}

grpc::ServerWriteReactor<grpc::ByteBuffer>* ChangeApi::StreamChanges(
    grpc::CallbackServerContext* context, const grpc::ByteBuffer* request) {
  using Source = server::PullSource<grpc::ByteBuffer>;
  return server::StartPull<grpc::ByteBuffer>(
      stream_changes_, context,
      [&](server::CallContext&) -> absl::StatusOr<std::unique_ptr<Source>> {
        const auto asked = server::ParseRequest<v1::StreamChangesRequest>(*request);
        if (!asked.ok()) return asked.status();
        absl::StatusOr<std::unique_ptr<Feed>> feed =
            Feed::Open(backend_->store(), backend_->clock(), *asked,
                       OnThreadsOf(*stream_changes_.info().pool));
        if (!feed.ok()) return feed.status();
        return std::make_unique<FeedSource>(backend_->store(), *std::move(feed));
      });
}

grpc::ServerUnaryReactor* ChangeApi::GetRevision(grpc::CallbackServerContext* context,
                                                 const v1::GetRevisionRequest* request,
                                                 v1::GetRevisionResponse* response) {
  return get_revision_.Pooled(context, request, response, Bound(backend_, &evidence::GetRevision));
}

}  // namespace assay::evidence
