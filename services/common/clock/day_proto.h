#pragma once

// Day to and from assay.type.v1.Date.
//
// Thread safety: pure. Cost: nanoseconds.

#include "absl/status/statusor.h"

#include "assay/type/v1/date.pb.h"
#include "services/common/clock/day.h"

namespace assay::clock {

// The contract's "no date is given": a message without any field set.
bool IsUnset(const type::v1::Date& date);

// INVALID_ARGUMENT ("got year 2025, month 2, day 30, want a calendar date (...)") for what the
// calendar lacks, an unset date included: ask IsUnset first where a date may be left out.
absl::StatusOr<Day> DayFromProto(const type::v1::Date& date);

type::v1::Date DayToProto(Day day);

// Whether `day` lies in the half-open range of days from <= day < before. A bound that is unset, or
// no calendar date, does not bound.
bool InRange(const type::v1::Date& from, const type::v1::Date& before, Day day);

}  // namespace assay::clock
