#include "services/common/postgresql/status.h"

#include <algorithm>
#include <iterator>

#include "absl/strings/ascii.h"
#include "absl/strings/cord.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/types/optional.h"

#include "services/common/errors/errors.h"

namespace assay::postgresql {
namespace {

// Lacks the prefix of public details, so it stays in the process.
constexpr char kSqlStateUrl[] = "assay.invalid/sqlstate";

constexpr absl::string_view kConflicts[] = {"40001", "40P01", "55P03"};
// Too many connections, shutdown by an administrator or a crash, starting up, a standby.
constexpr absl::string_view kAbsent[] = {"25006", "53300", "57P01", "57P02", "57P03", "57P05"};
constexpr absl::string_view kRefused[] = {"28000", "28P01", "3D000", "42501"};
constexpr absl::string_view kDamaged[] = {"XX001", "XX002"};

template <size_t N>
bool IsOneOf(absl::string_view state, const absl::string_view (&states)[N]) {
  return std::find(std::begin(states), std::end(states), state) != std::end(states);
}

absl::Status Classify(absl::string_view dependency, absl::string_view state,
                      absl::string_view detail) {
  if (state.empty() || absl::StartsWith(state, "08") || IsOneOf(state, kAbsent) ||
      IsOneOf(state, kConflicts)) {
    return errors::DependencyUnavailable(dependency, detail);
  }
  if (state == "53100") return errors::DiskFull(dependency, detail);
  if (IsOneOf(state, kDamaged)) return errors::Corrupt(dependency, detail);
  if (IsOneOf(state, kRefused)) {
    return errors::WithPrivateDetail(
        absl::FailedPreconditionError(
            absl::StrCat(dependency, ": PostgreSQL refuses the connection or the table (SQLSTATE ",
                         state, "); want a database that exists and a role that may use it")),
        detail);
  }
  return errors::Internal(dependency, detail);
}

}  // namespace

absl::Status ErrorOf(absl::string_view dependency, absl::string_view sqlstate,
                     absl::string_view text) {
  std::string detail(absl::StripAsciiWhitespace(text));
  if (!sqlstate.empty()) absl::StrAppend(&detail, " (SQLSTATE ", sqlstate, ")");
  absl::Status status = Classify(dependency, sqlstate, detail);
  if (!sqlstate.empty()) status.SetPayload(kSqlStateUrl, absl::Cord(sqlstate));
  return status;
}

std::string SqlState(const absl::Status& status) {
  const absl::optional<absl::Cord> state = status.GetPayload(kSqlStateUrl);
  return state.has_value() ? std::string(*state) : std::string();
}

bool MayRunAgain(const absl::Status& status) { return IsOneOf(SqlState(status), kConflicts); }

}  // namespace assay::postgresql
