#pragma once

// Attachments in SQLite: rows of up to 1 MiB under a random upload id, and one row by root and
// digest that makes them whole.
//
// Thread safety: a writer or reader is used by one thread at a time; pool and committer are theirs
// to share. Ownership: borrows committer and pool. Cost: one transaction a piece that is written,
// one short read a piece that is read.

#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

#include "services/common/names/names.h"
#include "services/evidence/storage/record_store.h"
#include "services/evidence/storage/sqlite/committer.h"
#include "services/evidence/storage/sqlite/reader_pool.h"

namespace assay::evidence::sqlite {

absl::StatusOr<std::unique_ptr<AttachmentWriter>> StartUpload(Committer& committer,
                                                              ReaderPool& readers,
                                                              const names::Subject& root,
                                                              const digest::Digest& digest,
                                                              int64_t size, absl::Time now);

absl::StatusOr<std::unique_ptr<AttachmentReader>> StartDownload(ReaderPool& readers,
                                                                const names::Subject& root,
                                                                const digest::Digest& digest);

// Removes an attachment that no record names any more, in the transaction that is open.
absl::Status DropUnused(Database& database, int32_t partition, absl::string_view root,
                        absl::string_view digest);

// Removes pieces of uploads that were not finished, and attachments that were uploaded before
// `before` and that no record names. When a store is opened.
absl::Status DropStrays(Database& database, absl::Time before);

}  // namespace assay::evidence::sqlite
