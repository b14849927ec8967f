// assay-framework: keeps and serves the catalogue of assessment frameworks.

#include <memory>
#include <string>
#include <utility>

#include "absl/status/status.h"

#include "services/common/clock/clock.h"
#include "services/common/config/options.h"
#include "services/common/config/server_options.h"
#include "services/common/server/server_runner.h"
#include "services/framework/api/framework_api.h"
#include "services/framework/api/improvement_api.h"
#include "services/framework/api/version_writes.h"
#include "services/framework/storage/catalogue_files.h"
#include "services/framework/storage/catalogue_keeper.h"
#include "services/framework/storage/catalogue_refresher.h"
#include "services/framework/storage/engine/open_store.h"

namespace assay {
namespace {

int Serve(int argc, char** argv) {
  config::Options options("assay-framework", "Serves the catalogue of assessment frameworks.",
                          "ASSAY_FRAMEWORK");
  config::ServerOptions serve = config::ServerDefaults("framework", 7301, 7311);
  config::AddServerOptions(&options, &serve);
  std::string directory;
  options.Text("--catalogue", &directory,
               "directory of framework versions, one *.txtpb file each; empty: the shipped ones");
  std::string path = "assay-framework.db";
  options.Text("--store", &path,
               "SQLite file of drafts and publications, or postgresql:// URL; empty: no writes");
  const absl::Status parsed = options.Parse(argc, argv);
  if (!parsed.ok()) return options.Explain(parsed);

  const auto fail = [](const absl::Status& why) {
    return server::ExplainExit("assay-framework", why);
  };
  auto runner = server::ServerRunner::Create(serve);
  if (!runner.ok()) return fail(runner.status());
  auto shipped = framework::ReadShipped(directory);
  if (!shipped.ok()) return fail(shipped.status());
  const clock::SystemClock clock;
  const auto store = framework::OpenVersionStore(path, clock);
  if (!store.ok()) return fail(store.status());
  const auto keeper = framework::CatalogueKeeper::Open(*std::move(shipped), store->get());
  if (!keeper.ok()) return fail(keeper.status());

  if (*store) (*runner)->AddDependency({"store", false, [&] { return (*keeper)->Check(); }});
  const framework::CatalogueRefresher refresher(
      keeper->get(), absl::Seconds(2),
      [log = (*runner)->log()](const absl::Status& why) { log->error(why.ToString()); });
  const framework::VersionWrites writes(keeper->get(), &clock);
  framework::FrameworkApi frameworks((*runner)->calls(), &(*keeper)->holder(), &writes);
  framework::ImprovementApi improvement((*runner)->calls());
  (*runner)->AddService(&frameworks, framework::v1::FrameworkService::service_full_name());
  (*runner)->AddService(&improvement, framework::v1::ImprovementService::service_full_name());
  return (*runner)->Run();
}

}  // namespace
}  // namespace assay

int main(int argc, char** argv) { return assay::Serve(argc, argv); }
