#include "services/framework/api/version_writes.h"

#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "google/protobuf/descriptor.h"

#include "services/common/errors/errors.h"
#include "services/common/errors/framework_errors.h"
#include "services/common/version/version_text.h"
#include "services/framework/api/requests.h"
#include "services/framework/api/version_requests.h"
#include "services/framework/core/checker.h"

namespace assay::framework {
namespace {

using errors::ResourceType;
using errors::Violations;

constexpr ResourceType kVersion = ResourceType::kFrameworkVersion;

// How often a write is tried anew where another writer came between; then it is told so.
constexpr int kAttempts = 5;

// `current` with the fields of `mask` taken from `wanted`; all of them where the mask is empty.
v1::FrameworkVersion Merged(const v1::FrameworkVersion& current, const v1::FrameworkVersion& wanted,
                            const google::protobuf::FieldMask& mask) {
  v1::FrameworkVersion next = wanted;
  bool all = mask.paths().empty();
  for (const std::string& path : mask.paths()) all = all || path == "*";
  if (!all) {
    next = current;
    const google::protobuf::Descriptor* type = v1::FrameworkVersion::descriptor();
    v1::FrameworkVersion source = wanted;
    // Each once: a second swap would undo the first.
    for (const std::string& path :
         std::set<std::string>(mask.paths().begin(), mask.paths().end())) {
      const google::protobuf::FieldDescriptor* field = type->FindFieldByName(path);
      next.GetReflection()->SwapFields(&next, &source, {field});
    }
  }
  next.set_name(current.name());
  return Bare(std::move(next));
}

absl::StatusOr<Request> RequestOf(std::string id, absl::StatusOr<std::string> fingerprint) {
  if (!fingerprint.ok()) return fingerprint.status();
  return Request{std::move(id), *std::move(fingerprint)};
}

}  // namespace

absl::StatusOr<Current> VersionWrites::ReadCurrent(const std::string& name) const {
  absl::StatusOr<Current> held = keeper_->store()->Read(name);
  if (!held.ok()) return held;
  if (held->has_value()) {
    // Nothing is made of what is damaged.
    const absl::Status whole = Serve(**held).status();
    if (!whole.ok()) return whole;
  }
  const VersionPtr shipped = keeper_->FindShipped(name);
  if (shipped == nullptr) return held;
  if (!held->has_value()) return Current(HoldServed(*shipped));
  const bool draft =
      (*held)->state == v1::VERSION_STATE_DRAFT || (*held)->state == v1::VERSION_STATE_PROVEN;
  if (!draft) return held;
  // A draft gives way to what a later release ships under its name.
  HeldVersion current = HoldServed(*shipped);
  current.revision = (*held)->revision;
  current.seal = SealOf(current);
  return Current(std::move(current));
}

absl::Status VersionWrites::Answer(const HeldVersion& held, v1::FrameworkVersion* reply) const {
  const absl::StatusOr<VersionPtr> served = Serve(held);
  if (!served.ok()) return served.status();
  *reply = **served;
  return absl::OkStatus();
}

absl::Status VersionWrites::Run(const std::string& name, const Request& request,
                                const Decide& decide, v1::FrameworkVersion* reply) const {
  if (keeper_->store() == nullptr) return errors::StoreNotConfigured("the framework service");
  const absl::StatusOr<Current> answered = keeper_->store()->FindAnswer(request);
  if (!answered.ok()) return answered.status();
  if (answered->has_value()) return Answer(**answered, reply);
  for (int attempt = 1;; ++attempt) {
    const absl::StatusOr<Current> current = ReadCurrent(name);
    if (!current.ok()) return current.status();
    const absl::StatusOr<Step> step = decide(*current);
    if (!step.ok()) return step.status();
    // What is shipped and stays as it is gives the same answer for ever.
    const bool shipped = !step->changed && step->version.revision == 0;
    if (shipped || (!step->changed && request.id.empty())) return Answer(step->version, reply);
    const absl::StatusOr<HeldVersion> written = keeper_->store()->Write(step->version, request);
    if (absl::IsAborted(written.status()) && attempt < kAttempts) continue;
    if (!written.ok()) return written.status();
    const absl::Status put = keeper_->Put(*written);
    if (!put.ok()) return put;
    return Answer(*written, reply);
  }
}

absl::StatusOr<HeldVersion> VersionWrites::Draft(const v1::FrameworkVersion& bare) const {
  const auto catalogue = keeper_->holder().Current();
  absl::StatusOr<HeldVersion> held = Hold(bare, v1::VERSION_STATE_DRAFT);
  if (!held.ok()) {
    Violations bad;
    bad.AddText("version", held.status().message());
    return bad.ToStatus(kVersion);
  }
  if (IsPublishable(CheckMessage(bare, *catalogue))) held->state = v1::VERSION_STATE_PROVEN;
  return held;
}

absl::Status VersionWrites::CreateVersion(const v1::CreateVersionRequest& request,
                                          v1::FrameworkVersion* reply) const {
  Violations bad;
  const std::string name =
      CheckNewName(request.parent(), request.version_id(), request.version().name(), bad);
  if (!request.has_version()) bad.Add("version", "", "the draft");
  CheckVersionSize("version", request.version(), bad);
  std::string id = CheckRequestId(request.request_id(), bad);
  if (!bad.empty()) return bad.ToStatus(kVersion);
  const absl::StatusOr<Request> remembered =
      RequestOf(std::move(id), FingerprintOfWrite("CreateVersion", request));
  if (!remembered.ok()) return remembered.status();
  v1::FrameworkVersion bare = Bare(request.version());
  bare.set_name(name);
  const absl::StatusOr<HeldVersion> draft = Draft(bare);
  if (!draft.ok()) return draft.status();
  return Run(
      name, *remembered,
      [&](const Current& current) -> absl::StatusOr<Step> {
        if (!current && keeper_->holder().Current()->versions().size() >= kMaxVersions) {
          return errors::CatalogueFull(kMaxVersions);
        }
        return Create(current, *draft);
      },
      reply);
}

absl::Status VersionWrites::UpdateVersion(const v1::UpdateVersionRequest& request,
                                          v1::FrameworkVersion* reply) const {
  Violations bad;
  CheckVersionName("version.name", request.version().name(), bad);
  CheckVersionSize("version", request.version(), bad);
  CheckUpdateMask(request.update_mask(), bad);
  std::string id = CheckRequestId(request.request_id(), bad);
  if (!bad.empty()) return bad.ToStatus(kVersion);
  const absl::StatusOr<Request> remembered =
      RequestOf(std::move(id), FingerprintOfWrite("UpdateVersion", request));
  if (!remembered.ok()) return remembered.status();
  const std::string& name = request.version().name();
  return Run(
      name, *remembered,
      [&](const Current& current) -> absl::StatusOr<Step> {
        if (!current) return errors::NotFound(kVersion, name);
        v1::FrameworkVersion before;
        if (!before.ParseFromString(current->content)) return errors::Corrupt(name);
        const v1::FrameworkVersion bare = Merged(before, request.version(), request.update_mask());
        Violations large;
        CheckVersionSize("version", bare, large);
        if (!large.empty()) return large.ToStatus(kVersion);
        const absl::StatusOr<HeldVersion> draft = Draft(bare);
        if (!draft.ok()) return draft.status();
        return Update(current, request.version().etag(), *draft);
      },
      reply);
}

absl::Status VersionWrites::PublishVersion(const v1::PublishVersionRequest& request,
                                           v1::FrameworkVersion* reply) const {
  Violations bad;
  CheckVersionName("name", request.name(), bad);
  std::string id = CheckRequestId(request.request_id(), bad);
  if (!bad.empty()) return bad.ToStatus();
  const absl::StatusOr<Request> remembered =
      RequestOf(std::move(id), FingerprintOfWrite("PublishVersion", request));
  if (!remembered.ok()) return remembered.status();
  return Run(
      request.name(), *remembered,
      [&](const Current& current) -> absl::StatusOr<Step> {
        absl::StatusOr<Step> step = Publish(current, request.name(), request.etag(), clock_->Now());
        if (!step.ok() || !step->changed) return step;
        v1::FrameworkVersion bare;
        if (!bare.ParseFromString(current->content)) return errors::Corrupt(request.name());
        const auto catalogue = keeper_->holder().Current();
        const std::vector<v1::Diagnostic> found = CheckMessage(bare, *catalogue);
        if (IsPublishable(found)) return step;
        return errors::VersionNotProven(request.name(), FaultsOf(found));
      },
      reply);
}

absl::Status VersionWrites::WithdrawVersion(const v1::WithdrawVersionRequest& request,
                                            v1::FrameworkVersion* reply) const {
  Violations bad;
  CheckVersionName("name", request.name(), bad);
  CheckReason("reason", request.reason(), bad);
  std::string id = CheckRequestId(request.request_id(), bad);
  if (!bad.empty()) return bad.ToStatus();
  const absl::StatusOr<Request> remembered =
      RequestOf(std::move(id), FingerprintOfWrite("WithdrawVersion", request));
  if (!remembered.ok()) return remembered.status();
  return Run(
      request.name(), *remembered,
      [&](const Current& current) {
        return Withdraw(current, request.name(), request.reason(), clock_->Now());
      },
      reply);
}

absl::Status VersionWrites::CheckVersion(const v1::CheckVersionRequest& request,
                                         const std::function<bool()>& cancelled,
                                         v1::CheckVersionResponse* reply) const {
  Violations bad;
  model::ProveLimits limits;
  limits.cancelled = cancelled;
  const auto catalogue = keeper_->holder().Current();
  std::vector<v1::Diagnostic> found;
  switch (request.content_case()) {
    case v1::CheckVersionRequest::kVersion:
      CheckVersionSize("version", request.version(), bad);
      if (bad.empty()) found = CheckMessage(Bare(request.version()), *catalogue, limits);
      break;
    case v1::CheckVersionRequest::kText:
      if (request.text().size() > version::kMaxTextBytes) {
        bad.Add("text", absl::StrCat(request.text().size(), " bytes"),
                absl::StrCat("at most ", version::kMaxTextBytes));
      } else {
        found = CheckText(request.text(), *catalogue, limits);
      }
      break;
    case v1::CheckVersionRequest::kName: {
      CheckVersionName("name", request.name(), bad);
      if (!bad.empty()) break;
      const auto version = catalogue->GetVersion(request.name());
      if (!version.ok()) return version.status();
      found = CheckMessage(Bare((*version)->message()), *catalogue, limits);
      break;
    }
    default:
      bad.Add("content", "", "a version, a text or a name");
  }
  if (!bad.empty()) return bad.ToStatus();
  if (cancelled()) return errors::Cancelled();
  reply->set_publishable(IsPublishable(found));
  for (v1::Diagnostic& one : found) *reply->add_diagnostics() = std::move(one);
  return absl::OkStatus();
}

}  // namespace assay::framework
