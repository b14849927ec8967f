#include "services/common/server/refuse_unparsed.h"

#include <map>
#include <mutex>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_replace.h"
#include "google/protobuf/descriptor.h"
#include "grpcpp/server_context.h"

#include "services/common/errors/errors.h"
#include "services/common/server/call_scope.h"
#include "services/common/server/method.h"

namespace assay::server {
namespace {

using grpc::experimental::InterceptionHookPoints;
using grpc::experimental::Interceptor;
using grpc::experimental::InterceptorBatchMethods;
using grpc::experimental::ServerRpcInfo;

// The full name of a method's request message.
std::string RequestType(const std::string& method) {
  const google::protobuf::MethodDescriptor* known =
      google::protobuf::DescriptorPool::generated_pool()->FindMethodByName(
          absl::StrReplaceAll(method, {{"/", "."}}));
  return known == nullptr ? "the message of this method" : known->input_type()->full_name();
}

// Methods by name, each made when it first refuses.
class RefusingMethods {
 public:
  explicit RefusingMethods(const CallEnvironment* environment) : environment_(environment) {}

  const MethodInfo& Find(const std::string& name) {
    std::lock_guard<std::mutex> lock(mutex_);
    std::unique_ptr<Method>& method = methods_[name];
    if (method == nullptr) method = std::make_unique<Method>(environment_, name);
    return method->info();
  }

 private:
  const CallEnvironment* const environment_;
  std::mutex mutex_;
  std::map<std::string, std::unique_ptr<Method>> methods_;
};

// Looks on while one call passes by.
class Refusal final : public Interceptor {
 public:
  Refusal(ServerRpcInfo* call, std::string method, RefusingMethods* methods)
      : call_(call), method_(std::move(method)), methods_(methods) {}

  void Intercept(InterceptorBatchMethods* batch) override {
    if (batch->QueryInterceptionHookPoint(InterceptionHookPoints::POST_RECV_MESSAGE)) {
      unparsed_ = batch->GetRecvMessage() == nullptr;
    }
    if (unparsed_ && batch->QueryInterceptionHookPoint(InterceptionHookPoints::PRE_SEND_STATUS)) {
      batch->ModifySendStatus(Refuse());
    }
    batch->Proceed();
  }

 private:
  grpc::Status Refuse() {
    const auto kind = call_->type() == ServerRpcInfo::Type::UNARY ? CallScope::Kind::kUnary
                                                                  : CallScope::Kind::kStream;
    scope_ = std::make_unique<CallScope>(
        methods_->Find(method_), static_cast<grpc::CallbackServerContext*>(call_->server_context()),
        kind);
    return scope_->End(
        errors::InvalidArgument("request", "bytes that cannot be parsed", RequestType(method_)));
  }

  ServerRpcInfo* const call_;
  const std::string method_;
  RefusingMethods* const methods_;
  bool unparsed_ = false;
  // Of a refused call, until gRPC is done with it, so that a drain waits for its status.
  std::unique_ptr<CallScope> scope_;
};

class RefusalFactory final : public grpc::experimental::ServerInterceptorFactoryInterface {
 public:
  RefusalFactory(const CallEnvironment* environment, std::set<std::string> services,
                 std::set<std::string> raw_methods)
      : methods_(environment),
        services_(std::move(services)),
        raw_methods_(std::move(raw_methods)) {}

  Interceptor* CreateServerInterceptor(ServerRpcInfo* call) override {
    // The requests of the other kinds come in the stream, whose reader is told.
    if (call->type() != ServerRpcInfo::Type::UNARY &&
        call->type() != ServerRpcInfo::Type::SERVER_STREAMING) {
      return nullptr;
    }
    std::string method = call->method();
    if (absl::StartsWith(method, "/")) method.erase(0, 1);
    if (services_.count(method.substr(0, method.find('/'))) == 0 ||
        raw_methods_.count(method) > 0) {
      return nullptr;
    }
    return new Refusal(call, std::move(method), &methods_);
  }

 private:
  RefusingMethods methods_;
  const std::set<std::string> services_;
  const std::set<std::string> raw_methods_;
};

}  // namespace

std::unique_ptr<grpc::experimental::ServerInterceptorFactoryInterface> RefuseUnparsed(
    const CallEnvironment* environment, std::set<std::string> services,
    std::set<std::string> raw_methods) {
  return std::make_unique<RefusalFactory>(environment, std::move(services), std::move(raw_methods));
}

}  // namespace assay::server
