#pragma once

// What the methods of the three services share: the store, the day, the catalogue, revisions. No
// gRPC.
//
// Thread safety: all methods from any thread. Ownership: borrows everything it is made with, which
// outlives it. Cost: reads and writes block on the store: call them on a pool.

#include <cstdint>
#include <string>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "google/protobuf/repeated_field.h"

#include "assay/evidence/v1/record.pb.h"
#include "assay/type/v1/revision.pb.h"
#include "services/common/catalogue/model_source.h"
#include "services/common/clock/clock.h"
#include "services/common/clock/day.h"
#include "services/common/clock/id_source.h"
#include "services/common/digest/random.h"
#include "services/common/digest/signing.h"
#include "services/common/names/names.h"
#include "services/common/revision/revision.h"
#include "services/evidence/core/prepare.h"
#include "services/evidence/storage/record_store.h"

namespace assay::evidence {

// What a backend is made of.
struct BackendParts {
  RecordStore* store = nullptr;
  const clock::Clock* clock = nullptr;
  const clock::LondonCalendar* calendar = nullptr;
  clock::IdSource* ids = nullptr;
  catalogue::ModelSource* models = nullptr;
  digest::RandomSource* random = nullptr;
  // Signs checkpoints.
  const digest::SigningKey* ledger_key = nullptr;
};

class Backend {
 public:
  using VersionNames = absl::flat_hash_set<std::string>;
  using Revisions = google::protobuf::RepeatedPtrField<type::v1::Revision>;

  explicit Backend(const BackendParts& parts) : parts_(parts) {}
  Backend(const Backend&) = delete;
  Backend& operator=(const Backend&) = delete;

  RecordStore& store() const { return *parts_.store; }
  const digest::SigningKey& ledger_key() const { return *parts_.ledger_key; }
  const clock::Clock& clock() const { return *parts_.clock; }
  absl::Time Now() const { return parts_.clock->Now(); }
  // Today in Europe/London.
  clock::Day Today() const { return parts_.calendar->DayOf(Now()); }
  // What requests are prepared with; `known` outlives it.
  PrepareContext Context(const Known& known) const;

  // Of what requests name, what there is; names that are not well formed are left out.
  // INVALID_ARGUMENT over kMaxReferences, UNAVAILABLE where the catalogue does not answer.
  absl::StatusOr<Known> Find(const References& named) const;
  // All of these in a set that the fold takes. INTERNAL where the catalogue lacks one.
  absl::StatusOr<model::ModelSet> FetchModels(const VersionNames& names) const;

  // OK where the store holds all that the revisions name, whichever replica wrote it. This store is
  // where revisions come from, so one that it does not hold yet is answered at once: UNAVAILABLE
  // (REVISION_UNAVAILABLE). INVALID_ARGUMENT for more than 16 or a token that is none,
  // FAILED_PRECONDITION for another epoch.
  absl::Status CheckReached(const Revisions& at_least) const;

  // A stored record as it is answered by itself: with its etag.
  absl::StatusOr<v1::Record> Answer(const StoredRecord& stored) const;

  // One write and its record; the write's refusal or the store's error. Where `revision` is given
  // it covers the write.
  absl::StatusOr<v1::Record> WriteOne(Write write, type::v1::Revision* revision = nullptr) const;
  // The records of a batch that was not refused, in the order of its writes. One that was there
  // already is read again, so that it is answered only where it is what its leaf says (DATA_LOSS).
  absl::StatusOr<std::vector<v1::Record>> Answers(const BatchResult& result,
                                                  type::v1::Revision* revision) const;

  // The services of a location, on which its rating may rest too; none of other subjects. They are
  // in its partition.
  absl::StatusOr<std::vector<names::Subject>> ServicesOf(const names::Subject& subject) const;

  // The revision that covers what a batch wrote or found.
  type::v1::Revision Covering(const std::vector<WriteResult>& writes) const;
  // The newest revision of one partition, or of all.
  type::v1::Revision Newest(int32_t partition) const;
  type::v1::Revision Newest() const;

 private:
  absl::StatusOr<v1::Record> AnswerWrite(const WriteResult& write) const;
  // What the store has.
  revision::RevisionVector Held() const;

  const BackendParts parts_;
};

}  // namespace assay::evidence
