#include "services/evidence/api/change_methods.h"

#include <algorithm>

#include "services/common/errors/violations.h"
#include "services/common/names/partition.h"
#include "services/evidence/core/bearing.h"
#include "services/evidence/core/checks.h"
#include "services/evidence/core/stored.h"

namespace assay::evidence {
namespace {

// Records of a subject looked at in one read: most often the newest bears.
constexpr size_t kAtOnce = 8;

// Where a subject stood when it was first read.
struct Standing {
  // The partition's newest counter then.
  int64_t partition_counter = 0;
  // That of the subject's newest record that a rating may rest on; 0: there is none.
  int64_t newest = 0;
};

absl::StatusOr<Standing> StandingOf(RecordStore& store, const names::Subject& subject) {
  Standing standing;
  SubjectQuery query;
  query.kinds = BearingKinds();
  query.newest_first = true;
  query.limit = kAtOnce;
  query.texts = KindSet();
  for (bool first = true;; first = false) {
    const absl::StatusOr<SubjectRecords> read = store.ReadSubject(subject, query);
    if (!read.ok()) return read.status();
    if (first) standing.partition_counter = read->partition_counter;
    for (const StoredRecord& stored : read->records) {
      const absl::StatusOr<bool> bears = BearsOnRatings(stored);
      if (!bears.ok()) return bears.status();
      query.before = stored.position.counter;
      if (!*bears) continue;
      standing.newest = stored.position.counter;
      return standing;
    }
    if (read->records.size() < query.limit) return standing;
  }
}

}  // namespace

absl::StatusOr<v1::GetRevisionResponse> GetRevision(const Backend& backend,
                                                    const v1::GetRevisionRequest& request) {
  v1::GetRevisionResponse response;
  if (request.subject().empty()) {
    *response.mutable_revision() = backend.Newest();
    return response;
  }
  errors::Violations bad;
  const absl::optional<names::Subject> subject = CheckSubject("subject", request.subject(), bad);
  if (!bad.empty()) return bad.ToStatus();
  const absl::StatusOr<Standing> own = StandingOf(backend.store(), *subject);
  if (!own.ok()) return own.status();
  const absl::StatusOr<std::vector<names::Subject>> services = backend.ServicesOf(*subject);
  if (!services.ok()) return services.status();
  int64_t newest = own->newest;
  for (const names::Subject& service : *services) {
    const absl::StatusOr<Standing> standing = StandingOf(backend.store(), service);
    if (!standing.ok()) return standing.status();
    newest = std::max(newest, standing->newest);
  }
  // The revision of the first read: all that was recorded by then is counted, and what was written
  // since may be. A later revision would claim what the first read could not have seen.
  *response.mutable_revision() =
      RevisionOf(backend.store().epoch(), {names::PartitionOf(*subject), own->partition_counter});
  response.set_subject_counter(newest);
  return response;
}

}  // namespace assay::evidence
