#include "services/common/model/model.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

#include "services/common/model/program.h"
#include "services/common/text/spelling.h"

namespace assay::model {
namespace {

// Stands in an index for a spelling that means more than one thing.
constexpr int kAmbiguous = -2;

template <typename Index>
int Find(const Index& index, absl::string_view key) {
  const auto it = index.find(key);
  return it == index.end() || it->second < 0 ? -1 : it->second;
}

template <typename Index>
void Note(Index& index, std::string key, int value) {
  if (key.empty()) return;
  const auto [it, added] = index.emplace(std::move(key), value);
  if (!added && it->second != value) it->second = kAmbiguous;
}

std::string Sub(absl::string_view field, absl::string_view name) {
  return field.empty() ? std::string(name) : absl::StrCat(field, ".", name);
}

// Stages that are named to whoever named a wrong one.
constexpr std::size_t kMaxStagesTold = 12;

// What `stage` of a node may be that keeps these axes.
std::string StagesFor(const Program& program, ClosedAxis closed, OpenAxes open) {
  std::vector<absl::string_view> fitting;
  std::vector<absl::string_view> all;
  const auto add = [](absl::string_view id, std::vector<absl::string_view>& to) {
    if (std::find(to.begin(), to.end(), id) == to.end()) to.push_back(id);
  };
  for (const LadderProgram& ladder : program.ladders) {
    for (const StageProgram& stage : ladder.stages) {
      add(stage.source->id(), all);
      if (stage.closed == closed && stage.open == open) add(stage.source->id(), fitting);
    }
  }
  std::vector<absl::string_view>& told = fitting.empty() ? all : fitting;
  const std::size_t more = told.size() > kMaxStagesTold ? told.size() - kMaxStagesTold : 0;
  if (more > 0) told.resize(kMaxStagesTold);
  return absl::StrCat(
      fitting.empty() ? "a stage, of which none keeps just these axes; the model has "
                      : "a stage that keeps just these axes: ",
      absl::StrJoin(told, ", "), more > 0 ? absl::StrCat(" and ", more, " more") : "");
}

}  // namespace

CompiledModel::CompiledModel() : program_(std::make_unique<Program>()) {}

CompiledModel::~CompiledModel() = default;

void CompiledModel::IndexCatalogue() {
  const auto room = [](int count) { return static_cast<std::size_t>(count); };
  groups_.reserve(room(version().groups_size()));
  any_group_.reserve(room(2 * version().groups_size()));
  items_.reserve(room(version().items_size()));
  group_of_item_.reserve(room(version().items_size()));
  any_item_.reserve(room(4 * version().items_size()));
  sectors_.reserve(room(version().sectors_size()));
  any_sector_.reserve(room(6 * version().sectors_size()));
  for (int i = 0; i < version().groups_size(); ++i) {
    groups_.emplace(version().groups(i).id(), i);
    Note(any_group_, text::FoldGroup(version().groups(i).id()), i);
    Note(any_group_, text::FoldGroup(version().groups(i).name()), i);
  }
  for (int i = 0; i < version().items_size(); ++i) {
    const framework::v1::Item& item = version().items(i);
    items_.emplace(item.id(), i);
    group_of_item_.push_back(GroupById(item.group()));
    Note(any_item_, text::FoldCase(item.id()), i);
    Note(any_item_, text::FoldCase(item.code()), i);
    Note(any_item_, text::FoldCase(item.api_id()), i);
    Note(any_item_, text::FoldCase(item.display_name()), i);
    for (const std::string& alias : item.aliases()) Note(any_item_, text::FoldCase(alias), i);
  }
  for (int i = 0; i < version().categories_size(); ++i) {
    categories_.emplace(version().categories(i).id(), i);
  }
  for (int i = 0; i < version().sectors_size(); ++i) {
    const framework::v1::Sector& sector = version().sectors(i);
    sectors_.emplace(sector.id(), i);
    Note(any_sector_, text::FoldSector(sector.id()), i);
    Note(any_sector_, text::FoldSector(sector.display_name()), i);
    for (const std::string& alias : sector.aliases()) Note(any_sector_, text::FoldSector(alias), i);
  }
  const framework::v1::ScoringModel& model = version().scoring_model();
  for (int s = 0; s < model.scales_size(); ++s) {
    scales_.emplace(model.scales(s).id(), s);
    Index& levels = any_level_.emplace_back();
    for (int l = 0; l < model.scales(s).levels_size(); ++l) {
      const framework::v1::Level& level = model.scales(s).levels(l);
      Note(levels, text::FoldCase(level.id()), l + 1);
      Note(levels, text::FoldCase(level.label()), l + 1);
      Note(levels, text::FoldCase(level.abbreviation()), l + 1);
    }
    // A number stands for the place on the scale only where no level has it as its id.
    for (int l = 0; l < model.scales(s).levels_size(); ++l)
      levels.emplace(absl::StrCat(l + 1), l + 1);
  }
  for (const framework::v1::PublishedWord& word : model.published_words()) {
    words_.emplace(text::FoldCase(word.word()), word.reason());
  }
}

std::size_t CompiledModel::TableBytes() const {
  std::size_t bytes = 0;
  for (const LadderProgram& ladder : program_->ladders) {
    for (const StageProgram& stage : ladder.stages) {
      bytes += stage.percent.entries.size() * sizeof(PercentEntry);
      bytes += stage.table.lookup.size() + stage.table.rows.size() * sizeof(CompiledRow);
      bytes += stage.positions.size() * 2 + stage.index_of_position.size() * 4;
      for (const auto& inputs : stage.inputs) bytes += inputs.size() * sizeof(InputPosition);
    }
  }
  return bytes;
}

int CompiledModel::GroupById(absl::string_view id) const { return Find(groups_, id); }
int CompiledModel::ItemById(absl::string_view id) const { return Find(items_, id); }
int CompiledModel::CategoryById(absl::string_view id) const { return Find(categories_, id); }
int CompiledModel::ScaleById(absl::string_view id) const { return Find(scales_, id); }
int CompiledModel::SectorById(absl::string_view id) const { return Find(sectors_, id); }

int CompiledModel::LadderById(absl::string_view id) const {
  for (std::size_t i = 0; i < program_->ladders.size(); ++i) {
    if (program_->ladders[i].source->id() == id) return static_cast<int>(i);
  }
  return -1;
}

Level CompiledModel::LevelById(int scale, absl::string_view id) const {
  const auto& levels = version().scoring_model().scales(scale).levels();
  for (int l = 0; l < levels.size(); ++l) {
    if (levels[l].id() == id) return static_cast<Level>(l + 1);
  }
  return 0;
}

int CompiledModel::ItemByAny(absl::string_view text) const {
  return Find(any_item_, text::FoldCase(text));
}

int CompiledModel::GroupByAny(absl::string_view text) const {
  return Find(any_group_, text::FoldGroup(text));
}

int CompiledModel::SectorByAny(absl::string_view text) const {
  const int exact = SectorById(text);
  return exact >= 0 ? exact : Find(any_sector_, text::FoldSector(text));
}

Level CompiledModel::LevelByAny(int scale, absl::string_view text) const {
  const int level = Find(any_level_[static_cast<std::size_t>(scale)], text::FoldCase(text));
  return level < 0 ? 0 : static_cast<Level>(level);
}

std::optional<absl::string_view> CompiledModel::PublishedWord(absl::string_view word) const {
  const auto it = words_.find(text::FoldCase(word));
  if (it == words_.end()) return std::nullopt;
  return absl::string_view(it->second);
}

int CompiledModel::PositionCount(ClosedAxis closed) const {
  switch (closed) {
    case ClosedAxis::kGroup:
      return version().groups_size();
    case ClosedAxis::kItem:
      return version().items_size();
    case ClosedAxis::kCategory:
      return version().items_size() * version().categories_size();
    case ClosedAxis::kWhole:
      break;
  }
  return 1;
}

int CompiledModel::Project(ClosedAxis from, int position, ClosedAxis to) const {
  if (to == ClosedAxis::kWhole) return 0;
  if (from == ClosedAxis::kCategory && to != ClosedAxis::kCategory) {
    position /= version().categories_size();
    from = ClosedAxis::kItem;
  }
  if (from == ClosedAxis::kItem && to == ClosedAxis::kGroup) return GroupOfItem(position);
  return position;
}

int CompiledModel::SlotFor(const type::v1::Node& node, ClosedAxis closed, OpenAxes open,
                           absl::string_view scale) const {
  const int wanted = scale.empty() ? -1 : ScaleById(scale);
  int fallback = -1;
  // Where no scale is named, the ladder that has no condition says which one is meant.
  for (const bool conditional : {false, true}) {
    for (const LadderProgram& ladder : program_->ladders) {
      if (wanted < 0 && ladder.when.Always() == conditional) continue;
      for (const StageProgram& stage : ladder.stages) {
        if (stage.closed != closed || stage.open != open) continue;
        const Slot& slot = slots_[stage.slot];
        if (node.stage().empty() ? !slot.stage.empty() : node.stage() != stage.source->id())
          continue;
        if (wanted < 0 || stage.scale == wanted) return stage.slot;
        if (fallback < 0) fallback = stage.slot;
      }
    }
  }
  return fallback;
}

std::optional<Place> CompiledModel::ResolveNode(const type::v1::Node& node, absl::string_view scale,
                                                absl::string_view field,
                                                errors::Violations& bad) const {
  const std::size_t faults = bad.count();
  int position = 0;
  ClosedAxis closed = ClosedAxis::kWhole;
  if (!node.group().empty()) {
    closed = ClosedAxis::kGroup;
    position = GroupById(node.group());
    if (position < 0) bad.Add(Sub(field, "group"), node.group(), "a group of the version");
  }
  if (!node.item().empty()) {
    const int group = position;
    closed = ClosedAxis::kItem;
    position = ItemById(node.item());
    if (position < 0) {
      bad.Add(Sub(field, "item"), node.item(), "an item of the version");
    } else if (!node.group().empty() && group >= 0 && GroupOfItem(position) != group) {
      bad.Add(Sub(field, "group"), node.group(), "the item's own group, or nothing");
    }
  }
  if (!node.category().empty()) {
    closed = ClosedAxis::kCategory;
    const int category = CategoryById(node.category());
    if (category < 0) {
      bad.Add(Sub(field, "category"), node.category(), "an evidence category of the version");
    }
    if (node.item().empty()) bad.Add(Sub(field, "item"), "", "the category's item");
    position = position * version().categories_size() + category;
  }
  if (bad.count() != faults) return std::nullopt;
  const auto open = static_cast<OpenAxes>((node.service().empty() ? 0 : kService) |
                                          (node.location().empty() ? 0 : kLocation));
  const int slot = SlotFor(node, closed, open, scale);
  if (slot < 0) {
    bad.Add(Sub(field, "stage"), node.stage(), StagesFor(*program_, closed, open));
    return std::nullopt;
  }
  const Place place{static_cast<std::uint16_t>(slot), static_cast<std::uint16_t>(position)};
  for (const LadderProgram& ladder : program_->ladders) {
    for (const StageProgram& stage : ladder.stages) {
      if (stage.slot == slot && stage.index_of_position[place.position] >= 0) return place;
    }
  }
  bad.Add(Sub(field, closed == ClosedAxis::kGroup ? "group" : "item"),
          PositionName(closed, position), "a node that a stage has");
  return std::nullopt;
}

absl::StatusOr<Place> CompiledModel::ResolveNode(const type::v1::Node& node,
                                                 absl::string_view scale) const {
  errors::Violations bad;
  const std::optional<Place> place = ResolveNode(node, scale, "node", bad);
  if (!place.has_value()) return bad.ToStatus();
  return *place;
}

std::optional<Level> CompiledModel::ResolveOutcome(Place place, const type::v1::Outcome& outcome,
                                                   absl::string_view field,
                                                   errors::Violations& bad) const {
  const framework::v1::Scale& scale = version().scoring_model().scales(ScaleOf(place));
  bool good = true;
  if (outcome.scale() != scale.id()) {
    bad.Add(Sub(field, "scale"), outcome.scale(), absl::StrCat("the node's scale, ", scale.id()));
    good = false;
  }
  if (outcome.level() < 1 || outcome.level() > scale.levels_size()) {
    bad.Add(Sub(field, "level"), outcome.level(), absl::StrCat("1 to ", scale.levels_size()));
    good = false;
  }
  if (!good) return std::nullopt;
  return static_cast<Level>(outcome.level());
}

void CompiledModel::FillNode(ClosedAxis closed, int position, type::v1::Node& node) const {
  switch (closed) {
    case ClosedAxis::kWhole:
      return;
    case ClosedAxis::kGroup:
      node.set_group(version().groups(position).id());
      return;
    case ClosedAxis::kItem:
      node.set_item(version().items(position).id());
      return;
    case ClosedAxis::kCategory:
      node.set_item(version().items(position / version().categories_size()).id());
      node.set_category(version().categories(position % version().categories_size()).id());
      return;
  }
}

type::v1::Node CompiledModel::NodeOf(Place place, absl::string_view service,
                                     absl::string_view location) const {
  type::v1::Node node;
  node.set_stage(SlotOf(place).stage);
  node.set_service(service.data(), service.size());
  node.set_location(location.data(), location.size());
  FillNode(SlotOf(place).closed, place.position, node);
  return node;
}

std::string CompiledModel::PositionName(ClosedAxis closed, int position) const {
  switch (closed) {
    case ClosedAxis::kWhole:
      break;
    case ClosedAxis::kGroup: {
      const framework::v1::Group& group = version().groups(position);
      return group.name().empty() ? group.id() : group.name();
    }
    case ClosedAxis::kItem: {
      const framework::v1::Item& item = version().items(position);
      return item.display_name().empty() ? item.id() : item.display_name();
    }
    case ClosedAxis::kCategory: {
      const int count = version().categories_size();
      const framework::v1::EvidenceCategory& category = version().categories(position % count);
      return absl::StrCat(
          PositionName(ClosedAxis::kItem, position / count), ": ",
          category.display_name().empty() ? category.id() : category.display_name());
    }
  }
  return "";
}

type::v1::Outcome CompiledModel::OutcomeOf(int scale, Level level) const {
  type::v1::Outcome outcome;
  if (level == 0) return outcome;
  outcome.set_scale(version().scoring_model().scales(scale).id());
  outcome.set_level(level);
  const absl::string_view label = LevelLabel(scale, level);
  outcome.set_label(label.data(), label.size());
  return outcome;
}

type::v1::Rating CompiledModel::RatingOf(int scale, Level level) const {
  if (level == 0) return type::v1::RATING_UNSPECIFIED;
  return version().scoring_model().scales(scale).levels(level - 1).rating();
}

absl::string_view CompiledModel::LevelLabel(int scale, Level level) const {
  if (level == 0) return "";
  const framework::v1::Level& source = version().scoring_model().scales(scale).levels(level - 1);
  return source.label().empty() ? source.id() : source.label();
}

int CompiledModel::LevelCount(int scale) const {
  return version().scoring_model().scales(scale).levels_size();
}

absl::StatusOr<ModelSet> ModelSet::With(std::shared_ptr<const CompiledModel> model) const {
  ModelSet next = *this;
  const int known = IndexOf(model->name());
  if (known >= 0) {
    if (at(known).model_digest() != model->model_digest()) {
      return absl::AlreadyExistsError(absl::StrCat(model->name(), " is known with model ",
                                                   at(known).model_digest(), ", got ",
                                                   model->model_digest()));
    }
    next.models_[static_cast<std::size_t>(known)] = std::move(model);
    return next;
  }
  if (size() >= kMaxVersions) {
    return absl::ResourceExhaustedError(absl::StrCat("at most ", kMaxVersions, " versions"));
  }
  next.by_name_.emplace(model->name(), size());
  next.models_.push_back(std::move(model));
  return next;
}

int ModelSet::IndexOf(absl::string_view name) const { return Find(by_name_, name); }

}  // namespace assay::model
