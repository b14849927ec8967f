// Reads single subjects from the evidence service.
//
// Thread safety: all methods may be called from any thread. They block. Ownership: keeps the
// channel.
#pragma once

#include <memory>
#include <string>

#include "grpcpp/channel.h"

#include "assay/evidence/v1/change_service.grpc.pb.h"
#include "assay/evidence/v1/record_service.grpc.pb.h"
#include "services/scoring/api/record_reader.h"

namespace assay::scoring {

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
