// What the commands that record one thing about a subject do with their request: make the call, and
// show the record with the revision to wait for, or all of it as JSON.
//
// Thread safety: none. Ownership: borrows everything. Cost: one call.
#pragma once

#include <functional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "grpcpp/grpcpp.h"

#include "assay/evidence/v1/record_service.grpc.pb.h"
#include "clients/cli/exit_code.h"
#include "clients/cli/net/service.h"
#include "clients/cli/output/json.h"
#include "clients/cli/session.h"

namespace CLI {
class App;
}  // namespace CLI

namespace assay::cli {

// The method of the evidence service that takes such a request.
template <class Request, class Resource>
using WriteMethod = grpc::Status (evidence::v1::RecordService::Stub::*)(grpc::ClientContext*,
                                                                        const Request&, Resource*);

// What every such command is asked.
struct WriteOptions {
  std::string location;
  std::string request_id;
  bool json = false;
  ServiceOptions service = [] {
    ServiceOptions options;
    options.kind = kEvidenceService;
    return options;
  }();
};

// The words of a group of commands and of its command `create`.
struct CreateHelp {
  const char* word;
  const char* group;
  const char* create;
  const char* end;
};

// Adds the group with its command, which asks for a location first.
CLI::App* AddCreateCommand(CLI::App* app, const CreateHelp& help, WriteOptions* options);

// Adds what comes after the command's own options: --request-id, --json and the connection.
void AddWriteOptions(CLI::App* command, WriteOptions* options);

// `request` may be what is wrong with the command's options. `line` says in one line what the
// record, whose name stands above it, says.
template <class Request, class Resource>
ExitCode RunWrite(const Session& session, const absl::StatusOr<Request>& request,
                  const WriteOptions& options, WriteMethod<Request, Resource> method,
                  const std::function<std::string(const Resource&)>& line) {
  if (!request.ok()) return session.Fail(request.status());
  const absl::StatusOr<Service> service = Service::Connect(options.service);
  if (!service.ok()) return session.Fail(service.status());
  const auto stub = evidence::v1::RecordService::NewStub(service->channel());
  Resource resource;
  const absl::Status status = service->Call([&](grpc::ClientContext* context) {
    return (stub.get()->*method)(context, *request, &resource);
  });
  if (!status.ok()) return session.Fail(status, service->HintFor(status));
  *session.console.out << (options.json
                               ? ToJson(resource, JsonLayout::kIndented)
                               : absl::StrCat(resource.name(), "\n", line(resource), "\nrevision ",
                                              absl::Base64Escape(resource.revision().token()),
                                              "\n"));
  return ExitCode::kDone;
}

}  // namespace assay::cli
