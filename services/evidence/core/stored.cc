#include "services/evidence/core/stored.h"

#include "absl/strings/str_cat.h"
#include "google/protobuf/timestamp.pb.h"

#include "services/common/errors/errors.h"
#include "services/common/revision/revision.h"
#include "services/evidence/core/etag.h"
#include "services/evidence/core/leaf.h"
#include "services/evidence/core/record_kinds.h"
#include "services/evidence/core/seal.h"

namespace assay::evidence {
namespace {

google::protobuf::Timestamp TimestampOf(absl::Time time) {
  google::protobuf::Timestamp timestamp;
  const int64_t micros = absl::ToUnixMicros(time);
  // Records are stamped after 1970, so that the parts are never negative.
  timestamp.set_seconds(micros / 1000000);
  timestamp.set_nanos(static_cast<int32_t>(micros % 1000000) * 1000);
  return timestamp;
}

template <typename Message>
void Stamp(const StoredRecord& stored, uint64_t epoch, Message* message) {
  *message->mutable_revision() = RevisionOf(epoch, stored.position);
  *message->mutable_recorded_time() = TimestampOf(stored.recorded);
}

template <typename Message>
void StampState(const StoredRecord& stored, uint64_t epoch, Message* message) {
  Stamp(stored, epoch, message);
  message->set_etag(EtagOf(epoch, stored.position));
}

template <typename Message>
void StampCounted(const StoredRecord& stored, uint64_t epoch, Message* message) {
  Stamp(stored, epoch, message);
  message->set_counter(stored.position.counter);
}

void StampContent(const StoredRecord& stored, uint64_t epoch, v1::Record& record) {
  switch (record.content_case()) {
    case v1::Record::kProvider:
      return StampState(stored, epoch, record.mutable_provider());
    case v1::Record::kLocation:
      return StampState(stored, epoch, record.mutable_location());
    case v1::Record::kService:
      return StampState(stored, epoch, record.mutable_service());
    case v1::Record::kArea:
      return StampState(stored, epoch, record.mutable_area());
    case v1::Record::kJudgement:
      return StampCounted(stored, epoch, record.mutable_judgement());
    case v1::Record::kAction:
      return StampCounted(stored, epoch, record.mutable_action());
    case v1::Record::kOverride:
      return StampCounted(stored, epoch, record.mutable_override());
    case v1::Record::kPublication:
      return StampCounted(stored, epoch, record.mutable_publication());
    case v1::Record::kEvidence:
      return StampCounted(stored, epoch, record.mutable_evidence());
    case v1::Record::kRetraction:
      *record.mutable_retraction()->mutable_recorded_time() = TimestampOf(stored.recorded);
      record.mutable_retraction()->set_counter(stored.position.counter);
      return;
    case v1::Record::kErasure:
      *record.mutable_erasure()->mutable_erased_time() = TimestampOf(stored.recorded);
      record.mutable_erasure()->set_counter(stored.position.counter);
      return;
    case v1::Record::CONTENT_NOT_SET:
      return;
  }
}

// Publications hold no text but the reason of their correction.
void Erased(absl::Time, v1::Publication*) {}
template <typename Message>
void Erased(absl::Time erased, Message* message) {
  *message->mutable_erased_time() = TimestampOf(erased);
}

void StampErased(absl::Time erased, v1::Record& record) {
  VisitRecord(record, [erased](auto& message) { Erased(erased, &message); });
}

}  // namespace

void AppendToken(uint64_t epoch, Position position, std::string& token) {
  // Partition and counter of a stored record are in range.
  revision::RevisionVector::AppendEncoded(
      epoch,
      {static_cast<names::Partition>(position.partition), static_cast<uint64_t>(position.counter)},
      token);
}

type::v1::Revision RevisionOf(uint64_t epoch, Position position) {
  type::v1::Revision revision;
  AppendToken(epoch, position, *revision.mutable_token());
  return revision;
}

absl::Status ParsePayload(const StoredRecord& stored, v1::Record& record) {
  if (record.ParseFromString(stored.payload)) return absl::OkStatus();
  return errors::Corrupt("evidence store",
                         absl::StrCat("payload of partition ", stored.position.partition,
                                      " counter ", stored.position.counter));
}

absl::StatusOr<v1::Record> RecordOf(const StoredRecord& stored, uint64_t epoch) {
  v1::Record record;
  const absl::Status parsed = ParsePayload(stored, record);
  if (!parsed.ok()) return parsed;
  const absl::Status whole = CheckTexts(stored);
  if (!whole.ok()) return whole;
  Unseal(stored.texts, record);
  StampContent(stored, epoch, record);
  if (stored.erased.has_value()) StampErased(*stored.erased, record);
  return record;
}

}  // namespace assay::evidence
