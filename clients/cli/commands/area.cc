// assay area summary

#include <memory>
#include <string>
#include <vector>

#include "CLI/CLI.hpp"
#include "assay/scoring/v1/area_service.grpc.pb.h"
#include "clients/cli/arguments/arguments.h"
#include "clients/cli/commands/commands.h"
#include "clients/cli/commands/point_in_time.h"
#include "clients/cli/net/service.h"
#include "clients/cli/output/area_view.h"
#include "clients/cli/output/json.h"

namespace assay::cli {
namespace {

constexpr char kSummaryHelpEnd[] = R"(Examples:
  assay area summary icb.QHL                  an integrated care board, today
  assay area summary QHL --as-of 2025-12-31   the same by its code, on a day
  assay area summary region.Y60 --sector adult-social-care --json

Counts are of locations that were registered and lay in the area on the day.)";

struct SummaryOptions {
  std::string area;
  std::string sector;
  bool json = false;
  PointInTime when;
  ServiceOptions service;
};

ExitCode Summary(const Session& session, const SummaryOptions& options) {
  const absl::StatusOr<std::string> name = AreaNameFrom(options.area);
  if (!name.ok()) return session.Fail(name.status());
  scoring::v1::GetAreaSummaryRequest request;
  request.set_name(*name);
  request.set_sector(options.sector);
  if (absl::Status status = FillPoint(options.when, &request); !status.ok()) {
    return session.Fail(status);
  }
  const absl::StatusOr<Service> service = Service::Connect(options.service);
  if (!service.ok()) return session.Fail(service.status());
  const auto stub = scoring::v1::AreaService::NewStub(service->channel());
  scoring::v1::AreaSummary summary;
  const absl::Status status = service->Call([&](grpc::ClientContext* context) {
    return stub->GetAreaSummary(context, request, &summary);
  });
  if (!status.ok()) return session.Fail(status, service->HintFor(status));
  *session.console.out << (options.json ? ToJson(summary, JsonLayout::kIndented)
                                        : AreaPage(summary, session.console.out_style,
                                                   session.console.out_width));
  return ExitCode::kDone;
}

}  // namespace

void AddAreaCommands(CLI::App* app, Session* session) {
  CLI::App* area = app->add_subcommand("area", "Show the ratings of whole areas.");
  area->require_subcommand(1);
  CLI::App* summary = area->add_subcommand("summary", "Count an area's locations by rating.");
  summary->footer(kSummaryHelpEnd);
  const auto options = std::make_shared<SummaryOptions>();
  summary
      ->add_option("area", options->area, "The area: icb.QHL, region.Y60, areas/la.E08000025, QHL")
      ->type_name("AREA")
      ->required();
  summary->add_option("--sector", options->sector, "Only locations of this sector; none: all")
      ->type_name("SECTOR");
  AddPointOptions(summary, &options->when);
  AddJsonOption(summary, &options->json);
  AddServiceOptions(summary, &options->service);
  OnRun(summary, session, [session, options] { return Summary(*session, *options); });
}

}  // namespace assay::cli
