#include "clients/cli/progress/progress.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace assay::cli {
namespace {

constexpr absl::Duration kSilence = absl::Seconds(2);
constexpr absl::Duration kRedraw = absl::Milliseconds(100);
constexpr absl::Duration kLogLine = absl::Seconds(5);
constexpr int kDefaultWidth = 80;
constexpr int kBarColumns = 24;
constexpr double kUnknownShare = -1;

// Time left in the largest unit that still means something.
std::string Left(absl::Duration left) {
  const std::int64_t seconds = std::max<std::int64_t>(1, absl::ToInt64Seconds(left));
  if (seconds < 60) return absl::StrCat(seconds, " s left");
  if (seconds < 3600) return absl::StrFormat("%d min %02d s left", seconds / 60, seconds % 60);
  return absl::StrFormat("%d h %02d min left", seconds / 3600, seconds % 3600 / 60);
}

std::string Bar(double share) {
  const int filled = static_cast<int>(share * kBarColumns);
  std::string bar(static_cast<std::size_t>(filled), '=');
  if (filled < kBarColumns) bar.push_back('>');
  bar.resize(kBarColumns, ' ');
  return bar;
}

}  // namespace

std::string Grouped(std::int64_t number) {
  std::string digits = absl::StrCat(number);
  const int first = number < 0 ? 1 : 0;
  for (int at = static_cast<int>(digits.size()) - 3; at > first; at -= 3) {
    digits.insert(static_cast<std::size_t>(at), ",");
  }
  return digits;
}

Progress::Progress(ProgressOptions options, std::ostream* out, Clock clock)
    : options_(std::move(options)),
      out_(out),
      clock_(std::move(clock)),
      start_(clock_()),
      next_(start_ + kSilence) {}

Progress::~Progress() { Finish(); }

void Progress::Update(std::int64_t done) {
  const double share = options_.total > 0
                           ? static_cast<double>(done) / static_cast<double>(options_.total)
                           : kUnknownShare;
  Update(done, share);
}

void Progress::Update(std::int64_t done, double share) {
  if (finished_ || options_.quiet) return;
  const absl::Time now = clock_();
  if (now < next_) return;
  const std::string line = Line(done, std::min(share, 1.0), now - start_);
  if (options_.terminal) {
    // Cut to the terminal: a line that wraps could not be drawn over.
    const int width = options_.width > 0 ? options_.width : kDefaultWidth;
    *out_ << '\r' << line.substr(0, static_cast<std::size_t>(width - 1)) << "\x1b[K" << std::flush;
    drawn_ = true;
    next_ = now + kRedraw;
  } else {
    *out_ << line << '\n' << std::flush;
    next_ = now + kLogLine;
  }
}

absl::Duration Progress::Finish() {
  const absl::Duration elapsed = clock_() - start_;
  if (!finished_ && drawn_) *out_ << "\r\x1b[K" << std::flush;
  finished_ = true;
  return elapsed;
}

std::string Progress::Line(std::int64_t done, double share, absl::Duration elapsed) const {
  const double seconds = std::max(absl::ToDoubleSeconds(elapsed), 1e-9);
  const auto rate = static_cast<std::int64_t>(std::llround(static_cast<double>(done) / seconds));
  std::string line = options_.label;
  if (share >= 0) {
    absl::StrAppendFormat(&line, "  %3d %%", static_cast<int>(share * 100));
    if (options_.terminal) absl::StrAppend(&line, "  [", Bar(share), "]");
  }
  absl::StrAppend(&line, "  ", Grouped(done), " ", options_.unit, "  ", Grouped(rate), " ",
                  options_.unit, "/s");
  if (share > 0) absl::StrAppend(&line, "  ", Left(elapsed * ((1 - share) / share)));
  return line;
}

}  // namespace assay::cli
