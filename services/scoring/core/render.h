// Renders what is served: a subject's rating on a day as the bytes of its message, in one of three
// views. No byte depends on who asks, when, or which replica answers (decision 5), so that bytes
// may be kept and shared.
//
// Thread safety: pure functions; a Renderer keeps memory and is used by one thread at a time.
// Cost: about 10 us for a rating, some tens more for its derivation's digest.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

#include "assay/evidence/v1/record.pb.h"
#include "assay/evidence/v1/registry.pb.h"
#include "assay/scoring/v1/rating.pb.h"
#include "assay/scoring/v1/rating_service.pb.h"
#include "services/common/clock/day.h"
#include "services/common/model/rate.h"

namespace assay::scoring {

// Written into cache keys: raise it with any change of what Render makes of the same inputs.
inline constexpr int kRenderVersion = 2;

enum class View : std::uint8_t {
  kBasic = 1,    // Rating without outcomes of items
  kFull = 2,     // Rating whole
  kExplain = 3,  // ExplainRatingResponse
};

// Everything that is known of a location; borrowed.
struct SubjectRecord {
  const model::SubjectHistory* history = nullptr;
  const evidence::v1::Location* location = nullptr;  // its registry state as known
  int partition = 0;
  // The hash of its newest leaf in the record's log; empty where it is not known.
  absl::string_view chain_head;
};

struct RenderedRating {
  std::string bytes;
  int partition = 0;
  std::int64_t subject_counter = 0;
  // The days for which the bytes hold: from <= day < before.
  std::optional<clock::Day> from;
  std::optional<clock::Day> before;
};

// When a record was recorded; the beginning of 1970 for one that does not say so.
absl::Time RecordedAt(const evidence::v1::Record& record);

// The framework version that a record names; empty where it names none.
std::string VersionOf(const evidence::v1::Record& record);

// First and last bounds within which registration stays as it is on `day`.
struct RegistrationSpan {
  bool deregistered = false;
  std::optional<clock::Day> from;
  std::optional<clock::Day> before;
};
RegistrationSpan RegistrationOn(const evidence::v1::Location& location, clock::Day day);

// True where the location is registered on `day`: registration <= day < deregistration; a date that
// is not known does not exclude.
bool RegisteredOn(const evidence::v1::Location& location, clock::Day day);

// The first day after `day` from which registration or areas may differ; nullopt where none does.
std::optional<clock::Day> PlacementEnd(const evidence::v1::Location& location, clock::Day day);

// Names of the areas in which the location lies on `day`.
std::vector<std::string> AreasOn(const evidence::v1::Location& location, clock::Day day);

class Renderer {
 public:
  // The rating of `record` on `day`, knowing records up to counter `known`. `known_at` is the
  // moment that stands for `known`, where one was asked for. INTERNAL where the derivation cannot
  // be encoded.
  absl::StatusOr<RenderedRating> Render(const model::ModelSet& models, const SubjectRecord& record,
                                        clock::Day day, std::int64_t known,
                                        std::optional<absl::Time> known_at, View view);

  // State and evaluation of the last call, for counting without rendering.
  const model::Evaluation& Evaluate(const model::ModelSet& models,
                                    const model::SubjectHistory& history, clock::Day day,
                                    std::int64_t known);
  const model::State& state() const { return state_; }

 private:
  model::State state_;
  model::Evaluation evaluation_;
  model::Scratch scratch_;
};

}  // namespace assay::scoring
