// What stands behind an override, as people read it below an explanation.
//
// Thread safety: pure functions. Cost: some lines of text each.
#pragma once

#include <string>

#include "assay/evidence/v1/record.pb.h"
#include "clients/cli/output/style.h"

namespace assay::cli {

// Where, from what to what and since when; then why, by which quality control and who, as far as
// the record says it.
std::string OverrideText(const evidence::v1::Override& one, const Style& style);

}  // namespace assay::cli
