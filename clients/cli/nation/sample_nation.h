// A made-up nation: providers and locations across the real regions and boards, with six years of
// assessments, for demonstrations, load tests and trying out a deployment.
//
// Everything follows from the seed: the same options give the same records, byte for byte, on every
// machine. A location is the same however many there are in all.
//
// What is in it: the areas; providers with one to eighty locations; of each location two or three
// assessments, by the method of the day on which each started (judged key questions before 21
// November 2023, scored statements after, of which some are carried forward); one location in ten
// with several services, rated one by one once statements are scored; 2 % with regulatory actions,
// about half of them open; 3 % of judgements recorded after later-dated ones of their location; 1 %
// recorded wrongly and corrected later. The newest overall ratings follow the published shares.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"

#include "clients/cli/geography/geography.h"
#include "clients/cli/ingest/record_source.h"
#include "clients/cli/nation/dice.h"
#include "clients/cli/nation/method.h"
#include "clients/cli/nation/places.h"
#include "services/common/clock/day.h"

namespace assay::nation {

// The first ids are 1-9000000001 and 1-8000000001: well formed, and far above those in use.
inline constexpr std::int64_t kFirstLocation = 9000000001;
inline constexpr std::int64_t kFirstProvider = 8000000001;
inline constexpr std::int64_t kMaxLocations = 1000000;

struct NationOptions {
  // How many locations, 1 to 1,000,000. Default 57,000, as many as are registered in England; 0 is
  // refused.
  std::int64_t locations = 57000;
  // What all chance follows from. Default 1; 0 is as good as any.
  std::uint64_t seed = 1;
  // The last day of the six years, 2023-01-01 to 2150-12-31. Default 2026-10-31.
  clock::Day until = clock::Day::FromCivil(2026, 10, 31).value();
};

// Thread safety: none. Ownership: shares `geography`. Cost: bounded memory, that of one batch;
// about 15 microseconds a record with its request id, some 25 records a location.
class SampleNation final : public ingest::RecordSource {
 public:
  // INVALID_ARGUMENT with every option that is out of its range.
  static absl::StatusOr<std::unique_ptr<SampleNation>> Create(
      const NationOptions& options, Methods methods,
      std::shared_ptr<const geography::Geography> geography);

  // The areas; then of each provider it, and each of its locations with what is known of it. Some
  // two thousand records at a time.
  absl::StatusOr<bool> Next(std::vector<evidence::v1::RecordWrite>* writes) override;
  double Share() const override;

 private:
  // A provider while its locations are made.
  struct Provider {
    std::int64_t number = 0;
    std::int64_t locations_left = 0;
    const ServiceKind* kind = nullptr;
    const evidence::v1::Area* icb = nullptr;
  };

  SampleNation(const NationOptions& options, Methods methods,
               std::shared_ptr<const geography::Geography> geography);

  void AddAreas(std::vector<evidence::v1::RecordWrite>* writes) const;
  void AddProvider(std::vector<evidence::v1::RecordWrite>* writes);
  void AddLocation(std::vector<evidence::v1::RecordWrite>* writes);

  const NationOptions options_;
  const Methods methods_;
  const std::shared_ptr<const geography::Geography> geography_;
  const std::string scope_;
  const std::vector<const evidence::v1::Area*> boards_;
  std::int64_t made_ = 0;
  bool areas_made_ = false;
  Provider provider_;
};

}  // namespace assay::nation
