#include "clients/cli/arguments/arguments.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "absl/time/time.h"

#include "services/common/clock/day.h"
#include "services/common/errors/errors.h"
#include "services/common/names/names.h"

namespace assay::cli {
namespace {

constexpr std::size_t kMaxTokenBytes = 4096;
constexpr int kLastYear = 2199;

// A health-service code: 3 to 6 letters and digits. Local authorities and names are left as typed.
bool IsBoardCode(absl::string_view text) {
  return text.size() >= 3 && text.size() <= 6 &&
         std::all_of(text.begin(), text.end(), [](char c) { return absl::ascii_isalnum(c); });
}

}  // namespace

absl::StatusOr<std::string> RatingNameFrom(absl::string_view text) {
  absl::string_view id = text;
  absl::ConsumePrefix(&id, "locations/");
  absl::ConsumeSuffix(&id, "/rating");
  const absl::StatusOr<names::Subject> subject = names::Subject::Location(id);
  if (!subject.ok()) {
    return errors::InvalidArgument("LOCATION", text,
                                   "a location's id such as 1-102, or locations/1-102");
  }
  return names::RatingNameOf(*subject);
}

absl::StatusOr<std::string> AreaNameFrom(absl::string_view text) {
  absl::string_view rest = text;
  absl::ConsumePrefix(&rest, "areas/");
  std::string id(rest);
  if (IsBoardCode(rest)) {
    id = absl::StrCat("icb.", absl::AsciiStrToUpper(rest));
  } else if (absl::StartsWith(rest, "icb.") || absl::StartsWith(rest, "region.")) {
    const std::size_t dot = rest.find('.');
    id = absl::StrCat(rest.substr(0, dot + 1), absl::AsciiStrToUpper(rest.substr(dot + 1)));
  }
  const absl::StatusOr<names::Subject> subject = names::Subject::Parse(absl::StrCat("areas/", id));
  if (!subject.ok()) {
    return errors::InvalidArgument(
        "AREA", text,
        "areas/icb.QHL, icb.QHL, or the code of an integrated care board such as QHL");
  }
  return subject->name();
}

absl::StatusOr<names::Subject> SubjectFrom(absl::string_view text) {
  std::string name(text);
  if (absl::StartsWith(text, "areas/") || absl::StrContains(text, '.')) {
    name = AreaNameFrom(text).value_or("");
  } else if (!absl::StartsWith(text, "locations/") && !absl::StartsWith(text, "providers/")) {
    name = absl::StrCat("locations/", text);
  }
  absl::StatusOr<names::Subject> subject = names::Subject::Parse(name);
  if (!subject.ok()) {
    return errors::InvalidArgument("SUBJECT", text,
                                   "a location such as 1-102, its service 1-102/services/homecare, "
                                   "providers/1-101, or an area such as icb.QHL");
  }
  return subject;
}

absl::StatusOr<std::string> WatchNameFrom(absl::string_view text) {
  const bool area = absl::StartsWith(text, "areas/") || absl::StrContains(text, '.');
  absl::StatusOr<std::string> name = area ? AreaNameFrom(text) : RatingNameFrom(text);
  if (!name.ok()) {
    return errors::InvalidArgument("NAME", text,
                                   "a location such as 1-102 or an area such as icb.QHL");
  }
  return name;
}

absl::StatusOr<std::string> VersionNameFrom(absl::string_view text) {
  const absl::StatusOr<names::FrameworkVersionName> name =
      absl::StrContains(text, '@') ? names::FrameworkVersionName::ParseShort(text)
                                   : names::FrameworkVersionName::Parse(text);
  if (!name.ok()) {
    return errors::InvalidArgument("framework", text, "a name such as cqc-saf@2024-12");
  }
  return name->name();
}

absl::StatusOr<type::v1::Date> DateFrom(absl::string_view argument, absl::string_view text) {
  const absl::StatusOr<clock::Day> day = clock::Day::Parse(text);
  if (!day.ok()) {
    return errors::InvalidArgument(argument, text, "a day such as 2024-12-02, from 1900 to 2199");
  }
  type::v1::Date date;
  date.set_year(day->year());
  date.set_month(day->month());
  date.set_day(day->day_of_month());
  return date;
}

absl::StatusOr<google::protobuf::Timestamp> MomentFrom(absl::string_view argument,
                                                       absl::string_view text) {
  absl::Time time;
  std::string error;
  if (!absl::ParseTime(absl::RFC3339_full, text, &time, &error) ||
      time < absl::FromUnixSeconds(0) ||
      time >= absl::FromCivil(absl::CivilYear(kLastYear + 1), absl::UTCTimeZone())) {
    return errors::InvalidArgument(argument, text, "a moment such as 2024-12-02T09:30:00Z");
  }
  google::protobuf::Timestamp stamp;
  const std::int64_t seconds = absl::ToUnixSeconds(time);
  stamp.set_seconds(seconds);
  stamp.set_nanos(
      static_cast<int>(absl::ToInt64Nanoseconds(time - absl::FromUnixSeconds(seconds))));
  return stamp;
}

absl::StatusOr<type::v1::Revision> RevisionFrom(absl::string_view argument,
                                                absl::string_view text) {
  std::string token;
  if (text.empty() || !absl::Base64Unescape(text, &token) || token.size() > kMaxTokenBytes) {
    return errors::InvalidArgument(argument, text,
                                   "a revision token in base64, as a write or --json shows it");
  }
  type::v1::Revision revision;
  revision.set_token(token);
  return revision;
}

}  // namespace assay::cli
