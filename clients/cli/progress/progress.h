// Progress of work that takes a while, on stderr, and silence for work that does not.
//
//   rating   41 %  [=========>            ]  23,400 rows  11,700 rows/s  3 s left
//
// Nothing is shown in the first two seconds. On a terminal one line is drawn again and again (at
// most ten times a second) and wiped at the end; elsewhere a plain line appears every five seconds,
// so that a log shows that work goes on.
//
// Thread safety: none; used by the thread that works. Cost: a clock reading a call, text only when
// something is drawn; call it for every few thousand items.
#pragma once

#include <cstdint>
#include <functional>
#include <ostream>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"

namespace assay::cli {

struct ProgressOptions {
  // What is being done, one word: "rating". Required.
  std::string label;
  // What is counted, in the plural: "rows". Required.
  std::string unit;
  // How many there are in all. 0: unknown; no share and no time left is shown unless Update is told
  // the share.
  std::int64_t total = 0;
  // Whether `out` is a terminal that can draw a line again. Default no.
  bool terminal = false;
  // Columns of that terminal. Default 80; 0 means 80.
  int width = 80;
  // Never show anything (--quiet). Default no.
  bool quiet = false;
};

class Progress {
 public:
  using Clock = std::function<absl::Time()>;

  // `out` is borrowed and must outlive the progress; `clock` defaults to the system's.
  Progress(ProgressOptions options, std::ostream* out, Clock clock = absl::Now);
  // Wipes what it drew, like Finish.
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  // Says how many are done by now.
  void Update(std::int64_t done);
  // The same with the share of the whole, 0 to 1, where the total is known in other units (bytes).
  void Update(std::int64_t done, double share);

  // Wipes the line; later updates are ignored. Returns the time since construction.
  absl::Duration Finish();

 private:
  std::string Line(std::int64_t done, double share, absl::Duration elapsed) const;

  const ProgressOptions options_;
  std::ostream* const out_;
  const Clock clock_;
  const absl::Time start_;
  absl::Time next_;
  bool drawn_ = false;
  bool finished_ = false;
};

// 1234567 as 1,234,567.
std::string Grouped(std::int64_t number);

}  // namespace assay::cli
