#include "services/evidence/api/subject_pages.h"

namespace assay::evidence {

absl::StatusOr<SubjectMoment> ForEachRecord(
    RecordStore& store, const names::Subject& subject, KindSet texts,
    absl::FunctionRef<absl::Status(const SubjectMoment&, const StoredRecord&)> take) {
  SubjectQuery query;
  query.limit = kPageRecords;
  query.texts = texts;
  // Whoever goes through all of them checks the chain.
  query.as_stored = true;
  SubjectMoment moment;
  int64_t end = 0;
  for (bool first = true;; first = false) {
    const absl::StatusOr<SubjectRecords> page = store.ReadSubject(subject, query);
    if (!page.ok()) return page.status();
    if (first) {
      moment = {page->partition_counter, page->subject_counter, page->head};
      // Records of a subject whose counter was lost must still be seen, to be told as damage.
      end = moment.subject_counter > 0 ? moment.subject_counter : moment.partition_counter;
    }
    for (const StoredRecord& stored : page->records) {
      // Recorded while this was read.
      if (stored.position.counter > end) return moment;
      query.after = stored.position.counter;
      const absl::Status taken = take(moment, stored);
      if (!taken.ok()) return taken;
    }
    if (page->records.size() < query.limit) return moment;
  }
}

}  // namespace assay::evidence
