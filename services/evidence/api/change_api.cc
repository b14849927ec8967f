#include "services/evidence/api/change_api.h"

#include <limits>
#include <memory>
#include <utility>

#include "services/common/errors/violations.h"
#include "services/common/names/partition.h"
#include "services/common/server/pull_stream.h"
#include "services/evidence/api/bound.h"
#include "services/evidence/api/feed.h"
#include "services/evidence/core/checks.h"

namespace assay::evidence {
namespace {

// A feed as the source of a stream, woken by every commit.
class FeedSource final : public server::PullSource<v1::StreamChangesResponse> {
 public:
  FeedSource(RecordStore& store, std::unique_ptr<Feed> feed)
      : store_(store), feed_(std::move(feed)) {}
  ~FeedSource() override {
    if (listener_ != 0) store_.RemoveListener(listener_);
  }

  void Start(server::Waker waker) override { listener_ = store_.AddListener(std::move(waker)); }

  server::Pull Next(server::CallContext&, v1::StreamChangesResponse* message) override {
    const absl::StatusOr<Feed::Step> step = feed_->Next(message);
    if (!step.ok()) return server::Pull::End(step.status());
    switch (*step) {
      case Feed::Step::kBatch:
        return server::Pull::Message();
      case Feed::Step::kAgain:
        return server::Pull::Again();
      case Feed::Step::kNothing:
        return server::Pull::Wait();
      case Feed::Step::kEnd:
        break;
    }
    return server::Pull::End(absl::OkStatus());
  }

 private:
  RecordStore& store_;
  const std::unique_ptr<Feed> feed_;
  uint64_t listener_ = 0;
};

absl::StatusOr<v1::GetRevisionResponse> FindRevision(const Backend& backend,
                                                     const v1::GetRevisionRequest& request) {
  v1::GetRevisionResponse response;
  if (request.subject().empty()) {
    *response.mutable_revision() = backend.Newest();
    return response;
  }
  errors::Violations bad;
  const absl::optional<names::Subject> subject = CheckSubject("subject", request.subject(), bad);
  if (!bad.empty()) return bad.ToStatus();
  SubjectQuery query;
  query.after = std::numeric_limits<int64_t>::max();  // its counter alone
  absl::StatusOr<SubjectRecords> read = backend.store().ReadSubject(*subject, query);
  if (!read.ok()) return read.status();
  const absl::Status added = backend.AddServices(*subject, query, *read);
  if (!added.ok()) return added;
  *response.mutable_revision() = backend.Newest(names::PartitionOf(*subject));
  response.set_subject_counter(read->subject_counter);
  return response;
}

}  // namespace

ChangeApi::ChangeApi(const server::CallEnvironment* calls, const Backend* backend)
    : backend_(backend),
      stream_changes_(calls, "assay.evidence.v1.ChangeService/StreamChanges"),
      get_revision_(calls, "assay.evidence.v1.ChangeService/GetRevision") {}

grpc::ServerWriteReactor<v1::StreamChangesResponse>* ChangeApi::StreamChanges(
    grpc::CallbackServerContext* context, const v1::StreamChangesRequest* request) {
  using Source = server::PullSource<v1::StreamChangesResponse>;
  return server::StartPull<v1::StreamChangesResponse>(
      stream_changes_, context,
      [&](server::CallContext&) -> absl::StatusOr<std::unique_ptr<Source>> {
        absl::StatusOr<std::unique_ptr<Feed>> feed = Feed::Open(backend_->store(), *request);
        if (!feed.ok()) return feed.status();
        return std::make_unique<FeedSource>(backend_->store(), *std::move(feed));
      });
}

grpc::ServerUnaryReactor* ChangeApi::GetRevision(grpc::CallbackServerContext* context,
                                                 const v1::GetRevisionRequest* request,
                                                 v1::GetRevisionResponse* response) {
  return get_revision_.Pooled(context, request, response, Bound(backend_, &FindRevision));
}

}  // namespace assay::evidence
