// Outcomes drawn so that a wanted rating follows from them.
//
// Thread safety: pure but for the dice. Cost: some dozens of draws.
#pragma once

#include <string>
#include <vector>

#include "assay/type/v1/outcome.pb.h"
#include "clients/cli/nation/dice.h"

namespace assay::nation {

// A rating with the chances of the published ones: outstanding 47 in a thousand, good 786, requires
// improvement 158, inadequate 9 (9,992 locations).
type::v1::Rating DrawRating(Dice* dice);

// Ratings of the key questions, in the order of `ids`, that make `overall` by the table of five:
// two inadequate make inadequate, one of them or two that require improvement make that, two
// outstanding and nothing below good make outstanding. Safe and Well-led go wrong more often than
// the others. Needs at least four ids.
std::vector<type::v1::Rating> DrawKeyQuestions(type::v1::Rating overall,
                                               const std::vector<std::string>& ids, Dice* dice);

// `count` scores, 1 to 4, that make `rating` by percent bands (38, 62, 87; half up) and limiters. A
// fifth of those that require improvement have a percentage of good and are held by a score of 1;
// some of good have one of outstanding and are held by a 2. Under four scores all are alike.
std::vector<int> DrawScores(type::v1::Rating rating, int count, Dice* dice);

// The score that an unassessed statement takes from its key question's rating: 4, 3, 2, 1.
int ScoreFor(type::v1::Rating rating);

}  // namespace assay::nation
