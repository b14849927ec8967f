#pragma once

// A framework version compiled for rating: the catalogue's look-ups and the scoring model as
// tables.
//
// Thread safety: immutable once compiled; share it by shared_ptr among any number of threads.
// Ownership: shares the version; views that it returns live as long as it does.
// Cost: Compile takes well under a millisecond for a model of CQC's size; look-ups by id are one
// hash.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

#include "assay/framework/v1/framework.pb.h"
#include "assay/type/v1/node.pb.h"
#include "assay/type/v1/outcome.pb.h"
#include "services/common/errors/violations.h"

namespace assay::model {

struct Program;

// A place on a scale: 1 is the worst level, 0 is none.
using Level = std::uint8_t;

// The closed axis that a stage keeps: the finest of those in its `per`. A category lies in an item,
// an item in a group.
enum class ClosedAxis : std::uint8_t { kWhole = 0, kGroup = 1, kItem = 2, kCategory = 3 };

// Open axes as bits.
using OpenAxes = std::uint8_t;
inline constexpr OpenAxes kService = 1;
inline constexpr OpenAxes kLocation = 2;

// Where an outcome stands, within one version, its service and location left aside. A slot is the
// class of stages whose nodes a record cannot tell apart: the same axes on the same scale, and a
// stage's name where a ladder has two such stages. The position is the index on the closed axis: of
// the group, the item, `item * number of categories + category`; 0 for the whole.
struct Place {
  std::uint16_t slot = 0;
  std::uint16_t position = 0;

  friend bool operator==(Place a, Place b) { return a.slot == b.slot && a.position == b.position; }
  friend bool operator!=(Place a, Place b) { return !(a == b); }
  friend bool operator<(Place a, Place b) {
    return a.slot != b.slot ? a.slot < b.slot : a.position < b.position;
  }
};

// A class of stages that share their records (see Place).
struct Slot {
  ClosedAxis closed = ClosedAxis::kWhole;
  OpenAxes open = 0;
  int scale = 0;
  // Stage id where the axes and the scale do not suffice; else empty.
  std::string stage;
};

class CompiledModel {
 public:
  // Checks the version and builds its tables. INVALID_ARGUMENT with every structural fault at once,
  // each with its path (`scoring_model.ladders[0].stages[1].caps[0].at_most`). Whether the rules
  // make sense (monotone, every outcome reachable) is the prover's question, not this one's.
  static absl::StatusOr<std::shared_ptr<const CompiledModel>> Compile(
      std::shared_ptr<const framework::v1::FrameworkVersion> version);
  // The same of a copy.
  static absl::StatusOr<std::shared_ptr<const CompiledModel>> Compile(
      const framework::v1::FrameworkVersion& version);

  ~CompiledModel();
  CompiledModel(const CompiledModel&) = delete;
  CompiledModel& operator=(const CompiledModel&) = delete;

  // The version as it came; indices below are indices of its repeated fields.
  const framework::v1::FrameworkVersion& version() const { return *version_; }
  // `frameworks/{framework}/versions/{version}`.
  absl::string_view name() const { return version_->name(); }
  // 64 lower-case hexadecimal digits each (see ModelDigest and VersionDigest).
  absl::string_view model_digest() const { return model_digest_; }
  absl::string_view version_digest() const { return version_digest_; }

  // The compiled ladders (program.h), for the rater and the prover.
  const Program& program() const { return *program_; }
  // Bytes that the tables take, texts left aside.
  std::size_t TableBytes() const;

  // Exact ids to indices; -1 where there is none.
  int GroupById(absl::string_view id) const;
  int ItemById(absl::string_view id) const;
  int CategoryById(absl::string_view id) const;
  int ScaleById(absl::string_view id) const;
  int SectorById(absl::string_view id) const;
  int LadderById(absl::string_view id) const;
  // Index of the group that the item belongs to.
  int GroupOfItem(int item) const { return group_of_item_[static_cast<std::size_t>(item)]; }
  // Level of a scale by its id; 0 where there is none.
  Level LevelById(int scale, absl::string_view id) const;

  // For importers and people: any spelling that the catalogue knows, as text/spelling.h folds them.
  // -1 (a level: 0) where there is none, or more than one. An item by id, code, API id, name or
  // alias; a group by id or name; a sector by id, name or alias; a level by label, id, abbreviation
  // or number.
  int ItemByAny(absl::string_view text) const;
  int GroupByAny(absl::string_view text) const;
  int SectorByAny(absl::string_view text) const;
  Level LevelByAny(int scale, absl::string_view text) const;
  // The unrated reason that a published word stands for; nullopt where the model does not list it.
  std::optional<absl::string_view> PublishedWord(absl::string_view word) const;

  // The place of a record's node. `scale` is the id of the outcome's scale, which decides where
  // ladders keep the same axes on different scales; empty: that of the first ladder without a
  // condition, else of the first. The service and location of
  // the node only say that they are there. INVALID_ARGUMENT names every field that is wrong.
  absl::StatusOr<Place> ResolveNode(const type::v1::Node& node, absl::string_view scale = "") const;
  // The same for validation: adds what is wrong to `bad` with paths below `field`.
  std::optional<Place> ResolveNode(const type::v1::Node& node, absl::string_view scale,
                                   absl::string_view field, errors::Violations& bad) const;
  // The level of an outcome at a place: its scale must be the place's, its level on it.
  std::optional<Level> ResolveOutcome(Place place, const type::v1::Outcome& outcome,
                                      absl::string_view field, errors::Violations& bad) const;

  const std::vector<Slot>& slots() const { return slots_; }
  const Slot& SlotOf(Place place) const { return slots_[place.slot]; }
  // Index of the scale that outcomes at the place are on.
  int ScaleOf(Place place) const { return slots_[place.slot].scale; }
  // The message for a place; its stage is set only where the axes do not say it. `location` is a
  // resource name.
  type::v1::Node NodeOf(Place place, absl::string_view service = "",
                        absl::string_view location = "") const;
  // Sets group, item and category of `node` from a position.
  void FillNode(ClosedAxis closed, int position, type::v1::Node& node) const;
  // Positions on an axis: 1 for the whole.
  int PositionCount(ClosedAxis closed) const;
  // The position that holds `position` on a coarser (or the same) axis.
  int Project(ClosedAxis from, int position, ClosedAxis to) const;
  // Name for people of a position: of the group, the item, or `item: category`; empty for the
  // whole.
  std::string PositionName(ClosedAxis closed, int position) const;

  // Messages for a level of a scale; level 0 gives an empty message or RATING_UNSPECIFIED.
  type::v1::Outcome OutcomeOf(int scale, Level level) const;
  type::v1::Rating RatingOf(int scale, Level level) const;
  absl::string_view LevelLabel(int scale, Level level) const;
  int LevelCount(int scale) const;

 private:
  friend class Compiler;

  CompiledModel();

  void IndexCatalogue();
  int SlotFor(const type::v1::Node& node, ClosedAxis closed, OpenAxes open,
              absl::string_view scale) const;

  using Index = absl::flat_hash_map<std::string, int>;

  std::shared_ptr<const framework::v1::FrameworkVersion> version_;
  std::string model_digest_;
  std::string version_digest_;
  std::unique_ptr<Program> program_;
  std::vector<Slot> slots_;
  std::vector<int> group_of_item_;
  Index groups_;
  Index items_;
  Index categories_;
  Index scales_;
  Index sectors_;
  Index any_group_;
  Index any_item_;
  Index any_sector_;
  std::vector<Index> any_level_;  // by scale
  absl::flat_hash_map<std::string, std::string> words_;
};

// SHA-256 over `assay.model.v1`, a zero byte and the canonical encoding of the version reduced to
// name, groups, items (without their output-only names), categories, sectors, regulation links and
// scoring model; lower-case hexadecimal. INVALID_ARGUMENT where the message cannot be encoded.
absl::StatusOr<std::string> ModelDigest(const framework::v1::FrameworkVersion& version);

// The same with the tag `assay.version.v1` over the whole version without its output-only fields.
absl::StatusOr<std::string> VersionDigest(const framework::v1::FrameworkVersion& version);

// The versions that a process knows, each with a small number that histories keep.
//
// Thread safety: an immutable value; copying shares the models. Numbers never change: With() only
// adds.
class ModelSet {
 public:
  // Versions are numbered in a byte.
  static constexpr int kMaxVersions = 255;

  ModelSet() = default;

  // This set and one more version. One whose name is known keeps its number: with the same model
  // digest the model takes the old one's place (texts may differ); with another, ALREADY_EXISTS,
  // since histories would mean something else. RESOURCE_EXHAUSTED over kMaxVersions.
  absl::StatusOr<ModelSet> With(std::shared_ptr<const CompiledModel> model) const;

  int size() const { return static_cast<int>(models_.size()); }
  const CompiledModel& at(int version) const { return *models_[static_cast<std::size_t>(version)]; }
  std::shared_ptr<const CompiledModel> shared(int version) const {
    return models_[static_cast<std::size_t>(version)];
  }
  // Number of a version by its full name; -1 where it is not known.
  int IndexOf(absl::string_view name) const;

 private:
  std::vector<std::shared_ptr<const CompiledModel>> models_;
  absl::flat_hash_map<std::string, int> by_name_;
};

}  // namespace assay::model
