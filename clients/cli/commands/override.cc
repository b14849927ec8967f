// assay override create

#include <cstdint>
#include <memory>
#include <string>

#include "absl/strings/str_cat.h"

#include "CLI/CLI.hpp"
#include "assay/evidence/v1/record_service.grpc.pb.h"
#include "clients/cli/arguments/arguments.h"
#include "clients/cli/commands/commands.h"
#include "clients/cli/commands/finding_options.h"
#include "clients/cli/commands/write_run.h"
#include "clients/cli/net/service.h"
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
  WriteOptions write;
  NodeOptions node;
  std::int64_t from = 0;
  std::int64_t to = 0;
  std::string unrated;
  std::string unrated_text;
  std::string effective;
  std::string rationale;
  std::string quality_control;
  std::string decided_by;
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
  const absl::StatusOr<std::string> location = LocationNameFrom(options.write.location);
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
  request.set_request_id(options.write.request_id);
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

std::string Line(const evidence::v1::Override& one) {
  const std::string to = one.has_outcome() ? OutcomeText(one.outcome())
                                           : absl::StrCat("unrated: ", UnratedText(one.unrated()));
  return absl::StrCat(NodeText(one.node()), "  ", to, "  from ", DateText(one.effective_date()));
}

ExitCode Create(const Session& session, const CreateOptions& options) {
  return RunWrite<evidence::v1::CreateOverrideRequest, evidence::v1::Override>(
      session, RequestFrom(options), options.write,
      &evidence::v1::RecordService::Stub::CreateOverride, Line);
}

}  // namespace

void AddOverrideCommands(CLI::App* app, Session* session) {
  const auto options = std::make_shared<CreateOptions>();
  CLI::App* create = AddCreateCommand(app,
                                      {"override", "Record a departure from a computed rating.",
                                       "Record one override at a location.", kCreateHelpEnd},
                                      &options->write);
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
  AddWriteOptions(create, &options->write);
  OnRun(create, session, [session, options] { return Create(*session, *options); });
}

}  // namespace assay::cli
