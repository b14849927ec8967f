#include "clients/cli/output/words.h"

#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"

namespace assay::cli {

std::string DateText(const type::v1::Date& date) {
  if (date.year() == 0) return "";
  return absl::StrFormat("%04d-%02d-%02d", date.year(), date.month(), date.day());
}

Tone ToneOf(type::v1::Rating rating) {
  switch (rating) {
    case type::v1::RATING_OUTSTANDING:
      return Tone::kBest;
    case type::v1::RATING_GOOD:
      return Tone::kGood;
    case type::v1::RATING_REQUIRES_IMPROVEMENT:
      return Tone::kWarn;
    case type::v1::RATING_INADEQUATE:
      return Tone::kBad;
    default:
      return Tone::kFaint;
  }
}

std::string RatingText(type::v1::Rating rating) {
  switch (rating) {
    case type::v1::RATING_OUTSTANDING:
      return "Outstanding";
    case type::v1::RATING_GOOD:
      return "Good";
    case type::v1::RATING_REQUIRES_IMPROVEMENT:
      return "Requires improvement";
    case type::v1::RATING_INADEQUATE:
      return "Inadequate";
    default:
      return "Unrated";
  }
}

std::string OutcomeText(const type::v1::Outcome& outcome) {
  if (!outcome.label().empty()) return outcome.label();
  if (outcome.level() == 0) return "";
  return absl::StrCat(outcome.scale(), " ", outcome.level());
}

std::string UnratedText(const type::v1::Unrated& unrated) {
  if (!unrated.text().empty()) return unrated.text();
  return absl::StrReplaceAll(unrated.reason(), {{"-", " "}});
}

std::string OriginText(scoring::v1::OutcomeOrigin origin) {
  switch (origin) {
    case scoring::v1::OUTCOME_ORIGIN_COMPUTED:
      return "computed";
    case scoring::v1::OUTCOME_ORIGIN_ASSESSED:
      return "assessed";
    case scoring::v1::OUTCOME_ORIGIN_GIVEN:
      return "given";
    case scoring::v1::OUTCOME_ORIGIN_CARRIED_FORWARD:
      return "carried forward";
    case scoring::v1::OUTCOME_ORIGIN_OVERRIDDEN:
      return "overridden";
    default:
      return "";
  }
}

std::string NodeText(const type::v1::Node& node) {
  std::vector<std::string> parts;
  for (const std::string* part :
       {&node.location(), &node.service(), node.item().empty() ? &node.group() : &node.item(),
        &node.category()}) {
    if (!part->empty()) parts.push_back(*part);
  }
  return parts.empty() ? "overall" : absl::StrJoin(parts, " / ");
}

std::string Capitalised(absl::string_view text) {
  std::string out(text);
  if (!out.empty()) out[0] = absl::ascii_toupper(static_cast<unsigned char>(out[0]));
  return out;
}

}  // namespace assay::cli
