#pragma once

// Writes for tests of stores, and a folder to keep stores in. Payloads are any text: an engine
// never looks into them.
//
// Thread safety: pure functions. Ownership: a TemporaryFolder removes itself and what is in it.

#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"

#include "services/common/digest/random.h"
#include "services/common/names/names.h"
#include "services/evidence/storage/record_store.h"

namespace assay::evidence {

class TemporaryFolder {
 public:
  TemporaryFolder();
  ~TemporaryFolder();
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;

  std::string File(absl::string_view name) const;

 private:
  std::string path_;
};

// Well-formed names only; ends the process otherwise.
names::Subject SubjectOf(absl::string_view name);
int32_t PartitionOf(absl::string_view name);

// 16 bytes that `number` tells apart.
std::string Id(uint64_t number);

// States of the registry.
Write LocationWrite(absl::string_view name, absl::string_view payload = "state");
Write ProviderWrite(absl::string_view name, absl::string_view payload = "state");
Write AreaWrite(absl::string_view name, int32_t area_kind, int32_t from, int32_t before);

// A judgement of a subject, with the id Id(number) and the payload "judgement <number>".
Write JudgementWrite(absl::string_view subject, uint64_t number);
// The judgement `number` as a correction of `superseded`.
Write CorrectionWrite(absl::string_view subject, uint64_t number, uint64_t superseded);

// An erasure of the judgement `number`.
Write ErasureWrite(absl::string_view subject, uint64_t number);

// `write` under the request id Id(number), with a fingerprint of `body`.
Write Under(Write write, uint64_t number, absl::string_view body = "body");

Batch BatchOf(std::vector<Write> writes, bool allow_partial = false);

}  // namespace assay::evidence
