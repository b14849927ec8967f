#include "services/common/errors/resource_type.h"

#include <cstddef>

#include "absl/types/span.h"

namespace assay::errors {
namespace {

// clang-format off
constexpr ResourceReasons kReasons[] = {
    {ResourceType::kFramework, "framework", "FRAMEWORK_NOT_FOUND", "FRAMEWORK_ALREADY_EXISTS", "FRAMEWORK_INVALID"},
    {ResourceType::kFrameworkVersion, "framework version", "FRAMEWORK_VERSION_NOT_FOUND", "FRAMEWORK_VERSION_ALREADY_EXISTS", "FRAMEWORK_VERSION_INVALID"},
    {ResourceType::kEdition, "edition", "EDITION_NOT_FOUND", "EDITION_ALREADY_EXISTS", "EDITION_INVALID"},
    {ResourceType::kKeyQuestion, "key question", "KEY_QUESTION_NOT_FOUND", "KEY_QUESTION_ALREADY_EXISTS", "KEY_QUESTION_INVALID"},
    {ResourceType::kItem, "item", "ITEM_NOT_FOUND", "ITEM_ALREADY_EXISTS", "ITEM_INVALID"},
    {ResourceType::kCharacteristic, "characteristic", "CHARACTERISTIC_NOT_FOUND", "CHARACTERISTIC_ALREADY_EXISTS", "CHARACTERISTIC_INVALID"},
    {ResourceType::kEvidenceCategory, "evidence category", "EVIDENCE_CATEGORY_NOT_FOUND", "EVIDENCE_CATEGORY_ALREADY_EXISTS", "EVIDENCE_CATEGORY_INVALID"},
    {ResourceType::kCrosswalk, "crosswalk", "CROSSWALK_NOT_FOUND", "CROSSWALK_ALREADY_EXISTS", "CROSSWALK_INVALID"},
    {ResourceType::kSuccessFactor, "success factor", "SUCCESS_FACTOR_NOT_FOUND", "SUCCESS_FACTOR_ALREADY_EXISTS", "SUCCESS_FACTOR_INVALID"},
    {ResourceType::kPracticeExample, "practice example", "PRACTICE_EXAMPLE_NOT_FOUND", "PRACTICE_EXAMPLE_ALREADY_EXISTS", "PRACTICE_EXAMPLE_INVALID"},
    {ResourceType::kProvider, "provider", "PROVIDER_NOT_FOUND", "PROVIDER_ALREADY_EXISTS", "PROVIDER_INVALID"},
    {ResourceType::kLocation, "location", "LOCATION_NOT_FOUND", "LOCATION_ALREADY_EXISTS", "LOCATION_INVALID"},
    {ResourceType::kService, "service", "SERVICE_NOT_FOUND", "SERVICE_ALREADY_EXISTS", "SERVICE_INVALID"},
    {ResourceType::kArea, "area", "AREA_NOT_FOUND", "AREA_ALREADY_EXISTS", "AREA_INVALID"},
    {ResourceType::kEvidence, "evidence", "EVIDENCE_NOT_FOUND", "EVIDENCE_ALREADY_EXISTS", "EVIDENCE_INVALID"},
    {ResourceType::kJudgement, "judgement", "JUDGEMENT_NOT_FOUND", "JUDGEMENT_ALREADY_EXISTS", "JUDGEMENT_INVALID"},
    {ResourceType::kAction, "action", "ACTION_NOT_FOUND", "ACTION_ALREADY_EXISTS", "ACTION_INVALID"},
    {ResourceType::kOverride, "override", "OVERRIDE_NOT_FOUND", "OVERRIDE_ALREADY_EXISTS", "OVERRIDE_INVALID"},
    {ResourceType::kPublication, "publication", "PUBLICATION_NOT_FOUND", "PUBLICATION_ALREADY_EXISTS", "PUBLICATION_INVALID"},
    {ResourceType::kAttachment, "attachment", "ATTACHMENT_NOT_FOUND", "ATTACHMENT_ALREADY_EXISTS", "ATTACHMENT_INVALID"},
    {ResourceType::kImportRun, "import run", "IMPORT_RUN_NOT_FOUND", "IMPORT_RUN_ALREADY_EXISTS", "IMPORT_RUN_INVALID"},
    {ResourceType::kRating, "rating", "RATING_NOT_FOUND", "RATING_ALREADY_EXISTS", "RATING_INVALID"},
    {ResourceType::kOperation, "operation", "OPERATION_NOT_FOUND", "OPERATION_ALREADY_EXISTS", "OPERATION_INVALID"},
    {ResourceType::kSubject, "subject", "SUBJECT_NOT_FOUND", "SUBJECT_ALREADY_EXISTS", "SUBJECT_INVALID"},
};
// clang-format on

constexpr bool RowsFollowTheEnum() {
  size_t expected = 0;
  for (const ResourceReasons& row : kReasons) {
    if (static_cast<size_t>(row.type) != expected++) return false;
  }
  return expected == static_cast<size_t>(ResourceType::kSubject) + 1;
}
static_assert(RowsFollowTheEnum(), "one row for each resource type, in the enum's order");

}  // namespace

const ResourceReasons& ReasonsOf(ResourceType type) { return kReasons[static_cast<size_t>(type)]; }

absl::Span<const ResourceReasons> AllResourceReasons() { return kReasons; }

}  // namespace assay::errors
