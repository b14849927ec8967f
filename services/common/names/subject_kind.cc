#include "services/common/names/subject_kind.h"

#include "absl/strings/match.h"

namespace assay::names {
namespace {

constexpr absl::string_view kServices = "/services/";

}  // namespace

SubjectKind KindOfWellFormed(absl::string_view name) {
  if (absl::StartsWith(name, "providers/")) return SubjectKind::kProvider;
  if (absl::StartsWith(name, "areas/")) return SubjectKind::kArea;
  if (absl::StrContains(name, kServices)) return SubjectKind::kService;
  return SubjectKind::kLocation;
}

absl::string_view RootOfWellFormed(absl::string_view name) {
  return name.substr(0, name.find(kServices));
}

}  // namespace assay::names
