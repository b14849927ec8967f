// assay framework select

#include <memory>
#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

#include "CLI/CLI.hpp"
#include "assay/framework/v1/framework_service.grpc.pb.h"
#include "clients/cli/arguments/arguments.h"
#include "clients/cli/commands/framework_versions.h"
#include "clients/cli/net/service.h"
#include "clients/cli/output/json.h"

namespace assay::cli {
namespace {

namespace fw = framework::v1;

constexpr char kSelectHelpEnd[] = R"(Examples:
  assay framework select --start 2025-03-01 --sector adult-social-care
  assay framework select --start 2023-12-05 --framework cqc-saf --json

The first line is the version that rates such an assessment; others that were in force follow.)";

struct SelectOptions {
  SelectOptions() { service.kind = kFrameworkService; }

  std::string framework = "-";
  std::string sector;
  std::string start;
  bool json = false;
  ServiceOptions service;
};

ExitCode Select(const Session& session, const SelectOptions& options) {
  fw::SelectVersionRequest request;
  const bool full = absl::StartsWith(options.framework, "frameworks/");
  request.set_parent(full ? options.framework : absl::StrCat("frameworks/", options.framework));
  request.set_sector(options.sector);
  const absl::StatusOr<type::v1::Date> start = DateFrom("--start", options.start);
  if (!start.ok()) return session.Fail(start.status());
  *request.mutable_assessment_start() = *start;
  const absl::StatusOr<Service> service = Service::Connect(options.service);
  if (!service.ok()) return session.Fail(service.status());
  const auto stub = fw::FrameworkService::NewStub(service->channel());
  fw::SelectVersionResponse selected;
  const absl::Status status = service->Call([&](grpc::ClientContext* context) {
    return stub->SelectVersion(context, request, &selected);
  });
  if (absl::IsNotFound(status)) return session.Fail(status, "assay framework list");
  if (!status.ok()) return session.Fail(status, service->HintFor(status));
  if (options.json) {
    *session.console.out << ToJson(selected, JsonLayout::kIndented);
    return ExitCode::kDone;
  }
  *session.console.out << Shown(selected.version()) << "\n";
  for (const std::string& other : selected.also_in_force()) {
    *session.console.out << session.console.out_style.Paint(
        Tone::kFaint, absl::StrCat("  also in force: ", Shown(other), "\n"));
  }
  return ExitCode::kDone;
}

}  // namespace

void AddFrameworkSelect(CLI::App* group, Session* session) {
  CLI::App* select =
      group->add_subcommand("select", "Tell which version rates an assessment, by day and sector.");
  select->footer(kSelectHelpEnd);
  const auto options = std::make_shared<SelectOptions>();
  select->add_option("--start", options->start, "The day on which the assessment started")
      ->type_name("DATE")
      ->required();
  select->add_option("--sector", options->sector, "The subject's sector; none: unknown")
      ->type_name("SECTOR");
  select->add_option("--framework", options->framework, "Only this framework: cqc-saf; -: any")
      ->type_name("ID")
      ->capture_default_str();
  AddJsonOption(select, &options->json);
  AddServiceOptions(select, &options->service);
  OnRun(select, session, [session, options] { return Select(*session, *options); });
}

}  // namespace assay::cli
