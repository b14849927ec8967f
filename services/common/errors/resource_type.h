#pragma once

// The kinds of resource that an error can be about. Each has three reasons in the catalogue:
// <TYPE>_NOT_FOUND, <TYPE>_ALREADY_EXISTS and <TYPE>_INVALID.
//
// Thread safety: pure functions over a table that never changes.

#include "absl/strings/string_view.h"
#include "absl/types/span.h"

namespace assay::errors {

enum class ResourceType {
  kFramework,
  kFrameworkVersion,
  kEdition,
  kKeyQuestion,
  kItem,
  kCharacteristic,
  kEvidenceCategory,
  kCrosswalk,
  kSuccessFactor,
  kPracticeExample,
  kProvider,
  kLocation,
  kService,
  kArea,
  kEvidence,
  kJudgement,
  kAction,
  kOverride,
  kPublication,
  kAttachment,
  kImportRun,
  kRating,
  kOperation,
  kSubject,
};

struct ResourceReasons {
  ResourceType type;
  absl::string_view word;  // for messages, in the words of resource names: "framework version"
  absl::string_view not_found;
  absl::string_view already_exists;
  absl::string_view invalid;
};

// The reasons of a type. Every enumerator has a row; a test walks them all.
const ResourceReasons& ReasonsOf(ResourceType type);

// Every row, in the enum's order.
absl::Span<const ResourceReasons> AllResourceReasons();

}  // namespace assay::errors
