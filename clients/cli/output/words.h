// Small texts that several views share.
//
// Thread safety: pure functions. Cost: a short string each.
#pragma once

#include <string>

#include "absl/strings/string_view.h"

#include "assay/scoring/v1/rating.pb.h"
#include "assay/type/v1/date.pb.h"
#include "assay/type/v1/node.pb.h"
#include "assay/type/v1/outcome.pb.h"
#include "clients/cli/output/style.h"

namespace assay::cli {

// `2024-12-02`; empty for a date that is not set.
std::string DateText(const type::v1::Date& date);

// The colour of a rating; faint for none.
Tone ToneOf(type::v1::Rating rating);

// The published words of a rating: `Requires improvement`; `Unrated` for none.
std::string RatingText(type::v1::Rating rating);

// An outcome's words: its label, else its level on its scale.
std::string OutcomeText(const type::v1::Outcome& outcome);

// Why there is no rating: the reason in words, else its id with blanks for hyphens.
std::string UnratedText(const type::v1::Unrated& unrated);

// How an outcome came about, in a word or two: `computed`, `carried forward`. Empty for none.
std::string OriginText(scoring::v1::OutcomeOrigin origin);

// The position of a node without its stage: `homecare / safe`; `overall` where it is the whole.
std::string NodeText(const type::v1::Node& node);

// The text with the first letter as a capital.
std::string Capitalised(absl::string_view text);

}  // namespace assay::cli
