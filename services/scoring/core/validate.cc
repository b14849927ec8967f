#include "services/scoring/core/validate.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

#include "services/common/clock/day_proto.h"
#include "services/common/errors/errors.h"
#include "services/common/names/names.h"
#include "services/common/revision/revision_proto.h"

namespace assay::scoring {
namespace {

using errors::Violations;

constexpr char kRatingNameForm[] = "locations/{location}/rating, as in locations/1-102/rating";
constexpr std::size_t kMaxSectorBytes = 64;

absl::StatusOr<AskedSubject> LocationOfRating(absl::string_view name) {
  absl::StatusOr<names::Subject> subject = names::ParseRatingName(name);
  if (!subject.ok() || subject->kind() != names::SubjectKind::kLocation) {
    return errors::InvalidArgument("name", name, kRatingNameForm);
  }
  return AskedSubject{subject->name(), names::PartitionOf(*subject)};
}

AskedSubject ReadName(absl::string_view name, absl::string_view field, Violations& bad) {
  absl::StatusOr<AskedSubject> location = LocationOfRating(name);
  if (location.ok()) return *std::move(location);
  bad.Add(field, name, kRatingNameForm);
  return {};
}

View ReadView(v1::RatingView view, Violations& bad) {
  switch (view) {
    case v1::RATING_VIEW_UNSPECIFIED:
    case v1::RATING_VIEW_BASIC:
      return View::kBasic;
    case v1::RATING_VIEW_FULL:
      return View::kFull;
    default:
      bad.Add("view", static_cast<int>(view), "RATING_VIEW_BASIC or RATING_VIEW_FULL");
      return View::kBasic;
  }
}

std::optional<revision::RevisionVector> ReadAtLeast(
    const google::protobuf::RepeatedPtrField<type::v1::Revision>& tokens, Violations& bad) {
  if (tokens.size() > kMaxAtLeast) {
    bad.Add("at_least", tokens.size(), absl::StrCat("at most ", kMaxAtLeast, " revisions"));
    return std::nullopt;
  }
  std::optional<revision::RevisionVector> joined;
  for (int i = 0; i < tokens.size(); ++i) {
    const std::string field = absl::StrCat("at_least[", i, "]");
    absl::StatusOr<revision::RevisionVector> one =
        revision::RevisionFromProto(tokens.Get(i), field);
    if (!one.ok()) {
      bad.AddText(field, "got a token that no Assay service made, want one as a write returned it");
    } else if (!joined) {
      joined = *std::move(one);
    } else if (!joined->Join(*one, field).ok()) {
      bad.AddText(field, "got a token of another record than the ones before, want all of one");
    }
  }
  return joined;
}

void ReadAsOf(const type::v1::AsOf& as_of, const Present& present, Moment& moment,
              Violations& bad) {
  moment.day = present.day;
  if (!clock::IsUnset(as_of.effective_date())) {
    absl::StatusOr<clock::Day> day = clock::DayFromProto(as_of.effective_date());
    if (!day.ok()) {
      bad.AddText("as_of.effective_date", day.status().message());
    } else if (*day - present.day > kMaxDaysAhead) {
      bad.Add("as_of.effective_date", day->ToString(),
              absl::StrCat("a day at most ", kMaxDaysAhead, " days ahead"));
    } else {
      moment.day = *day;
    }
  }
  if (!as_of.has_known_at()) return;
  const google::protobuf::Timestamp& known = as_of.known_at();
  constexpr std::int64_t kLastSecond = 253402300799;  // the end of year 9999, protobuf's own limit
  if (known.nanos() < 0 || known.nanos() > 999'999'999 || known.seconds() < 0 ||
      known.seconds() > kLastSecond) {
    bad.Add("as_of.known_at", absl::StrCat(known.seconds(), " s ", known.nanos(), " ns"),
            "a moment from 1970 to 9999");
    return;
  }
  const absl::Time known_at =
      absl::FromUnixSeconds(known.seconds()) + absl::Nanoseconds(known.nanos());
  // What will be recorded by then may yet change, so the answer could not stay what it is.
  if (known_at > present.moment) {
    bad.Add("as_of.known_at", absl::FormatTime(known_at, absl::UTCTimeZone()),
            "a moment that is not ahead");
    return;
  }
  moment.known_at = known_at;
}

template <typename Request>
void ReadMoment(const Request& request, const Present& present, Moment& moment, Violations& bad) {
  ReadAsOf(request.as_of(), present, moment, bad);
  moment.at_least = ReadAtLeast(request.at_least(), bad);
}

// Refuses a list of names that is empty or too long.
bool CheckCount(int count, int most, Violations& bad) {
  if (count >= 1 && count <= most) return true;
  bad.Add("names", absl::StrCat(count, " names"), absl::StrCat("1 to ", most));
  return false;
}

}  // namespace

absl::StatusOr<RatingQuestion> Validate(const v1::GetRatingRequest& request,
                                        const Present& present) {
  Violations bad;
  RatingQuestion question;
  question.subject = ReadName(request.name(), "name", bad);
  question.view = ReadView(request.view(), bad);
  ReadMoment(request, present, question.moment, bad);
  if (!bad.empty()) return bad.ToStatus();
  return question;
}

absl::StatusOr<RatingQuestion> Validate(const v1::ExplainRatingRequest& request,
                                        const Present& present) {
  Violations bad;
  RatingQuestion question;
  question.subject = ReadName(request.name(), "name", bad);
  question.view = View::kExplain;
  ReadMoment(request, present, question.moment, bad);
  if (!bad.empty()) return bad.ToStatus();
  return question;
}

absl::StatusOr<BatchQuestion> Validate(const v1::BatchGetRatingsRequest& request,
                                       const Present& present) {
  Violations bad;
  BatchQuestion question;
  if (CheckCount(request.names_size(), kMaxBatchNames, bad)) {
    for (const std::string& name : request.names()) {
      question.names.push_back(name);
      question.subjects.push_back(LocationOfRating(name));
    }
  }
  question.view = ReadView(request.view(), bad);
  ReadMoment(request, present, question.moment, bad);
  if (!bad.empty()) return bad.ToStatus();
  return question;
}

absl::StatusOr<WatchQuestion> Validate(const v1::WatchRatingsRequest& request) {
  Violations bad;
  WatchQuestion question;
  if (CheckCount(request.names_size(), kMaxWatchNames, bad)) {
    for (int i = 0; i < request.names_size(); ++i) {
      const std::string& name = request.names(i);
      absl::StatusOr<names::Subject> area = names::Subject::Parse(name);
      if (area.ok() && area->kind() == names::SubjectKind::kArea) {
        question.areas.push_back(area->name());
        continue;
      }
      absl::StatusOr<AskedSubject> location = LocationOfRating(name);
      if (location.ok()) {
        question.locations.push_back(*std::move(location));
      } else {
        bad.Add(absl::StrCat("names[", i, "]"), name,
                absl::StrCat(kRatingNameForm, ", or areas/{area}, as in areas/icb.QHL"));
      }
    }
  }
  question.view = ReadView(request.view(), bad);
  question.at_least = ReadAtLeast(request.at_least(), bad);
  if (!bad.empty()) return bad.ToStatus();
  return question;
}

absl::StatusOr<AreaQuestion> Validate(const v1::GetAreaSummaryRequest& request,
                                      const Present& present) {
  Violations bad;
  AreaQuestion question;
  absl::StatusOr<names::Subject> area = names::Subject::Parse(request.name());
  if (area.ok() && area->kind() == names::SubjectKind::kArea) {
    question.area = area->name();
  } else {
    bad.Add("name", request.name(), "areas/{kind}.{code}, as in areas/icb.QHL or areas/region.Y60");
  }
  if (request.sector().size() > kMaxSectorBytes) {
    bad.Add("sector", request.sector(), absl::StrCat("at most ", kMaxSectorBytes, " bytes"));
  }
  question.sector = request.sector();
  ReadMoment(request, present, question.moment, bad);
  if (!bad.empty()) return bad.ToStatus();
  return question;
}

absl::Status CheckSector(const AreaQuestion& question, const std::vector<std::string>& known) {
  if (question.sector.empty() || known.empty() ||
      std::binary_search(known.begin(), known.end(), question.sector)) {
    return absl::OkStatus();
  }
  return errors::InvalidArgument("sector", question.sector,
                                 absl::StrCat("one of ", absl::StrJoin(known, ", ")));
}

}  // namespace assay::scoring
