#pragma once

// The checks that a framework version passes before it is published, by id. docs/checks.md explains
// each; a test compares the two lists.
//
// Thread safety: constants.

#include <cstddef>

#include "absl/strings/string_view.h"

namespace assay::model {

// What one check says.
struct CheckInfo {
  absl::string_view id;
  bool error = true;          // false: a note, which stops nothing
  absl::string_view meaning;  // in a sentence
};

namespace check {

// The file.
inline constexpr char kFileUnreadable[] = "file-unreadable";
inline constexpr char kFileTooLarge[] = "file-too-large";
inline constexpr char kFileNotText[] = "file-not-text";
inline constexpr char kSyntax[] = "syntax";
// What the version is made of.
inline constexpr char kFieldInvalid[] = "field-invalid";
inline constexpr char kIdReused[] = "id-reused";
inline constexpr char kReferenceUnknown[] = "reference-unknown";
inline constexpr char kItemWithoutGroup[] = "item-without-group";
inline constexpr char kNodeWithoutInputs[] = "node-without-inputs";
inline constexpr char kSectorWithoutItems[] = "sector-without-items";
inline constexpr char kItemNeverApplies[] = "item-never-applies";
inline constexpr char kCategoryRowDead[] = "category-row-dead";
inline constexpr char kLadderDead[] = "ladder-dead";
inline constexpr char kOverrideWithoutReason[] = "override-without-reason";
inline constexpr char kExceptionWithoutReason[] = "exception-without-reason";
// Percent bands.
inline constexpr char kBandHole[] = "band-hole";
inline constexpr char kBandOverlap[] = "band-overlap";
// Decision tables and adjustments.
inline constexpr char kTableGap[] = "table-gap";
inline constexpr char kRowDead[] = "row-dead";
inline constexpr char kStepDead[] = "step-dead";
// Outcomes.
inline constexpr char kOutcomeUnreachable[] = "outcome-unreachable";
inline constexpr char kNotMonotone[] = "not-monotone";
inline constexpr char kCarryNotMonotone[] = "carry-not-monotone";
inline constexpr char kCapNeverBinds[] = "cap-never-binds";
inline constexpr char kCapRaises[] = "cap-raises";
inline constexpr char kEnumerationTooLarge[] = "enumeration-too-large";
// Crosswalks.
inline constexpr char kCrosswalkVersionUnknown[] = "crosswalk-version-unknown";
inline constexpr char kCrosswalkSourceUnknown[] = "crosswalk-source-unknown";
inline constexpr char kCrosswalkTargetUnknown[] = "crosswalk-target-unknown";
inline constexpr char kCrosswalkCycle[] = "crosswalk-cycle";
// Notes.
inline constexpr char kOutcomeOutsideInputs[] = "outcome-outside-inputs";
inline constexpr char kBlankLowers[] = "blank-lowers";
inline constexpr char kOtherwiseCatches[] = "otherwise-catches";
inline constexpr char kOtherwiseUnused[] = "otherwise-unused";
inline constexpr char kExceptionUnused[] = "exception-unused";
inline constexpr char kLadderGap[] = "ladder-gap";
inline constexpr char kReasonMissing[] = "reason-missing";
inline constexpr char kTableUnused[] = "table-unused";

}  // namespace check

// Every check, in the order above.
inline const CheckInfo kChecks[] = {
    {check::kFileUnreadable, true, "The file cannot be read."},
    {check::kFileTooLarge, true, "The file is larger than a version may be."},
    {check::kFileNotText, true, "The file holds bytes that no text has."},
    {check::kSyntax, true, "The text is not a version in protobuf's text format."},
    {check::kFieldInvalid, true, "A field holds a value that it cannot have."},
    {check::kIdReused, true, "An id, code or spelling is used twice."},
    {check::kReferenceUnknown, true, "A field names something that is not there."},
    {check::kItemWithoutGroup, true, "An item has no group, or one that is not there."},
    {check::kNodeWithoutInputs, true, "A computed node has nothing to compute from."},
    {check::kSectorWithoutItems, true, "In a sector, a group has no item that applies."},
    {check::kItemNeverApplies, true, "An item applies in no case at all."},
    {check::kCategoryRowDead, true, "A row of required categories decides for no item."},
    {check::kLadderDead, true, "A ladder rates no subject: those before it take them all."},
    {check::kOverrideWithoutReason, true, "A cap that may be overridden says no reason."},
    {check::kExceptionWithoutReason, true, "An exception to monotony says no reason."},
    {check::kBandHole, true, "A percentage that inputs can reach lies in no band."},
    {check::kBandOverlap, true, "A percentage that inputs can reach lies in several bands."},
    {check::kTableGap, true, "A decision table has no row for some inputs."},
    {check::kRowDead, true, "A row decides nothing, wherever its table is used."},
    {check::kStepDead, true, "A step of an adjustment is never taken."},
    {check::kOutcomeUnreachable, true, "No inputs give a level of the stage's scale."},
    {check::kNotMonotone, true, "The outcome falls although an input rises."},
    {check::kCarryNotMonotone, true, "A better previous rating carries a worse outcome."},
    {check::kCapNeverBinds, true, "A cap never changes an outcome."},
    {check::kCapRaises, true, "A cap asks for outcomes that are all below its limit."},
    {check::kEnumerationTooLarge, true, "There are too many inputs to prove the stage."},
    {check::kCrosswalkVersionUnknown, true, "A crosswalk names a version that is not there."},
    {check::kCrosswalkSourceUnknown, true, "A crosswalk leads from something that is not there."},
    {check::kCrosswalkTargetUnknown, true, "A crosswalk leads to something that is not there."},
    {check::kCrosswalkCycle, true, "Crosswalks lead from a version back to itself."},
    {check::kOutcomeOutsideInputs, false, "An outcome is better or worse than all its inputs."},
    {check::kBlankLowers, false, "Scoring a blank as well as the whole lowers the outcome."},
    {check::kOtherwiseCatches, false, "Inputs that only the row `otherwise` catches."},
    {check::kOtherwiseUnused, false, "The rows before `otherwise` catch everything."},
    {check::kExceptionUnused, false, "An exception to monotony excuses nothing."},
    {check::kLadderGap, false, "No ladder rates some subjects of a kind that others rate."},
    {check::kReasonMissing, false, "A rule that people will ask about says no reason."},
    {check::kTableUnused, false, "No stage uses a shared table."},
};

}  // namespace assay::model
