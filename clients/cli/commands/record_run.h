// What `sample` and `import` do with a source of records: send them to the evidence service, write
// them to files, or only count and show them; with progress, and a summary at the end.
//
// Thread safety: none. Ownership: borrows everything. Cost: that of the records.
#pragma once

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/time/time.h"

#include "clients/cli/ingest/record_source.h"
#include "clients/cli/ingest/sender.h"
#include "clients/cli/net/service.h"
#include "clients/cli/session.h"

namespace CLI {
class App;
}  // namespace CLI

namespace assay::cli {

struct RecordRunOptions {
  // A folder for files in place of the service; empty: none.
  std::string out;
  // Only show what would be written.
  bool dry_run = false;
  // Whether good records are written where others are refused.
  bool allow_partial = false;
  bool json = false;
  bool quiet = false;
  ServiceOptions evidence = [] {
    ServiceOptions options;
    options.kind = kEvidenceService;
    return options;
  }();
};

// How many records of each kind came out of the source.
struct RecordCounts {
  std::int64_t areas = 0;
  std::int64_t providers = 0;
  std::int64_t locations = 0;
  std::int64_t judgements = 0;
  std::int64_t actions = 0;
  std::int64_t corrections = 0;
  std::int64_t services = 0;
  std::int64_t evidence_items = 0;
  std::int64_t overrides = 0;
  std::int64_t publications = 0;
  std::int64_t erasures = 0;

  std::int64_t all() const {
    return areas + providers + locations + judgements + actions + corrections + services +
           evidence_items + overrides + publications + erasures;
  }
};

struct RecordRunReport {
  absl::Status status;
  // What to do about a status that is not OK; may be empty.
  std::string hint;
  RecordCounts counts;
  ingest::SendTotals totals;
  std::int64_t files = 0;
  absl::Duration elapsed;
};

// Adds --json, --quiet and the evidence service's address and TLS options.
void AddRecordRunOptions(CLI::App* command, RecordRunOptions* options);

// Runs the source to its end. With --dry-run and --json every record is a line on stdout.
RecordRunReport RunRecords(const Session& session, ingest::RecordSource* source, const char* label,
                           const RecordRunOptions& options);

// `assay: 1,000 records (...) in 2s: 900 written, 100 unchanged`, with a line for each refusal, and
// the revision to wait for in a read that must see the run.
std::string SummaryOf(const RecordRunReport& report, const RecordRunOptions& options);

// The same as one JSON object on one line. `more` is put before its end: `,"badFiles":0`.
std::string SummaryJsonOf(const RecordRunReport& report, const std::string& more);

}  // namespace assay::cli
