#pragma once

// What is checked of a store's file before it is used: that it is SQLite's, ours, of a version that
// this software knows, and whole.
//
// Thread safety: none; called while a store is opened. Cost: CheckIntegrity reads the whole file,
// about a second for each GiB; the others a few pages.

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

#include "services/common/sqlite/database.h"

namespace assay::sqlite {

// What a store writes into the head of its file.
struct StoreFormat {
  // What messages call it ("evidence store"); must outlive the call.
  absl::string_view store;
  // SQLite's `application_id`; never 0.
  int64_t application_id = 0;
  // The newest `user_version` that this software writes.
  int schema_version = 0;
};

// Refuses, before SQLite touches it, a file that is not SQLite's. A missing or empty file is fine.
// FAILED_PRECONDITION or UNAVAILABLE.
absl::Status CheckHeader(const StoreFormat& format, const std::string& path);

// Refuses, before anything is written, another application's database and a newer version's. An
// empty one is fine. FAILED_PRECONDITION.
absl::Status CheckOwner(const StoreFormat& format, Database& database, const std::string& path);

// SQLite's own check of every page. DATA_LOSS where it finds something.
absl::Status CheckIntegrity(Database& database);

}  // namespace assay::sqlite
