#include "clients/cli/commands/framework_source.h"

#include "CLI/CLI.hpp"
#include "assay/framework/v1/framework_service.grpc.pb.h"
#include "clients/cli/arguments/arguments.h"
#include "clients/cli/catalogue/offline_catalogue.h"

namespace assay::cli {

namespace fw = framework::v1;

void AddSourceOptions(CLI::App* command, FrameworkOptions* options) {
  options->service.kind = kFrameworkService;
  command->add_flag("--offline", options->offline,
                    "Read the framework files shipped with this program; ask no service");
  command
      ->add_option("--catalogue", options->catalogue,
                   "Read the framework files of this folder; ask no service")
      ->type_name("DIR");
  AddJsonOption(command, &options->json);
  AddServiceOptions(command, &options->service);
}

ExitCode FetchVersion(const Session& session, const FrameworkOptions& options,
                      fw::FrameworkVersion* version) {
  const absl::StatusOr<std::string> name = VersionNameFrom(options.name);
  if (!name.ok()) return session.Fail(name.status());
  if (options.FromFiles()) {
    const absl::StatusOr<VersionPtr> loaded = LoadVersion(*name, options.catalogue);
    if (!loaded.ok()) return session.Fail(loaded.status());
    *version = **loaded;
    return ExitCode::kDone;
  }
  const absl::StatusOr<Service> service = Service::Connect(options.service);
  if (!service.ok()) return session.Fail(service.status());
  const auto stub = fw::FrameworkService::NewStub(service->channel());
  fw::GetVersionRequest request;
  request.set_name(*name);
  const absl::Status status = service->Call(
      [&](grpc::ClientContext* context) { return stub->GetVersion(context, request, version); });
  if (absl::IsNotFound(status)) return session.Fail(status, "assay framework list");
  if (!status.ok()) return session.Fail(status, service->HintFor(status));
  return ExitCode::kDone;
}

}  // namespace assay::cli
