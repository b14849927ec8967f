// The ratings in a location's document as judgements.
//
// Thread safety: pure. Cost: a few microseconds a judgement.
#pragma once

#include <string>

#include "clients/cli/import/cqc_api.h"
#include "clients/cli/import/json_fields.h"

namespace assay::importer {

// The scope of request ids, and the system that sources name.
inline constexpr char kCqcSystem[] = "cqc-api";

// Whose ratings they are.
struct RatedLocation {
  std::string name;         // locations/1-102
  std::string id;           // 1-102
  std::string provider_id;  // 1-101
};

// Adds the judgements of `currentRatings` and `historicRatings`: published key questions and
// overall ratings under cqc-kloe@2017-11.
void MapPublishedRatings(const Fields& document, const RatedLocation& location,
                         const CqcContext& context, MappedDocument* mapped);

// Adds those of `assessment`: scores of statements, with the published key questions and overall
// ratings, under the version that was in force when the assessment started.
void MapAssessments(const Fields& document, const RatedLocation& location,
                    const CqcContext& context, MappedDocument* mapped);

}  // namespace assay::importer
