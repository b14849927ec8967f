#include "services/framework/core/lifecycle.h"

#include <utility>

#include "absl/strings/str_cat.h"

#include "services/common/errors/errors.h"
#include "services/common/errors/framework_errors.h"

namespace assay::framework {
namespace {

using errors::ResourceType;

constexpr ResourceType kVersion = ResourceType::kFrameworkVersion;

// OK where `etag` is empty or the current one.
absl::Status CheckEtag(const HeldVersion& current, absl::string_view etag) {
  if (etag.empty() || etag == absl::StrCat("\"", current.digest, "\"")) return absl::OkStatus();
  return errors::EtagMismatch(kVersion, current.name);
}

// `draft` as the next write of the name.
Step Replace(const HeldVersion& current, HeldVersion draft) {
  draft.revision = current.revision;
  return Step{std::move(draft), true};
}

}  // namespace

absl::StatusOr<Step> Create(const Current& current, const HeldVersion& draft) {
  if (!current) return Step{draft, true};
  if (current->digest == draft.digest) return Step{*current, false};
  if (IsDraft(current->state)) return errors::AlreadyExists(kVersion, current->name);
  return errors::Immutable(kVersion, current->name);
}

absl::StatusOr<Step> Update(const Current& current, absl::string_view etag,
                            const HeldVersion& draft) {
  if (!current) return errors::NotFound(kVersion, draft.name);
  if (current->digest == draft.digest) return Step{*current, false};
  if (!IsDraft(current->state)) return errors::Immutable(kVersion, current->name);
  const absl::Status same = CheckEtag(*current, etag);
  if (!same.ok()) return same;
  return Replace(*current, draft);
}

absl::StatusOr<Step> Publish(const Current& current, const std::string& name,
                             absl::string_view etag, absl::Time now) {
  if (!current) return errors::NotFound(kVersion, name);
  if (current->state == v1::VERSION_STATE_WITHDRAWN) return errors::Immutable(kVersion, name);
  const absl::Status same = CheckEtag(*current, etag);
  if (!same.ok()) {
    return IsDraft(current->state) ? same : errors::Immutable(kVersion, name);
  }
  if (current->state == v1::VERSION_STATE_PUBLISHED) return Step{*current, false};
  HeldVersion next = *current;
  next.state = v1::VERSION_STATE_PUBLISHED;
  next.publish_time = now;
  return Replace(*current, std::move(next));
}

absl::StatusOr<Step> Withdraw(const Current& current, const std::string& name,
                              const std::string& reason, absl::Time now) {
  if (!current) return errors::NotFound(kVersion, name);
  if (IsDraft(current->state)) return errors::VersionNotPublished(name);
  if (current->state == v1::VERSION_STATE_WITHDRAWN) return errors::Immutable(kVersion, name);
  HeldVersion next = *current;
  next.state = v1::VERSION_STATE_WITHDRAWN;
  next.withdraw_time = now;
  next.withdraw_reason = reason;
  return Replace(*current, std::move(next));
}

}  // namespace assay::framework
