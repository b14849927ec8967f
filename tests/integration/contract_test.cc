// The contract against the services that serve it: a method answers UNIMPLEMENTED exactly where its
// comment says so.

#include <cstdlib>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/descriptor.pb.h"
#include "grpcpp/generic/generic_stub.h"

#include "services/common/errors/errors.h"
#include "services/common/server/status_conversion.h"
#include "tests/integration/steps.h"
#include "tests/integration/suite.h"

namespace assay::integration {
namespace {

// The contract with its comments, as the build's protoc read it.
class Contract {
 public:
  Contract() {
    const char* path = std::getenv("ASSAY_CONTRACT");
    google::protobuf::FileDescriptorSet files;
    EXPECT_TRUE(files.ParseFromString(ReadFile(path == nullptr ? "" : path)));
    for (const google::protobuf::FileDescriptorProto& each : files.file()) {
      const google::protobuf::FileDescriptor* file = pool_.BuildFile(each);
      EXPECT_NE(file, nullptr) << each.name();
      for (int i = 0; file != nullptr && i < file->service_count(); ++i) {
        services_.push_back(file->service(i));
      }
    }
  }

  const std::vector<const google::protobuf::ServiceDescriptor*>& services() const {
    return services_;
  }

 private:
  google::protobuf::DescriptorPool pool_;
  std::vector<const google::protobuf::ServiceDescriptor*> services_;
};

bool SaysUnimplemented(const google::protobuf::MethodDescriptor& method) {
  google::protobuf::SourceLocation location;
  EXPECT_TRUE(method.GetSourceLocation(&location)) << method.full_name();
  return absl::StrContains(location.leading_comments, "UNIMPLEMENTED");
}

// What a method of whatever kind says to one empty request: OK where a message came, and where the
// stream ended without one.
absl::Status AskWithNothing(const Server& server, const std::string& path) {
  grpc::GenericStub stub(server.channel());
  grpc::CompletionQueue queue;
  const auto succeeds = [&queue] {
    void* tag = nullptr;
    bool ok = false;
    return queue.Next(&tag, &ok) && ok;
  };
  grpc::ClientContext context;
  context.set_deadline(absl::ToChronoTime(absl::Now() + kPatience));
  const auto call = stub.PrepareCall(&context, path, &queue);
  call->StartCall(nullptr);
  if (succeeds()) {
    const grpc::Slice nothing("");
    call->WriteLast(grpc::ByteBuffer(&nothing, 1), grpc::WriteOptions(), nullptr);
    succeeds();  // not where the call was refused meanwhile; Finish says why
  }
  grpc::ByteBuffer answer;
  call->Read(&answer, nullptr);
  const bool answered = succeeds();
  if (answered) context.TryCancel();
  grpc::Status status;
  call->Finish(&status, nullptr);
  succeeds();
  return answered ? absl::OkStatus() : server::FromGrpc(status);
}

TEST(ContractTest, AMethodIsUnimplementedExactlyWhereItsCommentSaysSo) {
  const absl::StatusOr<std::unique_ptr<Suite>> suite = Suite::Start();
  ASSERT_TRUE(suite.ok()) << suite.status();
  // Who follows the record from its beginning gets this at once.
  Register(**suite, NewLocation("1-600"));
  const std::map<std::string, const Server*> servers = {
      {"assay.evidence.v1", &(*suite)->evidence()},
      {"assay.framework.v1", &(*suite)->framework()},
      {"assay.scoring.v1", &(*suite)->scoring()},
  };

  const Contract contract;
  std::set<std::string> packages;
  for (const google::protobuf::ServiceDescriptor* service : contract.services()) {
    const auto server = servers.find(service->file()->package());
    ASSERT_NE(server, servers.end()) << service->full_name() << " has no server";
    packages.insert(server->first);
    for (int i = 0; i < service->method_count(); ++i) {
      const std::string path =
          absl::StrCat("/", service->full_name(), "/", service->method(i)->name());
      const absl::Status answer = AskWithNothing(*server->second, path);
      if (SaysUnimplemented(*service->method(i))) {
        EXPECT_EQ(answer.code(), absl::StatusCode::kUnimplemented) << path << " says " << answer;
        EXPECT_EQ(errors::Reason(answer), "METHOD_UNIMPLEMENTED") << path << " says " << answer;
      } else {
        // Refused, if at all, by the method itself: gRPC's own refusals have no reason.
        EXPECT_TRUE(answer.ok() || !errors::Reason(answer).empty()) << path << " says " << answer;
        EXPECT_NE(answer.code(), absl::StatusCode::kUnimplemented) << path << " says " << answer;
      }
    }
  }
  EXPECT_EQ(packages.size(), servers.size());
}

}  // namespace
}  // namespace assay::integration
