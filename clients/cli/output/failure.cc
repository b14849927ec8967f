#include "clients/cli/output/failure.h"

#include <map>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/time/time.h"

#include "services/common/errors/errors.h"

namespace assay::cli {
namespace {

// What is said in place of a message that only repeats the violations below it.
std::string Headline(const absl::Status& status, std::size_t violations) {
  if (violations > 0) {
    const std::map<std::string, std::string> metadata = errors::Metadata(status);
    const auto counted = metadata.find("violations");  // also those that were too many to name
    const std::string count =
        counted == metadata.end() ? absl::StrCat(violations) : counted->second;
    return count == "1" ? "one thing is wrong:" : absl::StrCat(count, " things are wrong:");
  }
  if (!status.message().empty()) return std::string(status.message());
  return absl::StrCat("failed: ", absl::StatusCodeToString(status.code()));
}

// Each line made harmless by itself: messages of ours may have several.
std::string ShownLines(absl::string_view text) {
  std::string out;
  for (const absl::string_view line : absl::StrSplit(text, '\n')) {
    absl::StrAppend(&out, out.empty() ? "" : "\n  ", Shown(line));
  }
  return out;
}

}  // namespace

ExitCode ExitCodeOf(const absl::Status& status) {
  switch (status.code()) {
    case absl::StatusCode::kOk:
      return ExitCode::kDone;
    case absl::StatusCode::kNotFound:
      return ExitCode::kNo;
    case absl::StatusCode::kInvalidArgument:
    case absl::StatusCode::kOutOfRange:
    case absl::StatusCode::kFailedPrecondition:
    case absl::StatusCode::kAlreadyExists:
    case absl::StatusCode::kAborted:
    case absl::StatusCode::kPermissionDenied:
    case absl::StatusCode::kUnauthenticated:
      return ExitCode::kBadInput;
    default:
      return ExitCode::kUnavailable;
  }
}

std::string FailureBlock(const absl::Status& status, absl::string_view hint, const Style& style) {
  const std::vector<errors::Violation> violations = errors::FieldViolations(status);
  std::string out = absl::StrCat(style.Paint(Tone::kBad, "assay:"), " ",
                                 ShownLines(Headline(status, violations.size())), "\n");
  for (const errors::Violation& violation : violations) {
    absl::StrAppend(&out, "  ", violation.field.empty() ? "" : Shown(violation.field) + ": ",
                    Shown(violation.description), "\n");
  }
  const absl::optional<absl::Duration> retry = errors::RetryDelay(status);
  if (retry.has_value()) {
    absl::StrAppend(&out, "  the service asks to try again in ", absl::FormatDuration(*retry),
                    "\n");
  }
  if (!hint.empty()) absl::StrAppend(&out, "try: ", hint, "\n");
  return out;
}

}  // namespace assay::cli
