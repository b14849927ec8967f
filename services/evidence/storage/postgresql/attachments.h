#pragma once

// Attachments in PostgreSQL: pieces of up to 1 MiB under a random upload id, and one row by root
// and digest that makes them whole.
//
// Thread safety: a writer or reader is used by one thread at a time; the pool is theirs to share.
// Ownership: borrows the pool. Cost: one transaction a piece that is written, one statement a piece
// that is read; no transaction and no connection is held between them.

#include <cstdint>
#include <memory>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"

#include "services/common/names/names.h"
#include "services/common/postgresql/pool.h"
#include "services/evidence/storage/record_store.h"

namespace assay::evidence::pg {

absl::StatusOr<std::unique_ptr<AttachmentWriter>> StartUpload(postgresql::Pool& pool,
                                                              const names::Subject& root,
                                                              const digest::Digest& digest,
                                                              int64_t size, absl::Time now);

absl::StatusOr<std::unique_ptr<AttachmentReader>> StartDownload(postgresql::Pool& pool,
                                                                const names::Subject& root,
                                                                const digest::Digest& digest);

// Removes what was uploaded before `before` and that no record names, and pieces of uploads from
// before then that were not finished: another replica's may be under way. When a store is opened.
absl::Status DropStrays(postgresql::Connection& connection, absl::Time before);

}  // namespace assay::evidence::pg
