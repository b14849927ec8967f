#include "services/scoring/feed/evidence_client.h"

#include <string>
#include <vector>

#include "absl/time/time.h"
#include "gtest/gtest.h"

#include "services/common/errors/errors.h"
#include "services/common/server/status_conversion.h"

namespace assay::scoring {
namespace {

// Regression: that a subject has too many records, or damaged ones, was told as a record that
// cannot be reached, and the caller tried again for ever.
TEST(StatusOfRecordTest, WhatTheRecordSaysOfTheSubjectIsPassedOn) {
  struct Case {
    const char* what;
    absl::Status said;
    absl::StatusCode code;
    const char* reason;
    const char* field;  // empty: no violation
  };
  const Case cases[] = {
      {"not there", errors::NotFound(errors::ResourceType::kSubject, "locations/1-1"),
       absl::StatusCode::kNotFound, "SUBJECT_NOT_FOUND", ""},
      {"too busy", errors::Overloaded("reads", absl::Milliseconds(50)),
       absl::StatusCode::kResourceExhausted, "OVERLOADED", ""},
      {"damaged", errors::Corrupt("the chain of locations/1-1"), absl::StatusCode::kDataLoss,
       "DATA_CORRUPT", ""},
      {"too much",
       errors::InvalidArgument("kinds", "over 16 MiB of records of locations/1-1",
                               "at most that in one answer: fewer kinds"),
       absl::StatusCode::kInvalidArgument, "REQUEST_INVALID", "name"},
      {"a question of ours that is wrong", errors::InvalidArgument("as_of", "x", "y"),
       absl::StatusCode::kUnavailable, "DEPENDENCY_UNAVAILABLE", ""},
      {"gone", errors::Draining(), absl::StatusCode::kUnavailable, "DEPENDENCY_UNAVAILABLE", ""},
      {"too slow", errors::DeadlineExceeded(), absl::StatusCode::kUnavailable,
       "DEPENDENCY_UNAVAILABLE", ""},
  };
  for (const Case& c : cases) {
    const absl::Status told = StatusOfRecord(server::ToGrpc(c.said));
    EXPECT_EQ(told.code(), c.code) << c.what << told;
    EXPECT_EQ(errors::Reason(told), c.reason) << c.what;
    const std::vector<errors::Violation> bad = errors::FieldViolations(told);
    EXPECT_EQ(bad.empty() ? "" : bad.front().field, c.field) << c.what;
  }
  const absl::Status told = StatusOfRecord(server::ToGrpc(errors::InvalidArgument(
      "kinds", "over 16 MiB of records of locations/1-1", "at most that in one answer")));
  EXPECT_NE(told.message().find("over 16 MiB of records of locations/1-1"), absl::string_view::npos)
      << told;
  EXPECT_EQ(told.message().find("one answer"), absl::string_view::npos) << told;
}

}  // namespace
}  // namespace assay::scoring
