#pragma once

// gRPC's callback handlers answer a request whose bytes are no such message with UNIMPLEMENTED and
// no text, before any method of ours is asked. This makes it INVALID_ARGUMENT (REQUEST_INVALID)
// with the name of the wanted message, counted and logged as any call.
//
// Thread safety: one factory serves all calls. Ownership: the server's builder takes it; it borrows
// the environment. Cost: an allocation and a few virtual calls for each call; a look-up for the
// methods that it is told to leave alone.

#include <memory>
#include <set>
#include <string>

#include "grpcpp/support/server_interceptor.h"

#include "services/common/server/call_environment.h"

namespace assay::server {

// For the methods of `services`, by full name, all of them generated and served by callbacks.
// `raw_methods`, as "package.Service/Method", take bytes and parse for themselves.
std::unique_ptr<grpc::experimental::ServerInterceptorFactoryInterface> RefuseUnparsed(
    const CallEnvironment* environment, const std::set<std::string>& services,
    const std::set<std::string>& raw_methods);

}  // namespace assay::server
