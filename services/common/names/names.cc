#include "services/common/names/names.h"

#include <vector>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"

#include "services/common/text/quote.h"
#include "services/common/text/uuid.h"

namespace assay::names {
namespace {

using text::Quoted;

constexpr absl::string_view kProviders = "providers/";
constexpr absl::string_view kLocations = "locations/";
constexpr absl::string_view kServices = "/services/";
constexpr absl::string_view kAreas = "areas/";
constexpr absl::string_view kFrameworks = "frameworks/";
constexpr absl::string_view kVersions = "/versions/";
constexpr absl::string_view kItems = "/items/";
constexpr absl::string_view kOperations = "operations/";
constexpr absl::string_view kRating = "/rating";

constexpr absl::string_view kSubjectForms =
    "providers/{id}, locations/{id}, locations/{id}/services/{service} or areas/{kind}.{code}";
constexpr absl::string_view kVersionForm = "frameworks/{framework}/versions/{version}";

constexpr AreaKind kAreaKinds[] = {AreaKind::kIcb, AreaKind::kRegion, AreaKind::kLocalAuthority,
                                   AreaKind::kSicbl};
constexpr RecordKind kRecordKinds[] = {RecordKind::kEvidence, RecordKind::kJudgement,
                                       RecordKind::kAction, RecordKind::kOverride,
                                       RecordKind::kPublication};

// What an id may be made of.
struct IdRule {
  absl::string_view noun;
  std::size_t max_bytes;
  bool upper_case;
  bool dots;  // also asks for a letter or digit at both ends, so that "." and ".." are no ids
};

constexpr IdRule kProviderRule = {"provider id", kMaxOrganisationIdBytes, true, false};
constexpr IdRule kLocationRule = {"location id", kMaxOrganisationIdBytes, true, false};
constexpr IdRule kServiceRule = {"service id", kMaxServiceIdBytes, false, false};
constexpr IdRule kAreaRule = {"area code", kMaxAreaCodeBytes, true, false};
constexpr IdRule kFrameworkRule = {"framework id", kMaxFrameworkIdBytes, false, true};
constexpr IdRule kVersionRule = {"framework version", kMaxVersionIdBytes, false, true};
constexpr IdRule kPartRule = {"last part", kMaxItemIdBytes, true, true};
constexpr IdRule kOperationRule = {"operation id", kMaxOperationIdBytes, false, false};

bool IsLowerOrDigit(char c) {
  return absl::ascii_islower(static_cast<unsigned char>(c)) ||
         absl::ascii_isdigit(static_cast<unsigned char>(c));
}

bool Follows(const IdRule& rule, absl::string_view id) {
  if (id.empty() || id.size() > rule.max_bytes) return false;
  for (char c : id) {
    const bool good = IsLowerOrDigit(c) || c == '-' || (rule.dots && c == '.') ||
                      (rule.upper_case && absl::ascii_isupper(static_cast<unsigned char>(c)));
    if (!good) return false;
  }
  const auto good_end = [&rule](char c) {
    return IsLowerOrDigit(c) || (rule.upper_case && c != '.' && c != '-');
  };
  return !rule.dots || (good_end(id.front()) && good_end(id.back()));
}

absl::Status CheckId(const IdRule& rule, absl::string_view id) {
  if (Follows(rule, id)) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat("got the ", rule.noun, " ", Quoted(id), ", want 1 to ", rule.max_bytes, " ",
                   rule.upper_case ? "letters" : "lower-case letters",
                   rule.dots ? ", digits, dots or hyphens, a letter or digit at both ends"
                             : ", digits or hyphens"));
}

absl::Status WrongForm(absl::string_view name, absl::string_view want) {
  return absl::InvalidArgumentError(absl::StrCat("got ", Quoted(name), ", want ", want));
}

absl::StatusOr<Subject> ParseArea(absl::string_view name) {
  const absl::string_view id = absl::StripPrefix(name, kAreas);
  const std::size_t dot = id.find('.');
  for (AreaKind kind : kAreaKinds) {
    if (dot != absl::string_view::npos && id.substr(0, dot) == WordOf(kind)) {
      return Subject::Area(kind, id.substr(dot + 1));
    }
  }
  return WrongForm(name, "areas/{kind}.{code} with the kind icb, region, la or sicbl");
}

absl::StatusOr<Subject> ParseLocationOrService(absl::string_view name) {
  const absl::string_view rest = absl::StripPrefix(name, kLocations);
  const std::size_t slash = rest.find('/');
  if (slash == absl::string_view::npos) return Subject::Location(rest);
  absl::string_view service = rest.substr(slash);
  if (!absl::ConsumePrefix(&service, kServices)) {
    return WrongForm(name, "locations/{id} or locations/{id}/services/{service}");
  }
  return Subject::Service(rest.substr(0, slash), service);
}

}  // namespace

absl::string_view WordOf(SubjectKind kind) {
  switch (kind) {
    case SubjectKind::kProvider:
      return "provider";
    case SubjectKind::kLocation:
      return "location";
    case SubjectKind::kService:
      return "service";
    case SubjectKind::kArea:
      return "area";
  }
  return "";
}

absl::string_view WordOf(AreaKind kind) {
  switch (kind) {
    case AreaKind::kIcb:
      return "icb";
    case AreaKind::kRegion:
      return "region";
    case AreaKind::kLocalAuthority:
      return "la";
    case AreaKind::kSicbl:
      return "sicbl";
  }
  return "";
}

absl::StatusOr<Subject> Subject::Provider(absl::string_view id) {
  if (absl::Status status = CheckId(kProviderRule, id); !status.ok()) return status;
  return Subject(SubjectKind::kProvider, absl::StrCat(kProviders, id));
}

absl::StatusOr<Subject> Subject::Location(absl::string_view id) {
  if (absl::Status status = CheckId(kLocationRule, id); !status.ok()) return status;
  return Subject(SubjectKind::kLocation, absl::StrCat(kLocations, id));
}

absl::StatusOr<Subject> Subject::Service(absl::string_view location_id, absl::string_view service) {
  if (absl::Status status = CheckId(kLocationRule, location_id); !status.ok()) return status;
  if (absl::Status status = CheckId(kServiceRule, service); !status.ok()) return status;
  return Subject(SubjectKind::kService, absl::StrCat(kLocations, location_id, kServices, service));
}

absl::StatusOr<Subject> Subject::Area(AreaKind kind, absl::string_view code) {
  if (absl::Status status = CheckId(kAreaRule, code); !status.ok()) return status;
  return Subject(SubjectKind::kArea, absl::StrCat(kAreas, WordOf(kind), ".", code));
}

absl::StatusOr<Subject> Subject::Parse(absl::string_view name) {
  if (absl::StartsWith(name, kProviders)) return Provider(absl::StripPrefix(name, kProviders));
  if (absl::StartsWith(name, kLocations)) return ParseLocationOrService(name);
  if (absl::StartsWith(name, kAreas)) return ParseArea(name);
  return WrongForm(name, kSubjectForms);
}

absl::string_view Subject::id() const {
  const absl::string_view rest = absl::string_view(name_).substr(name_.find('/') + 1);
  return rest.substr(0, rest.find('/'));
}

absl::string_view Subject::service() const {
  if (kind_ != SubjectKind::kService) return "";
  return absl::string_view(name_).substr(name_.rfind('/') + 1);
}

AreaKind Subject::area_kind() const {
  if (kind_ != SubjectKind::kArea) return AreaKind::kIcb;
  const absl::string_view word = id().substr(0, id().find('.'));
  for (AreaKind kind : kAreaKinds) {
    if (word == WordOf(kind)) return kind;
  }
  return AreaKind::kIcb;
}

absl::string_view Subject::area_code() const {
  if (kind_ != SubjectKind::kArea) return "";
  return id().substr(id().find('.') + 1);
}

Subject Subject::Root() const {
  if (kind_ != SubjectKind::kService) return *this;
  return Subject(SubjectKind::kLocation, absl::StrCat(kLocations, id()));
}

absl::string_view CollectionOf(RecordKind kind) {
  switch (kind) {
    case RecordKind::kEvidence:
      return "evidence";
    case RecordKind::kJudgement:
      return "judgements";
    case RecordKind::kAction:
      return "actions";
    case RecordKind::kOverride:
      return "overrides";
    case RecordKind::kPublication:
      return "publications";
  }
  return "";
}

absl::StatusOr<RecordName> RecordName::Make(const Subject& subject, RecordKind kind,
                                            absl::string_view id) {
  if (!text::IsUuid(id)) {
    return absl::InvalidArgumentError(
        absl::StrCat("got the record id ", Quoted(id), ", want a UUID in lower case"));
  }
  return RecordName(subject, kind, std::string(id));
}

absl::StatusOr<RecordName> RecordName::Parse(absl::string_view name) {
  const std::size_t id_slash = name.rfind('/');
  const std::size_t kind_slash = id_slash == absl::string_view::npos || id_slash == 0
                                     ? absl::string_view::npos
                                     : name.rfind('/', id_slash - 1);
  if (kind_slash != absl::string_view::npos) {
    const absl::string_view word = name.substr(kind_slash + 1, id_slash - kind_slash - 1);
    for (RecordKind kind : kRecordKinds) {
      if (word != CollectionOf(kind)) continue;
      absl::StatusOr<Subject> subject = Subject::Parse(name.substr(0, kind_slash));
      if (!subject.ok()) return subject.status();
      return Make(*subject, kind, name.substr(id_slash + 1));
    }
  }
  return WrongForm(name,
                   "{subject}/{collection}/{id} with the collection evidence, judgements, actions, "
                   "overrides or publications");
}

std::string RecordName::name() const {
  return absl::StrCat(subject_.name(), "/", CollectionOf(kind_), "/", id_);
}

std::string RatingNameOf(const Subject& subject) { return absl::StrCat(subject.name(), kRating); }

absl::StatusOr<Subject> ParseRatingName(absl::string_view name) {
  absl::string_view subject = name;
  if (!absl::ConsumeSuffix(&subject, kRating)) return WrongForm(name, "{subject}/rating");
  return Subject::Parse(subject);
}

absl::StatusOr<std::string> OperationNameOf(absl::string_view id) {
  if (absl::Status status = CheckId(kOperationRule, id); !status.ok()) return status;
  return absl::StrCat(kOperations, id);
}

absl::StatusOr<std::string> ParseOperationName(absl::string_view name) {
  absl::string_view id = name;
  if (!absl::ConsumePrefix(&id, kOperations)) return WrongForm(name, "operations/{id}");
  if (absl::Status status = CheckId(kOperationRule, id); !status.ok()) return status;
  return std::string(id);
}

absl::StatusOr<std::string> FrameworkNameOf(absl::string_view id) {
  if (absl::Status status = CheckId(kFrameworkRule, id); !status.ok()) return status;
  return absl::StrCat(kFrameworks, id);
}

absl::StatusOr<std::string> ParseFrameworkName(absl::string_view name) {
  absl::string_view id = name;
  if (!absl::ConsumePrefix(&id, kFrameworks)) return WrongForm(name, "frameworks/{framework}");
  if (absl::Status status = CheckId(kFrameworkRule, id); !status.ok()) return status;
  return std::string(id);
}

absl::StatusOr<FrameworkVersionName> FrameworkVersionName::Make(absl::string_view framework,
                                                                absl::string_view version) {
  if (absl::Status status = CheckId(kFrameworkRule, framework); !status.ok()) return status;
  if (absl::Status status = CheckId(kVersionRule, version); !status.ok()) return status;
  return FrameworkVersionName(std::string(framework), std::string(version));
}

absl::StatusOr<FrameworkVersionName> FrameworkVersionName::Parse(absl::string_view name) {
  absl::string_view rest = name;
  if (!absl::ConsumePrefix(&rest, kFrameworks)) return WrongForm(name, kVersionForm);
  const std::size_t at = rest.find(kVersions);
  if (at == absl::string_view::npos) return WrongForm(name, kVersionForm);
  return Make(rest.substr(0, at), rest.substr(at + kVersions.size()));
}

absl::StatusOr<FrameworkVersionName> FrameworkVersionName::ParseShort(absl::string_view text) {
  const std::size_t at = text.find('@');
  if (at == absl::string_view::npos) {
    return WrongForm(text, "{framework}@{version}, as cqc-saf@2024-12");
  }
  return Make(text.substr(0, at), text.substr(at + 1));
}

std::string FrameworkVersionName::name() const {
  return absl::StrCat(kFrameworks, framework_, kVersions, version_);
}

std::string FrameworkVersionName::short_name() const {
  return absl::StrCat(framework_, "@", version_);
}

absl::StatusOr<ItemId> ItemId::Parse(absl::string_view text) {
  const std::vector<absl::string_view> parts = absl::StrSplit(text.substr(0, kMaxItemIdBytes), '.');
  bool good = text.size() >= kMinItemIdBytes && text.size() <= kMaxItemIdBytes && parts.size() >= 2;
  for (absl::string_view part : parts) {
    good = good && Follows({"", kMaxItemIdBytes, false, true}, part);
  }
  if (good) return ItemId(std::string(text));
  return absl::InvalidArgumentError(absl::StrCat(
      "got the item id ", Quoted(text), ", want {group}.{name} of ", kMinItemIdBytes, " to ",
      kMaxItemIdBytes, " lower-case letters, digits, dots or hyphens, as safe.learning-culture"));
}

absl::string_view ItemId::group() const {
  return absl::string_view(text_).substr(0, text_.find('.'));
}

absl::string_view ItemId::name() const {
  return absl::string_view(text_).substr(text_.find('.') + 1);
}

absl::StatusOr<ItemName> ItemName::Parse(absl::string_view name) {
  const std::size_t at = name.find(kItems);
  if (at == absl::string_view::npos) {
    return WrongForm(name, absl::StrCat(kVersionForm, "/items/{item}"));
  }
  absl::StatusOr<FrameworkVersionName> version = FrameworkVersionName::Parse(name.substr(0, at));
  if (!version.ok()) return version.status();
  absl::StatusOr<ItemId> item = ItemId::Parse(name.substr(at + kItems.size()));
  if (!item.ok()) return item.status();
  return ItemName{*std::move(version), *std::move(item)};
}

std::string ItemName::name() const { return absl::StrCat(version.name(), kItems, item.text()); }

absl::StatusOr<VersionPartName> VersionPartName::Parse(absl::string_view name,
                                                       absl::string_view collection) {
  const std::string between = absl::StrCat("/", collection, "/");
  const std::size_t at = name.find(between);
  if (at == absl::string_view::npos) {
    return WrongForm(name, absl::StrCat(kVersionForm, between, "{id}"));
  }
  absl::StatusOr<FrameworkVersionName> version = FrameworkVersionName::Parse(name.substr(0, at));
  if (!version.ok()) return version.status();
  const absl::string_view part = name.substr(at + between.size());
  if (absl::Status status = CheckId(kPartRule, part); !status.ok()) return status;
  return VersionPartName{*std::move(version), std::string(part)};
}

}  // namespace assay::names
