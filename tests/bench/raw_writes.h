#pragma once

// The bare equivalents that the record's figures stand beside: the same rows of the log alone, with
// its key and its one large index, without request ids, sources, chains or decisions.
//
// Thread safety: none. Ends the process where the database fails.

#include <cstddef>
#include <string>
#include <vector>

#include "services/evidence/core/row.h"

namespace assay::evidence {

// Multi-row inserts of 20 rows into a new SQLite file, one commit a batch, with the engine's own
// settings.
void InsertRaw(const std::string& path, const std::vector<Write>& writes, size_t batch_size);

// COPY BINARY into a new, unpartitioned table of an empty database, one commit a batch. Returns the
// seconds of the copies alone.
double CopyRaw(const std::string& url, const std::vector<Write>& writes, size_t batch_size);

}  // namespace assay::evidence
