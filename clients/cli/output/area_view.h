// Area summaries as people read them: counts with bars.
//
// Thread safety: pure functions. Cost: a page of text.
#pragma once

#include <string>

#include "assay/scoring/v1/area_service.pb.h"
#include "clients/cli/output/style.h"

namespace assay::cli {

// The counts of an area with a bar each, best rating first, then the groups as a table. `width` is
// that of the terminal, in columns; at least 40 are used.
std::string AreaPage(const scoring::v1::AreaSummary& summary, const Style& style, int width);

}  // namespace assay::cli
