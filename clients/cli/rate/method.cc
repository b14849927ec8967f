#include "clients/cli/rate/method.h"

#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"

#include "services/common/names/names.h"

namespace assay::cli {
namespace {

ScaleWords WordsAt(const model::CompiledModel& compiled, model::Place place) {
  const framework::v1::ScoringModel& scoring = compiled.version().scoring_model();
  return ScaleWords(scoring.scales(compiled.ScaleOf(place)), scoring);
}

// Items of versions that judge groups directly, and of no use as columns, have no place.
void AddItems(Method* method) {
  for (const framework::v1::Item& item : method->model->version().items()) {
    type::v1::Node node;
    node.set_item(item.id());
    const absl::StatusOr<model::Place> place = method->model->ResolveNode(node);
    if (!place.ok()) continue;
    method->item_columns.push_back(item.id());
    method->item_places.push_back(*place);
  }
  if (!method->item_places.empty()) {
    method->item_words = WordsAt(*method->model, method->item_places.front());
  }
}

absl::Status AddGroups(Method* method) {
  for (const framework::v1::Group& group : method->model->version().groups()) {
    type::v1::Node node;
    node.set_group(group.id());
    const absl::StatusOr<model::Place> place = method->model->ResolveNode(node);
    if (!place.ok()) return place.status();
    method->group_columns.push_back(absl::StrReplaceAll(group.id(), {{"-", "_"}}));
    method->group_places.push_back(*place);
  }
  method->group_words = WordsAt(*method->model, method->group_places.front());
  return absl::OkStatus();
}

}  // namespace

absl::optional<int> Method::ParseSector(absl::string_view cell) const {
  cell = absl::StripAsciiWhitespace(cell);
  if (cell.empty()) return -1;
  const int sector = model->SectorByAny(cell);
  if (sector < 0) return absl::nullopt;
  return sector;
}

std::string Method::WantedSectors() const {
  return absl::StrCat(absl::StrJoin(model->version().sectors(), ", ",
                                    [](std::string* out, const framework::v1::Sector& sector) {
                                      absl::StrAppend(out, sector.id());
                                    }),
                      " or blank");
}

absl::StatusOr<Method> MakeMethod(std::shared_ptr<const model::CompiledModel> compiled) {
  Method method;
  method.model = std::move(compiled);
  const absl::string_view full_name = method.model->name();
  const absl::StatusOr<names::FrameworkVersionName> name =
      names::FrameworkVersionName::Parse(full_name);
  method.name = name.ok() ? name->short_name() : std::string(full_name);
  AddItems(&method);
  if (absl::Status status = AddGroups(&method); !status.ok()) return status;
  const absl::StatusOr<model::Place> whole = method.model->ResolveNode(type::v1::Node());
  if (!whole.ok()) return whole.status();
  method.overall_words = WordsAt(*method.model, *whole);
  return method;
}

}  // namespace assay::cli
