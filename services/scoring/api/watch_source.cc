#include "services/scoring/api/watch_source.h"

#include <utility>

#include "services/common/errors/errors.h"
#include "services/common/revision/revision_proto.h"
#include "services/common/server/byte_buffer.h"
#include "services/scoring/api/splice.h"

namespace assay::scoring {
namespace {

// Fields of WatchRatingsResponse.
enum Field { kRating = 1, kLeft = 2, kCaughtUp = 3 };

grpc::ByteBuffer Bytes(std::string bytes) {
  return server::SharedBytes(std::make_shared<const std::string>(std::move(bytes)));
}

}  // namespace

absl::StatusOr<std::unique_ptr<server::PullSource<grpc::ByteBuffer>>> WatchSource::Open(
    const Serving& serving, WatchQuestion question, bool send_initial) {
  if (!serving.book->ready()) return errors::NotReady("the book", absl::Seconds(1));
  for (const AskedSubject& location : question.locations) {
    if (!serving.book->CounterOf(location.name, location.partition)) {
      return errors::NotFound(errors::ResourceType::kLocation, location.name);
    }
  }
  for (const std::string& area : question.areas) {
    if (!serving.book->AreaOf(area, std::nullopt)) {
      return errors::NotFound(errors::ResourceType::kArea, area);
    }
  }
  return std::unique_ptr<server::PullSource<grpc::ByteBuffer>>(
      new WatchSource(serving, std::move(question), send_initial));
}

WatchSource::~WatchSource() {
  if (watcher_ != nullptr) watcher_->Close();
}

void WatchSource::Start(server::Waker waker) {
  watcher_ = std::make_shared<Watcher>(waker);
  std::vector<std::string> topics = question_.areas;
  for (const AskedSubject& location : question_.locations) topics.push_back(location.name);
  serving_.hub->Follow(topics, watcher_);
  serving_.Await(question_.at_least, -1, absl::InfiniteFuture(),
                 [reached = reached_, waker](absl::Status status) {
                   {
                     absl::MutexLock lock(&reached->mutex);
                     reached->known = true;
                     reached->status = std::move(status);
                   }
                   waker();
                 });
}

void WatchSource::AddInitial() {
  for (const AskedSubject& location : question_.locations) watcher_->Add({location.name, false});
  for (const std::string& area : question_.areas) {
    serving_.book->ForEachIn(area, serving_.today->day(), std::nullopt,
                             [this](const AreaMember& member) {
                               watcher_->Add({std::string(member.subject), false});
                             });
  }
}

bool WatchSource::Render(const Move& move, std::string* out) const {
  if (move.left) {
    AppendField(kLeft, move.subject + "/rating", out);
    return true;
  }
  // The subject comes from the book, whose names are well formed.
  const names::Partition partition = names::PartitionOf(*names::Subject::Parse(move.subject));
  const ReadQuery query{move.subject, partition, serving_.today->day(), std::nullopt,
                        question_.view};
  std::optional<ReadAnswer> near = serving_.reader->TryRead(query);
  if (near) {
    if (near->ok()) AppendField(kRating, ***near, out);
    return near->ok();
  }
  absl::StatusOr<RenderedRating> rendered =
      serving_.book->Render(query.subject, query.day, std::nullopt, query.view);
  if (rendered.ok()) AppendField(kRating, rendered->bytes, out);
  return rendered.ok();
}

server::Pull WatchSource::Next(server::CallContext&, grpc::ByteBuffer* message) {
  {
    absl::MutexLock lock(&reached_->mutex);
    if (!reached_->known) return server::Pull::Wait();
    if (!reached_->status.ok()) return server::Pull::End(reached_->status);
  }
  if (!begun_) {
    begun_ = true;
    if (send_initial_) AddInitial();
  }
  // Read before the moves are: what moves after it is sent after it.
  const revision::RevisionVector reached = serving_.gate->Reached();
  std::string bytes;
  while (absl::optional<Move> move = watcher_->Take()) {
    if (!Render(*move, &bytes)) continue;
    owes_caught_up_ = true;
    *message = Bytes(std::move(bytes));
    return server::Pull::Message();
  }
  if (!owes_caught_up_) return server::Pull::Wait();
  owes_caught_up_ = false;
  AppendField(kCaughtUp, revision::RevisionToProto(reached).SerializeAsString(), &bytes);
  *message = Bytes(std::move(bytes));
  return server::Pull::Message();
}

}  // namespace assay::scoring
