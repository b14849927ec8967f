#include "tests/common/model/model_testing.h"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <sstream>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "google/protobuf/text_format.h"

#include "services/common/model/program.h"

namespace assay::model {
namespace {

[[noreturn]] void Die(const std::string& why) {
  std::cerr << why << std::endl;
  std::abort();
}

std::string SourceDir() {
  const char* dir = std::getenv("ASSAY_SOURCE_DIR");
  return dir == nullptr ? "." : dir;
}

// The parts of `location|service:safe.one/observation`.
type::v1::Node NodeFromText(const CompiledModel& model, absl::string_view text) {
  type::v1::Node node;
  const std::size_t bar = text.find('|');
  if (bar != absl::string_view::npos) {
    node.set_location(absl::StrCat("locations/", text.substr(0, bar)));
    text.remove_prefix(bar + 1);
  }
  const std::size_t colon = text.find(':');
  if (colon != absl::string_view::npos) {
    node.set_service(std::string(text.substr(0, colon)));
    text.remove_prefix(colon + 1);
  }
  const std::size_t slash = text.find('/');
  if (slash != absl::string_view::npos) {
    node.set_category(std::string(text.substr(slash + 1)));
    text = text.substr(0, slash);
  }
  if (text.empty()) return node;
  if (text.front() == '#') {
    node.set_stage(std::string(text.substr(1)));
  } else if (model.GroupById(text) >= 0) {
    node.set_group(std::string(text));
  } else {
    node.set_item(std::string(text));
  }
  return node;
}

}  // namespace

framework::v1::FrameworkVersion ParseVersion(absl::string_view text) {
  framework::v1::FrameworkVersion version;
  if (!google::protobuf::TextFormat::ParseFromString(std::string(text), &version)) {
    Die("a version in a test does not parse");
  }
  return version;
}

std::shared_ptr<const CompiledModel> MustCompile(const framework::v1::FrameworkVersion& version) {
  auto model = CompiledModel::Compile(version);
  if (!model.ok()) Die(model.status().ToString());
  return *model;
}

namespace {

framework::v1::FrameworkVersion LoadFrom(absl::string_view folder, absl::string_view name) {
  std::ifstream file(absl::StrCat(SourceDir(), "/", folder, "/", name, ".txtpb"));
  if (!file) Die(absl::StrCat("there is no ", name, " in ", folder));
  std::stringstream text;
  text << file.rdbuf();
  return ParseVersion(text.str());
}

}  // namespace

framework::v1::FrameworkVersion LoadShipped(absl::string_view name) {
  return LoadFrom("services/framework/catalogue", name);
}

framework::v1::FrameworkVersion LoadTestFramework(absl::string_view name) {
  return LoadFrom("tests/framework/frameworks", name);
}

std::vector<std::string> ShippedNames() {
  std::vector<std::string> names;
  const std::string folder = absl::StrCat(SourceDir(), "/services/framework/catalogue");
  std::error_code none;
  for (const auto& entry : std::filesystem::directory_iterator(folder, none)) {
    if (entry.path().extension() == ".txtpb") names.push_back(entry.path().stem().string());
  }
  std::sort(names.begin(), names.end());
  return names;
}

Day D(absl::string_view text) {
  auto day = Day::Parse(text);
  if (!day.ok()) Die(day.status().ToString());
  return *day;
}

Subject::Subject(const std::vector<std::shared_ptr<const CompiledModel>>& models,
                 absl::string_view name)
    : history_(name) {
  for (const auto& model : models) {
    auto next = models_.With(model);
    if (!next.ok()) Die(next.status().ToString());
    models_ = *next;
  }
}

Entry Subject::MakeEntry(absl::string_view node, absl::string_view day, int version) {
  const CompiledModel& model = models_.at(version);
  const type::v1::Node message = NodeFromText(model, node);
  auto place = model.ResolveNode(message);
  if (!place.ok()) Die(place.status().ToString());
  Entry entry;
  entry.counter = ++counter_;
  entry.effective = D(day);
  entry.place = *place;
  entry.unit = *history_.InternUnit(message.service(), message.location());
  entry.version = static_cast<std::uint8_t>(version);
  return entry;
}

Subject& Subject::Judge(absl::string_view node, int level, absl::string_view day, Status status,
                        int version) {
  Entry entry = MakeEntry(node, day, version);
  entry.level = static_cast<Level>(level);
  entry.status = status;
  history_.Add(entry);
  return *this;
}

Subject& Subject::NotRated(absl::string_view node, absl::string_view reason,
                           absl::string_view day) {
  Entry entry = MakeEntry(node, day, 0);
  type::v1::Unrated unrated;
  unrated.set_reason(std::string(reason));
  entry.reason = history_.InternReason(unrated);
  history_.Add(entry);
  return *this;
}

Subject& Subject::Open(int kind, absl::string_view regulation, absl::string_view opened,
                       absl::string_view closed, absl::string_view service) {
  ActionEntry action;
  action.counter = ++counter_;
  action.opened = D(opened);
  if (!closed.empty()) action.closed = D(closed);
  action.kind = static_cast<std::uint8_t>(kind);
  action.regulation = history_.InternRegulation(regulation);
  action.unit = *history_.InternUnit(service);
  history_.AddAction(action);
  return *this;
}

Subject& Subject::Sector(absl::string_view sector, std::vector<FlagEntry> flags) {
  RegistryEntry entry;
  entry.counter = ++counter_;
  entry.sector = std::string(sector);
  entry.flags = std::move(flags);
  history_.AddRegistry(std::move(entry));
  return *this;
}

const Evaluation& Subject::Rate(absl::string_view day, std::int64_t known) {
  FoldInto(history_, D(day), known, state_);
  RateSubject(models_, state_, scratch_, evaluation_);
  return evaluation_;
}

const NodeResult& Subject::At(absl::string_view text) const {
  static const NodeResult nothing;
  if (evaluation_.ladder < 0) return nothing;
  const CompiledModel& model = *evaluation_.model;
  const type::v1::Node node = NodeFromText(model, text);
  const ClosedAxis closed = !node.category().empty() ? ClosedAxis::kCategory
                            : !node.item().empty()   ? ClosedAxis::kItem
                            : !node.group().empty()  ? ClosedAxis::kGroup
                                                     : ClosedAxis::kWhole;
  const auto& ladder = model.program().ladders[static_cast<std::size_t>(evaluation_.ladder)];
  for (std::size_t i = evaluation_.nodes.size(); i-- > 0;) {
    const NodeResult& result = evaluation_.nodes[i];
    if (ladder.stages[result.stage].closed != closed) continue;
    const Unit& unit = history_.units()[result.unit];
    if (unit.service != node.service() || unit.location != node.location()) continue;
    if (!node.stage().empty() && ladder.stages[result.stage].source->id() != node.stage()) continue;
    type::v1::Node at;
    model.FillNode(closed, result.position, at);
    if (at.group() == node.group() && at.item() == node.item() &&
        at.category() == node.category()) {
      return result;
    }
  }
  Die(absl::StrCat("no node ", text));
}

int Subject::Overall() const {
  return evaluation_.overall() == nullptr ? 0 : evaluation_.overall()->level;
}

std::string Subject::Rule() const {
  return evaluation_.overall() == nullptr ? "" : RuleOf(evaluation_, *evaluation_.overall());
}

std::string Subject::Reason() const { return UnratedOf(evaluation_, state_).reason(); }

std::vector<Row> ReadShared(absl::string_view path) {
  const char* dir = std::getenv("ASSAY_SHARED_DATA");
  const std::string root = dir == nullptr ? SourceDir() + "/../shared/data" : std::string(dir);
  std::ifstream file(absl::StrCat(root, "/", path));
  std::vector<Row> rows;
  std::vector<std::string> header;
  for (std::string line; std::getline(file, line);) {
    if (!line.empty() && line.back() == '\r') line.pop_back();
    std::vector<std::string> cells = absl::StrSplit(line, ',');
    if (header.empty()) {
      header = cells;
      continue;
    }
    Row row;
    for (std::size_t i = 0; i < header.size() && i < cells.size(); ++i) row[header[i]] = cells[i];
    rows.push_back(std::move(row));
  }
  return rows;
}

}  // namespace assay::model
