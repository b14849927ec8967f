#include "services/common/errors/errors.h"

#include <algorithm>
#include <utility>

#include "absl/strings/cord.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/types/span.h"
#include "google/rpc/error_details.pb.h"

#include "services/common/errors/detail.h"
#include "services/common/errors/evidence_errors.h"
#include "services/common/errors/framework_errors.h"
#include "services/common/errors/text.h"

namespace assay::errors {
namespace {

using absl::StatusCode;
using Fields = std::vector<std::pair<const char*, absl::string_view>>;

// A resource name, a method or another word of a message is shown up to this many bytes.
constexpr size_t kMaxWordBytes = 200;
constexpr size_t kMaxPrivateBytes = 4096;

// Payloads under this URL stay in the process: it lacks the prefix of public details.
constexpr absl::string_view kPrivateDetailUrl = "assay.invalid/private-detail";

constexpr CatalogueEntry kAlreadySuperseded = {"ALREADY_SUPERSEDED", StatusCode::kAborted};
constexpr CatalogueEntry kDataCorrupt = {"DATA_CORRUPT", StatusCode::kDataLoss};
constexpr CatalogueEntry kCallCancelled = {"CALL_CANCELLED", StatusCode::kCancelled};
constexpr CatalogueEntry kCatalogueFull = {"CATALOGUE_FULL", StatusCode::kResourceExhausted};
constexpr CatalogueEntry kDeadlineExceeded = {"DEADLINE_EXCEEDED", StatusCode::kDeadlineExceeded};
constexpr CatalogueEntry kDeadlineTooShort = {"DEADLINE_TOO_SHORT", StatusCode::kDeadlineExceeded};
constexpr CatalogueEntry kDependencyUnavailable = {"DEPENDENCY_UNAVAILABLE",
                                                   StatusCode::kUnavailable};
constexpr CatalogueEntry kDiskFull = {"DISK_FULL", StatusCode::kResourceExhausted};
constexpr CatalogueEntry kEtagMismatch = {"ETAG_MISMATCH", StatusCode::kAborted};
constexpr CatalogueEntry kInternal = {"INTERNAL", StatusCode::kInternal};
constexpr CatalogueEntry kMethodUnimplemented = {"METHOD_UNIMPLEMENTED",
                                                 StatusCode::kUnimplemented};
constexpr CatalogueEntry kNotReady = {"NOT_READY", StatusCode::kUnavailable};
constexpr CatalogueEntry kOverloaded = {"OVERLOADED", StatusCode::kResourceExhausted};
constexpr CatalogueEntry kPageTokenMismatch = {"PAGE_TOKEN_MISMATCH", StatusCode::kInvalidArgument};
constexpr CatalogueEntry kRequestIdReused = {"REQUEST_ID_REUSED", StatusCode::kAlreadyExists};
constexpr CatalogueEntry kRequestInvalid = {"REQUEST_INVALID", StatusCode::kInvalidArgument};
constexpr CatalogueEntry kResourceImmutable = {"RESOURCE_IMMUTABLE",
                                               StatusCode::kFailedPrecondition};
constexpr CatalogueEntry kRevisionUnavailable = {"REVISION_UNAVAILABLE", StatusCode::kUnavailable};
constexpr CatalogueEntry kServerDraining = {"SERVER_DRAINING", StatusCode::kUnavailable};
constexpr CatalogueEntry kServicesFull = {"SERVICES_FULL", StatusCode::kResourceExhausted};
constexpr CatalogueEntry kStoreNotConfigured = {"STORE_NOT_CONFIGURED",
                                                StatusCode::kFailedPrecondition};
constexpr CatalogueEntry kTokenMalformed = {"TOKEN_MALFORMED", StatusCode::kInvalidArgument};
constexpr CatalogueEntry kTokenOfAnotherEpoch = {"TOKEN_OF_ANOTHER_EPOCH",
                                                 StatusCode::kFailedPrecondition};
constexpr CatalogueEntry kVersionAmbiguous = {"VERSION_AMBIGUOUS", StatusCode::kFailedPrecondition};
constexpr CatalogueEntry kVersionNotInForce = {"VERSION_NOT_IN_FORCE", StatusCode::kNotFound};
constexpr CatalogueEntry kVersionNotProven = {"VERSION_NOT_PROVEN",
                                              StatusCode::kFailedPrecondition};
constexpr CatalogueEntry kVersionNotPublished = {"VERSION_NOT_PUBLISHED",
                                                 StatusCode::kFailedPrecondition};

constexpr CatalogueEntry kGeneral[] = {kAlreadySuperseded,
                                       kCallCancelled,
                                       kCatalogueFull,
                                       kDataCorrupt,
                                       kDeadlineExceeded,
                                       kDeadlineTooShort,
                                       kDependencyUnavailable,
                                       kDiskFull,
                                       kEtagMismatch,
                                       kInternal,
                                       kMethodUnimplemented,
                                       kNotReady,
                                       kOverloaded,
                                       kPageTokenMismatch,
                                       kRequestIdReused,
                                       kRequestInvalid,
                                       kResourceImmutable,
                                       kRevisionUnavailable,
                                       kServerDraining,
                                       kServicesFull,
                                       kStoreNotConfigured,
                                       kTokenMalformed,
                                       kTokenOfAnotherEpoch,
                                       kVersionAmbiguous,
                                       kVersionNotInForce,
                                       kVersionNotProven,
                                       kVersionNotPublished};

std::string Word(absl::string_view text) { return SafeText(text, kMaxWordBytes); }

absl::Status Make(const CatalogueEntry& entry, absl::string_view message, const Fields& fields) {
  absl::Status status(entry.code, message);
  google::rpc::ErrorInfo info;
  info.set_reason(std::string(entry.reason));
  info.set_domain(std::string(kDomain));
  for (const auto& [key, value] : fields) (*info.mutable_metadata())[key] = Word(value);
  SetDetail(info, &status);
  return status;
}

absl::Status WithRetry(absl::Status status, absl::Duration delay) {
  google::rpc::RetryInfo retry;
  delay = std::clamp(delay, absl::ZeroDuration(), absl::Hours(1));
  const int64_t seconds = absl::IDivDuration(delay, absl::Seconds(1), &delay);
  retry.mutable_retry_delay()->set_seconds(seconds);
  retry.mutable_retry_delay()->set_nanos(static_cast<int32_t>(absl::ToInt64Nanoseconds(delay)));
  SetDetail(retry, &status);
  return status;
}

absl::Status WithResource(absl::Status status, ResourceType type, absl::string_view name) {
  google::rpc::ResourceInfo resource;
  resource.set_resource_type(std::string(ReasonsOf(type).word));
  resource.set_resource_name(Word(name));
  SetDetail(resource, &status);
  return status;
}

// An error about one resource: `sentence` follows its kind and name.
absl::Status AboutResource(const CatalogueEntry& entry, ResourceType type, absl::string_view name,
                           absl::string_view sentence) {
  return WithResource(
      Make(entry, absl::StrCat(ReasonsOf(type).word, " ", Word(name), " ", sentence),
           {{"name", name}}),
      type, name);
}

// An error about one field of the request, with a BadRequest that names it.
absl::Status AboutField(const CatalogueEntry& entry, absl::string_view field,
                        absl::string_view description) {
  absl::Status status =
      Make(entry, absl::StrCat(Word(field), ": ", description), {{"field", field}});
  google::rpc::BadRequest bad;
  google::rpc::BadRequest::FieldViolation* violation = bad.add_field_violations();
  violation->set_field(Word(field));
  violation->set_description(std::string(description));
  SetDetail(bad, &status);
  return status;
}

}  // namespace

std::vector<CatalogueEntry> Catalogue() {
  std::vector<CatalogueEntry> all(std::begin(kGeneral), std::end(kGeneral));
  for (const ResourceReasons& row : AllResourceReasons()) {
    all.push_back({row.not_found, StatusCode::kNotFound});
    all.push_back({row.already_exists, StatusCode::kAlreadyExists});
    all.push_back({row.invalid, StatusCode::kInvalidArgument});
  }
  std::sort(all.begin(), all.end(),
            [](const CatalogueEntry& a, const CatalogueEntry& b) { return a.reason < b.reason; });
  return all;
}

absl::Status NotFound(ResourceType type, absl::string_view name) {
  return AboutResource({ReasonsOf(type).not_found, StatusCode::kNotFound}, type, name,
                       "does not exist");
}

absl::Status AlreadyExists(ResourceType type, absl::string_view name) {
  return AboutResource({ReasonsOf(type).already_exists, StatusCode::kAlreadyExists}, type, name,
                       "exists already");
}

absl::Status InvalidArgument(absl::string_view field, const absl::AlphaNum& got,
                             absl::string_view want) {
  Violations violations;
  violations.Add(field, got, want);
  return violations.ToStatus();
}

absl::Status Immutable(ResourceType type, absl::string_view name) {
  return AboutResource(kResourceImmutable, type, name, "can no longer be changed");
}

absl::Status RequestIdReused(absl::string_view request_id) {
  return Make(kRequestIdReused,
              absl::StrCat("request_id: got ", Word(request_id),
                           ", which was used with another body, want a new one"),
              {{"requestId", request_id}});
}

absl::Status EtagMismatch(ResourceType type, absl::string_view name) {
  return AboutResource(kEtagMismatch, type, name,
                       "changed since its etag was read; read it again, then retry");
}

absl::Status AlreadySuperseded(ResourceType type, absl::string_view name) {
  return AboutResource(
      kAlreadySuperseded, type, name,
      "was superseded or retracted before; correct the record that stands now, if one does");
}

absl::Status RevisionUnavailable(absl::string_view waited_for, absl::Duration retry_after) {
  return WithRetry(
      Make(kRevisionUnavailable,
           absl::StrCat("at_least: revision ", Word(waited_for), " was not reached in time"),
           {{"atLeast", waited_for}}),
      retry_after);
}

absl::Status NotReady(absl::string_view what, absl::Duration retry_after) {
  return WithRetry(
      Make(kNotReady, absl::StrCat(Word(what), " is still being loaded"), {{"what", what}}),
      retry_after);
}

absl::Status ForeignToken(absl::string_view field) {
  return AboutField(kTokenOfAnotherEpoch, field,
                    "got a token of another deployment, or from before a restore, want one of this "
                    "epoch: start again without a token");
}

absl::Status MalformedToken(absl::string_view field) {
  return AboutField(kTokenMalformed, field,
                    "got a token that this service did not make, want one from a reply, unchanged");
}

absl::Status PageTokenMismatch(absl::string_view changed_field) {
  const std::string what =
      changed_field.empty() ? "other arguments" : absl::StrCat("another ", Word(changed_field));
  absl::Status status = AboutField(
      kPageTokenMismatch, "page_token",
      absl::StrCat("got a token of a request with ", what, ", want the same request again"));
  return status;
}

absl::Status DeadlineTooShort(absl::Duration left, absl::Duration needed) {
  const std::string have = absl::FormatDuration(left);
  const std::string want = absl::FormatDuration(needed);
  return Make(kDeadlineTooShort,
              absl::StrCat("deadline: got ", have, " left, want at least ", want),
              {{"left", have}, {"needed", want}});
}

absl::Status DeadlineExceeded() {
  return Make(kDeadlineExceeded, "the deadline passed before the answer was ready", {});
}

absl::Status Cancelled() { return Make(kCallCancelled, "the caller cancelled the call", {}); }

absl::Status Overloaded(absl::string_view what, absl::Duration retry_after) {
  return WithRetry(
      Make(kOverloaded, absl::StrCat("too many calls wait for ", Word(what), "; nothing was done"),
           {{"what", what}}),
      retry_after);
}

absl::Status Draining() {
  return WithRetry(Make(kServerDraining, "this server is shutting down; connect again", {}),
                   absl::Seconds(1));
}

absl::Status DependencyUnavailable(absl::string_view dependency, absl::string_view private_detail) {
  return WithPrivateDetail(
      WithRetry(Make(kDependencyUnavailable, absl::StrCat(Word(dependency), " does not answer"),
                     {{"dependency", dependency}}),
                absl::Seconds(1)),
      private_detail);
}

absl::Status Unimplemented(absl::string_view method) {
  return Make(kMethodUnimplemented,
              absl::StrCat(Word(method), " is part of the contract and not built yet"),
              {{"method", method}});
}

absl::Status Corrupt(absl::string_view what, absl::string_view private_detail) {
  return WithPrivateDetail(
      Make(kDataCorrupt, absl::StrCat(Word(what), " is damaged and needs an operator"),
           {{"what", what}}),
      private_detail);
}

absl::Status DiskFull(absl::string_view what, absl::string_view private_detail) {
  return WithPrivateDetail(
      Make(kDiskFull, absl::StrCat("no room left for ", Word(what), "; nothing was written"),
           {{"what", what}}),
      private_detail);
}

absl::Status Internal(absl::string_view where, absl::string_view private_detail) {
  return WithPrivateDetail(
      Make(kInternal,
           absl::StrCat("a fault in ", Word(where), "; quote the x-request-id when you report it"),
           {{"where", where}}),
      private_detail);
}

absl::Status CatalogueFull(size_t limit) {
  return Make(kCatalogueFull,
              absl::StrCat("the catalogue holds ", limit, " versions, which is all it can hold"),
              {{"limit", absl::StrCat(limit)}});
}

absl::Status ServicesFull(absl::string_view location, int64_t limit) {
  return Make(kServicesFull,
              absl::StrCat(Word(location), " has ", limit,
                           " services in the registry, which is all that a location can have"),
              {{"location", Word(location)}, {"limit", absl::StrCat(limit)}});
}

absl::Status StoreNotConfigured(absl::string_view what) {
  return Make(kStoreNotConfigured,
              absl::StrCat(Word(what),
                           " was started without a store (--store), so that it only "
                           "serves what was shipped"),
              {});
}

absl::Status VersionAmbiguous(absl::string_view day, const std::vector<std::string>& versions) {
  const std::string named = absl::StrJoin(versions, ", ");
  return Make(kVersionAmbiguous,
              absl::StrCat("versions of several frameworks were in force for an assessment that ",
                           "started on ", Word(day), ", for different sectors: ", named,
                           "; give the sector, or the framework"),
              {{"assessmentStart", day}, {"versions", named}});
}

absl::Status VersionNotInForce(absl::string_view parent, absl::string_view day,
                               absl::string_view sector) {
  return Make(kVersionNotInForce,
              absl::StrCat("no version of ", Word(parent), " was in force for an assessment that ",
                           "started on ", Word(day),
                           sector.empty() ? "" : absl::StrCat(" in the sector ", Word(sector))),
              {{"assessmentStart", day}, {"parent", parent}, {"sector", sector}});
}

absl::Status VersionNotProven(absl::string_view name, const Violations& faults) {
  absl::Status status = AboutResource(
      kVersionNotProven, ResourceType::kFrameworkVersion, name,
      absl::StrCat("has ", faults.count(), faults.count() == 1 ? " fault" : " faults",
                   " and cannot be published; the details name them, CheckVersion all of them"));
  google::rpc::BadRequest bad;
  for (const Violation& fault : faults.kept()) {
    google::rpc::BadRequest::FieldViolation* violation = bad.add_field_violations();
    violation->set_field(fault.field);
    violation->set_description(fault.description);
  }
  SetDetail(bad, &status);
  return status;
}

absl::Status VersionNotPublished(absl::string_view name) {
  return AboutResource(kVersionNotPublished, ResourceType::kFrameworkVersion, name,
                       "is a draft, which rates nothing and cannot be withdrawn; publish it first");
}

std::string Reason(const absl::Status& status) {
  const auto info = GetDetail<google::rpc::ErrorInfo>(status);
  return info.has_value() && info->domain() == kDomain ? info->reason() : "";
}

std::map<std::string, std::string> Metadata(const absl::Status& status) {
  const auto info = GetDetail<google::rpc::ErrorInfo>(status);
  if (!info.has_value()) return {};
  return {info->metadata().begin(), info->metadata().end()};
}

absl::optional<absl::Duration> RetryDelay(const absl::Status& status) {
  const auto retry = GetDetail<google::rpc::RetryInfo>(status);
  if (!retry.has_value()) return absl::nullopt;
  return absl::Seconds(retry->retry_delay().seconds()) +
         absl::Nanoseconds(retry->retry_delay().nanos());
}

std::vector<Violation> FieldViolations(const absl::Status& status) {
  const auto bad = GetDetail<google::rpc::BadRequest>(status);
  std::vector<Violation> violations;
  if (!bad.has_value()) return violations;
  for (const auto& violation : bad->field_violations()) {
    violations.push_back({violation.field(), violation.description()});
  }
  return violations;
}

absl::Status WithPrivateDetail(absl::Status status, absl::string_view text) {
  if (status.ok() || text.empty()) return status;
  status.SetPayload(kPrivateDetailUrl, absl::Cord(SafeText(text, kMaxPrivateBytes)));
  return status;
}

std::string PrivateDetail(const absl::Status& status) {
  const absl::optional<absl::Cord> payload = status.GetPayload(kPrivateDetailUrl);
  return payload.has_value() ? std::string(*payload) : "";
}

}  // namespace assay::errors
