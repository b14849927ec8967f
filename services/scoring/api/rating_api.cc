#include "services/scoring/api/rating_api.h"

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "services/common/errors/errors.h"
#include "services/common/errors/rpc_status.h"
#include "services/common/server/byte_buffer.h"
#include "services/common/server/pull_stream.h"
#include "services/scoring/api/splice.h"
#include "services/scoring/api/watch_source.h"

namespace assay::scoring {
namespace {

using server::CallContext;
using server::PendingAnswer;

void Fail(const PendingAnswer& pending, const absl::Status& status) {
  if (pending.Claim()) pending.Finish(status);
}

ReadQuery QueryOf(AskedSubject subject, const Moment& moment, View view) {
  const std::uint64_t at_least = moment.at_least ? moment.at_least->At(subject.partition) : 0;
  return {std::move(subject.name),
          subject.partition,
          moment.day,
          moment.known_at,
          view,
          static_cast<std::int64_t>(at_least)};
}

// Puts a rating's bytes into the reply, with the revision that it rests on where one is told.
void Give(CallContext& call, const std::string& revision, const ReadAnswer& answer,
          grpc::ByteBuffer* reply) {
  if (!answer.ok()) return;
  // An assignment would copy the list of slices.
  server::SharedBytes(*answer).Swap(reply);
  if (!revision.empty()) call.AddInitialMetadata(kRevisionKey, revision);
}

// One entry of BatchGetRatingsResponse.
void AppendEntry(const std::string& name, const ReadAnswer& answer, std::string* out) {
  enum Field { kEntries = 1, kName = 1, kRating = 2, kStatus = 3 };
  std::string status;
  if (!answer.ok()) status = errors::ToRpcStatus(answer.status()).SerializeAsString();
  const absl::string_view body = answer.ok() ? absl::string_view(**answer) : status;
  AppendHead(kEntries, FieldSize(name.size()) + FieldSize(body.size()), out);
  AppendField(kName, name, out);
  AppendField(answer.ok() ? kRating : kStatus, body, out);
}

// BatchGetRatingsResponse with its entries in the order asked; `answers` are those of the names
// that are names of ratings.
grpc::ByteBuffer SpliceEntries(const BatchQuestion& question,
                               const std::vector<ReadAnswer>& answers) {
  std::size_t size = 0;
  for (const ReadAnswer& answer : answers) size += answer.ok() ? (*answer)->size() + 64 : 256;
  auto out = std::make_shared<std::string>();
  out->reserve(size);
  auto next = answers.begin();
  for (std::size_t i = 0; i < question.names.size(); ++i) {
    const absl::Status& named = question.subjects[i].status();
    AppendEntry(question.names[i], named.ok() ? *next++ : ReadAnswer(named), out.get());
  }
  return server::SharedBytes(std::move(out));
}

std::vector<ReadQuery> QueriesOf(const BatchQuestion& question) {
  std::vector<ReadQuery> queries;
  queries.reserve(question.subjects.size());
  for (const absl::StatusOr<AskedSubject>& subject : question.subjects) {
    if (!subject.ok()) continue;
    // What a batch waits for, it has waited for in all partitions before it is read.
    queries.push_back(QueryOf(*subject, question.moment, question.view));
    queries.back().at_least = 0;
  }
  return queries;
}

}  // namespace

RatingApi::RatingApi(const server::CallEnvironment* calls, const Serving& serving)
    : serving_(serving),
      get_rating_(calls, "assay.scoring.v1.RatingService/GetRating"),
      batch_get_ratings_(calls, "assay.scoring.v1.RatingService/BatchGetRatings"),
      explain_rating_(calls, "assay.scoring.v1.RatingService/ExplainRating"),
      watch_ratings_(calls, "assay.scoring.v1.RatingService/WatchRatings"),
      list_ratings_(calls, "assay.scoring.v1.RatingService/ListRatings"),
      export_ratings_(calls, "assay.scoring.v1.RatingService/ExportRatings"),
      get_rating_history_(calls, "assay.scoring.v1.RatingService/GetRatingHistory") {}

template <class Request>
grpc::ServerUnaryReactor* RatingApi::AnswerOne(const server::Method& method,
                                               grpc::CallbackServerContext* context,
                                               const grpc::ByteBuffer& request,
                                               grpc::ByteBuffer* reply) const {
  ReadQuery query;
  std::optional<revision::RevisionVector> at_least;
  const bool tell_revision = context->client_metadata().count(kWantRevisionKey) != 0;
  const auto now = [&](CallContext& call) -> std::optional<absl::Status> {
    auto asked = server::ParseRequest<Request>(request);
    if (!asked.ok()) return asked.status();
    auto valid = Validate(*asked, serving_.today->present());
    if (!valid.ok()) return valid.status();
    query = QueryOf(std::move(valid->subject), valid->moment, valid->view);
    at_least = std::move(valid->moment.at_least);
    call.set_subject(query.subject);
    if (at_least) return std::nullopt;
    return TryAnswer(call, query, tell_revision, reply);
  };
  const auto later = [&](CallContext& call, const PendingAnswer& pending) {
    Answer(call, std::move(query), at_least, tell_revision, reply, pending);
  };
  return method.RunNowOrLater(context, now, later);
}

std::optional<absl::Status> RatingApi::TryAnswer(CallContext& call, const ReadQuery& query,
                                                 bool tell_revision,
                                                 grpc::ByteBuffer* reply) const {
  const std::string revision = tell_revision ? serving_.RevisionNow(query.partition) : "";
  const std::optional<ReadAnswer> near = serving_.reader->TryRead(query);
  if (!near) return std::nullopt;
  Give(call, revision, *near, reply);
  return near->status();
}

void RatingApi::Answer(CallContext& call, ReadQuery query,
                       const std::optional<revision::RevisionVector>& at_least, bool tell_revision,
                       grpc::ByteBuffer* reply, const PendingAnswer& pending) const {
  const names::Partition partition = query.partition;
  const auto ask = [this, &call, query = std::move(query), tell_revision, reply,
                    pending](absl::Status reached) {
    if (!reached.ok()) return Fail(pending, reached);
    // In the meantime the answer may have come within reach.
    if (const std::optional<absl::Status> near = TryAnswer(call, query, tell_revision, reply)) {
      if (pending.Claim()) pending.Finish(*near);
      return;
    }
    const std::string revision = tell_revision ? serving_.RevisionNow(query.partition) : "";
    serving_.reader->Read({query}, call.deadline(),
                          [&call, revision, reply, pending](const std::vector<ReadAnswer>& found) {
                            if (!pending.Claim()) return;
                            Give(call, revision, found.front(), reply);
                            pending.Finish(found.front().status());
                          });
  };
  serving_.Await(at_least, partition, call.deadline(), ask);
}

grpc::ServerUnaryReactor* RatingApi::GetRating(grpc::CallbackServerContext* context,
                                               const grpc::ByteBuffer* request,
                                               grpc::ByteBuffer* reply) {
  return AnswerOne<v1::GetRatingRequest>(get_rating_, context, *request, reply);
}

grpc::ServerUnaryReactor* RatingApi::ExplainRating(grpc::CallbackServerContext* context,
                                                   const grpc::ByteBuffer* request,
                                                   grpc::ByteBuffer* reply) {
  return AnswerOne<v1::ExplainRatingRequest>(explain_rating_, context, *request, reply);
}

std::optional<grpc::ByteBuffer> RatingApi::TryAnswerBatch(const BatchQuestion& question) const {
  std::vector<ReadAnswer> answers;
  answers.reserve(question.subjects.size());
  for (const ReadQuery& query : QueriesOf(question)) {
    std::optional<ReadAnswer> kept = serving_.reader->TryKept(query);
    if (!kept) return std::nullopt;
    answers.push_back(*std::move(kept));
  }
  return SpliceEntries(question, answers);
}

void RatingApi::AnswerBatch(CallContext& call, BatchQuestion question, grpc::ByteBuffer* reply,
                            const PendingAnswer& pending) const {
  std::vector<ReadQuery> queries = QueriesOf(question);
  serving_.reader->Read(
      std::move(queries), call.deadline(),
      [reply, pending, question = std::move(question)](const std::vector<ReadAnswer>& answers) {
        if (!pending.Claim()) return;
        SpliceEntries(question, answers).Swap(reply);
        pending.Finish(absl::OkStatus());
      });
}

grpc::ServerUnaryReactor* RatingApi::BatchGetRatings(grpc::CallbackServerContext* context,
                                                     const grpc::ByteBuffer* request,
                                                     grpc::ByteBuffer* reply) {
  std::optional<BatchQuestion> question;
  const auto now = [&](CallContext&) -> std::optional<absl::Status> {
    auto asked = server::ParseRequest<v1::BatchGetRatingsRequest>(*request);
    if (!asked.ok()) return asked.status();
    auto valid = Validate(*asked, serving_.today->present());
    if (!valid.ok()) return valid.status();
    question = *std::move(valid);
    if (question->moment.at_least) return std::nullopt;
    std::optional<grpc::ByteBuffer> kept = TryAnswerBatch(*question);
    if (!kept) return std::nullopt;
    kept->Swap(reply);
    return absl::OkStatus();
  };
  const auto later = [&](CallContext& call, const PendingAnswer& pending) {
    // The callback has a copy: moving the question would empty the revision that is waited for.
    serving_.Await(question->moment.at_least, -1, call.deadline(),
                   [this, &call, question = *question, reply, pending](absl::Status reached) {
                     if (!reached.ok()) return Fail(pending, reached);
                     AnswerBatch(call, question, reply, pending);
                   });
  };
  return batch_get_ratings_.RunNowOrLater(context, now, later);
}

grpc::ServerWriteReactor<grpc::ByteBuffer>* RatingApi::WatchRatings(
    grpc::CallbackServerContext* context, const grpc::ByteBuffer* request) {
  using Source = server::PullSource<grpc::ByteBuffer>;
  return server::StartPull<grpc::ByteBuffer>(
      watch_ratings_, context, [&](CallContext&) -> absl::StatusOr<std::unique_ptr<Source>> {
        auto asked = server::ParseRequest<v1::WatchRatingsRequest>(*request);
        if (!asked.ok()) return asked.status();
        auto question = Validate(*asked);
        if (!question.ok()) return question.status();
        return WatchSource::Open(serving_, *std::move(question), asked->send_initial());
      });
}

grpc::ServerUnaryReactor* RatingApi::ListRatings(grpc::CallbackServerContext* context,
                                                 const v1::ListRatingsRequest*,
                                                 v1::ListRatingsResponse*) {
  return list_ratings_.Unimplemented(context);
}

grpc::ServerWriteReactor<v1::ExportRatingsResponse>* RatingApi::ExportRatings(
    grpc::CallbackServerContext* context, const v1::ExportRatingsRequest*) {
  using Source = server::PullSource<v1::ExportRatingsResponse>;
  return server::StartPull<v1::ExportRatingsResponse>(
      export_ratings_, context, [](CallContext&) -> absl::StatusOr<std::unique_ptr<Source>> {
        return errors::Unimplemented("RatingService.ExportRatings");
      });
}

grpc::ServerUnaryReactor* RatingApi::GetRatingHistory(grpc::CallbackServerContext* context,
                                                      const v1::GetRatingHistoryRequest*,
                                                      v1::GetRatingHistoryResponse*) {
  return get_rating_history_.Unimplemented(context);
}

}  // namespace assay::scoring
