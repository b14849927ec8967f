#pragma once

// Rating: from a subject's state to the outcome of every node of its ladder. Pure and exact: whole
// numbers only, and no rule but those of the model.
//
// Thread safety: the functions are pure; a Scratch is used by one thread at a time.
// Ownership: an evaluation borrows the models, the state and the history behind it.
// Cost: a few microseconds for a location with 34 scores; no allocation with a warm Scratch.

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"

#include "assay/scoring/v1/rating.pb.h"
#include "assay/type/v1/outcome.pb.h"
#include "services/common/model/fold.h"
#include "services/common/model/model.h"

namespace assay::model {

// How an outcome came about; the values of scoring.v1.OutcomeOrigin.
enum class Origin : std::uint8_t {
  kNone = 0,
  kComputed = 1,
  kAssessed = 2,
  kGiven = 3,
  kCarriedForward = 4,
  kOverridden = 5,
};

// Why a node has no outcome.
enum class NoOutcome : std::uint8_t {
  kNone = 0,          // it has one
  kNoJudgements = 1,  // `no-judgements`
  kTooFewInputs = 2,  // `too-few-inputs`
  kModel = 3,         // the model's own reason: NodeResult::reason is that of the stage or the row
  kRecord = 4,        // a record says so: NodeResult::reason is an index into the history's reasons
  kNotApplicable = 5,  // the item does not apply here, or the category does not count
  kNoLadder = 6,       // `no-ladder`: the model has no ladder for this subject
};

// Warnings as bits.
using Warnings = std::uint8_t;
inline constexpr Warnings kGivenDiffers = 1;  // `given-differs-from-computed`
inline constexpr Warnings kOverrideHeld = 2;  // `override-held-by-cap`: a strict cap is lower
inline constexpr Warnings kRecordUnread = 4;  // `judgement-not-applicable`: recorded, but left out

// Codes of the warnings in `warnings`.
std::vector<absl::string_view> WarningCodes(Warnings warnings);

// The outcome of one node, and how it came about.
struct NodeResult {
  std::uint16_t position = 0;  // on the stage's closed axis
  std::uint16_t unit = 0;      // index into the history's units
  std::uint8_t stage = 0;      // index in the ladder
  Level level = 0;             // the outcome; 0: none, see `why`
  Level method_level = 0;      // what the method gave before caps; 0: nothing
  Level computed_level =
      0;  // where a given outcome was preferred: what the computation gave, caps applied
  Origin origin = Origin::kNone;
  NoOutcome why = NoOutcome::kNone;
  Warnings warnings = 0;
  bool given = false;       // the record at this computed node was preferred to the computation
  bool counted = true;      // false: left out of its reader's inputs, total included
  bool own = false;         // a record of this version lies under it
  std::uint8_t lowest = 0;  // lowest level among the rated inputs
  std::int16_t percent =
      -1;  // whole percentage by the model's rounding; -1: the method is no such one
  std::int16_t rule = -1;    // index of the row or band that decided; -1: none did
  std::uint16_t rated = 0;   // inputs that have an outcome
  std::uint16_t total = 0;   // inputs there could be
  std::int32_t reason = -1;  // see `why`
  std::int32_t numerator = 0;
  std::int32_t denominator = 0;
  std::uint32_t steps = 0;           // adjustments that were taken, as bits
  std::uint32_t caps_tried = 0;      // caps as bits, by index in the stage
  std::uint32_t caps_applied = 0;    // whose condition holds
  std::uint32_t caps_bound = 0;      // whose limit is under method_level and equals the result
  std::int32_t entry = -1;           // index into State::entries of the record at this very node
  std::int32_t override_entry = -1;  // index into State::overrides
  std::int32_t previous = -1;        // index into Evaluation::previous where carried from there
  Day newest = kNoDay;               // newest and oldest effective day of the records under it
  Day oldest = kNoDay;
};

// A group's rating under an earlier version, handed on for carry-forward.
struct PreviousRating {
  absl::string_view group;         // id
  absl::string_view version_name;  // full name of the version
  std::uint16_t unit = 0;
  std::uint8_t version = 0;
  type::v1::Rating rating = type::v1::RATING_UNSPECIFIED;
  Day effective = kNoDay;
};

// What the model's conditions may ask about a subject under one version.
struct SubjectFacts {
  framework::v1::SubjectKind kind = framework::v1::SUBJECT_KIND_LOCATION;
  Day day;                        // the day of the state
  Day assessed = kNoDay;          // start of the newest assessment, else the day it is true from
  Day assessment_start = kNoDay;  // as recorded; kNoDay: unknown
  std::int64_t assessed_counter = 0;  // of the judgement that says so
  int services = 0;                   // services with judgements under this version
};

// Caps that an evaluation leaves out, to say what the outcome would be without them.
struct WithoutCaps {
  bool all = false;
  int stage = -1;          // with node and cap: only that cap at that node
  std::int32_t node = -1;  // index into Evaluation::nodes
  int cap = -1;
};

// A subject's outcomes under one version: every node of its ladder, in the ladder's order of
// stages, then by position, then by unit.
struct Evaluation {
  const CompiledModel* model = nullptr;
  int version = -1;  // number in the ModelSet
  int ladder = -1;   // -1: none fits
  SubjectFacts facts;
  std::vector<NodeResult> nodes;
  // Index of each stage's first node, and one more for the end.
  std::vector<std::int32_t> stage_begin;
  // What earlier versions gave.
  std::vector<PreviousRating> previous;

  // The overall outcome: the last stage's only node. nullptr where no ladder fits.
  const NodeResult* overall() const { return nodes.empty() ? nullptr : &nodes.back(); }
  // A node by stage index, position and unit; nullptr where it does not exist.
  const NodeResult* Find(int stage, int position, std::uint16_t unit) const;
};

// Memory for rating, kept from call to call. Owned by the caller, used by one thread at a time.
struct Scratch {
  std::vector<std::uint16_t> units[4];  // units on record by axes
  std::vector<std::int16_t> sectors;    // by unit: index in the model, -1 unknown
  std::vector<Evaluation> older;
  // Where set: takes (node, rated input) pairs, in the order of nodes. Not owned.
  std::vector<std::pair<std::int32_t, std::int32_t>>* trace = nullptr;
};

// Rates one version: reads the entries of `state` under that version (number in the set that made
// the history). `previous` are the ratings that earlier versions gave.
void Rate(const CompiledModel& model, int version, const State& state,
          const std::vector<PreviousRating>& previous, const WithoutCaps& without, Scratch& scratch,
          Evaluation& out);
Evaluation Rate(const CompiledModel& model, int version, const State& state,
                const std::vector<PreviousRating>& previous = {});

// Rates a subject: the version used is that of the newest judgement effective by the day that is
// not carried forward (the later counter where days are equal; where all are carried forward, the
// newest of those); what versions before it gave enters only where its model carries forward. With
// no judgement at all `version` is -1.
void RateSubject(const ModelSet& models, const State& state, Scratch& scratch, Evaluation& out);
Evaluation RateSubject(const ModelSet& models, const State& state);

// The reason of a node, or of a whole evaluation, without an outcome, with its words; empty where
// there is an outcome.
type::v1::Unrated UnratedOf(const Evaluation& evaluation, const State& state,
                            const NodeResult& node);
type::v1::Unrated UnratedOf(const Evaluation& evaluation, const State& state);

// Id of what decided a node: the band's level, the row, or the steps taken, joined by commas. Empty
// where nothing did, or where a record was preferred.
std::string RuleOf(const Evaluation& evaluation, const NodeResult& node);
// Id of the first cap that bound, in the model's order; empty where none did.
absl::string_view LimiterOf(const Evaluation& evaluation, const NodeResult& node);
// The node as a message, its stage set.
type::v1::Node NodeMessage(const Evaluation& evaluation, const State& state,
                           const NodeResult& node);
// Index of the stage whose nodes are the groups (items) of the ladder for people: the last one that
// keeps that axis; -1 where there is none.
int StageOf(const Evaluation& evaluation, ClosedAxis closed);

// True where the node's method, not a record or an override, gave its outcome.
bool IsComputed(const NodeResult& node);

// Renders the parts of scoring.v1.Rating that follow from the evaluation: version, digest,
// validity, result, rule, limiter, groups, services, items (where asked), warnings,
// subject_counter. Name, display name, partition, derivation digest and registration are the
// caller's.
void FillRating(const Evaluation& evaluation, const State& state, bool with_items,
                scoring::v1::Rating& rating);

}  // namespace assay::model
