#include "services/common/postgresql/status.h"

#include <gtest/gtest.h>

#include "services/common/errors/errors.h"

namespace assay::postgresql {
namespace {

TEST(StatusTest, TellsTheKindsOfFailureApart) {
  struct Case {
    const char* state;
    absl::StatusCode code;
    const char* reason;
    bool again;
  };
  for (const Case& c : {
           Case{"", absl::StatusCode::kUnavailable, "DEPENDENCY_UNAVAILABLE", false},
           Case{"08006", absl::StatusCode::kUnavailable, "DEPENDENCY_UNAVAILABLE", false},
           Case{"57P01", absl::StatusCode::kUnavailable, "DEPENDENCY_UNAVAILABLE", false},
           Case{"25006", absl::StatusCode::kUnavailable, "DEPENDENCY_UNAVAILABLE", false},
           Case{"53300", absl::StatusCode::kUnavailable, "DEPENDENCY_UNAVAILABLE", false},
           Case{"40P01", absl::StatusCode::kUnavailable, "DEPENDENCY_UNAVAILABLE", true},
           Case{"40001", absl::StatusCode::kUnavailable, "DEPENDENCY_UNAVAILABLE", true},
           Case{"53100", absl::StatusCode::kResourceExhausted, "DISK_FULL", false},
           Case{"XX001", absl::StatusCode::kDataLoss, "DATA_CORRUPT", false},
           Case{"3D000", absl::StatusCode::kFailedPrecondition, "", false},
           Case{"42501", absl::StatusCode::kFailedPrecondition, "", false},
           Case{"42601", absl::StatusCode::kInternal, "INTERNAL", false},
           Case{"23505", absl::StatusCode::kInternal, "INTERNAL", false},
       }) {
    const absl::Status status = ErrorOf("evidence store", c.state, "ERROR:  secret words\n");
    EXPECT_EQ(status.code(), c.code) << c.state;
    EXPECT_EQ(errors::Reason(status), c.reason) << c.state;
    EXPECT_EQ(SqlState(status), c.state);
    EXPECT_EQ(MayRunAgain(status), c.again) << c.state;
    // The server's words are for the log alone.
    EXPECT_EQ(status.message().find("secret"), absl::string_view::npos) << status;
    EXPECT_NE(errors::PrivateDetail(status).find("secret words"), std::string::npos) << c.state;
  }
}

TEST(StatusTest, OtherErrorsHaveNoSqlState) {
  EXPECT_EQ(SqlState(absl::InternalError("x")), "");
  EXPECT_FALSE(MayRunAgain(absl::OkStatus()));
}

}  // namespace
}  // namespace assay::postgresql
