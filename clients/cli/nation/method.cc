#include "clients/cli/nation/method.h"

#include <algorithm>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

#include "services/common/clock/day_proto.h"

namespace assay::nation {
namespace {

using framework::v1::FrameworkVersion;

constexpr absl::string_view kVersions[] = {
    "frameworks/cqc-kloe/versions/2017-11",
    "frameworks/cqc-saf/versions/2023-11",
    "frameworks/cqc-saf/versions/2024-12",
};
constexpr int kScores = 4;

// The sectors that the model limits an item to; empty where it does not.
std::vector<std::string> SectorsOf(const FrameworkVersion& version, const std::string& item) {
  std::vector<std::string> sectors;
  for (const auto& rule : version.scoring_model().applicability()) {
    if (std::find(rule.items().begin(), rule.items().end(), item) == rule.items().end()) continue;
    for (const auto& test : rule.when().all()) {
      sectors.insert(sectors.end(), test.sector().names().begin(), test.sector().names().end());
    }
  }
  return sectors;
}

absl::Status FindScales(const FrameworkVersion& version, Method* method) {
  for (const auto& scale : version.scoring_model().scales()) {
    int rated = 0;
    for (int index = 0; index < scale.levels_size(); ++index) {
      const type::v1::Rating rating = scale.levels(index).rating();
      if (rating == type::v1::RATING_UNSPECIFIED) continue;
      ++rated;
      method->levels[rating] = index + 1;
    }
    if (rated == 4) method->rating_scale = scale.id();
    if (rated == 0 && scale.levels_size() == kScores) method->score_scale = scale.id();
  }
  if (method->rating_scale.empty() || (method->scored && method->score_scale.empty())) {
    return absl::InvalidArgumentError(
        absl::StrCat(version.name(), ": want a scale of the four ratings, and one of four scores"));
  }
  return absl::OkStatus();
}

absl::StatusOr<Method> Read(const FrameworkVersion& version) {
  Method method;
  method.version = version.name();
  const absl::StatusOr<clock::Day> from = clock::DayFromProto(version.effective_from());
  if (!from.ok()) return from.status();
  method.from = *from;
  method.scored = version.items_size() > 0;
  for (const auto& group : version.groups()) {
    KeyQuestion question;
    question.id = group.id();
    for (const auto& item : version.items()) {
      if (item.group() == group.id()) {
        question.statements.push_back({item.id(), SectorsOf(version, item.id())});
      }
    }
    method.key_questions.push_back(std::move(question));
  }
  for (const auto& sector : version.sectors()) method.sectors.push_back(sector.id());
  if (absl::Status status = FindScales(version, &method); !status.ok()) return status;
  return method;
}

}  // namespace

bool Statement::ScoredIn(absl::string_view sector) const {
  return sectors.empty() || std::find(sectors.begin(), sectors.end(), sector) != sectors.end();
}

absl::StatusOr<Methods> Methods::From(const std::vector<const FrameworkVersion*>& versions) {
  Methods methods;
  std::vector<absl::string_view> missing;
  for (const absl::string_view name : kVersions) {
    const auto found = std::find_if(versions.begin(), versions.end(),
                                    [&](const FrameworkVersion* v) { return v->name() == name; });
    if (found == versions.end()) {
      missing.push_back(name);
      continue;
    }
    absl::StatusOr<Method> method = Read(**found);
    if (!method.ok()) return method.status();
    methods.methods_.push_back(*std::move(method));
  }
  if (missing.empty()) return methods;
  return absl::NotFoundError(absl::StrCat("the catalogue lacks ", absl::StrJoin(missing, ", ")));
}

const Method& Methods::For(clock::Day day) const {
  const Method* newest = &methods_.front();
  for (const Method& method : methods_) {
    if (method.from <= day) newest = &method;
  }
  return *newest;
}

}  // namespace assay::nation
