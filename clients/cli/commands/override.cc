// assay override create

#include <cstdint>
#include <memory>
#include <string>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"

#include "CLI/CLI.hpp"
#include "assay/evidence/v1/record_service.grpc.pb.h"
#include "clients/cli/arguments/arguments.h"
#include "clients/cli/commands/commands.h"
#include "clients/cli/commands/finding_options.h"
#include "clients/cli/net/service.h"
#include "clients/cli/output/json.h"
#include "clients/cli/output/words.h"
#include "services/common/errors/errors.h"
#include "services/common/errors/violations.h"

namespace assay::cli {
namespace {

constexpr char kCreateHelpEnd[] = R"(Examples:
  assay override create 1-102 --framework cqc-saf@2024-12 --group safe --from 3 --to 2 \
                        --effective 2025-03-01 --rationale "Two deaths since the visit" \
                        --quality-control QC-2025-17
                                  Safe is Requires improvement, whatever the scores say
  assay override create 1-102 --framework cqc-saf@2024-12 --unrated under-review \
                        --effective 2025-03-01 --rationale "The panel meets in April"
                                  the location has no rating, with the reason

An override acts after the limits at its node, and what is computed from the node follows it; a
strict limit holds it, which the rating says. The computed outcome stays in the explanation.)";

struct CreateOptions {
  std::string location;
  NodeOptions node;
  std::int64_t from = 0;
  std::int64_t to = 0;
  std::string unrated;
  std::string unrated_text;
  std::string effective;
  std::string rationale;
  std::string quality_control;
  std::string decided_by;
  std::string request_id;
  bool json = false;
  ServiceOptions service;
};

// The request, or every violation of the options at once. What the catalogue allows, the service
// says.
absl::StatusOr<evidence::v1::CreateOverrideRequest> RequestFrom(const CreateOptions& options) {
  evidence::v1::CreateOverrideRequest request;
  errors::Violations bad;
  const auto collect = [&bad](const absl::Status& status) {
    for (const errors::Violation& each : errors::FieldViolations(status)) {
      bad.AddText(each.field, each.description);
    }
  };
  const absl::StatusOr<std::string> location = LocationNameFrom(options.location);
  const absl::StatusOr<std::string> version = VersionNameFrom(options.node.framework);
  const absl::StatusOr<type::v1::Date> day = DateFrom("--effective", options.effective);
  collect(location.status());
  collect(version.status());
  collect(day.status());
  if (options.to == 0 && options.unrated.empty()) {
    bad.Add("--to", "", "a level, or --unrated with a reason");
  }
  if (!bad.empty()) return bad.ToStatus();

  request.set_parent(*location);
  request.set_request_id(options.request_id);
  evidence::v1::Override& one = *request.mutable_override();
  one.set_framework_version(*version);
  *one.mutable_effective_date() = *day;
  FillNode(options.node, one.mutable_node());
  if (options.from != 0) *one.mutable_from() = OutcomeOn(options.node, options.from);
  if (options.unrated.empty()) {
    *one.mutable_outcome() = OutcomeOn(options.node, options.to);
  } else {
    one.mutable_unrated()->set_reason(options.unrated);
    one.mutable_unrated()->set_text(options.unrated_text);
  }
  one.set_rationale(options.rationale);
  one.set_quality_control_reference(options.quality_control);
  one.set_decided_by(options.decided_by);
  return request;
}

ExitCode Create(const Session& session, const CreateOptions& options) {
  const absl::StatusOr<evidence::v1::CreateOverrideRequest> request = RequestFrom(options);
  if (!request.ok()) return session.Fail(request.status());
  const absl::StatusOr<Service> service = Service::Connect(options.service);
  if (!service.ok()) return session.Fail(service.status());
  const auto stub = evidence::v1::RecordService::NewStub(service->channel());
  evidence::v1::Override one;
  const absl::Status status = service->Call(
      [&](grpc::ClientContext* context) { return stub->CreateOverride(context, *request, &one); });
  if (!status.ok()) return session.Fail(status, service->HintFor(status));
  if (options.json) {
    *session.console.out << ToJson(one, JsonLayout::kIndented);
  } else {
    const std::string to = one.has_outcome()
                               ? OutcomeText(one.outcome())
                               : absl::StrCat("unrated: ", UnratedText(one.unrated()));
    *session.console.out << absl::StrCat(one.name(), "\n", NodeText(one.node()), "  ", to,
                                         "  from ", DateText(one.effective_date()), "\nrevision ",
                                         absl::Base64Escape(one.revision().token()), "\n");
  }
  return ExitCode::kDone;
}

}  // namespace

void AddOverrideCommands(CLI::App* app, Session* session) {
  CLI::App* group = app->add_subcommand("override", "Record a departure from a computed rating.");
  group->require_subcommand(1);
  CLI::App* create = group->add_subcommand("create", "Record one override at a location.");
  create->footer(kCreateHelpEnd);
  const auto options = std::make_shared<CreateOptions>();
  options->service.kind = kEvidenceService;
  create->add_option("location", options->location, "The location: 1-102 or locations/1-102")
      ->type_name("LOCATION")
      ->required();
  AddNodeOptions(create, "overridden", &options->node);
  AddLevelOption(create, "--from", "Level that is departed from; none: there was no outcome",
                 &options->from);
  CLI::Option* to = AddLevelOption(create, "--to", "Level that stands instead", &options->to);
  create
      ->add_option("--unrated", options->unrated,
                   "In place of a level: no rating, with this reason in lower case with hyphens")
      ->type_name("REASON")
      ->excludes(to);
  create->add_option("--unrated-text", options->unrated_text, "The reason for people")
      ->type_name("TEXT");
  create
      ->add_option("--effective", options->effective,
                   "First day on which it is true; at most 366 days ahead")
      ->type_name("DATE")
      ->required();
  create->add_option("--rationale", options->rationale, "Why; at most 16 KiB")
      ->type_name("TEXT")
      ->required();
  create
      ->add_option("--quality-control", options->quality_control,
                   "Reference of the quality control; at most 256 bytes")
      ->type_name("TEXT");
  create->add_option("--decided-by", options->decided_by, "Who decided; at most 200 bytes")
      ->type_name("TEXT");
  AddRequestIdOption(create, &options->request_id);
  AddJsonOption(create, &options->json);
  AddServiceOptions(create, &options->service);
  OnRun(create, session, [session, options] { return Create(*session, *options); });
}

}  // namespace assay::cli
