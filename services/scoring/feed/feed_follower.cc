#include "services/scoring/feed/feed_follower.h"

#include <algorithm>
#include <utility>

#include "google/protobuf/arena.h"

#include "services/common/errors/errors.h"
#include "services/common/revision/revision_proto.h"
#include "services/common/server/batch_arena.h"
#include "services/common/server/connection_health.h"
#include "services/common/server/logging.h"
#include "services/common/server/status_conversion.h"
#include "services/scoring/core/render.h"
#include "services/scoring/feed/evidence_client.h"
#include "services/scoring/feed/feed_stream.h"

namespace assay::scoring {
namespace {

constexpr char kFramework[] = "framework";

absl::Status NoStream() { return errors::NotReady("the change feed", absl::Seconds(1)); }

}  // namespace

FeedFollower::FeedFollower(const Options& options, const std::shared_ptr<grpc::Channel>& channel,
                           Book& book, RevisionGate& gate, catalogue::ModelSource& models,
                           std::shared_ptr<spdlog::logger> log, std::function<void()> on_renewed)
    : options_(options),
      channel_(channel),
      stub_(evidence::v1::ChangeService::NewStub(channel)),
      book_(book),
      gate_(gate),
      models_(models),
      log_(std::move(log)),
      on_renewed_(std::move(on_renewed)),
      record_(NoStream()) {}

FeedFollower::~FeedFollower() { Stop(); }

void FeedFollower::Start() {
  thread_ = std::thread([this] { Run(); });
}

void FeedFollower::Stop() {
  {
    absl::MutexLock lock(&mutex_);
    stopping_ = true;
    if (context_ != nullptr) context_->TryCancel();
  }
  if (thread_.joinable()) thread_.join();
}

absl::Status FeedFollower::RecordHealth() const {
  {
    absl::ReaderMutexLock lock(&mutex_);
    if (missing_model_.ok()) return record_;
  }
  return server::ConnectionHealth(*channel_, "evidence");
}

absl::Status FeedFollower::ModelsHealth() const {
  absl::ReaderMutexLock lock(&mutex_);
  return missing_model_;
}

void FeedFollower::NoteRunning() {
  absl::MutexLock lock(&mutex_);
  record_ = absl::OkStatus();
  missing_model_ = absl::OkStatus();
}

void FeedFollower::NoteModels() {
  absl::MutexLock lock(&mutex_);
  missing_model_ = absl::OkStatus();
}

void FeedFollower::NoteEnd(const absl::Status& ended) {
  const bool misses_model = errors::Metadata(ended)["dependency"] == kFramework;
  absl::MutexLock lock(&mutex_);
  record_ = misses_model ? NoStream() : ended;
  missing_model_ = misses_model ? ended : absl::OkStatus();
}

bool FeedFollower::Pause(absl::Duration wait) {
  absl::MutexLock lock(&mutex_);
  mutex_.AwaitWithTimeout(absl::Condition(&stopping_), wait);
  return !stopping_;
}

void FeedFollower::Run() {
  absl::Duration wait = options_.first_wait;
  bool from_start = true;
  bool loaded = false;
  do {
    const absl::Time begun = absl::Now();
    // Replicas that know the same methods share what they render, so all are known from the start.
    absl::Status ended = LoadModels();
    loaded = loaded || ended.ok();
    // Once they are, the record goes on without the framework service: what is new is asked for
    // when a change names it.
    if (loaded) ended = Follow(from_start);
    // A record that was renewed, or a counter that was skipped, cannot be gone on with.
    from_start = absl::IsFailedPrecondition(ended);
    NoteEnd(ended);
    if (absl::Now() - begun > options_.longest_wait) wait = options_.first_wait;
    const bool damaged = absl::IsDataLoss(ended);
    server::LogEvent(*log_, damaged ? spdlog::level::err : spdlog::level::warn,
                     damaged ? "the record is damaged; ratings stay as they are until it is mended"
                             : "change feed ended",
                     {{"cause", std::string(ended.message())}, {"from_start", from_start}});
    if (!Pause(wait)) return;
    wait = std::min(wait * 2, options_.longest_wait);
  } while (true);
}

absl::Status FeedFollower::LoadModels() {
  auto models = models_.All();
  if (!models.ok()) return errors::DependencyUnavailable(kFramework, models.status().message());
  for (auto& model : *models) {
    absl::Status added = AddModel(std::move(model));
    if (!added.ok()) return added;
  }
  NoteModels();
  return absl::OkStatus();
}

absl::Status FeedFollower::AddModel(std::shared_ptr<const model::CompiledModel> model) {
  if (book_.models().IndexOf(model->name()) >= 0) return absl::OkStatus();
  const absl::Status added = book_.AddModel(std::move(model));
  if (!added.ok()) return errors::DependencyUnavailable(kFramework, added.message());
  on_renewed_();
  return absl::OkStatus();
}

absl::Status FeedFollower::Follow(bool from_start) {
  grpc::ClientContext context;
  context.set_wait_for_ready(true);
  {
    absl::MutexLock lock(&mutex_);
    if (stopping_) return errors::Draining();
    context_ = &context;
  }
  evidence::v1::StreamChangesRequest request;
  // No rating rests on a text; what does not come here cannot come up in a cache or a log.
  request.set_without_texts(true);
  if (!from_start && book_.epoch() != 0) {
    *request.mutable_after() = revision::RevisionToProto(book_.Reached());
  }
  absl::Status taken;
  grpc::Status ended;
  {
    // The stream must go before its context.
    FeedStream stream(*stub_, context, request);
    google::protobuf::Arena arena(server::BatchArena());
    while (taken.ok()) {
      auto* const message =
          google::protobuf::Arena::CreateMessage<evidence::v1::StreamChangesResponse>(&arena);
      if (!stream.Read(*message)) break;
      taken = Take(*message);
      arena.Reset();
    }
    if (!taken.ok()) context.TryCancel();
    ended = stream.Finish();
  }
  {
    absl::MutexLock lock(&mutex_);
    context_ = nullptr;
  }
  if (!taken.ok()) return taken;
  if (ended.error_code() == grpc::StatusCode::FAILED_PRECONDITION) return server::FromGrpc(ended);
  // That is not mended by trying again: it says what is damaged, and whoever asks is told.
  return StatusOfRecord(ended);
}

absl::Status FeedFollower::Take(const evidence::v1::StreamChangesResponse& message) {
  if (message.has_checkpoint()) {
    absl::StatusOr<revision::RevisionVector> checkpoint =
        revision::RevisionFromProto(message.checkpoint(), "checkpoint");
    if (!checkpoint.ok()) return checkpoint.status();
    if (checkpoint->epoch() != book_.epoch()) {
      book_.Reset(checkpoint->epoch());
      gate_.Reset(checkpoint->epoch());
      on_renewed_();
    }
  }
  for (const evidence::v1::Change& change : message.changes()) {
    absl::Status taken = TakeChange(change);
    if (!taken.ok()) return taken;
  }
  gate_.Advance(book_.Commit());
  if (message.caught_up() && !book_.ready()) {
    book_.SetReady();
    server::LogEvent(*log_, spdlog::level::info, "caught up with the record",
                     {{"locations", static_cast<int64_t>(book_.locations())}});
  }
  NoteRunning();
  return absl::OkStatus();
}

absl::Status FeedFollower::TakeChange(const evidence::v1::Change& change) {
  const std::string version = VersionOf(change.record());
  if (!version.empty() && book_.models().IndexOf(version) < 0) {
    // Without the method nothing can be said of the subject: wait for it rather than skip.
    auto model = models_.Find(version);
    if (!model.ok()) return errors::DependencyUnavailable(kFramework, model.status().message());
    absl::Status added = AddModel(*std::move(model));
    if (!added.ok()) return added;
  }
  absl::Status applied = book_.Apply(change);
  if (!absl::IsDataLoss(applied)) return applied;
  server::LogEvent(*log_, spdlog::level::err, "a location's history cannot be held",
                   {{"subject", change.record().subject()},
                    {"counter", change.counter()},
                    {"cause", std::string(errors::PrivateDetail(applied))}});
  return absl::OkStatus();
}

}  // namespace assay::scoring
