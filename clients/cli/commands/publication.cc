// assay publication create

#include <cstdint>
#include <memory>
#include <string>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"

#include "CLI/CLI.hpp"
#include "assay/evidence/v1/record_service.grpc.pb.h"
#include "clients/cli/arguments/arguments.h"
#include "clients/cli/commands/commands.h"
#include "clients/cli/commands/finding_options.h"
#include "clients/cli/commands/write_run.h"
#include "clients/cli/net/service.h"
#include "clients/cli/output/words.h"
#include "services/common/digest/digest.h"
#include "services/common/errors/errors.h"
#include "services/common/errors/violations.h"

namespace assay::cli {
namespace {

constexpr char kCreateHelpEnd[] = R"(Examples:
  assay publication create 1-102 --framework cqc-saf@2024-12 --level 3 --published 2025-04-02 \
                           --derivation 0f6b...64 digits
                                  the overall rating Good went out, with what it rests on
  assay publication create 1-102 --framework cqc-saf@2024-12 --group safe --level 2 \
                           --published 2025-04-02
                                  the rating of a key question
  assay publication create 1-102 --framework cqc-saf@2024-12 --published 2025-04-02 \
                           --not-rated inspected-but-not-rated
                                  no rating went out, and why

The digest of a rating's derivation is the last line of `assay rating get 1-102`.)";

struct CreateOptions {
  WriteOptions write;
  NodeOptions node;
  std::int64_t level = 0;
  std::string not_rated;
  std::string published;
  std::string derivation;
};

absl::StatusOr<evidence::v1::CreatePublicationRequest> RequestFrom(const CreateOptions& options) {
  errors::Violations bad;
  const auto collect = [&bad](const absl::Status& status) {
    for (const errors::Violation& each : errors::FieldViolations(status)) {
      bad.AddText(each.field, each.description);
    }
  };
  const absl::StatusOr<std::string> location = LocationNameFrom(options.write.location);
  const absl::StatusOr<std::string> version = VersionNameFrom(options.node.framework);
  const absl::StatusOr<type::v1::Date> day = DateFrom("--published", options.published);
  collect(location.status());
  collect(version.status());
  collect(day.status());
  const absl::StatusOr<digest::Digest> derivation =
      digest::Digest::FromHex(absl::AsciiStrToLower(options.derivation));
  if (!options.derivation.empty() && !derivation.ok()) {
    bad.Add("--derivation", options.derivation, "64 hexadecimal digits");
  }
  if (options.level == 0 && options.not_rated.empty()) {
    bad.Add("--level", "", "a level, or --not-rated with a reason");
  }
  if (!bad.empty()) return bad.ToStatus();

  evidence::v1::CreatePublicationRequest request;
  request.set_parent(*location);
  request.set_request_id(options.write.request_id);
  evidence::v1::Publication& publication = *request.mutable_publication();
  publication.set_framework_version(*version);
  *publication.mutable_publication_date() = *day;
  FillNode(options.node, publication.mutable_node());
  if (options.not_rated.empty()) {
    *publication.mutable_outcome() = OutcomeOn(options.node, options.level);
  } else {
    publication.mutable_not_rated()->set_reason(options.not_rated);
  }
  if (!options.derivation.empty()) {
    publication.set_derivation_digest(std::string(derivation->bytes()));
  }
  return request;
}

std::string Line(const evidence::v1::Publication& publication) {
  const std::string rating = publication.has_outcome() ? OutcomeText(publication.outcome())
                                                       : UnratedText(publication.not_rated());
  return absl::StrCat(NodeText(publication.node()), "  ", rating, "  published ",
                      DateText(publication.publication_date()));
}

ExitCode Create(const Session& session, const CreateOptions& options) {
  return RunWrite<evidence::v1::CreatePublicationRequest, evidence::v1::Publication>(
      session, RequestFrom(options), options.write,
      &evidence::v1::RecordService::Stub::CreatePublication, Line);
}

}  // namespace

void AddPublicationCommands(CLI::App* app, Session* session) {
  const auto options = std::make_shared<CreateOptions>();
  CLI::App* create = AddCreateCommand(app,
                                      {"publication", "Record a rating that went out.",
                                       "Record one publication of a location.", kCreateHelpEnd},
                                      &options->write);
  AddNodeOptions(create, "published", &options->node);
  CLI::Option* level = AddLevelOption(create, "--level", "Level that went out", &options->level);
  create
      ->add_option("--not-rated", options->not_rated,
                   "In place of a level: no rating, with this reason in lower case with hyphens")
      ->type_name("REASON")
      ->excludes(level);
  create
      ->add_option("--published", options->published, "The day it went out; at most 366 days ahead")
      ->type_name("DATE")
      ->required();
  create
      ->add_option("--derivation", options->derivation,
                   "Digest of the derivation behind it, 64 hexadecimal digits; none: not known")
      ->type_name("HEX");
  AddWriteOptions(create, &options->write);
  OnRun(create, session, [session, options] { return Create(*session, *options); });
}

}  // namespace assay::cli
