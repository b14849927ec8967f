// Attachments between files and the evidence service, in pieces, so that a file of any size costs a
// piece of memory.
//
// Thread safety: none. Ownership: borrows the stub. Cost: one pass over the file to take its
// digest, one to send it.
#pragma once

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#include "assay/evidence/v1/record_service.grpc.pb.h"
#include "clients/cli/net/service.h"

namespace assay::cli {

// A file that was uploaded.
struct Attached {
  std::string digest;  // SHA-256, 32 bytes
  std::string file_name;
  std::int64_t size = 0;
  bool existed = false;
};

// Uploads a file to a root subject. INVALID_ARGUMENT where the file cannot be read, or changed
// meanwhile; the service's errors.
absl::StatusOr<Attached> UploadFile(const Service& service,
                                    evidence::v1::RecordService::StubInterface* stub,
                                    const std::string& parent, const std::string& path);

// Downloads an attachment into a file, or to stdout for "-"; the bytes are checked against the
// digest, and a file that would be cut short or wrong is not left behind. INVALID_ARGUMENT where
// the file cannot be written, DATA_LOSS where the bytes are others; the service's errors.
absl::Status DownloadFile(const Service& service, evidence::v1::RecordService::StubInterface* stub,
                          const std::string& parent, const std::string& digest,
                          const std::string& path);

}  // namespace assay::cli
