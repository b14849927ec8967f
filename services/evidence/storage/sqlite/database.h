#pragma once

// The shared wrapper of SQLite under the names that this engine uses.

#include "absl/strings/string_view.h"

#include "services/common/sqlite/database.h"

namespace assay::evidence::sqlite {

using assay::sqlite::Database;
using assay::sqlite::IsIoError;
using assay::sqlite::Statement;
using assay::sqlite::Use;

// What errors call the file.
inline constexpr absl::string_view kStoreWords = "evidence store";

}  // namespace assay::evidence::sqlite
