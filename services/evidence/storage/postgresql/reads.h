#pragma once

// Statements that read records of subjects and the log, apart from the store so that a test can ask
// the planner how it would run them. Each names its partition.
//
// Those of subjects want the index record_subject and nothing else: they compare subject and
// counter as one value, in whose order only that index is. Compared apart, the planner may walk the
// partition's whole log for the sake of the order of counters. What it guesses of how many records
// a page is chosen from may be far too few, most of all before a table was analyzed, and then it
// would read a subject whole and sort it, once for each page; so reads of subjects forbid that.
//
// Thread safety: pure. Cost: a copy of the names.

#include <cstdint>
#include <vector>

#include "absl/strings/string_view.h"

#include "services/common/postgresql/values.h"
#include "services/evidence/core/row.h"
#include "services/evidence/storage/record_store.h"

namespace assay::evidence::pg {

// To be run before the next one, in its transaction.
postgresql::Statement InOrderStatement();

// The part of a log that `query` asks for, as ASSAY_PG_LOG_COLUMNS: a range of counters, since
// those have no gaps. To be read in order: the planner knows that a partition's rows are scattered
// and not that a range of its counters lies together, and would collect the range and sort it; of a
// range without an end it would sort all that follows, once for each page. It ends with the record
// whose texts reach query.max_bytes: the database adds up their sizes without looking into them,
// and what is beyond would only be sent to be dropped.
postgresql::Statement ReadLogStatement(int32_t partition, const LogQuery& query);

// The records that `query` asks for, as ASSAY_PG_COLUMNS; the texts of the kinds that it wants
// whole, of others the commitments.
postgresql::Statement ReadSubjectStatement(int32_t partition, absl::string_view subject,
                                           const SubjectQuery& query);

// For each of these records of the partition its place among them, from 1, and the hash of the leaf
// before it in its subject's chain; NULL where it is the first.
postgresql::Statement LeavesBeforeStatement(int32_t partition,
                                            const std::vector<const StoredRecord*>& records);

}  // namespace assay::evidence::pg
