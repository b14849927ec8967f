// What people type, as the contract's names and values.
//
// Thread safety: pure functions. Cost: a short string each.
// Errors: INVALID_ARGUMENT with one violation: the argument's name, what came, what was wanted.
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "google/protobuf/timestamp.pb.h"

#include "assay/type/v1/date.pb.h"
#include "assay/type/v1/revision.pb.h"
#include "services/common/names/names.h"

namespace assay::cli {

// `1-102`, `locations/1-102` or `locations/1-102/rating` as `locations/1-102/rating`.
absl::StatusOr<std::string> RatingNameFrom(absl::string_view text);

// `areas/icb.QHL`, `icb.QHL`, or the bare code `QHL` of an integrated care board as
// `areas/icb.QHL`. Codes of boards and regions are taken in any case.
absl::StatusOr<std::string> AreaNameFrom(absl::string_view text);

// What a record is about: a location or its service by id or name (`1-102`,
// `1-102/services/homecare`), a provider by name (`providers/1-101`), an area by name or
// `kind.CODE`.
absl::StatusOr<names::Subject> SubjectFrom(absl::string_view text);

// What a watch can name: an area if it says `areas/`, or `kind.CODE`; else a location. (A bare code
// could be either, and is a location.)
absl::StatusOr<std::string> WatchNameFrom(absl::string_view text);

// `cqc-saf@2024-12` or the full name as `frameworks/cqc-saf/versions/2024-12`.
absl::StatusOr<std::string> VersionNameFrom(absl::string_view text);

// `2024-12-02`. `argument` names the option in an error.
absl::StatusOr<type::v1::Date> DateFrom(absl::string_view argument, absl::string_view text);

// RFC 3339: `2024-12-02T09:30:00Z`, an offset in place of Z allowed.
absl::StatusOr<google::protobuf::Timestamp> MomentFrom(absl::string_view argument,
                                                       absl::string_view text);

// A revision token in base64, as `--json` shows it. At most 4,096 bytes.
absl::StatusOr<type::v1::Revision> RevisionFrom(absl::string_view argument, absl::string_view text);

}  // namespace assay::cli
