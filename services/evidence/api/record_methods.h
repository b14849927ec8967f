#pragma once

// What the methods of RecordService do, without gRPC: validate, ask the store, convert.
//
// Thread safety: pure over the backend. Cost: blocks on the store, and on the catalogue where a
// version is named for the first time. Errors: the contract's.

#include "absl/status/statusor.h"

#include "assay/evidence/v1/record_service.pb.h"
#include "services/evidence/api/backend.h"

namespace assay::evidence {

absl::StatusOr<v1::Judgement> CreateJudgement(const Backend& backend,
                                              const v1::CreateJudgementRequest& request);
absl::StatusOr<v1::BatchCreateJudgementsResponse> BatchCreateJudgements(
    const Backend& backend, const v1::BatchCreateJudgementsRequest& request);
absl::StatusOr<v1::Judgement> GetJudgement(const Backend& backend,
                                           const v1::GetJudgementRequest& request);
absl::StatusOr<v1::ListJudgementsResponse> ListJudgements(const Backend& backend,
                                                          const v1::ListJudgementsRequest& request);

absl::StatusOr<v1::RegulatoryAction> CreateRegulatoryAction(
    const Backend& backend, const v1::CreateRegulatoryActionRequest& request);
absl::StatusOr<v1::BatchCreateRegulatoryActionsResponse> BatchCreateRegulatoryActions(
    const Backend& backend, const v1::BatchCreateRegulatoryActionsRequest& request);
absl::StatusOr<v1::RegulatoryAction> GetRegulatoryAction(
    const Backend& backend, const v1::GetRegulatoryActionRequest& request);
absl::StatusOr<v1::ListRegulatoryActionsResponse> ListRegulatoryActions(
    const Backend& backend, const v1::ListRegulatoryActionsRequest& request);

absl::StatusOr<v1::CorrectResponse> Correct(const Backend& backend,
                                            const v1::CorrectRequest& request);

// One batch of a stream. What is wrong with it is in the answer's status, never an error of the
// stream, so that the client knows which batch it was. `previous` is the sequence before, the
// lowest number at the start.
v1::IngestRecordsResponse IngestBatch(const Backend& backend,
                                      const v1::IngestRecordsRequest& request, int64_t previous);

absl::StatusOr<v1::GetStateResponse> GetState(const Backend& backend,
                                              const v1::GetStateRequest& request);

}  // namespace assay::evidence
