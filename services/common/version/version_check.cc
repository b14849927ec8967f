#include "services/common/version/version_check.h"

#include <cstddef>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/types/optional.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/message.h"

#include "services/common/clock/day.h"
#include "services/common/clock/day_proto.h"
#include "services/common/names/names.h"
#include "services/common/text/spelling.h"

namespace assay::version {
namespace {

using framework::v1::FrameworkVersion;

std::string At(absl::string_view list, int index) { return absl::StrCat(list, "[", index, "]"); }
std::string At(absl::string_view list, int index, absl::string_view field) {
  return absl::StrCat(list, "[", index, "].", field);
}

// Lower-case letters, digits and hyphens, none at an end.
bool IsId(absl::string_view id) {
  if (id.empty() || id.size() > kMaxIdBytes || id.front() == '-' || id.back() == '-') return false;
  for (const char c : id) {
    if (!absl::ascii_islower(c) && !absl::ascii_isdigit(c) && c != '-') return false;
  }
  return true;
}

// One or two digits and perhaps a capital letter: 17, 9A.
bool IsRegulation(absl::string_view text) {
  if (!text.empty() && absl::ascii_isupper(text.back())) text.remove_suffix(1);
  if (text.empty() || text.size() > 2 || text.front() == '0') return false;
  for (const char c : text) {
    if (!absl::ascii_isdigit(c)) return false;
  }
  return true;
}

// Whether the text holds one of Unicode's control characters, which end a string, move a cursor or
// hide what follows. With `lines`, a line end is none.
bool HasControl(absl::string_view text, bool lines) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto c = static_cast<unsigned char>(text[i]);
    if (c == '\n' && lines) continue;
    if (c < 0x20 || c == 0x7F) return true;
    if (c != 0xC2 || i + 1 == text.size()) continue;
    const auto next = static_cast<unsigned char>(text[i + 1]);
    if (next >= 0x80 && next < 0xA0) return true;  // U+0080 to U+009F
  }
  return false;
}

// Texts of several lines: every other one is a name, an id or a word.
bool MayHaveLines(const google::protobuf::FieldDescriptor& field) {
  return field.name() == "notes" || field.name() == "question" || field.name() == "reason";
}

// Calls `visit(path, text, lines)` with every text of a message.
template <class Visit>
void ForEachText(const google::protobuf::Message& message, const std::string& path, Visit& visit) {
  const google::protobuf::Reflection& reflection = *message.GetReflection();
  std::vector<const google::protobuf::FieldDescriptor*> fields;
  reflection.ListFields(message, &fields);
  for (const google::protobuf::FieldDescriptor* field : fields) {
    const bool list = field->is_repeated();
    const std::string name = absl::StrCat(path, path.empty() ? "" : ".", field->name());
    const int count = list ? reflection.FieldSize(message, field) : 1;
    for (int i = 0; i < count; ++i) {
      const std::string at = list ? At(name, i) : name;
      if (field->cpp_type() == google::protobuf::FieldDescriptor::CPPTYPE_MESSAGE) {
        ForEachText(list ? reflection.GetRepeatedMessage(message, field, i)
                         : reflection.GetMessage(message, field),
                    at, visit);
      } else if (field->type() == google::protobuf::FieldDescriptor::TYPE_STRING) {
        std::string copy;
        visit(at,
              list ? reflection.GetRepeatedStringReference(message, field, i, &copy)
                   : reflection.GetStringReference(message, field, &copy),
              MayHaveLines(*field));
      }
    }
  }
}

// Names that one list uses, each with the field that used it first.
class Taken {
 public:
  explicit Taken(Findings* findings) : findings_(findings) {}

  // Notes that `field` uses `key`; a second use by another `owner` is a finding.
  void Use(const std::string& key, const std::string& owner, const std::string& field,
           absl::string_view shown) {
    const auto [place, fresh] = first_.emplace(key, std::make_pair(owner, field));
    if (fresh || place->second.first == owner) return;
    findings_->AddTextAs(model::check::kIdReused, field,
                         absl::StrCat("\"", shown, "\" is used before, at ", place->second.second));
  }

 private:
  Findings* findings_;
  std::map<std::string, std::pair<std::string, std::string>> first_;
};

class Checker {
 public:
  explicit Checker(const FrameworkVersion& version) : version_(version) {}

  std::vector<Finding> Run() {
    CheckHeading();
    CheckDates();
    CheckGroups();
    CheckItems();
    CheckCategories();
    CheckSectors();
    CheckLinks();
    CheckNotes();
    CheckOutputOnly();
    CheckControls();
    return findings_.Take();
  }

 private:
  void CheckSize(absl::string_view field, int size, int least, int most) {
    if (size >= least && size <= most) return;
    findings_.AddText(field, absl::StrCat("got ", size, " entries, want ", least, " to ", most));
  }

  // A text for people: not empty, not over the limit.
  void CheckText(absl::string_view field, const std::string& text,
                 std::size_t limit = kMaxNameBytes) {
    if (text.empty() || text.size() > limit) {
      findings_.Add(field, text, absl::StrCat("1 to ", limit, " bytes of text"));
    }
  }

  void CheckId(const std::string& field, const std::string& id) {
    if (IsId(id)) return;
    findings_.Add(field, id,
                  absl::StrCat("1 to ", kMaxIdBytes, " lower-case letters, digits and hyphens"));
  }

  void CheckHeading() {
    const auto name = names::FrameworkVersionName::Parse(version_.name());
    if (!name.ok()) findings_.AddText("name", name.status().message());
    CheckText("display_name", version_.display_name());
    CheckText("framework_display_name", version_.framework_display_name());
    CheckText("publisher", version_.publisher());
  }

  absl::optional<clock::Day> CheckDay(absl::string_view field, const type::v1::Date& date) {
    const absl::StatusOr<clock::Day> day = clock::DayFromProto(date);
    if (day.ok()) return *day;
    findings_.AddText(field, day.status().message());
    return absl::nullopt;
  }

  void CheckDates() {
    if (version_.draft()) return CheckNoDates();
    const auto from = CheckDay("effective_from", version_.effective_from());
    if (!version_.has_effective_before()) return;
    const auto before = CheckDay("effective_before", version_.effective_before());
    if (from && before && *before <= *from) {
      findings_.AddText("effective_before",
                        absl::StrCat("got ", before->ToString(),
                                     ", want a day after effective_from, ", from->ToString()));
    }
  }

  // What is not in force has no first day and no last.
  void CheckNoDates() {
    static constexpr char kWant[] = "got a day, want none: the version is a draft";
    if (version_.has_effective_from()) findings_.AddText("effective_from", kWant);
    if (version_.has_effective_before()) findings_.AddText("effective_before", kWant);
  }

  void CheckGroups() {
    CheckSize("groups", version_.groups_size(), 1, kMaxGroups);
    Taken ids(&findings_);
    for (int i = 0; i < version_.groups_size(); ++i) {
      const auto& group = version_.groups(i);
      CheckId(At("groups", i, "id"), group.id());
      CheckText(At("groups", i, "name"), group.name());
      if (!group.question().empty()) CheckText(At("groups", i, "question"), group.question());
      ids.Use(group.id(), At("groups", i), At("groups", i, "id"), group.id());
      groups_.insert(group.id());
    }
  }

  void CheckItemId(int i, const framework::v1::Item& item) {
    const auto id = names::ItemId::Parse(item.id());
    if (!id.ok()) {
      findings_.AddText(At("items", i, "id"), id.status().message());
    } else if (id->group() != item.group()) {
      findings_.Add(
          At("items", i, "id"), item.id(),
          absl::StrCat("an id that begins with the item's group, \"", item.group(), ".\""));
    }
    if (groups_.count(item.group()) == 0) {
      findings_.AddAs(model::check::kItemWithoutGroup, At("items", i, "group"), item.group(),
                      "the id of one of the groups");
    }
  }

  void CheckItems() {
    CheckSize("items", version_.items_size(), 0, kMaxItems);
    Taken ids(&findings_);
    Taken spellings(&findings_);
    for (int i = 0; i < version_.items_size(); ++i) {
      const auto& item = version_.items(i);
      const std::string owner = At("items", i);
      CheckItemId(i, item);
      CheckText(At("items", i, "display_name"), item.display_name());
      if (item.kind() == framework::v1::ITEM_KIND_UNSPECIFIED ||
          !framework::v1::ItemKind_IsValid(item.kind())) {
        findings_.Add(At("items", i, "kind"), absl::StrCat(static_cast<int>(item.kind())),
                      "a kind of item");
      }
      if (!item.name().empty()) findings_.AddText(At("items", i, "name"), "is output only");
      ids.Use(item.id(), owner, At("items", i, "id"), item.id());
      CheckCode(i, "code", item.code(), &ids);
      CheckCode(i, "api_id", item.api_id(), &ids);
      spellings.Use(text::FoldCase(item.display_name()), owner, At("items", i, "display_name"),
                    item.display_name());
      CheckAliases(owner, item.aliases(), text::FoldCase, &spellings);
      items_.insert(item.id());
    }
  }

  // Ids, codes and API ids share one namespace: GetItem takes any of them.
  void CheckCode(int i, absl::string_view field, const std::string& code, Taken* ids) {
    if (code.empty()) return;
    const std::string path = At("items", i, field);
    bool clean = code.size() <= kMaxCodeBytes;
    for (const char c : code) clean = clean && (absl::ascii_isalnum(c) || c == '-' || c == '.');
    if (!clean) {
      findings_.Add(path, code,
                    absl::StrCat("at most ", kMaxCodeBytes, " letters, digits, dots and hyphens"));
    }
    ids->Use(code, At("items", i), path, code);
  }

  template <class Aliases>
  void CheckAliases(const std::string& owner, const Aliases& aliases,
                    std::string (*fold)(absl::string_view), Taken* taken) {
    CheckSize(absl::StrCat(owner, ".aliases"), aliases.size(), 0, kMaxAliases);
    for (int i = 0; i < aliases.size(); ++i) {
      const std::string field = absl::StrCat(owner, ".", At("aliases", i));
      CheckText(field, aliases[i]);
      taken->Use(fold(aliases[i]), owner, field, aliases[i]);
    }
  }

  void CheckCategories() {
    CheckSize("categories", version_.categories_size(), 0, kMaxCategories);
    Taken ids(&findings_);
    for (int i = 0; i < version_.categories_size(); ++i) {
      const auto& category = version_.categories(i);
      CheckId(At("categories", i, "id"), category.id());
      CheckText(At("categories", i, "display_name"), category.display_name());
      ids.Use(category.id(), At("categories", i), At("categories", i, "id"), category.id());
    }
  }

  void CheckSectors() {
    CheckSize("sectors", version_.sectors_size(), 0, kMaxSectors);
    Taken spellings(&findings_);
    for (int i = 0; i < version_.sectors_size(); ++i) {
      const auto& sector = version_.sectors(i);
      const std::string owner = At("sectors", i);
      CheckId(At("sectors", i, "id"), sector.id());
      CheckText(At("sectors", i, "display_name"), sector.display_name());
      spellings.Use(text::FoldSector(sector.id()), owner, At("sectors", i, "id"), sector.id());
      spellings.Use(text::FoldSector(sector.display_name()), owner,
                    At("sectors", i, "display_name"), sector.display_name());
      CheckAliases(owner, sector.aliases(), text::FoldSector, &spellings);
    }
  }

  void CheckLinks() {
    CheckSize("regulation_links", version_.regulation_links_size(), 0, kMaxLinks);
    Taken pairs(&findings_);
    for (int i = 0; i < version_.regulation_links_size(); ++i) {
      const auto& link = version_.regulation_links(i);
      if (items_.count(link.item()) == 0) {
        findings_.AddAs(model::check::kReferenceUnknown, At("regulation_links", i, "item"),
                        link.item(), "the id of one of the items");
      }
      if (!IsRegulation(link.regulation())) {
        findings_.Add(At("regulation_links", i, "regulation"), link.regulation(),
                      "a regulation such as 17 or 9A");
      }
      if (link.relation() == framework::v1::REGULATION_RELATION_UNSPECIFIED ||
          !framework::v1::RegulationRelation_IsValid(link.relation())) {
        findings_.Add(At("regulation_links", i, "relation"),
                      absl::StrCat(static_cast<int>(link.relation())), "direct or also considered");
      }
      pairs.Use(absl::StrCat(link.item(), " ", link.regulation()), At("regulation_links", i),
                At("regulation_links", i, "regulation"),
                absl::StrCat(link.item(), " with ", link.regulation()));
    }
  }

  void CheckNotes() {
    CheckSize("notes", version_.notes_size(), 0, kMaxNotes);
    for (int i = 0; i < version_.notes_size(); ++i) {
      CheckText(At("notes", i), version_.notes(i), kMaxNoteBytes);
    }
  }

  void CheckOutputOnly() {
    const std::pair<const char*, bool> fields[] = {
        {"state", version_.state() != framework::v1::VERSION_STATE_UNSPECIFIED},
        {"model_digest", !version_.model_digest().empty()},
        {"digest", !version_.digest().empty()},
        {"publish_time", version_.has_publish_time()},
        {"withdraw_time", version_.has_withdraw_time()},
        {"withdraw_reason", !version_.withdraw_reason().empty()},
        {"etag", !version_.etag().empty()},
    };
    for (const auto& [field, set] : fields) {
      if (set) findings_.AddText(field, "is output only");
    }
  }

  // Once where the field is wrong already.
  void CheckControls() {
    std::set<std::string> known;
    for (const Finding& finding : findings_.all()) known.insert(finding.field);
    auto check = [&](const std::string& path, const std::string& text, bool lines) {
      if (!HasControl(text, lines) || known.count(path) != 0) return;
      findings_.Add(path, text,
                    lines ? "text without control characters but line ends"
                          : "text without control characters, on one line");
    };
    ForEachText(version_, "", check);
  }

  const FrameworkVersion& version_;
  Findings findings_;
  std::set<std::string> groups_;
  std::set<std::string> items_;
};

}  // namespace

std::vector<Finding> CheckVersion(const FrameworkVersion& version) {
  return Checker(version).Run();
}

}  // namespace assay::version
