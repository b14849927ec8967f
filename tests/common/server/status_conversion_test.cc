#include "services/common/server/status_conversion.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "google/rpc/status.pb.h"
#include "gtest/gtest.h"

#include "services/common/errors/errors.h"

namespace assay::server {
namespace {

TEST(StatusConversionTest, CodeMessageAndDetailsSurviveTheTrip) {
  const absl::Status statuses[] = {
      absl::OkStatus(),
      errors::NotFound(errors::ResourceType::kLocation, "locations/1-102"),
      errors::InvalidArgument("score", 5, "1 to 4"),
      errors::Overloaded("the store", absl::Milliseconds(250)),
      errors::ForeignToken("at_least"),
      absl::UnknownError("plain"),
  };
  for (const absl::Status& status : statuses) EXPECT_EQ(FromGrpc(ToGrpc(status)), status);
}

TEST(StatusConversionTest, EveryCodeIsTheSameOnBothSides) {
  for (int code = 1; code <= 16; ++code) {
    const absl::Status status(static_cast<absl::StatusCode>(code), "x");
    EXPECT_EQ(static_cast<int>(ToGrpc(status).error_code()), code);
    EXPECT_EQ(FromGrpc(ToGrpc(status)), status);
  }
}

TEST(StatusConversionTest, ThePrivateDetailNeverLeaves) {
  const grpc::Status status = ToGrpc(errors::Internal("the store", "near SELEKT"));
  EXPECT_EQ(absl::StrCat(status.error_message(), status.error_details()).find("SELEKT"),
            std::string::npos);
}

TEST(StatusConversionTest, TrailersFitWhateverTheErrorHolds) {
  std::string accents;
  for (int i = 0; i < 5000; ++i) accents += "\u00e9";
  errors::Violations bad;
  for (int i = 0; i < 1000; ++i) bad.Add(accents, accents, accents);
  for (const absl::Status& status : {bad.ToStatus(), absl::InternalError(accents),
                                     errors::NotFound(errors::ResourceType::kLocation, accents)}) {
    const grpc::Status wire = ToGrpc(status);
    // Percent-encoded message and base64 details.
    EXPECT_LT(wire.error_message().size() * 3 + wire.error_details().size() * 4 / 3, 8000u);
    EXPECT_EQ(errors::Reason(FromGrpc(wire)), errors::Reason(status));
  }
}

TEST(StatusConversionTest, DetailsOfAnotherKindOrCodeAreIgnored) {
  google::rpc::Status other;
  other.set_code(3);
  other.set_message("another");
  for (const std::string& details : {std::string("\xff\xff garbage"), other.SerializeAsString()}) {
    const absl::Status status =
        FromGrpc(grpc::Status(grpc::StatusCode::NOT_FOUND, "mine", details));
    EXPECT_EQ(status, absl::NotFoundError("mine"));
  }
}

}  // namespace
}  // namespace assay::server
