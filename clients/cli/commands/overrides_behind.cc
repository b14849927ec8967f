#include "clients/cli/commands/overrides_behind.h"

#include <algorithm>
#include <memory>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/types/optional.h"

#include "assay/evidence/v1/record_service.grpc.pb.h"
#include "services/common/clock/day_proto.h"

namespace assay::cli {
namespace {

bool IsOverride(const scoring::v1::Input& input) {
  return input.origin() == scoring::v1::OUTCOME_ORIGIN_OVERRIDDEN;
}

// Asks for the overrides of one subject that begin on the input's day, and looks for its place.
absl::StatusOr<absl::optional<evidence::v1::Override>> Find(const std::string& parent,
                                                            const scoring::v1::Input& input,
                                                            const Service& evidence) {
  evidence::v1::ListOverridesRequest request;
  request.set_parent(parent);
  *request.mutable_filter()->mutable_effective_from() = input.effective_date();
  if (const auto day = clock::DayFromProto(input.effective_date()); day.ok()) {
    *request.mutable_filter()->mutable_effective_before() = clock::DayToProto(day->Plus(1));
  }
  const auto stub = evidence::v1::RecordService::NewStub(evidence.channel());
  absl::optional<evidence::v1::Override> found;
  do {
    evidence::v1::ListOverridesResponse page;
    const absl::Status status = evidence.Call(
        [&](grpc::ClientContext* context) { return stub->ListOverrides(context, request, &page); });
    if (!status.ok()) return status;
    for (evidence::v1::Override& one : *page.mutable_overrides()) {
      if (one.counter() == input.counter()) found = std::move(one);
    }
    request.set_page_token(page.next_page_token());
  } while (!found.has_value() && !request.page_token().empty());
  return found;
}

}  // namespace

bool RestsOnOverrides(const scoring::v1::Derivation& derivation) {
  return std::any_of(derivation.inputs().begin(), derivation.inputs().end(), IsOverride);
}

absl::StatusOr<std::vector<evidence::v1::Override>> OverridesBehind(
    const scoring::v1::Derivation& derivation, const Service& evidence) {
  std::vector<evidence::v1::Override> overrides;
  for (const scoring::v1::Input& input : derivation.inputs()) {
    if (!IsOverride(input)) continue;
    auto found = Find(derivation.subject(), input, evidence);
    // What a location is rated by may be recorded of its service.
    if (found.ok() && !found->has_value() && !input.node().service().empty()) {
      found = Find(absl::StrCat(derivation.subject(), "/services/", input.node().service()), input,
                   evidence);
    }
    if (!found.ok()) return found.status();
    if (!found->has_value()) {
      return absl::NotFoundError(absl::StrCat("the record has no override of ",
                                              derivation.subject(), " with the counter ",
                                              input.counter()));
    }
    overrides.push_back(**std::move(found));
  }
  return overrides;
}

}  // namespace assay::cli
