#include "services/evidence/core/checks.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

#include "services/common/clock/day_proto.h"
#include "services/common/text/utf8.h"
#include "services/common/text/uuid.h"
#include "services/evidence/core/limits.h"

namespace assay::evidence {
namespace {

// How names of this kind are written.
absl::string_view FormOf(names::SubjectKind kind) {
  switch (kind) {
    case names::SubjectKind::kProvider:
      return "providers/{id}";
    case names::SubjectKind::kLocation:
      return "locations/{id}";
    case names::SubjectKind::kService:
      return "locations/{id}/services/{service}";
    case names::SubjectKind::kArea:
      return "areas/{kind}.{code}";
  }
  return "";
}

}  // namespace

std::string Path(absl::string_view prefix, absl::string_view name) {
  return prefix.empty() ? std::string(name) : absl::StrCat(prefix, ".", name);
}

std::string Path(absl::string_view prefix, absl::string_view name, size_t index) {
  return absl::StrCat(Path(prefix, name), "[", index, "]");
}

void CheckText(const std::string& field, absl::string_view text, size_t limit,
               errors::Violations& bad) {
  if (text.size() > limit) {
    bad.Add(field, absl::StrCat(text.size(), " bytes"), absl::StrCat("at most ", limit, " bytes"));
    return;
  }
  const auto forbidden = [](unsigned char c) {
    return (c < 0x20 && c != '\n' && c != '\t' && c != '\r') || c == 0x7f;
  };
  if (std::any_of(text.begin(), text.end(), forbidden) || !text::IsValidUtf8(text)) {
    bad.Add(field, text, "UTF-8 text without control characters");
  }
}

void CheckRequiredText(const std::string& field, absl::string_view text, size_t limit,
                       errors::Violations& bad) {
  if (text.empty()) {
    bad.Add(field, "", absl::StrCat("1 to ", limit, " bytes"));
    return;
  }
  CheckText(field, text, limit, bad);
}

void CheckId(const std::string& field, absl::string_view id, bool optional,
             errors::Violations& bad) {
  if (id.empty() && optional) return;
  const auto allowed = [](char c) {
    return absl::ascii_islower(c) || absl::ascii_isdigit(c) || c == '-';
  };
  if (id.empty() || id.size() > kMaxId || !std::all_of(id.begin(), id.end(), allowed)) {
    bad.Add(field, id, "lower-case letters, digits and hyphens, 1 to 64 bytes");
  }
}

void CheckCount(const std::string& field, int count, size_t limit, errors::Violations& bad) {
  if (static_cast<size_t>(count) > limit) {
    bad.Add(field, absl::StrCat(count, " entries"), absl::StrCat("at most ", limit));
  }
}

absl::optional<clock::Day> CheckDay(const std::string& field, const type::v1::Date& date,
                                    errors::Violations& bad) {
  if (clock::IsUnset(date)) return absl::nullopt;
  return CheckRequiredDay(field, date, bad);
}

absl::optional<clock::Day> CheckRequiredDay(const std::string& field, const type::v1::Date& date,
                                            errors::Violations& bad) {
  if (clock::IsUnset(date)) {
    bad.Add(field, "", "a calendar date");
    return absl::nullopt;
  }
  const absl::StatusOr<clock::Day> day = clock::DayFromProto(date);
  if (day.ok()) return *day;
  bad.AddText(field, day.status().message());
  return absl::nullopt;
}

absl::optional<clock::Day> CheckEffectiveDay(const std::string& field, const type::v1::Date& date,
                                             clock::Day today, errors::Violations& bad) {
  const absl::optional<clock::Day> day = CheckRequiredDay(field, date, bad);
  const clock::Day latest = today.Plus(kMaxDaysAhead);
  if (day.has_value() && *day > latest) {
    bad.Add(
        field, day->ToString(),
        absl::StrCat("at most ", kMaxDaysAhead, " days ahead: ", latest.ToString(), " or earlier"));
  }
  return day;
}

absl::optional<names::Subject> CheckSubject(const std::string& field, absl::string_view name,
                                            errors::Violations& bad) {
  absl::StatusOr<names::Subject> subject = names::Subject::Parse(name);
  if (subject.ok()) return *std::move(subject);
  bad.AddText(field, subject.status().message());
  return absl::nullopt;
}

absl::optional<names::Subject> CheckSubject(const std::string& field, absl::string_view name,
                                            names::SubjectKind kind, errors::Violations& bad) {
  const absl::string_view form = FormOf(kind);
  // Of a name in the right collection the parser says what is wrong with its id.
  if (!absl::StartsWith(name, form.substr(0, form.find('/') + 1))) {
    bad.Add(field, name, form);
    return absl::nullopt;
  }
  absl::optional<names::Subject> subject = CheckSubject(field, name, bad);
  if (subject.has_value() && subject->kind() != kind) {
    bad.Add(field, name, form);
    subject.reset();
  }
  return subject;
}

void CheckSource(const std::string& field, const v1::Source& source, errors::Violations& bad) {
  CheckText(Path(field, "system"), source.system(), kMaxSourceSystem, bad);
  CheckText(Path(field, "reference"), source.reference(), kMaxSourceReference, bad);
  if (source.system().empty() && !source.reference().empty()) {
    bad.Add(Path(field, "system"), "", "the system that the reference is of");
  }
}

std::string CheckRequestId(const std::string& field, absl::string_view request_id,
                           errors::Violations& bad) {
  if (request_id.empty()) return "";
  const std::string lower = absl::AsciiStrToLower(request_id);
  if (text::IsUuid(lower)) return UuidBytes(lower);
  bad.Add(field, request_id, "a UUID, for instance 0190a5b8-3c4d-7e6f-8a9b-0c1d2e3f4a5b");
  return "";
}

std::string UuidBytes(absl::string_view uuid) {
  std::string bytes;
  bytes.reserve(16);
  const auto nibble = [](char c) { return c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10; };
  for (size_t at = 0; at + 1 < uuid.size(); at += 2) {
    if (uuid[at] == '-') ++at;
    bytes.push_back(static_cast<char>(nibble(uuid[at]) << 4 | nibble(uuid[at + 1])));
  }
  return bytes;
}

}  // namespace assay::evidence
