// Reads single subjects from the evidence service.
//
// Thread safety: all methods may be called from any thread. They block. Ownership: keeps the
// channel.
#pragma once

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "grpcpp/channel.h"
#include "grpcpp/support/status.h"

#include "assay/evidence/v1/change_service.grpc.pb.h"
#include "assay/evidence/v1/record_service.grpc.pb.h"
#include "services/scoring/api/record_reader.h"

namespace assay::scoring {

// What a caller of scoring is told where a call to the record about a subject ended with `status`.
// What the record says of the subject is the answer: NOT_FOUND, DATA_LOSS, RESOURCE_EXHAUSTED, and
// INVALID_ARGUMENT of `name` where it has more records than one answer may hold. That the record
// cannot be asked is a fault of ours: UNAVAILABLE (DEPENDENCY_UNAVAILABLE).
absl::Status StatusOfRecord(const grpc::Status& status);

class EvidenceClient final : public RecordReader {
 public:
  explicit EvidenceClient(const std::shared_ptr<grpc::Channel>& channel);

  absl::StatusOr<SubjectPosition> PositionOf(const std::string& subject,
                                             absl::Time deadline) override;
  absl::StatusOr<RecordedHistory> HistoryOf(const std::string& subject,
                                            std::optional<absl::Time> known_at,
                                            absl::Time deadline) override;

 private:
  const std::unique_ptr<evidence::v1::ChangeService::Stub> changes_;
  const std::unique_ptr<evidence::v1::RecordService::Stub> records_;
};

}  // namespace assay::scoring
