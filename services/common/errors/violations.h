#pragma once

// Collects everything that is wrong with one request, so that its author sees it all at once.
//
//   Violations bad;
//   if (score < 1 || score > 4) bad.Add("judgement.score", score, "a whole number from 1 to 4");
//   if (name.empty()) bad.Add("judgement.item", "", "an item id such as safe.learning-culture");
//   if (!bad.empty()) return bad.ToStatus(ResourceType::kJudgement);
//
// Thread safety: none; one object belongs to one call. Cost: allocates only when something is
// wrong, and never more than the limits below, whatever the request holds.

#include <cstddef>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

#include "services/common/errors/resource_type.h"

namespace assay::errors {

// One thing that is wrong: the field's path in the request, and `got X, want Y`.
struct Violation {
  std::string field;
  std::string description;
};

class Violations {
 public:
  // At most this many are kept; the rest are counted and told as "and N more".
  static constexpr size_t kMaxKept = 100;
  // At most this many bytes of all fields and descriptions together are kept. A gRPC client refuses
  // trailers over 8 KiB by default, and the details travel there in base64.
  static constexpr size_t kMaxBytes = 3584;
  // The status message names as many violations as fit in this many bytes; the details name all
  // kept.
  static constexpr size_t kMaxMessageBytes = 512;
  // A field path, a received value and a description of what was wanted are cut to these many
  // bytes.
  static constexpr size_t kMaxFieldBytes = 120;
  static constexpr size_t kMaxGotBytes = 64;
  static constexpr size_t kMaxWantBytes = 240;

  // Notes that `field` held `got` (text or a number) where `want` was expected. An empty `got` is
  // shown as "nothing". Text may hold any bytes: it is made valid UTF-8 and cut.
  void Add(absl::string_view field, const absl::AlphaNum& got, absl::string_view want);

  // Notes a violation whose description does not fit "got, want" (two fields that exclude another).
  void AddText(absl::string_view field, absl::string_view description);

  // Takes over everything in `inner`, each field prefixed with `prefix` and a dot.
  void AddAll(absl::string_view prefix, const Violations& inner);

  bool empty() const { return count_ == 0; }
  // How many were added, kept or not.
  size_t count() const { return count_; }
  const std::vector<Violation>& kept() const { return kept_; }

  // OK when nothing was added; else INVALID_ARGUMENT with reason REQUEST_INVALID, or the given
  // resource's own reason (JUDGEMENT_INVALID), and a BadRequest with every violation kept.
  absl::Status ToStatus() const;
  absl::Status ToStatus(ResourceType type) const;

 private:
  void Keep(std::string field, std::string description);
  std::string Message() const;

  std::vector<Violation> kept_;
  size_t kept_bytes_ = 0;
  size_t count_ = 0;
};

}  // namespace assay::errors
