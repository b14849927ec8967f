#pragma once

// Stands for a store that is damaged as a whole, so that what was shipped is served all the same:
// it holds nothing, and everything else fails as the opening did. It never touches the store.
//
// Thread safety: all methods from any thread. Cost: none.

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"

#include "services/framework/storage/version_store.h"

namespace assay::framework {

class DamagedVersionStore final : public VersionStore {
 public:
  // `why` is DATA_LOSS.
  explicit DamagedVersionStore(absl::Status why) : why_(std::move(why)) {}

  absl::StatusOr<std::vector<HeldVersion>> ReadAll() override { return std::vector<HeldVersion>(); }
  absl::StatusOr<absl::optional<HeldVersion>> Read(absl::string_view) override { return why_; }
  absl::StatusOr<absl::optional<HeldVersion>> FindAnswer(const Request&) override { return why_; }
  absl::StatusOr<HeldVersion> Write(const HeldVersion&, const Request&) override { return why_; }
  absl::StatusOr<std::int64_t> Generation() override { return 0; }
  absl::Status Check() override { return why_; }

 private:
  const absl::Status why_;
};

}  // namespace assay::framework
