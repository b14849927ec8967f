// Rates a whole CSV file without any server: reads, rates and writes row by row.
//
// Nothing is written where a cell is wrong: rows go to a file beside the target that takes its
// place at the end, or for standard output and other pipes to a temporary file that is copied at
// the end.
//
// Thread safety: none; one run at a time an object. Cost: memory for one row whatever the size of
// the file; a few microseconds a row.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#include "clients/cli/rate/layout.h"
#include "clients/cli/rate/method.h"

namespace assay::cli {

struct RateFileOptions {
  // CSV file to read; `-` is standard input. Required.
  std::string in;
  // CSV file to write; `-` is standard output. May be the one that is read. Required.
  std::string out;
  ColumnOptions columns;
};

// What a run did, in rows.
struct RateReport {
  std::int64_t rows = 0;       // rows of the file
  std::int64_t kept = 0;       // of these, kept by --where and written
  std::int64_t rated = 0;      // of these, with an overall outcome
  std::int64_t compared = 0;   // of these, compared with a published outcome
  std::int64_t agreed = 0;     // of these, equal to it
  std::int64_t differing = 0;  // of those kept, with a given outcome that differs from the computed
};

// A row whose outcome is not the published one.
struct Disagreement {
  std::int64_t row = 0;  // 1 for the first after the header
  std::string id;
  std::string rule;       // empty where there is no outcome
  std::string published;  // in words; empty for none
  std::string rated;      // in words; empty for none
};

// Called while the work goes on; any may be empty.
struct RateObserver {
  // Once, when the header is understood.
  std::function<void(const Layout&)> on_layout;
  // Each disagreement, in the order of rows, as long as no cell is wrong.
  std::function<void(const Disagreement&)> on_disagreement;
  // Every few hundred rows: rows so far, bytes of the file so far.
  std::function<void(std::int64_t rows, std::int64_t bytes)> on_progress;
};

// Rates `options.in` into `options.out`. INVALID_ARGUMENT with every violation of the header, or
// every bad cell (at most BadCells::kMaxKept, then their number), or a file that is no CSV;
// NOT_FOUND, PERMISSION_DENIED for files; RESOURCE_EXHAUSTED where the disk is full.
absl::StatusOr<RateReport> RateFile(const RateFileOptions& options, const Method& method,
                                    const RateObserver& observer);

}  // namespace assay::cli
