// assay framework list|show; check, combinations and explain are added from their own files.

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "CLI/CLI.hpp"
#include "assay/framework/v1/framework_service.grpc.pb.h"
#include "clients/cli/catalogue/offline_catalogue.h"
#include "clients/cli/commands/commands.h"
#include "clients/cli/commands/framework_method.h"
#include "clients/cli/commands/framework_source.h"
#include "clients/cli/commands/framework_versions.h"
#include "clients/cli/net/service.h"
#include "clients/cli/output/framework_view.h"
#include "clients/cli/output/json.h"

namespace assay::cli {
namespace {

namespace fw = framework::v1;

constexpr char kListHelpEnd[] = R"(Examples:
  assay framework list                        what the framework service has
  assay framework list --offline              what was shipped with this program
  assay framework list --catalogue DIR --json)";

constexpr char kShowHelpEnd[] = R"(Examples:
  assay framework show cqc-saf@2024-12
  assay framework show cqc-saf@2024-12 --offline
  assay framework show frameworks/cqc-saf/versions/2024-12 --json)";

ExitCode PrintVersions(const Session& session, const std::vector<fw::FrameworkVersion>& versions,
                       bool json) {
  if (!json) {
    *session.console.out << VersionTable(versions, session.console.out_style);
    return ExitCode::kDone;
  }
  fw::ListVersionsResponse all;
  for (const fw::FrameworkVersion& version : versions) *all.add_versions() = version;
  *session.console.out << ToJson(all, JsonLayout::kIndented);
  return ExitCode::kDone;
}

// What ListVersions leaves out unless asked, so that both sources say the same.
fw::FrameworkVersion Headline(fw::FrameworkVersion version) {
  version.clear_groups();
  version.clear_items();
  version.clear_categories();
  version.clear_sectors();
  version.clear_regulation_links();
  version.clear_scoring_model();
  return version;
}

ExitCode ListOffline(const Session& session, const FrameworkOptions& options) {
  const absl::StatusOr<std::vector<VersionPtr>> loaded = LoadCatalogue(options.catalogue);
  if (!loaded.ok()) return session.Fail(loaded.status());
  std::vector<fw::FrameworkVersion> versions;
  for (const VersionPtr& version : *loaded) versions.push_back(Headline(*version));
  return PrintVersions(session, versions, options.json);
}

ExitCode List(const Session& session, const FrameworkOptions& options) {
  if (options.FromFiles()) return ListOffline(session, options);
  const absl::StatusOr<Service> service = Service::Connect(options.service);
  if (!service.ok()) return session.Fail(service.status());
  const auto stub = fw::FrameworkService::NewStub(service->channel());
  std::vector<fw::FrameworkVersion> versions;
  fw::ListVersionsRequest request;
  request.set_parent("frameworks/-");
  do {
    fw::ListVersionsResponse page;
    const absl::Status status = service->Call(
        [&](grpc::ClientContext* context) { return stub->ListVersions(context, request, &page); });
    if (!status.ok()) return session.Fail(status, service->HintFor(status));
    for (fw::FrameworkVersion& version : *page.mutable_versions()) {
      versions.push_back(std::move(version));
    }
    request.set_page_token(page.next_page_token());
  } while (!request.page_token().empty());
  return PrintVersions(session, versions, options.json);
}

ExitCode PrintVersion(const Session& session, const fw::FrameworkVersion& version, bool json) {
  *session.console.out << (json ? ToJson(version, JsonLayout::kIndented)
                                : VersionPage(version, session.console.out_style));
  return ExitCode::kDone;
}

ExitCode Show(const Session& session, const FrameworkOptions& options) {
  fw::FrameworkVersion version;
  const ExitCode code = FetchVersion(session, options, &version);
  return code == ExitCode::kDone ? PrintVersion(session, version, options.json) : code;
}

}  // namespace

void AddFrameworkCommands(CLI::App* app, Session* session) {
  CLI::App* group = app->add_subcommand(
      "framework", "Show assessment frameworks and their rules, and prove new ones.");
  group->require_subcommand(1);

  CLI::App* list = group->add_subcommand("list", "List the framework versions there are.");
  list->footer(kListHelpEnd);
  const auto list_options = std::make_shared<FrameworkOptions>();
  AddSourceOptions(list, list_options.get());
  OnRun(list, session, [session, list_options] { return List(*session, *list_options); });

  CLI::App* show = group->add_subcommand(
      "show", "Show one version: groups, items, scales, the stages of its rating and their rules.");
  show->footer(kShowHelpEnd);
  const auto show_options = std::make_shared<FrameworkOptions>();
  show->add_option("name", show_options->name, "The version: cqc-saf@2024-12, or its full name")
      ->type_name("NAME")
      ->required();
  AddSourceOptions(show, show_options.get());
  OnRun(show, session, [session, show_options] { return Show(*session, *show_options); });

  AddFrameworkExplain(group, session);
  AddFrameworkCombinations(group, session);
  AddFrameworkCheck(group, session);
  AddFrameworkDiff(group, session);
  AddFrameworkSelect(group, session);
  AddFrameworkWrites(group, session);
}

}  // namespace assay::cli
