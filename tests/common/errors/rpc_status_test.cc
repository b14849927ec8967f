#include "services/common/errors/rpc_status.h"

#include "absl/status/status.h"
#include "gtest/gtest.h"

#include "services/common/errors/errors.h"

namespace assay::errors {
namespace {

TEST(RpcStatusTest, EveryCodeAndItsDetailsSurviveTheTrip) {
  const absl::Status statuses[] = {
      NotFound(ResourceType::kLocation, "locations/1-102"),
      InvalidArgument("score", 5, "1 to 4"),
      Overloaded("the store", absl::Milliseconds(250)),
      absl::UnknownError("plain"),
      absl::OkStatus(),
  };
  for (const absl::Status& status : statuses) {
    EXPECT_EQ(FromRpcStatus(ToRpcStatus(status)), status) << status;
  }
}

TEST(RpcStatusTest, ThePrivateDetailStaysHere) {
  const absl::Status status = Internal("evidence store", "near \"SELEKT\": syntax error");
  ASSERT_FALSE(PrivateDetail(status).empty());
  const google::rpc::Status wire = ToRpcStatus(status);
  EXPECT_EQ(wire.SerializeAsString().find("SELEKT"), std::string::npos);
  EXPECT_EQ(PrivateDetail(FromRpcStatus(wire)), "");
  EXPECT_EQ(Reason(FromRpcStatus(wire)), "INTERNAL");
}

TEST(RpcStatusTest, StrangeWireFormsAreTakenWithCare) {
  google::rpc::Status wire;
  wire.set_code(99);
  wire.set_message("odd");
  wire.add_details()->set_type_url("type.googleapis.com/other.Type");
  google::protobuf::Any* first = wire.add_details();
  first->set_type_url("type.googleapis.com/google.rpc.DebugInfo");
  first->set_value("1");
  google::protobuf::Any* second = wire.add_details();
  second->set_type_url("type.googleapis.com/google.rpc.DebugInfo");
  second->set_value("2");
  const absl::Status status = FromRpcStatus(wire);
  EXPECT_EQ(status.code(), absl::StatusCode::kUnknown);
  EXPECT_FALSE(status.GetPayload("type.googleapis.com/other.Type").has_value());
  EXPECT_EQ(status.GetPayload("type.googleapis.com/google.rpc.DebugInfo"), absl::Cord("1"));
  wire.set_code(-1);
  EXPECT_EQ(FromRpcStatus(wire).code(), absl::StatusCode::kUnknown);
}

TEST(RpcStatusTest, AMessageThatIsNotUtf8BecomesOne) {
  const google::rpc::Status wire = ToRpcStatus(absl::InternalError("bad \xff byte"));
  EXPECT_EQ(wire.message(), "bad \\xff byte");
}

}  // namespace
}  // namespace assay::errors
