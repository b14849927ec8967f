#include "services/framework/api/improvement_api.h"

namespace assay::framework {

ImprovementApi::ImprovementApi(const server::CallEnvironment* calls)
    : get_success_factor_(calls, "assay.framework.v1.ImprovementService/GetSuccessFactor"),
      list_success_factors_(calls, "assay.framework.v1.ImprovementService/ListSuccessFactors"),
      get_practice_example_(calls, "assay.framework.v1.ImprovementService/GetPracticeExample"),
      list_practice_examples_(calls, "assay.framework.v1.ImprovementService/ListPracticeExamples"),
      search_practice_examples_(calls,
                                "assay.framework.v1.ImprovementService/SearchPracticeExamples"),
      create_practice_example_(calls,
                               "assay.framework.v1.ImprovementService/CreatePracticeExample"),
      update_practice_example_(calls,
                               "assay.framework.v1.ImprovementService/UpdatePracticeExample"),
      review_practice_example_(calls,
                               "assay.framework.v1.ImprovementService/ReviewPracticeExample"),
      estimate_workforce_saving_(calls,
                                 "assay.framework.v1.ImprovementService/EstimateWorkforceSaving") {}

grpc::ServerUnaryReactor* ImprovementApi::GetSuccessFactor(
    grpc::CallbackServerContext* context, const v1::GetSuccessFactorRequest* /*request*/,
    v1::SuccessFactor* /*reply*/) {
  return get_success_factor_.Unimplemented(context);
}

grpc::ServerUnaryReactor* ImprovementApi::ListSuccessFactors(
    grpc::CallbackServerContext* context, const v1::ListSuccessFactorsRequest* /*request*/,
    v1::ListSuccessFactorsResponse* /*reply*/) {
  return list_success_factors_.Unimplemented(context);
}

grpc::ServerUnaryReactor* ImprovementApi::GetPracticeExample(
    grpc::CallbackServerContext* context, const v1::GetPracticeExampleRequest* /*request*/,
    v1::PracticeExample* /*reply*/) {
  return get_practice_example_.Unimplemented(context);
}

grpc::ServerUnaryReactor* ImprovementApi::ListPracticeExamples(
    grpc::CallbackServerContext* context, const v1::ListPracticeExamplesRequest* /*request*/,
    v1::ListPracticeExamplesResponse* /*reply*/) {
  return list_practice_examples_.Unimplemented(context);
}

grpc::ServerUnaryReactor* ImprovementApi::SearchPracticeExamples(
    grpc::CallbackServerContext* context, const v1::SearchPracticeExamplesRequest* /*request*/,
    v1::SearchPracticeExamplesResponse* /*reply*/) {
  return search_practice_examples_.Unimplemented(context);
}

grpc::ServerUnaryReactor* ImprovementApi::CreatePracticeExample(
    grpc::CallbackServerContext* context, const v1::CreatePracticeExampleRequest* /*request*/,
    v1::PracticeExample* /*reply*/) {
  return create_practice_example_.Unimplemented(context);
}

grpc::ServerUnaryReactor* ImprovementApi::UpdatePracticeExample(
    grpc::CallbackServerContext* context, const v1::UpdatePracticeExampleRequest* /*request*/,
    v1::PracticeExample* /*reply*/) {
  return update_practice_example_.Unimplemented(context);
}

grpc::ServerUnaryReactor* ImprovementApi::ReviewPracticeExample(
    grpc::CallbackServerContext* context, const v1::ReviewPracticeExampleRequest* /*request*/,
    v1::PracticeExample* /*reply*/) {
  return review_practice_example_.Unimplemented(context);
}

grpc::ServerUnaryReactor* ImprovementApi::EstimateWorkforceSaving(
    grpc::CallbackServerContext* context, const v1::EstimateWorkforceSavingRequest* /*request*/,
    v1::EstimateWorkforceSavingResponse* /*reply*/) {
  return estimate_workforce_saving_.Unimplemented(context);
}

}  // namespace assay::framework
