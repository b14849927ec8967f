#pragma once

// ImprovementService over gRPC: every method answers UNIMPLEMENTED, as the contract marks it.
//
// Thread safety: serves calls from any number of threads. Ownership: borrows what it is made with.
// Cost: that of the adapter.

#include "grpcpp/server_context.h"
#include "grpcpp/support/server_callback.h"

#include "assay/framework/v1/improvement_service.grpc.pb.h"
#include "services/common/server/method.h"

namespace assay::framework {

class ImprovementApi final : public v1::ImprovementService::CallbackService {
 public:
  // Borrows `calls`, which outlives the server.
  explicit ImprovementApi(const server::CallEnvironment* calls);

  grpc::ServerUnaryReactor* GetSuccessFactor(grpc::CallbackServerContext* context,
                                             const v1::GetSuccessFactorRequest* request,
                                             v1::SuccessFactor* reply) override;
  grpc::ServerUnaryReactor* ListSuccessFactors(grpc::CallbackServerContext* context,
                                               const v1::ListSuccessFactorsRequest* request,
                                               v1::ListSuccessFactorsResponse* reply) override;
  grpc::ServerUnaryReactor* GetPracticeExample(grpc::CallbackServerContext* context,
                                               const v1::GetPracticeExampleRequest* request,
                                               v1::PracticeExample* reply) override;
  grpc::ServerUnaryReactor* ListPracticeExamples(grpc::CallbackServerContext* context,
                                                 const v1::ListPracticeExamplesRequest* request,
                                                 v1::ListPracticeExamplesResponse* reply) override;
  grpc::ServerUnaryReactor* SearchPracticeExamples(
      grpc::CallbackServerContext* context, const v1::SearchPracticeExamplesRequest* request,
      v1::SearchPracticeExamplesResponse* reply) override;
  grpc::ServerUnaryReactor* CreatePracticeExample(grpc::CallbackServerContext* context,
                                                  const v1::CreatePracticeExampleRequest* request,
                                                  v1::PracticeExample* reply) override;
  grpc::ServerUnaryReactor* UpdatePracticeExample(grpc::CallbackServerContext* context,
                                                  const v1::UpdatePracticeExampleRequest* request,
                                                  v1::PracticeExample* reply) override;
  grpc::ServerUnaryReactor* ReviewPracticeExample(grpc::CallbackServerContext* context,
                                                  const v1::ReviewPracticeExampleRequest* request,
                                                  v1::PracticeExample* reply) override;
  grpc::ServerUnaryReactor* EstimateWorkforceSaving(
      grpc::CallbackServerContext* context, const v1::EstimateWorkforceSavingRequest* request,
      v1::EstimateWorkforceSavingResponse* reply) override;

 private:
  const server::Method get_success_factor_;
  const server::Method list_success_factors_;
  const server::Method get_practice_example_;
  const server::Method list_practice_examples_;
  const server::Method search_practice_examples_;
  const server::Method create_practice_example_;
  const server::Method update_practice_example_;
  const server::Method review_practice_example_;
  const server::Method estimate_workforce_saving_;
};

}  // namespace assay::framework
