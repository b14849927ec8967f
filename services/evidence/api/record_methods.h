#pragma once

// What the methods of RecordService do, without gRPC: validate, ask the store, convert.
//
// Thread safety: pure over the backend. Cost: blocks on the store, and on the catalogue where a
// version is named for the first time. Errors: the contract's.

#include <cstddef>
#include <cstdint>
#include <map>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#include "assay/evidence/v1/record_service.pb.h"
#include "services/common/errors/violations.h"
#include "services/evidence/api/backend.h"
#include "services/evidence/core/batch.h"

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

absl::StatusOr<v1::Override> CreateOverride(const Backend& backend,
                                            const v1::CreateOverrideRequest& request);
absl::StatusOr<v1::BatchCreateOverridesResponse> BatchCreateOverrides(
    const Backend& backend, const v1::BatchCreateOverridesRequest& request);
absl::StatusOr<v1::Override> GetOverride(const Backend& backend,
                                         const v1::GetOverrideRequest& request);
absl::StatusOr<v1::ListOverridesResponse> ListOverrides(const Backend& backend,
                                                        const v1::ListOverridesRequest& request);

absl::StatusOr<v1::Publication> CreatePublication(const Backend& backend,
                                                  const v1::CreatePublicationRequest& request);
absl::StatusOr<v1::BatchCreatePublicationsResponse> BatchCreatePublications(
    const Backend& backend, const v1::BatchCreatePublicationsRequest& request);
absl::StatusOr<v1::Publication> GetPublication(const Backend& backend,
                                               const v1::GetPublicationRequest& request);
absl::StatusOr<v1::ListPublicationsResponse> ListPublications(
    const Backend& backend, const v1::ListPublicationsRequest& request);

absl::StatusOr<v1::EvidenceItem> CreateEvidenceItem(const Backend& backend,
                                                    const v1::CreateEvidenceItemRequest& request);
absl::StatusOr<v1::BatchCreateEvidenceItemsResponse> BatchCreateEvidenceItems(
    const Backend& backend, const v1::BatchCreateEvidenceItemsRequest& request);
absl::StatusOr<v1::EvidenceItem> GetEvidenceItem(const Backend& backend,
                                                 const v1::GetEvidenceItemRequest& request);
absl::StatusOr<v1::ListEvidenceItemsResponse> ListEvidenceItems(
    const Backend& backend, const v1::ListEvidenceItemsRequest& request);

absl::StatusOr<v1::CorrectResponse> Correct(const Backend& backend,
                                            const v1::CorrectRequest& request);

absl::StatusOr<v1::EraseResponse> Erase(const Backend& backend, const v1::EraseRequest& request);

// A batch of a stream made into writes, with what was found wrong before it reached the store.
struct PreparedIngest {
  int64_t sequence = 0;
  // Not OK: the batch is refused as a whole, and goes to no store.
  absl::Status status;
  // One write for each of the request, in its order. Those with faults are stand-ins: the store
  // says what else is wrong.
  Batch batch;
  // Which request each write was.
  std::vector<v1::RecordWrite::WriteCase> kinds;
  // What is wrong with a batch that is written whole or not at all; then it is only checked, unless
  // all of it may have been answered before.
  errors::Violations bad;
  bool check_only = false;
  // What is wrong with single writes of a batch that is written without them, by their place.
  struct Fault {
    errors::Violations bad;
    bool stand_in = false;
  };
  std::map<size_t, Fault> faults;
};

// The first half of a batch of a stream, which may run while the batch before is being written.
// `previous` is the sequence before, the lowest number at the start.
PreparedIngest PrepareIngest(const Backend& backend, const v1::IngestRecordsRequest& request,
                             int64_t previous);
// The other half: what became of it. `result` is of use where the batch went to the store. What is
// wrong with the batch is in the answer's status, never an error of the stream, so that the client
// knows which batch it was.
v1::IngestRecordsResponse AnswerIngest(const Backend& backend, const PreparedIngest& prepared,
                                       const BatchResult& result);

// Both halves, with the write between them.
v1::IngestRecordsResponse IngestBatch(const Backend& backend,
                                      const v1::IngestRecordsRequest& request, int64_t previous);

absl::StatusOr<v1::GetStateResponse> GetState(const Backend& backend,
                                              const v1::GetStateRequest& request);

}  // namespace assay::evidence
