#pragma once

// The shared wrapper of SQLite under the names that this engine uses.

#include "services/common/sqlite/database.h"

namespace assay::evidence::sqlite {

using assay::sqlite::Database;
using assay::sqlite::IsIoError;
using assay::sqlite::Statement;
using assay::sqlite::Use;

// What errors call the file.
inline constexpr char kStoreWords[] = "evidence store";

}  // namespace assay::evidence::sqlite
