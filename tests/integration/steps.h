#pragma once

// What the tests of the whole suite do again and again, in the words of the domain. Each step that
// fails fails the test that took it, and returns an empty value.
//
// Thread safety: none. Ownership: borrows the suite.

#include <memory>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"

#include "tests/integration/suite.h"

namespace assay::integration {

// `2025-02-28` as the contract's date.
type::v1::Date Day(absl::string_view text);
// The day it is in London, and some days more.
type::v1::Date Today(int plus = 0);

// A registered location of provider 1-100, in these areas (`icb.QHL`) since ever.
evidence::v1::Location NewLocation(absl::string_view id,
                                   const std::vector<std::string>& areas = {});
// An assessed score of a statement of kVersion.
evidence::v1::Judgement Score(absl::string_view item, int level, const type::v1::Date& effective);

// Registers a location or replaces its state.
evidence::v1::Location Register(Suite& suite, const evidence::v1::Location& location);
// Puts an area into the registry, by its id (`icb.QHL`), since ever.
evidence::v1::Area AddArea(Suite& suite, absl::string_view id);
// Records a judgement of a location.
evidence::v1::Judgement Judge(Suite& suite, absl::string_view location,
                              const evidence::v1::Judgement& judgement);

// The request for a location's rating that has seen these revisions.
scoring::v1::GetRatingRequest RatingOf(absl::string_view location,
                                       const std::vector<type::v1::Revision>& at_least = {});
// Its answer, which must come.
scoring::v1::Rating Rate(Suite& suite, const scoring::v1::GetRatingRequest& request);

// The overall words of a rating: "Good", or "unrated: no-judgements".
std::string Overall(const scoring::v1::Rating& rating);

// A watch that is read line by line, and ended with the object.
class Watch {
 public:
  // Watches names (`areas/icb.QHL`, `locations/1-1/rating`) and reads the present ratings.
  Watch(Suite& suite, const std::vector<std::string>& names);
  ~Watch();
  Watch(const Watch&) = delete;
  Watch& operator=(const Watch&) = delete;

  // Subjects whose present rating came first.
  const std::vector<std::string>& present() const { return present_; }
  // The next change, `caught_up` passed over; nothing set where the stream ended.
  scoring::v1::WatchRatingsResponse Next();

 private:
  grpc::ClientContext context_;
  std::unique_ptr<grpc::ClientReader<scoring::v1::WatchRatingsResponse>> reader_;
  // The status of a stream that ended by itself.
  grpc::Status End();

  std::vector<std::string> present_;
  bool ended_ = false;
  grpc::Status status_;
};

}  // namespace assay::integration
