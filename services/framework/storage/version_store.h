#pragma once

// Where drafts and published versions are kept, in domain words. Engines: SQLite (sqlite/) and
// PostgreSQL (postgresql/), which pass one contract suite,
// tests/framework/storage/version_store_contract.h; and what stands for one that is damaged
// (damaged_version_store.h).
//
// Thread safety: all methods from any thread. Cost: each blocks on the engine: call it on a pool.
// Errors of every method: UNAVAILABLE (DEPENDENCY_UNAVAILABLE), DATA_LOSS (DATA_CORRUPT), INTERNAL;
// of a write also RESOURCE_EXHAUSTED (DISK_FULL): nothing was written.

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/optional.h"

#include "services/framework/core/held_version.h"

namespace assay::framework {

// Which request a write answers.
struct Request {
  // A UUID in lower case; empty: the caller gave none, and the write is not remembered.
  std::string id;
  // 32 bytes that tell apart the methods and bodies that may come under one id.
  std::string fingerprint;
};

class VersionStore {
 public:
  virtual ~VersionStore() = default;

  // Everything the store holds, by name.
  virtual absl::StatusOr<std::vector<HeldVersion>> ReadAll() = 0;

  // The version of this name; absent: none.
  virtual absl::StatusOr<absl::optional<HeldVersion>> Read(absl::string_view name) = 0;

  // What the request was answered before; absent: it is new, or has no id. ALREADY_EXISTS
  // (REQUEST_ID_REUSED): its id was used with another fingerprint.
  virtual absl::StatusOr<absl::optional<HeldVersion>> FindAnswer(const Request& request) = 0;

  // Puts `next` in place of the version that has next.revision (0: of none), and remembers it as
  // the request's answer, both or neither; durable once it returns. The answer has the next
  // revision, and the seal of that. ABORTED (ETAG_MISMATCH): another write came first;
  // ALREADY_EXISTS (REQUEST_ID_REUSED). A request that was answered meanwhile gets that answer, and
  // nothing is written.
  virtual absl::StatusOr<HeldVersion> Write(const HeldVersion& next, const Request& request) = 0;

  // A number that grows with every write of any process; cheap.
  virtual absl::StatusOr<std::int64_t> Generation() = 0;

  // Whether it can be read and written, as far as that is known without writing; cheap.
  virtual absl::Status Check() = 0;
};

}  // namespace assay::framework
