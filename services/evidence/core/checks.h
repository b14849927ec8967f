#pragma once

// Checks of single fields, shared by the validation of every request. Each notes what is wrong
// under the field's path and goes on.
//
// Thread safety: pure but for the Violations given. Cost: nothing is allocated where nothing is
// wrong.

#include <cstddef>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/types/optional.h"

#include "assay/evidence/v1/record.pb.h"
#include "assay/type/v1/date.pb.h"
#include "services/common/clock/day.h"
#include "services/common/errors/violations.h"
#include "services/common/names/names.h"

namespace assay::evidence {

// `prefix`.`name`, or `name` where the prefix is empty.
std::string Path(absl::string_view prefix, absl::string_view name);
// `prefix`.`name`[index].
std::string Path(absl::string_view prefix, absl::string_view name, size_t index);

// At most `limit` bytes, of UTF-8 without control characters but tab and line breaks.
void CheckText(const std::string& field, absl::string_view text, size_t limit,
               errors::Violations& bad);
// The same, and not empty.
void CheckRequiredText(const std::string& field, absl::string_view text, size_t limit,
                       errors::Violations& bad);
// Lower-case letters, digits and hyphens, 1 to 64 bytes; empty where `optional`.
void CheckId(const std::string& field, absl::string_view id, bool optional,
             errors::Violations& bad);
// At most `limit` entries.
void CheckCount(const std::string& field, int count, size_t limit, errors::Violations& bad);

// The day of a field that may be left out; absent where it is, or where it is no day of the
// calendar.
absl::optional<clock::Day> CheckDay(const std::string& field, const type::v1::Date& date,
                                    errors::Violations& bad);
// The day of a field that may not.
absl::optional<clock::Day> CheckRequiredDay(const std::string& field, const type::v1::Date& date,
                                            errors::Violations& bad);
// The same, and at most 366 days after `today`.
absl::optional<clock::Day> CheckEffectiveDay(const std::string& field, const type::v1::Date& date,
                                             clock::Day today, errors::Violations& bad);

// A well-formed name of one kind, or of any.
absl::optional<names::Subject> CheckSubject(const std::string& field, absl::string_view name,
                                            errors::Violations& bad);
absl::optional<names::Subject> CheckSubject(const std::string& field, absl::string_view name,
                                            names::SubjectKind kind, errors::Violations& bad);

// Lengths; a reference needs a system.
void CheckSource(const std::string& field, const v1::Source& source, errors::Violations& bad);

// Empty, or a UUID of any case: its 16 bytes.
std::string CheckRequestId(const std::string& field, absl::string_view request_id,
                           errors::Violations& bad);

// The 16 bytes of a UUID's 36 characters; well-formed ones only.
std::string UuidBytes(absl::string_view uuid);

}  // namespace assay::evidence
