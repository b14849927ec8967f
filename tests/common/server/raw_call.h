#pragma once

// Calls of services whose stubs Debian does not ship (health, reflection, channelz), by bytes on
// the wire, and a plain HTTP request.

#include <memory>
#include <string>

#include "grpcpp/channel.h"
#include "grpcpp/support/status.h"

namespace assay::test {

// One unary call with these request bytes.
grpc::Status RawUnary(const std::shared_ptr<grpc::Channel>& channel, const std::string& method,
                      const std::string& request, std::string* reply);

// Sends one message on a bidirectional stream and returns the first reply.
std::string RawBidi(const std::shared_ptr<grpc::Channel>& channel, const std::string& method,
                    const std::string& request);

enum class Health { kUnknown = 0, kServing = 1, kNotServing = 2 };

// Asks grpc.health.v1.Health/Check until the entry is as wanted; false after ten seconds.
bool WaitForHealth(const std::shared_ptr<grpc::Channel>& channel, const std::string& entry,
                   Health wanted);

// The whole answer to `GET path`, headers included; empty where nobody answers.
std::string HttpGet(const std::string& address, const std::string& path);

}  // namespace assay::test
