// Sends records to the evidence service in batches, several on their way at a time.
//
// A run that was cut off is simply run again: each record has the same request id every time, so
// that what is written already counts as unchanged.
//
// Thread safety: pure but for the network; blocks its thread. Cost: memory for the batches on their
// way, at most window times a mebibyte.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#include "assay/evidence/v1/record_service.grpc.pb.h"
#include "clients/cli/ingest/record_source.h"

namespace assay::ingest {

// What became of the records that were sent and answered so far.
struct SendTotals {
  // Refusals that are kept; the count goes on.
  static constexpr std::size_t kMaxRefusals = 100;

  std::int64_t sent = 0;       // in batches that were answered
  std::int64_t written = 0;    // recorded anew
  std::int64_t unchanged = 0;  // known already
  std::int64_t refused = 0;
  // The token of a revision that covers every batch that was answered OK; empty: none was.
  std::string revision;
  std::vector<std::string> refusals;  // "locations/1-102: ..."
};

struct SendOptions {
  // Batches without an answer, 1 to 8; the service refuses more. Default 4.
  int window = 4;
  // Records in a batch, 1 to 5,000. Default 2,000.
  int batch_records = 2000;
  // Bytes in a batch; one record may be more. Default 1 MiB; the service takes 4 MiB.
  std::size_t batch_bytes = std::size_t{1} << 20;
  // Whether a batch with bad records is written without them; else it ends the run. Default no.
  bool allow_partial = false;
  // Called after every answer with the totals. Empty: not called.
  std::function<void(const SendTotals&)> on_answer;
};

// What a run came to: the totals hold for what was answered, whether or not it went well.
struct SendResult {
  absl::Status status;
  SendTotals totals;
};

// Sends everything in `source`. The status is that of the source where it fails (what came before
// is sent), of the first batch that was refused, or of the connection.
SendResult SendRecords(evidence::v1::RecordService::StubInterface* stub, RecordSource* source,
                       const SendOptions& options);

// Whose record a write is: `locations/1-102`.
const std::string& SubjectOf(const evidence::v1::RecordWrite& write);

}  // namespace assay::ingest
