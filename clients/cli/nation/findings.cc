#include "clients/cli/nation/findings.h"

#include <cstddef>
#include <cstdint>

namespace assay::nation {
namespace {

using type::v1::Rating;
using type::v1::RATING_GOOD;
using type::v1::RATING_INADEQUATE;
using type::v1::RATING_OUTSTANDING;
using type::v1::RATING_REQUIRES_IMPROVEMENT;

// How often a key question is the one that departs from good.
std::uint32_t Weight(const std::string& id) {
  if (id == "safe" || id == "well-led") return 4;
  return id == "effective" ? 2 : 1;
}

// Places of `count` different key questions, drawn by weight.
class Picker {
 public:
  Picker(const std::vector<std::string>& ids, Dice* dice) : dice_(dice) {
    for (const std::string& id : ids) weights_.push_back(Weight(id));
  }

  void Set(int count, Rating rating, std::vector<Rating>* ratings) {
    for (int taken = 0; taken < count; ++taken) {
      const std::size_t at = dice_->Weighted(weights_);
      weights_[at] = 0;
      (*ratings)[at] = rating;
    }
  }

 private:
  Dice* dice_;
  std::vector<std::uint32_t> weights_;
};

// Sets `count` of the scores, at places not drawn before, to `score`.
void Scatter(int count, int score, std::vector<int>* free, Dice* dice, std::vector<int>* scores) {
  for (int taken = 0; taken < count && !free->empty(); ++taken) {
    const std::size_t at = dice->Below(static_cast<std::uint32_t>(free->size()));
    (*scores)[static_cast<std::size_t>((*free)[at])] = score;
    free->erase(free->begin() + static_cast<std::ptrdiff_t>(at));
  }
}

// A base score and how many departures of each kind. Departures of at most two keep every band for
// four scores and more: two steps are half a band's 25 % of 4n or less.
struct Pattern {
  int base;
  int departing;
  int count;
  int also;
  int also_count;
};

Pattern DrawPattern(Rating rating, int count, Dice* dice) {
  const int few = count >= 5 ? 2 : 1;
  switch (rating) {
    case RATING_OUTSTANDING:
      return {4, 3, dice->Between(0, few), 0, 0};
    case RATING_GOOD:
      if (dice->PerMille(25)) return {4, 2, 1, 0, 0};  // held by the limiter to good
      return {3, 4, dice->Between(0, few), 2, static_cast<int>(dice->Weighted({70, 25, 5}))};
    case RATING_REQUIRES_IMPROVEMENT:
      if (dice->PerMille(200)) return {3, 1, 1, 0, 0};  // held by the limiter to this
      return {2, 3, dice->Between(0, few), 1, dice->Between(0, few - 1)};
    default:
      return {1, 2, dice->Between(0, few), 0, 0};
  }
}

}  // namespace

Rating DrawRating(Dice* dice) {
  constexpr Rating kRatings[] = {RATING_OUTSTANDING, RATING_GOOD, RATING_REQUIRES_IMPROVEMENT,
                                 RATING_INADEQUATE};
  return kRatings[dice->Weighted({47, 786, 158, 9})];
}

std::vector<Rating> DrawKeyQuestions(Rating overall, const std::vector<std::string>& ids,
                                     Dice* dice) {
  std::vector<Rating> ratings(ids.size(), RATING_GOOD);
  Picker picker(ids, dice);
  switch (overall) {
    case RATING_OUTSTANDING:
      picker.Set(dice->Between(2, 4), RATING_OUTSTANDING, &ratings);
      break;
    case RATING_REQUIRES_IMPROVEMENT:
      if (dice->PerMille(100)) {
        picker.Set(1, RATING_INADEQUATE, &ratings);
        picker.Set(dice->Between(0, 2), RATING_REQUIRES_IMPROVEMENT, &ratings);
      } else {
        picker.Set(dice->Between(2, 4), RATING_REQUIRES_IMPROVEMENT, &ratings);
      }
      break;
    case RATING_INADEQUATE:
      picker.Set(dice->Between(2, 3), RATING_INADEQUATE, &ratings);
      picker.Set(dice->Between(0, 1), RATING_REQUIRES_IMPROVEMENT, &ratings);
      break;
    default: {
      const std::size_t shape = dice->Weighted({70, 15, 13, 2});
      if (shape == 1) picker.Set(1, RATING_OUTSTANDING, &ratings);
      if (shape >= 2) picker.Set(1, RATING_REQUIRES_IMPROVEMENT, &ratings);
      if (shape == 3) picker.Set(2, RATING_OUTSTANDING, &ratings);
      break;
    }
  }
  return ratings;
}

std::vector<int> DrawScores(Rating rating, int count, Dice* dice) {
  if (count < 4) return std::vector<int>(static_cast<std::size_t>(count), ScoreFor(rating));
  const Pattern pattern = DrawPattern(rating, count, dice);
  std::vector<int> scores(static_cast<std::size_t>(count), pattern.base);
  std::vector<int> free;
  for (int index = 0; index < count; ++index) free.push_back(index);
  Scatter(pattern.count, pattern.departing, &free, dice, &scores);
  Scatter(pattern.also_count, pattern.also, &free, dice, &scores);
  return scores;
}

int ScoreFor(Rating rating) {
  switch (rating) {
    case RATING_OUTSTANDING:
      return 4;
    case RATING_GOOD:
      return 3;
    case RATING_REQUIRES_IMPROVEMENT:
      return 2;
    default:
      return 1;
  }
}

}  // namespace assay::nation
