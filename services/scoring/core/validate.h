// What scoring accepts. One function a request; each notes every violation, and gives the request
// in the domain's terms.
//
// Thread safety: pure. Cost: some hundred nanoseconds for a good request.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"

#include "assay/scoring/v1/area_service.pb.h"
#include "assay/scoring/v1/rating_service.pb.h"
#include "services/common/clock/day.h"
#include "services/common/names/partition.h"
#include "services/common/revision/revision.h"
#include "services/scoring/core/render.h"

namespace assay::scoring {

inline constexpr int kMaxBatchNames = 1000;
inline constexpr int kMaxWatchNames = 1000;
inline constexpr int kMaxAtLeast = 16;
// Dates further ahead than records may lie are refused, as records are.
inline constexpr int kMaxDaysAhead = 366;

// The present: the day in Europe/London, and the moment. What is known later cannot be asked for.
struct Present {
  clock::Day day;
  absl::Time moment;
};

// When is asked for, and what the answer must have reached.
struct Moment {
  clock::Day day;
  std::optional<absl::Time> known_at;
  // All of `at_least`, joined.
  std::optional<revision::RevisionVector> at_least;
};

// A subject that is asked about.
struct AskedSubject {
  std::string name;  // `locations/1-102`
  names::Partition partition = 0;
};

struct RatingQuestion {
  AskedSubject subject;
  Moment moment;
  View view = View::kBasic;
};

struct BatchQuestion {
  // The names as asked, and for each its subject or why there is none.
  std::vector<std::string> names;
  std::vector<absl::StatusOr<AskedSubject>> subjects;
  Moment moment;
  View view = View::kBasic;
};

struct WatchQuestion {
  std::vector<AskedSubject> locations;
  std::vector<std::string> areas;
  std::optional<revision::RevisionVector> at_least;
  View view = View::kBasic;
};

struct AreaQuestion {
  std::string area;
  Moment moment;
  std::string sector;
};

absl::StatusOr<RatingQuestion> Validate(const v1::GetRatingRequest& request,
                                        const Present& present);
absl::StatusOr<RatingQuestion> Validate(const v1::ExplainRatingRequest& request,
                                        const Present& present);
absl::StatusOr<BatchQuestion> Validate(const v1::BatchGetRatingsRequest& request,
                                       const Present& present);
absl::StatusOr<WatchQuestion> Validate(const v1::WatchRatingsRequest& request);
absl::StatusOr<AreaQuestion> Validate(const v1::GetAreaSummaryRequest& request,
                                      const Present& present);

// What only the book can tell: a sector that nothing and nobody is of, which would count zeros.
// `known` is sorted. Where none is known yet, any may be one.
absl::Status CheckSector(const AreaQuestion& question, const std::vector<std::string>& known);

}  // namespace assay::scoring
