// assay judgement create

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
  assay judgement create 1-102 --framework cqc-saf@2024-12 --item safe.learning-culture \
                         --level 3 --effective 2025-03-01
                                  a score of 3 for one quality statement
  assay judgement create 1-102 --framework cqc-kloe@2017-11 --group well-led --level 4 \
                         --effective 2019-06-01
                                  the rating Outstanding of a key question
  assay judgement create 1-102 ... --json | grep token
  assay rating get 1-102 --at-least TOKEN
                                  a rating that has seen the write

A judgement is never changed; a later one, or a correction, takes its place. With --request-id it is
safe to repeat.)";

struct CreateOptions {
  WriteOptions write;
  NodeOptions node;
  std::int64_t level = 0;
  std::string effective;
  std::string assessor;
  std::string rationale;
  bool given = false;
};

// The request, or every violation of the options at once. What the catalogue allows, the service
// says.
absl::StatusOr<evidence::v1::CreateJudgementRequest> RequestFrom(const CreateOptions& options) {
  evidence::v1::CreateJudgementRequest request;
  evidence::v1::Judgement& judgement = *request.mutable_judgement();
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
  if (!bad.empty()) return bad.ToStatus();

  request.set_parent(*location);
  request.set_request_id(options.write.request_id);
  judgement.set_framework_version(*version);
  *judgement.mutable_effective_date() = *day;
  FillNode(options.node, judgement.mutable_node());
  *judgement.mutable_outcome() = OutcomeOn(options.node, options.level);
  judgement.set_status(options.given ? evidence::v1::JUDGEMENT_STATUS_GIVEN
                                     : evidence::v1::JUDGEMENT_STATUS_ASSESSED);
  judgement.set_assessor(options.assessor);
  judgement.set_rationale(options.rationale);
  return request;
}

std::string Line(const evidence::v1::Judgement& judgement) {
  return absl::StrCat(NodeText(judgement.node()), "  ", OutcomeText(judgement.outcome()), "  from ",
                      DateText(judgement.effective_date()));
}

ExitCode Create(const Session& session, const CreateOptions& options) {
  return RunWrite<evidence::v1::CreateJudgementRequest, evidence::v1::Judgement>(
      session, RequestFrom(options), options.write,
      &evidence::v1::RecordService::Stub::CreateJudgement, Line);
}

}  // namespace

void AddJudgementCommands(CLI::App* app, Session* session) {
  const auto options = std::make_shared<CreateOptions>();
  CLI::App* create = AddCreateCommand(app,
                                      {"judgement", "Record what an assessor judged.",
                                       "Record one judgement of a location.", kCreateHelpEnd},
                                      &options->write);
  AddNodeOptions(create, "judged", &options->node);
  AddLevelOption(create, "--level",
                 "Place on the scale; 1 is the worst: a score of 1 to 4, or 1 Inadequate to 4 "
                 "Outstanding",
                 &options->level)
      ->required();
  create
      ->add_option("--effective", options->effective,
                   "First day on which it is true; at most 366 days ahead")
      ->type_name("DATE")
      ->required();
  create->add_flag("--given", options->given,
                   "Published as it is, in place of what would be computed; none: assessed");
  create->add_option("--assessor", options->assessor, "Who judged; at most 200 bytes")
      ->type_name("TEXT");
  create->add_option("--rationale", options->rationale, "Why; at most 16 KiB")->type_name("TEXT");
  AddWriteOptions(create, &options->write);
  OnRun(create, session, [session, options] { return Create(*session, *options); });
}

}  // namespace assay::cli
