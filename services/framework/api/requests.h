#pragma once

// What a request of the framework service must be; one function a check, all violations at once.
//
// Thread safety: pure but for `bad`. Cost: a microsecond.

#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"
#include "google/protobuf/field_mask.pb.h"

#include "assay/framework/v1/framework.pb.h"
#include "services/common/errors/violations.h"
#include "services/common/paging/page_token.h"

namespace assay::framework {

// Page sizes of every list: 0 means 50, more than 1,000 means 1,000.
inline constexpr paging::PageSizeLimits kPageSizes = {50, 1000};

// A read mask names at most this many fields.
inline constexpr int kMaxMaskPaths = 32;

// An error names at most so many versions.
inline constexpr std::size_t kMaxNamedVersions = 10;
// SelectVersion names at most so many others.
inline constexpr std::size_t kMaxAlsoInForce = 100;

// `frameworks/{framework}`; with `any`, also `frameworks/-`.
void CheckFrameworkName(absl::string_view field, absl::string_view name, bool any,
                        errors::Violations& bad);

// `frameworks/{framework}/versions/{version}`.
void CheckVersionName(absl::string_view field, absl::string_view name, errors::Violations& bad);

// The name of a version's part, taken apart; both empty where it is wrong.
struct PartName {
  std::string version;
  std::string part;
};
PartName CheckPartName(absl::string_view name, absl::string_view collection,
                       errors::Violations& bad);

// Each path is a top-level field of FrameworkVersion, or `*`.
void CheckReadMask(const google::protobuf::FieldMask& mask, errors::Violations& bad);

// At most 200 bytes of text, or nothing.
void CheckSector(absl::string_view field, absl::string_view sector, errors::Violations& bad);

// 64 lower-case hexadecimal digits, or nothing.
void CheckDigest(absl::string_view field, absl::string_view digest, errors::Violations& bad);

// `version` with the fields of `mask` only; the whole where the mask has no path.
v1::FrameworkVersion Masked(const v1::FrameworkVersion& version,
                            const google::protobuf::FieldMask& mask);

}  // namespace assay::framework
