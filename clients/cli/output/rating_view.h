// Ratings, explanations and watched changes as people read them.
//
// Thread safety: pure functions. Cost: a page of text.
#pragma once

#include <string>

#include "assay/scoring/v1/rating_service.pb.h"
#include "clients/cli/output/style.h"

namespace assay::cli {

// A rating: overall, its groups and services as a table, items where the view has them, warnings.
std::string RatingPage(const scoring::v1::Rating& rating, const Style& style);

// The explanation in sentences, then inputs and steps with the caps that were tried.
std::string ExplanationPage(const scoring::v1::ExplainRatingResponse& answer, const Style& style);

// One line of a watch: `locations/1-102  Good  good  since 2025-01-06`, or that a subject left.
// Empty for a message that says only how far the stream has come.
std::string WatchLine(const scoring::v1::WatchRatingsResponse& event, const Style& style);

}  // namespace assay::cli
