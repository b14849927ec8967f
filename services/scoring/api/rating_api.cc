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

ReadQuery QueryOf(const RatingQuestion& question, names::Partition partition) {
  const Moment& moment = question.moment;
  const std::uint64_t at_least = moment.at_least ? moment.at_least->At(partition) : 0;
  return {question.subject, moment.day, moment.known_at, question.view,
          static_cast<std::int64_t>(at_least)};
}

names::Partition PartitionOf(const std::string& subject) {
  // It was parsed when the request was validated.
  return names::PartitionOf(*names::Subject::Parse(subject));
}

// BatchGetRatingsResponse with its entries in the order asked.
std::string SpliceEntries(const BatchQuestion& question, const std::vector<ReadAnswer>& answers) {
  enum Field { kEntries = 1, kName = 1, kRating = 2, kStatus = 3 };
  std::string out;
  std::size_t size = 0;
  for (const ReadAnswer& answer : answers) size += answer.ok() ? (*answer)->size() + 64 : 256;
  out.reserve(size);
  std::string entry;
  for (std::size_t i = 0; i < answers.size(); ++i) {
    entry.clear();
    AppendField(kName, question.names[i], &entry);
    if (answers[i].ok()) {
      AppendField(kRating, **answers[i], &entry);
    } else {
      AppendField(kStatus, errors::ToRpcStatus(answers[i].status()).SerializeAsString(), &entry);
    }
    AppendField(kEntries, entry, &out);
  }
  return out;
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

void RatingApi::Answer(CallContext& call, const RatingQuestion& question, grpc::ByteBuffer* reply,
                       const PendingAnswer& pending) const {
  const auto give = [&call, reply, pending](const std::string& revision, const ReadAnswer& answer) {
    if (!pending.Claim()) return;
    if (answer.ok()) {
      *reply = server::SharedBytes(*answer);
      if (!revision.empty()) call.AddInitialMetadata(kRevisionKey, revision);
    }
    pending.Finish(answer.status());
  };
  const names::Partition partition = PartitionOf(question.subject);
  serving_.Await(question.moment.at_least, partition, call.deadline(),
                 [this, &call, query = QueryOf(question, partition), partition, give,
                  pending](absl::Status reached) {
                   if (!reached.ok()) return Fail(pending, reached);
                   const std::string revision = serving_.RevisionNow(partition);
                   if (std::optional<ReadAnswer> near = serving_.reader->TryRead(query)) {
                     return give(revision, *near);
                   }
                   serving_.reader->Read({query}, call.deadline(),
                                         [give, revision](const std::vector<ReadAnswer>& answers) {
                                           give(revision, answers.front());
                                         });
                 });
}

grpc::ServerUnaryReactor* RatingApi::GetRating(grpc::CallbackServerContext* context,
                                               const grpc::ByteBuffer* request,
                                               grpc::ByteBuffer* reply) {
  return get_rating_.RunAsync(context, [&](CallContext& call, PendingAnswer pending) {
    auto asked = server::ParseRequest<v1::GetRatingRequest>(*request);
    if (!asked.ok()) return Fail(pending, asked.status());
    auto question = Validate(*asked, serving_.today->day());
    if (!question.ok()) return Fail(pending, question.status());
    call.set_subject(question->subject);
    Answer(call, *question, reply, pending);
  });
}

grpc::ServerUnaryReactor* RatingApi::ExplainRating(grpc::CallbackServerContext* context,
                                                   const grpc::ByteBuffer* request,
                                                   grpc::ByteBuffer* reply) {
  return explain_rating_.RunAsync(context, [&](CallContext& call, PendingAnswer pending) {
    auto asked = server::ParseRequest<v1::ExplainRatingRequest>(*request);
    if (!asked.ok()) return Fail(pending, asked.status());
    auto question = Validate(*asked, serving_.today->day());
    if (!question.ok()) return Fail(pending, question.status());
    call.set_subject(question->subject);
    Answer(call, *question, reply, pending);
  });
}

void RatingApi::AnswerBatch(CallContext& call, BatchQuestion question, grpc::ByteBuffer* reply,
                            const PendingAnswer& pending) const {
  std::vector<ReadQuery> queries;
  for (const absl::StatusOr<std::string>& subject : question.subjects) {
    if (!subject.ok()) continue;
    queries.push_back({*subject, question.moment.day, question.moment.known_at, question.view});
  }
  serving_.reader->Read(
      std::move(queries), call.deadline(),
      [reply, pending, question = std::move(question)](const std::vector<ReadAnswer>& found) {
        if (!pending.Claim()) return;
        std::vector<ReadAnswer> answers;
        auto next = found.begin();
        for (const absl::StatusOr<std::string>& subject : question.subjects) {
          answers.push_back(subject.ok() ? *next++ : ReadAnswer(subject.status()));
        }
        *reply = server::SharedBytes(
            std::make_shared<const std::string>(SpliceEntries(question, answers)));
        pending.Finish(absl::OkStatus());
      });
}

grpc::ServerUnaryReactor* RatingApi::BatchGetRatings(grpc::CallbackServerContext* context,
                                                     const grpc::ByteBuffer* request,
                                                     grpc::ByteBuffer* reply) {
  return batch_get_ratings_.RunAsync(context, [&](CallContext& call, PendingAnswer pending) {
    auto asked = server::ParseRequest<v1::BatchGetRatingsRequest>(*request);
    if (!asked.ok()) return Fail(pending, asked.status());
    auto question = Validate(*asked, serving_.today->day());
    if (!question.ok()) return Fail(pending, question.status());
    // The callback has a copy: moving the question would empty the revision that is waited for.
    serving_.Await(question->moment.at_least, -1, call.deadline(),
                   [this, &call, question = *question, reply, pending](absl::Status reached) {
                     if (!reached.ok()) return Fail(pending, reached);
                     AnswerBatch(call, question, reply, pending);
                   });
  });
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
