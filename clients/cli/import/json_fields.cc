#include "clients/cli/import/json_fields.h"

#include <set>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"

namespace assay::importer {
namespace {

using nlohmann::json;

// Checks a text without building anything, so that what is too deep never costs more than its
// bytes.
class Checker final : public nlohmann::json_sax<json> {
 public:
  const std::string& fault() const { return fault_; }
  // Keys given twice.
  const errors::Violations& bad() const { return bad_; }

  bool null() override { return Value(); }
  bool boolean(bool) override { return Value(); }
  bool number_integer(number_integer_t) override { return Value(); }
  bool number_unsigned(number_unsigned_t) override { return Value(); }
  bool number_float(number_float_t, const string_t&) override { return Value(); }
  bool string(string_t&) override { return Value(); }
  bool binary(binary_t&) override { return Value(); }
  bool key(string_t& name) override {
    Level& level = levels_.back();
    level.key = name;
    if (!level.keys.insert(name).second) bad_.AddText(Path(), "got the key twice, want it once");
    return true;
  }
  bool start_object(std::size_t) override { return Enter(/*list=*/false); }
  bool end_object() override { return Leave(); }
  bool start_array(std::size_t) override { return Enter(/*list=*/true); }
  bool end_array() override { return Leave(); }

  bool parse_error(std::size_t position, const std::string& /*last_token*/,
                   const nlohmann::detail::exception& error) override {
    absl::string_view what = error.what();
    const std::size_t end = what.find(": ");  // the library's own error number, line and column
    if (end != absl::string_view::npos) what.remove_prefix(end + 2);
    fault_ = absl::StrCat("byte ", position, ": ", what);
    return false;
  }

 private:
  // An object or a list that is being read, and where in it.
  struct Level {
    bool list;
    std::set<std::string> keys;
    std::string key;
    std::size_t elements = 0;
  };

  bool Value() {
    if (!levels_.empty()) ++levels_.back().elements;
    return true;
  }
  bool Enter(bool list) {
    Value();
    levels_.push_back({list, {}, "", 0});
    if (levels_.size() <= kMaxDocumentDepth) return true;
    fault_ = absl::StrCat("got more than ", kMaxDocumentDepth, " levels, want fewer");
    return false;
  }
  bool Leave() {
    levels_.pop_back();
    return true;
  }
  // `currentRatings.history[2].rating`.
  std::string Path() const {
    std::string path;
    for (const Level& level : levels_) {
      if (level.list) {
        absl::StrAppend(&path, "[", level.elements - 1, "]");
      } else {
        absl::StrAppend(&path, path.empty() ? "" : ".", level.key);
      }
    }
    return path;
  }

  std::vector<Level> levels_;
  errors::Violations bad_;
  std::string fault_;
};

const json& EmptyObject() {
  static const json* const kEmpty = new json(json::object());
  return *kEmpty;
}

// Whether `text` has the shape of `09:30:00`, what follows aside.
bool IsTime(absl::string_view text) {
  if (text.size() < 8 || text[2] != ':' || text[5] != ':') return false;
  for (const std::size_t at : {0, 1, 3, 4, 6, 7}) {
    if (!absl::ascii_isdigit(static_cast<unsigned char>(text[at]))) return false;
  }
  return true;
}

}  // namespace

absl::StatusOr<json> ParseDocument(absl::string_view text) {
  if (text.size() > kMaxDocumentBytes) {
    return absl::InvalidArgumentError(
        absl::StrCat("got ", text.size(), " bytes, want at most ", kMaxDocumentBytes));
  }
  Checker checker;
  if (!json::sax_parse(text.begin(), text.end(), &checker)) {
    return absl::InvalidArgumentError(checker.fault());
  }
  if (!checker.bad().empty()) return checker.bad().ToStatus();
  json document = json::parse(text.begin(), text.end(), nullptr, /*allow_exceptions=*/false);
  if (!document.is_object()) {
    return absl::InvalidArgumentError(
        absl::StrCat("got ", document.type_name(), ", want an object"));
  }
  return document;
}

std::string Fields::PathOf(absl::string_view key) const {
  return path_.empty() ? std::string(key) : absl::StrCat(path_, ".", key);
}

const json* Fields::Find(const char* key) const {
  const auto found = object_.find(key);
  return found == object_.end() || found->is_null() ? nullptr : &*found;
}

std::string Fields::Text(const char* key) const {
  const json* value = Find(key);
  if (value == nullptr) return "";
  if (value->is_number_integer()) return value->dump();
  if (!value->is_string()) {
    bad_->Add(PathOf(key), value->type_name(), "text");
    return "";
  }
  return std::string(absl::StripAsciiWhitespace(value->get_ref<const std::string&>()));
}

std::string Fields::RequiredText(const char* key) const {
  const std::size_t before = bad_->count();
  std::string text = Text(key);
  if (text.empty() && bad_->count() == before) bad_->Add(PathOf(key), "", "text");
  return text;
}

std::int64_t Fields::Number(const char* key, std::int64_t most) const {
  const json* value = Find(key);
  if (value == nullptr) return 0;
  const std::string text = value->is_string() || value->is_structured() ? Text(key) : value->dump();
  if (text.empty()) return 0;
  std::int64_t number = -1;
  if (absl::SimpleAtoi(text, &number) && number >= 0 && number <= most) return number;
  bad_->Add(PathOf(key), text, absl::StrCat("a whole number from 0 to ", most));
  return 0;
}

absl::optional<clock::Day> Fields::Date(const char* key) const {
  const std::string text = Text(key);
  if (text.empty()) return absl::nullopt;
  const absl::string_view view = text;
  const bool moment =
      view.size() > 10 && (view[10] == 'T' || view[10] == ' ') && IsTime(view.substr(11));
  const absl::StatusOr<clock::Day> day = clock::Day::Parse(moment ? view.substr(0, 10) : view);
  if (day.ok()) return *day;
  bad_->Add(PathOf(key), text, "a date YYYY-MM-DD, or a moment YYYY-MM-DD hh:mm:ss");
  return absl::nullopt;
}

Fields Fields::Object(const char* key) const {
  const json* value = Find(key);
  if (value != nullptr && !value->is_object())
    bad_->Add(PathOf(key), value->type_name(), "an object");
  const bool usable = value != nullptr && value->is_object();
  return Fields(usable ? *value : EmptyObject(), PathOf(key), bad_);
}

std::vector<Fields> Fields::Objects(const char* key) const {
  std::vector<Fields> objects;
  const json* value = Find(key);
  if (value == nullptr) return objects;
  if (!value->is_array()) {
    bad_->Add(PathOf(key), value->type_name(), "a list");
    return objects;
  }
  std::size_t index = 0;
  for (const json& element : *value) {
    const std::string path = absl::StrCat(PathOf(key), "[", index++, "]");
    if (element.is_object()) {
      objects.emplace_back(element, path, bad_);
    } else {
      bad_->Add(path, element.type_name(), "an object");
    }
  }
  return objects;
}

}  // namespace assay::importer
