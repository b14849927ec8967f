#include "services/common/version/diff.h"

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/message.h"
#include "google/protobuf/text_format.h"
#include "google/protobuf/util/message_differencer.h"

#include "services/common/errors/text.h"
#include "services/common/text/spelling.h"
#include "services/common/version/rule_words.h"

namespace assay::version {
namespace {

namespace fw = framework::v1;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

constexpr std::size_t kMaxValueBytes = 200;

bool Same(const Message& a, const Message& b) {
  return google::protobuf::util::MessageDifferencer::Equals(a, b);
}

std::string NameAfterGroup(const std::string& id) { return id.substr(id.find('.') + 1); }

// One value or list of values of a field, in the text format, cut.
std::string ValueWords(const Message& message, const FieldDescriptor* field) {
  const google::protobuf::Reflection* reflection = message.GetReflection();
  google::protobuf::TextFormat::Printer printer;
  printer.SetSingleLineMode(true);
  std::vector<std::string> values;
  const int count = field->is_repeated() ? reflection->FieldSize(message, field)
                                         : static_cast<int>(!field->has_presence() ||
                                                            reflection->HasField(message, field));
  for (int i = 0; i < count; ++i) {
    std::string value;
    printer.PrintFieldValueToString(message, field, field->is_repeated() ? i : -1, &value);
    absl::StripTrailingAsciiWhitespace(&value);
    values.push_back(std::move(value));
  }
  if (values.empty()) return "nothing";
  return errors::SafeText(absl::StrJoin(values, ", "), kMaxValueBytes);
}

class Differ {
 public:
  Differ(const fw::FrameworkVersion& base, const fw::FrameworkVersion& target)
      : base_(base), target_(target), base_words_(base), target_words_(target) {}

  fw::DiffVersionsResponse Run() {
    Heading();
    Groups();
    Items();
    Keyed(base_.categories(), target_.categories(), "categories", "evidence category", kIdOf,
          [](const auto& part, const auto&) { return part.display_name(); });
    Keyed(base_.sectors(), target_.sectors(), "sectors", "sector", kIdOf,
          [](const auto& part, const auto&) { return part.display_name(); });
    Links();
    Model();
    Notes();
    Bound();
    return std::move(result_);
  }

 private:
  static constexpr auto kIdOf = [](const auto& part) { return part.id(); };

  void Add(fw::DiffKind kind, absl::string_view path, absl::string_view text) {
    fw::DiffVersionsResponse::Difference* one = result_.add_differences();
    one->set_kind(kind);
    one->set_path(std::string(path));
    one->set_text(std::string(text));
  }

  void Changed(absl::string_view path, absl::string_view what, absl::string_view before,
               absl::string_view after) {
    if (before == after) return;
    Add(fw::DIFF_KIND_CHANGED, path, absl::StrCat(what, ": was ", before, ", is ", after));
  }

  // Every top-level field of two messages that differs, but for `handled`.
  void Fields(const Message& before, const Message& after, absl::string_view path,
              absl::string_view what, const std::set<absl::string_view>& handled) {
    const google::protobuf::Descriptor* type = before.GetDescriptor();
    for (int i = 0; i < type->field_count(); ++i) {
      const FieldDescriptor* field = type->field(i);
      if (handled.count(field->name()) > 0) continue;
      google::protobuf::util::MessageDifferencer differencer;
      if (differencer.CompareWithFields(before, after, {field}, {field})) continue;
      const std::string at = absl::StrCat(path, "/", field->name());
      const std::string part =
          absl::StrCat(what, ", ", absl::StrReplaceAll(field->name(), {{"_", " "}}));
      const std::string was = ValueWords(before, field);
      const std::string is = ValueWords(after, field);
      if (was == is) {
        Add(fw::DIFF_KIND_CHANGED, at, absl::StrCat(part, ": differs after ", is));
      } else {
        Changed(at, part, was, is);
      }
    }
  }

  // An entry of a list, by its key. The templates below hand lists on as parts, so that what
  // compares them is compiled once and not for each type of entry.
  struct Part {
    std::string key;
    const Message* message;
  };

  template <class List, class KeyOf>
  static std::vector<Part> PartsOf(const List& list, KeyOf key_of) {
    std::vector<Part> parts;
    parts.reserve(list.size());
    for (const auto& entry : list) parts.push_back({key_of(entry), &entry});
    return parts;
  }

  using WordsOf = absl::FunctionRef<std::string(const Message& part, const RuleWords& words)>;
  using Compare =
      absl::FunctionRef<void(const Message& was, const Part& is, const std::string& path)>;

  // Two lists of parts: those of one side alone by what `words_of` tells of them, those of both by
  // `compare`, then their order.
  void Parts(const std::vector<Part>& before, const std::vector<Part>& after,
             absl::string_view path, absl::string_view what, WordsOf words_of, Compare compare) {
    std::map<std::string, const Message*> olds;
    for (const Part& part : before) olds.emplace(part.key, part.message);
    std::set<std::string> kept;
    for (const Part& part : after) {
      const std::string at = absl::StrCat(path, "/", part.key);
      const auto old = olds.find(part.key);
      if (old == olds.end()) {
        Add(fw::DIFF_KIND_ADDED, at,
            Told("new ", what, part.key, words_of(*part.message, target_words_)));
      } else {
        kept.insert(part.key);
        compare(*old->second, part, at);
      }
    }
    for (const Part& part : before) {
      if (kept.count(part.key) > 0) continue;
      Add(fw::DIFF_KIND_REMOVED, absl::StrCat(path, "/", part.key),
          Told("no longer: ", what, part.key, words_of(*part.message, base_words_)));
    }
    Order(before, after, kept, path, what);
  }

  // Two lists whose entries have keys. `words(part, words)` tells a part; entries with the same key
  // that differ are told by their words, or field by field where those are the same.
  template <class List, class KeyOf, class Words>
  void Keyed(const List& before, const List& after, absl::string_view path, absl::string_view what,
             KeyOf key_of, Words words) {
    using Entry = typename List::value_type;
    const auto words_of = [&](const Message& part, const RuleWords& in) -> std::string {
      return words(static_cast<const Entry&>(part), in);
    };
    Parts(PartsOf(before, key_of), PartsOf(after, key_of), path, what, words_of,
          [&](const Message& was, const Part& is, const std::string& at) {
            Reworded(was, *is.message, at, absl::StrCat(what, " ", is.key), words_of);
          });
  }

  void Reworded(const Message& before, const Message& after, const std::string& path,
                absl::string_view what, WordsOf words_of) {
    if (Same(before, after)) return;
    const std::string was = words_of(before, base_words_);
    const std::string is = words_of(after, target_words_);
    if (was != is) {
      Changed(path, what, was, is);
    } else {
      Fields(before, after, path, what, {});
    }
  }

  static std::string Told(absl::string_view lead, absl::string_view what, const std::string& key,
                          const std::string& words) {
    return words.empty() || words == key ? absl::StrCat(lead, what, " ", key)
                                         : absl::StrCat(lead, what, " ", key, ": ", words);
  }

  // Whether the parts that both sides have stand in another order.
  void Order(const std::vector<Part>& before, const std::vector<Part>& after,
             const std::set<std::string>& kept, absl::string_view path, absl::string_view what) {
    std::vector<absl::string_view> was;
    std::vector<absl::string_view> is;
    for (const Part& part : before) {
      if (kept.count(part.key) > 0) was.push_back(part.key);
    }
    for (const Part& part : after) {
      if (kept.count(part.key) > 0) is.push_back(part.key);
    }
    if (was == is) return;
    Changed(path, absl::StrCat("order, by ", what),
            errors::SafeText(absl::StrJoin(was, ", "), kMaxValueBytes),
            errors::SafeText(absl::StrJoin(is, ", "), kMaxValueBytes));
  }

  void Heading() {
    Changed("display_name", "name", base_.display_name(), target_.display_name());
    Changed("framework_display_name", "framework's name", base_.framework_display_name(),
            target_.framework_display_name());
    Changed("publisher", "publisher", base_.publisher(), target_.publisher());
    Changed("effective_from", "first day",
            DayWords(base_.effective_from(), base_.has_effective_from()),
            DayWords(target_.effective_from(), target_.has_effective_from()));
    Changed("effective_before", "first day on which it no longer rates",
            DayWords(base_.effective_before(), base_.has_effective_before()),
            DayWords(target_.effective_before(), target_.has_effective_before()));
    // Whatever a later contract adds to a version.
    Fields(base_, target_, "version", "version",
           {"name",
            "display_name",
            "framework_display_name",
            "publisher",
            "effective_from",
            "effective_before",
            "groups",
            "items",
            "categories",
            "sectors",
            "regulation_links",
            "scoring_model",
            "notes",
            "state",
            "model_digest",
            "digest",
            "publish_time",
            "etag",
            "withdraw_time",
            "withdraw_reason"});
  }

  void Groups() {
    Keyed(base_.groups(), target_.groups(), "groups", "group", kIdOf,
          [](const fw::Group& group, const RuleWords&) {
            return group.question().empty() ? group.name()
                                            : absl::StrCat(group.name(), ", ", group.question());
          });
  }

  // ---- Items -----------------------------------------------------------------------------------

  using ItemPairs = std::map<const fw::Item*, const fw::Item*>;  // target to base

  template <class KeyOf>
  void Match(KeyOf key_of, ItemPairs* pairs, std::set<const fw::Item*>* taken) {
    std::map<std::string, const fw::Item*> left;
    for (const fw::Item& item : base_.items()) {
      if (taken->count(&item) == 0) left.emplace(key_of(item), &item);
    }
    for (const fw::Item& item : target_.items()) {
      if (pairs->count(&item) > 0) continue;
      const auto found = left.find(key_of(item));
      if (found == left.end()) continue;
      pairs->emplace(&item, found->second);
      taken->insert(found->second);
      left.erase(found);
    }
  }

  void Items() {
    ItemPairs pairs;
    std::set<const fw::Item*> taken;
    Match([](const fw::Item& item) { return item.id(); }, &pairs, &taken);
    Match([](const fw::Item& item) { return NameAfterGroup(item.id()); }, &pairs, &taken);
    Match([](const fw::Item& item) { return text::FoldCase(item.display_name()); }, &pairs, &taken);
    for (const fw::Item& item : target_.items()) {
      const auto pair = pairs.find(&item);
      const std::string path = absl::StrCat("items/", item.id());
      if (pair == pairs.end()) {
        Add(fw::DIFF_KIND_ADDED, path,
            absl::StrCat(target_words_.Node(item.group()), " gains \"", item.display_name(), "\""));
      } else {
        OneItem(*pair->second, item, path);
      }
    }
    for (const fw::Item& item : base_.items()) {
      if (taken.count(&item) > 0) continue;
      Add(fw::DIFF_KIND_REMOVED, absl::StrCat("items/", item.id()),
          absl::StrCat(base_words_.Node(item.group()), " loses \"", item.display_name(), "\""));
    }
    std::set<std::string> kept;
    for (const fw::Item& item : base_.items()) kept.insert(item.id());
    std::set<std::string> both;
    for (const fw::Item& item : target_.items()) {
      if (kept.count(item.id()) > 0) both.insert(item.id());
    }
    Order(PartsOf(base_.items(), kIdOf), PartsOf(target_.items(), kIdOf), both, "items", "item");
  }

  void OneItem(const fw::Item& before, const fw::Item& after, const std::string& path) {
    const std::string what = absl::StrCat("\"", after.display_name(), "\"");
    if (before.group() != after.group()) {
      Add(fw::DIFF_KIND_MOVED, path,
          absl::StrCat(what, " moves from ", base_words_.Node(before.group()), " to ",
                       target_words_.Node(after.group()), ", from ", before.id()));
    } else {
      Changed(path, absl::StrCat(what, ", id"), before.id(), after.id());
    }
    Fields(before, after, path, what, {"name", "id", "group"});
  }

  void Links() {
    Keyed(
        base_.regulation_links(), target_.regulation_links(), "regulation_links",
        "tie to a regulation",
        [](const fw::RegulationLink& link) {
          return absl::StrCat(link.item(), "/", link.regulation());
        },
        [](const fw::RegulationLink& link, const RuleWords&) {
          return absl::StrCat(
              link.relation() == fw::REGULATION_RELATION_DIRECT ? "direct" : "also considered",
              link.verified() ? "" : ", not verified");
        });
  }

  void Notes() {
    const std::set<std::string> before(base_.notes().begin(), base_.notes().end());
    const std::set<std::string> after(target_.notes().begin(), target_.notes().end());
    for (const std::string& note : target_.notes()) {
      if (before.count(note) == 0) Add(fw::DIFF_KIND_ADDED, "notes", note);
    }
    for (const std::string& note : base_.notes()) {
      if (after.count(note) == 0) Add(fw::DIFF_KIND_REMOVED, "notes", note);
    }
    const bool same = std::equal(base_.notes().begin(), base_.notes().end(),
                                 target_.notes().begin(), target_.notes().end());
    if (!same && before == after)
      Add(fw::DIFF_KIND_CHANGED, "notes", "notes stand in another order");
  }

  // ---- The scoring model -----------------------------------------------------------------------

  void Model() {
    const fw::ScoringModel& before = base_.scoring_model();
    const fw::ScoringModel& after = target_.scoring_model();
    Keyed(before.scales(), after.scales(), "scales", "scale", kIdOf,
          [](const fw::Scale& scale, const RuleWords& words) { return words.Of(scale); });
    EachOfBoth(before.tables(), after.tables(), "tables", "table",
               [this](const fw::DecisionTable& was, const fw::DecisionTable& is,
                      const std::string& path) { Rows(was, is, path); });
    EachOfBoth(before.cap_sets(), after.cap_sets(), "cap_sets", "set of caps",
               [this](const fw::CapSet& was, const fw::CapSet& is, const std::string& path) {
                 Caps(was.caps(), is.caps(), path);
               });
    EachOfBoth(before.ladders(), after.ladders(), "ladders", "ladder",
               [this](const fw::Ladder& was, const fw::Ladder& is, const std::string& path) {
                 Ladder(was, is, path);
               });
    Keyed(
        before.applicability(), after.applicability(), "applicability", "where items apply",
        [](const fw::Applicability& row) { return absl::StrJoin(row.items(), ","); },
        [](const fw::Applicability& row, const RuleWords& words) { return words.Of(row.when()); });
    Keyed(
        before.required_categories(), after.required_categories(), "required_categories",
        "required categories",
        [](const fw::RequiredCategories& row) {
          return absl::StrCat(row.items().empty() ? "every item" : absl::StrJoin(row.items(), ","),
                              "/", ConditionKey(row.when()));
        },
        [](const fw::RequiredCategories& row, const RuleWords&) {
          return absl::StrJoin(row.categories(), ", ");
        });
    Keyed(
        before.published_words(), after.published_words(), "published_words", "published word",
        [](const fw::PublishedWord& word) { return word.word(); },
        [](const fw::PublishedWord& word, const RuleWords&) { return word.reason(); });
    // What has no words of its own, and whatever a later contract adds.
    Fields(before, after, "scoring_model", "scoring model",
           {"scales", "tables", "cap_sets", "ladders", "applicability", "required_categories",
            "published_words"});
  }

  // The key of a condition: its text.
  static std::string ConditionKey(const fw::Condition& condition) {
    return condition.all().empty() ? "always" : condition.ShortDebugString();
  }

  // Parts with ids: those of one side alone by name, those of both by `compare`.
  template <class List, class CompareEntries>
  void EachOfBoth(const List& before, const List& after, absl::string_view path,
                  absl::string_view what, CompareEntries compare) {
    using Entry = typename List::value_type;
    Parts(
        PartsOf(before, kIdOf), PartsOf(after, kIdOf), path, what,
        [](const Message&, const RuleWords&) { return std::string(); },
        [&](const Message& was, const Part& is, const std::string& at) {
          compare(static_cast<const Entry&>(was), static_cast<const Entry&>(*is.message), at);
        });
  }

  void Rows(const fw::DecisionTable& before, const fw::DecisionTable& after,
            const std::string& path) {
    Keyed(before.rows(), after.rows(), path, "rule", kIdOf,
          [](const fw::DecisionTable::Row& row, const RuleWords& words) { return words.Of(row); });
  }

  void Ladder(const fw::Ladder& before, const fw::Ladder& after, const std::string& path) {
    const std::string what = absl::StrCat("ladder ", after.id());
    Changed(absl::StrCat(path, "/when"), absl::StrCat(what, ", when"),
            base_words_.Of(before.when()), target_words_.Of(after.when()));
    Fields(before, after, path, what, {"id", "when", "stages"});
    EachOfBoth(before.stages(), after.stages(), path, "stage",
               [this](const fw::Stage& was, const fw::Stage& is, const std::string& at) {
                 Stage(was, is, at);
               });
  }

  void Stage(const fw::Stage& before, const fw::Stage& after, const std::string& path) {
    const std::string what = absl::StrCat("stage ", after.id());
    if (before.method_case() != after.method_case()) {
      Changed(path, absl::StrCat(what, ", method"), MethodWords(before), MethodWords(after));
    } else {
      Method(before, after, path);
    }
    Caps(before.caps(), after.caps(), path);
    Fields(before, after, path, what,
           {"id", "percent_bands", "decision_table", "table", "adjustments", "judged", "caps"});
  }

  template <class List>
  void Caps(const List& before, const List& after, const std::string& path) {
    Keyed(before, after, path, "cap", kIdOf,
          [](const fw::Cap& cap, const RuleWords& words) { return words.Of(cap); });
  }

  static std::string MethodWords(const fw::Stage& stage) {
    switch (stage.method_case()) {
      case fw::Stage::kPercentBands:
        return "share of points";
      case fw::Stage::kDecisionTable:
        return "a table of its own";
      case fw::Stage::kTable:
        return absl::StrCat("the table ", stage.table());
      case fw::Stage::kAdjustments:
        return "steps up and down";
      case fw::Stage::kJudged:
        return "judged by an assessor";
      default:
        return "none";
    }
  }

  void Method(const fw::Stage& before, const fw::Stage& after, const std::string& path) {
    const std::string what = absl::StrCat("stage ", after.id());
    Changed(path, absl::StrCat(what, ", table"), before.table(), after.table());
    Changed(path, absl::StrCat(what, ", rounding"),
            RoundingWords(before.percent_bands().rounding()),
            RoundingWords(after.percent_bands().rounding()));
    Keyed(
        before.percent_bands().bands(), after.percent_bands().bands(), path, "band",
        [](const fw::Band& band) { return band.level(); },
        [](const fw::Band& band, const RuleWords& words) { return words.Of(band); });
    Rows(before.decision_table(), after.decision_table(), path);
    Changed(path, absl::StrCat(what, ", starts from"), before.adjustments().start(),
            after.adjustments().start());
    Keyed(before.adjustments().steps(), after.adjustments().steps(), path, "step", kIdOf,
          [](const fw::Adjustments::Step& step, const RuleWords& words) { return words.Of(step); });
  }

  void Bound() {
    const int count = result_.differences_size();
    if (count <= kMaxDifferences) return;
    result_.mutable_differences()->DeleteSubrange(kMaxDifferences, count - kMaxDifferences);
    Add(fw::DIFF_KIND_CHANGED, "",
        absl::StrCat("and ", count - kMaxDifferences, " more differences"));
  }

  const fw::FrameworkVersion& base_;
  const fw::FrameworkVersion& target_;
  const RuleWords base_words_;
  const RuleWords target_words_;
  fw::DiffVersionsResponse result_;
};

}  // namespace

fw::DiffVersionsResponse Diff(const fw::FrameworkVersion& base,
                              const fw::FrameworkVersion& target) {
  return Differ(base, target).Run();
}

}  // namespace assay::version
