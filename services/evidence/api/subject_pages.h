#pragma once

// Reads a subject's whole history page by page, as it stands when the first page is read, so that
// its length and its texts cost the memory of one page.
//
// Thread safety: pure over the store. Cost: blocks on the store, a read a page.

#include <cstddef>
#include <cstdint>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"

#include "services/common/digest/digest.h"
#include "services/common/names/names.h"
#include "services/evidence/core/kind_set.h"
#include "services/evidence/core/row.h"
#include "services/evidence/storage/record_store.h"

namespace assay::evidence {

// Records read at once: long texts of so many are what is held.
inline constexpr size_t kPageRecords = 64;

// The moment of the first page; as SubjectRecords.
struct SubjectMoment {
  int64_t partition_counter = 0;
  int64_t subject_counter = 0;
  digest::Digest head;
};

// Calls `take` for every record that the subject had at that moment, in the order of recording; an
// error of it ends the reading and is returned. `texts`: as SubjectQuery. The moment is returned
// for a subject without records too.
absl::StatusOr<SubjectMoment> ForEachRecord(
    RecordStore& store, const names::Subject& subject, KindSet texts,
    absl::FunctionRef<absl::Status(const SubjectMoment&, const StoredRecord&)> take);

}  // namespace assay::evidence
