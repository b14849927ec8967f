#include "services/evidence/storage/sqlite/wal_wiper.h"

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"

namespace assay::evidence::sqlite {
namespace {

std::string BusyTimeout(absl::Duration wait) {
  return absl::StrCat("PRAGMA busy_timeout = ", absl::ToInt64Milliseconds(wait));
}

}  // namespace

bool WalWiper::Empty() {
  const absl::StatusOr<int64_t> before = database_.Ask("PRAGMA busy_timeout");
  if (!before.ok() || !database_.Run(BusyTimeout(kBusy).c_str()).ok()) return false;
  const absl::StatusOr<int64_t> busy = database_.Ask("PRAGMA wal_checkpoint(TRUNCATE)");
  database_.Run(BusyTimeout(absl::Milliseconds(*before)).c_str()).IgnoreError();
  return busy.ok() && *busy == 0;
}

void WalWiper::Try() {
  if (!wanted_ || Clock::now() < due_) return;
  wanted_ = !Empty();
  due_ = wanted_ ? Clock::now() + absl::ToChronoMilliseconds(kRetry) : Clock::time_point();
  if (told_ == wanted_) return;
  told_ = wanted_;
  if (listener_) listener_(told_);
}

}  // namespace assay::evidence::sqlite
