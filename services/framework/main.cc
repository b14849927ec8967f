// assay-framework: serves the catalogue of assessment frameworks.

#include <memory>
#include <string>

#include "absl/status/status.h"

#include "services/common/catalogue/catalogue_directory.h"
#include "services/common/config/options.h"
#include "services/common/config/server_options.h"
#include "services/common/server/server_runner.h"
#include "services/framework/api/framework_api.h"
#include "services/framework/api/improvement_api.h"
#include "services/framework/core/catalogue_holder.h"
#include "services/framework/storage/catalogue_loader.h"
#include "services/framework/storage/directory_store.h"

int main(int argc, char** argv) {
  using namespace assay;

  config::Options options("assay-framework", "Serves the catalogue of assessment frameworks.",
                          "ASSAY_FRAMEWORK");
  config::ServerOptions serve = config::ServerDefaults("framework", 7301, 7311);
  config::AddServerOptions(&options, &serve);
  std::string directory;
  options.Text("--catalogue", &directory,
               "directory of framework versions, one *.txtpb file each; empty: the shipped ones");
  const absl::Status parsed = options.Parse(argc, argv);
  if (!parsed.ok()) return options.Explain(parsed);

  auto runner = server::ServerRunner::Create(serve);
  if (!runner.ok()) return server::ExplainExit("assay-framework", runner.status());
  const framework::DirectoryStore store(catalogue::CatalogueDirectory(directory));
  auto loaded = framework::LoadCatalogue(store);
  if (!loaded.ok()) return server::ExplainExit("assay-framework", loaded.status());

  const framework::CatalogueHolder holder(*std::move(loaded));
  framework::FrameworkApi frameworks((*runner)->calls(), &holder);
  framework::ImprovementApi improvement((*runner)->calls());
  (*runner)->AddService(&frameworks, framework::v1::FrameworkService::service_full_name());
  (*runner)->AddService(&improvement, framework::v1::ImprovementService::service_full_name());
  return (*runner)->Run();
}
