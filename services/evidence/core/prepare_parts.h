#pragma once

// What the preparation of every kind of write shares. For this folder's sources.
//
// Thread safety: pure. Cost: as prepare.h says.

#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/types/optional.h"

#include "assay/evidence/v1/record.pb.h"
#include "services/common/names/names.h"
#include "services/evidence/core/fingerprint.h"
#include "services/evidence/core/record_kinds.h"
#include "services/evidence/core/row.h"
#include "services/evidence/core/validate_record.h"

namespace assay::evidence {

// Days since 1970, or `otherwise` where no date is given. Good dates only.
int32_t DaysOr(const type::v1::Date& date, int32_t otherwise);

// The columns that every write of the subject has.
RecordRow RowOf(const names::Subject& subject, v1::RecordKind kind);

// The subject where its name was good, for a write that may be of no use otherwise.
absl::optional<names::Subject> ParsedSubject(absl::string_view name);

// The name of the service of the subject's location that a message is about; empty where it names
// none, or an id that cannot be one, and where the subject is of no location: providers and areas
// have no register of services.
std::string ServiceIn(const names::Subject& subject, const v1::Judgement& judgement);
std::string ServiceIn(const names::Subject& subject, const v1::RegulatoryAction& action);
std::string ServiceIn(const names::Subject& subject, const v1::Override& one);
std::string ServiceIn(const names::Subject& subject, const v1::Publication& publication);
std::string ServiceIn(const names::Subject& subject, const v1::EvidenceItem& item);

// What stands for a write that has faults; with no subject it asks nothing.
Write StandIn(const absl::optional<names::Subject>& subject, v1::RecordKind kind);

// `{subject}/judgements/{id}` and its like.
std::string RecordNameOf(const names::Subject& subject, names::RecordKind kind,
                         absl::string_view id);

// Puts a good message into `stored` as it is stored, but for its name and what it supersedes.
void Normalise(const v1::Judgement& judgement, const Resolved& resolved,
               const CheckContext& context, v1::Judgement& stored);
void Normalise(const v1::RegulatoryAction& action, const Resolved& resolved,
               const CheckContext& context, v1::RegulatoryAction& stored);
void Normalise(const v1::Override& one, const Resolved& resolved, const CheckContext& context,
               v1::Override& stored);
void Normalise(const v1::Publication& publication, const Resolved& resolved,
               const CheckContext& context, v1::Publication& stored);
void Normalise(const v1::EvidenceItem& item, const Resolved& resolved, const CheckContext& context,
               v1::EvidenceItem& stored);

// The columns of a normalised message, with its digests; id and payload follow.
Write WriteOf(const names::Subject& subject, const v1::Judgement& judgement);
Write WriteOf(const names::Subject& subject, const v1::RegulatoryAction& action);
Write WriteOf(const names::Subject& subject, const v1::Override& one);
Write WriteOf(const names::Subject& subject, const v1::Publication& publication);
Write WriteOf(const names::Subject& subject, const v1::EvidenceItem& item);

// The fingerprint of a request, taken without its request id.
template <typename Request>
void Identify(const Request& request, const std::string& id, absl::string_view word, Write& write) {
  if (id.empty()) return;
  write.request_id = id;
  write.fingerprint = FingerprintOf(word, request, Request::kRequestIdFieldNumber);
}

}  // namespace assay::evidence
