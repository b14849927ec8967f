#pragma once

// The resource names of the contract: parsed and made here and nowhere else.
//
// Every type is an immutable value that can only hold a name that is well formed. What it names may
// or may not exist.
// Thread safety: values. Cost: one string each; parsing about a hundred nanoseconds.
// Errors: INVALID_ARGUMENT with "got X, want Y", fit for errors::Violations::AddText.

#include <cstddef>
#include <cstdint>
#include <string>
#include <tuple>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace assay::names {

// Limits of ids, in bytes; the charsets stand beside each.
inline constexpr std::size_t kMaxOrganisationIdBytes = 32;  // [A-Za-z0-9-], the regulator's own id
inline constexpr std::size_t kMaxServiceIdBytes = 64;       // [a-z0-9-]
inline constexpr std::size_t kMaxAreaCodeBytes = 64;        // [A-Za-z0-9-]
inline constexpr std::size_t kMaxFrameworkIdBytes = 64;  // [a-z0-9.-], no dot or hyphen at an end
inline constexpr std::size_t kMaxVersionIdBytes = 64;    // the same
inline constexpr std::size_t kMinItemIdBytes = 3;        // [a-z0-9.-], `<group>.<name>`
inline constexpr std::size_t kMaxItemIdBytes = 128;
inline constexpr std::size_t kMaxOperationIdBytes = 64;  // [a-z0-9-]

enum class SubjectKind { kProvider, kLocation, kService, kArea };

// The kinds of area, with the words that stand in names.
enum class AreaKind {
  kIcb,             // icb: an integrated care board, by its ODS code
  kRegion,          // region: an NHS region
  kLocalAuthority,  // la: by its ONS code, or its name as a slug where the code is unknown
  kSicbl,           // sicbl: a sub-location of an integrated care board
};

// "provider", "location", "service", "area".
absl::string_view WordOf(SubjectKind kind);

// "icb", "region", "la", "sicbl".
absl::string_view WordOf(AreaKind kind);

// What records and ratings are about: a provider, a location, one service of a location, an area.
// Compared and ordered by name. Upper and lower case differ in the regulator's ids.
class Subject {
 public:
  // `providers/1-101`, `locations/1-102`, `locations/1-102/services/homecare`, `areas/icb.QHL`.
  static absl::StatusOr<Subject> Parse(absl::string_view name);

  static absl::StatusOr<Subject> Provider(absl::string_view id);
  static absl::StatusOr<Subject> Location(absl::string_view id);
  static absl::StatusOr<Subject> Service(absl::string_view location_id, absl::string_view service);
  static absl::StatusOr<Subject> Area(AreaKind kind, absl::string_view code);

  SubjectKind kind() const { return kind_; }

  // The full resource name.
  const std::string& name() const { return name_; }

  // The provider's or location's id; of a service its location's; of an area `icb.QHL`. The views
  // here and below live as long as this value.
  absl::string_view id() const;

  // The service's id, as `homecare`; empty for the other kinds.
  absl::string_view service() const;

  // Of an area only: its kind and code. kIcb and empty for the other kinds.
  AreaKind area_kind() const;
  absl::string_view area_code() const;

  // The subject that decides the partition: a service's location; every other is its own root.
  Subject Root() const;

  friend bool operator==(const Subject& a, const Subject& b) { return a.name_ == b.name_; }
  friend bool operator!=(const Subject& a, const Subject& b) { return !(a == b); }
  friend bool operator<(const Subject& a, const Subject& b) { return a.name_ < b.name_; }

  template <typename H>
  friend H AbslHashValue(H h, const Subject& subject) {
    return H::combine(std::move(h), subject.name_);
  }

 private:
  Subject(SubjectKind kind, std::string name) : kind_(kind), name_(std::move(name)) {}

  SubjectKind kind_;
  std::string name_;
};

// The collections of records that a subject has.
enum class RecordKind { kEvidence, kJudgement, kAction, kOverride, kPublication };

// "evidence", "judgements", "actions", "overrides", "publications".
absl::string_view CollectionOf(RecordKind kind);

// `{subject}/judgements/{uuid}` and its like.
class RecordName {
 public:
  static absl::StatusOr<RecordName> Parse(absl::string_view name);

  // `id` is a UUID in lower case.
  static absl::StatusOr<RecordName> Make(const Subject& subject, RecordKind kind,
                                         absl::string_view id);

  const Subject& subject() const { return subject_; }
  RecordKind kind() const { return kind_; }
  const std::string& id() const { return id_; }
  std::string name() const;

  friend bool operator==(const RecordName& a, const RecordName& b) {
    return a.kind_ == b.kind_ && a.id_ == b.id_ && a.subject_ == b.subject_;
  }
  friend bool operator!=(const RecordName& a, const RecordName& b) { return !(a == b); }

 private:
  RecordName(Subject subject, RecordKind kind, std::string id)
      : subject_(std::move(subject)), kind_(kind), id_(std::move(id)) {}

  Subject subject_;
  RecordKind kind_;
  std::string id_;
};

// `{subject}/rating`, and the subject of one.
std::string RatingNameOf(const Subject& subject);
absl::StatusOr<Subject> ParseRatingName(absl::string_view name);

// `operations/{id}`, and the id of one.
absl::StatusOr<std::string> OperationNameOf(absl::string_view id);
absl::StatusOr<std::string> ParseOperationName(absl::string_view name);

// `frameworks/{id}`, and the id of one.
absl::StatusOr<std::string> FrameworkNameOf(absl::string_view id);
absl::StatusOr<std::string> ParseFrameworkName(absl::string_view name);

// `frameworks/cqc-saf/versions/2024-12`, for people `cqc-saf@2024-12`. Ordered by framework, then
// by version as text.
class FrameworkVersionName {
 public:
  // The full name.
  static absl::StatusOr<FrameworkVersionName> Parse(absl::string_view name);

  // The short form of the command line.
  static absl::StatusOr<FrameworkVersionName> ParseShort(absl::string_view text);

  static absl::StatusOr<FrameworkVersionName> Make(absl::string_view framework,
                                                   absl::string_view version);

  const std::string& framework() const { return framework_; }
  const std::string& version() const { return version_; }
  std::string name() const;
  std::string short_name() const;

  friend bool operator==(const FrameworkVersionName& a, const FrameworkVersionName& b) {
    return a.framework_ == b.framework_ && a.version_ == b.version_;
  }
  friend bool operator!=(const FrameworkVersionName& a, const FrameworkVersionName& b) {
    return !(a == b);
  }
  friend bool operator<(const FrameworkVersionName& a, const FrameworkVersionName& b) {
    return std::tie(a.framework_, a.version_) < std::tie(b.framework_, b.version_);
  }

  template <typename H>
  friend H AbslHashValue(H h, const FrameworkVersionName& name) {
    return H::combine(std::move(h), name.framework_, name.version_);
  }

 private:
  FrameworkVersionName(std::string framework, std::string version)
      : framework_(std::move(framework)), version_(std::move(version)) {}

  std::string framework_;
  std::string version_;
};

// `safe.learning-culture`: the group (key question), a dot, the name. The first dot divides; the
// name may hold more. Every part between dots begins and ends with a letter or digit.
class ItemId {
 public:
  static absl::StatusOr<ItemId> Parse(absl::string_view text);

  const std::string& text() const { return text_; }
  absl::string_view group() const;
  absl::string_view name() const;

  friend bool operator==(const ItemId& a, const ItemId& b) { return a.text_ == b.text_; }
  friend bool operator!=(const ItemId& a, const ItemId& b) { return !(a == b); }
  friend bool operator<(const ItemId& a, const ItemId& b) { return a.text_ < b.text_; }

  template <typename H>
  friend H AbslHashValue(H h, const ItemId& id) {
    return H::combine(std::move(h), id.text_);
  }

 private:
  explicit ItemId(std::string text) : text_(std::move(text)) {}

  std::string text_;
};

// `frameworks/cqc-saf/versions/2024-12/items/safe.learning-culture`.
struct ItemName {
  FrameworkVersionName version;
  ItemId item;

  static absl::StatusOr<ItemName> Parse(absl::string_view name);
  std::string name() const;

  friend bool operator==(const ItemName& a, const ItemName& b) {
    return a.version == b.version && a.item == b.item;
  }
};

// `{version}/groups/safe` and its like: a part of a version in one of its collections. The last
// segment is whatever the catalogue may call the part by (an id; of items a code or API id too): 1
// to kMaxItemIdBytes letters, digits, dots or hyphens.
struct VersionPartName {
  FrameworkVersionName version;
  std::string part;

  // `collection` as it stands in names: items, groups, categories.
  static absl::StatusOr<VersionPartName> Parse(absl::string_view name,
                                               absl::string_view collection);
};

}  // namespace assay::names
