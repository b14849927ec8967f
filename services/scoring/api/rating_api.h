// assay.scoring.v1.RatingService. Answers are bytes that were rendered once and are passed on as
// they are (decision 5).
//
// Thread safety: as any gRPC service. Ownership: borrows the environment and what serves.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "grpcpp/support/byte_buffer.h"
#include "grpcpp/support/server_callback.h"

#include "assay/scoring/v1/rating_service.grpc.pb.h"
#include "services/common/server/method.h"
#include "services/scoring/api/serving.h"

namespace assay::scoring {

// Raw where bytes are passed on; plain callbacks where the method is not built.
using RawRatingService = v1::RatingService::WithRawCallbackMethod_GetRating<
    v1::RatingService::WithRawCallbackMethod_BatchGetRatings<
        v1::RatingService::WithRawCallbackMethod_ExplainRating<
            v1::RatingService::WithRawCallbackMethod_WatchRatings<
                v1::RatingService::WithCallbackMethod_ListRatings<
                    v1::RatingService::WithCallbackMethod_ExportRatings<
                        v1::RatingService::WithCallbackMethod_GetRatingHistory<
                            v1::RatingService::Service>>>>>>>;

class RatingApi final : public RawRatingService {
 public:
  RatingApi(const server::CallEnvironment* calls, const Serving& serving);

  // Its methods that take bytes, for the runner.
  static std::vector<std::string> RawMethods() {
    return {"GetRating", "BatchGetRatings", "ExplainRating", "WatchRatings"};
  }

  grpc::ServerUnaryReactor* GetRating(grpc::CallbackServerContext* context,
                                      const grpc::ByteBuffer* request,
                                      grpc::ByteBuffer* reply) override;
  grpc::ServerUnaryReactor* BatchGetRatings(grpc::CallbackServerContext* context,
                                            const grpc::ByteBuffer* request,
                                            grpc::ByteBuffer* reply) override;
  grpc::ServerUnaryReactor* ExplainRating(grpc::CallbackServerContext* context,
                                          const grpc::ByteBuffer* request,
                                          grpc::ByteBuffer* reply) override;
  grpc::ServerWriteReactor<grpc::ByteBuffer>* WatchRatings(
      grpc::CallbackServerContext* context, const grpc::ByteBuffer* request) override;

  grpc::ServerUnaryReactor* ListRatings(grpc::CallbackServerContext* context,
                                        const v1::ListRatingsRequest*,
                                        v1::ListRatingsResponse*) override;
  grpc::ServerWriteReactor<v1::ExportRatingsResponse>* ExportRatings(
      grpc::CallbackServerContext* context, const v1::ExportRatingsRequest*) override;
  grpc::ServerUnaryReactor* GetRatingHistory(grpc::CallbackServerContext* context,
                                             const v1::GetRatingHistoryRequest*,
                                             v1::GetRatingHistoryResponse*) override;

 private:
  // One question and its answer: the same for GetRating and ExplainRating.
  template <class Request>
  grpc::ServerUnaryReactor* AnswerOne(const server::Method& method,
                                      grpc::CallbackServerContext* context,
                                      const grpc::ByteBuffer& request,
                                      grpc::ByteBuffer* reply) const;
  // Answers from memory; nothing where the answer is elsewhere.
  std::optional<absl::Status> TryAnswer(server::CallContext& call, const ReadQuery& query,
                                        bool tell_revision, grpc::ByteBuffer* reply) const;
  // Answers from wherever it is, once `at_least` is reached.
  void Answer(server::CallContext& call, ReadQuery query,
              const std::optional<revision::RevisionVector>& at_least, bool tell_revision,
              grpc::ByteBuffer* reply, const server::PendingAnswer& pending) const;
  // Answers a batch of which every rating is kept in memory; nothing where one is not.
  std::optional<grpc::ByteBuffer> TryAnswerBatch(const BatchQuestion& question) const;
  void AnswerBatch(server::CallContext& call, BatchQuestion question, grpc::ByteBuffer* reply,
                   const server::PendingAnswer& pending) const;

  const Serving serving_;
  const server::Method get_rating_;
  const server::Method batch_get_ratings_;
  const server::Method explain_rating_;
  const server::Method watch_ratings_;
  const server::Method list_ratings_;
  const server::Method export_ratings_;
  const server::Method get_rating_history_;
};

}  // namespace assay::scoring
