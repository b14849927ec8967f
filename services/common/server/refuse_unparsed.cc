#include "services/common/server/refuse_unparsed.h"

#include <map>
#include <mutex>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
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

// A method whose requests gRPC parses.
struct Watched {
  std::string name;    // "package.Service/Method"
  std::string wanted;  // the full name of its request message
};

// By the name that gRPC has for them: "/package.Service/Method". The requests of methods that
// stream them come in the stream, whose reader is told.
using WatchedMethods = absl::flat_hash_map<std::string, Watched>;

WatchedMethods MethodsOf(const std::set<std::string>& services,
                         const std::set<std::string>& raw_methods) {
  WatchedMethods watched;
  for (const std::string& name : services) {
    const google::protobuf::ServiceDescriptor* service =
        google::protobuf::DescriptorPool::generated_pool()->FindServiceByName(name);
    for (int i = 0; service != nullptr && i < service->method_count(); ++i) {
      const google::protobuf::MethodDescriptor& method = *service->method(i);
      std::string method_name = absl::StrCat(name, "/", method.name());
      if (method.client_streaming() || raw_methods.count(method_name) > 0) continue;
      const std::string key = absl::StrCat("/", method_name);
      watched[key] = {std::move(method_name), method.input_type()->full_name()};
    }
  }
  return watched;
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
  Refusal(ServerRpcInfo* call, const Watched& method, RefusingMethods* methods)
      : call_(call), method_(method), methods_(methods) {}

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
        methods_->Find(method_.name),
        static_cast<grpc::CallbackServerContext*>(call_->server_context()), kind);
    return scope_->End(
        errors::InvalidArgument("request", "bytes that cannot be parsed", method_.wanted));
  }

  ServerRpcInfo* const call_;
  const Watched& method_;
  RefusingMethods* const methods_;
  bool unparsed_ = false;
  // Of a refused call, until gRPC is done with it, so that a drain waits for its status.
  std::unique_ptr<CallScope> scope_;
};

class RefusalFactory final : public grpc::experimental::ServerInterceptorFactoryInterface {
 public:
  RefusalFactory(const CallEnvironment* environment, WatchedMethods watched)
      : methods_(environment), watched_(std::move(watched)) {}

  Interceptor* CreateServerInterceptor(ServerRpcInfo* call) override {
    const auto found = watched_.find(absl::string_view(call->method()));
    return found == watched_.end() ? nullptr : new Refusal(call, found->second, &methods_);
  }

 private:
  RefusingMethods methods_;
  const WatchedMethods watched_;
};

}  // namespace

std::unique_ptr<grpc::experimental::ServerInterceptorFactoryInterface> RefuseUnparsed(
    const CallEnvironment* environment, const std::set<std::string>& services,
    const std::set<std::string>& raw_methods) {
  return std::make_unique<RefusalFactory>(environment, MethodsOf(services, raw_methods));
}

}  // namespace assay::server
