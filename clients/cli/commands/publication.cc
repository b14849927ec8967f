// assay publication create

#include <cstdint>
#include <memory>
#include <string>

#include "absl/strings/ascii.h"
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
  std::string location;
  NodeOptions node;
  std::int64_t level = 0;
  std::string not_rated;
  std::string published;
  std::string derivation;
  std::string request_id;
  bool json = false;
  ServiceOptions service;
};

absl::StatusOr<evidence::v1::CreatePublicationRequest> RequestFrom(const CreateOptions& options) {
  errors::Violations bad;
  const auto collect = [&bad](const absl::Status& status) {
    for (const errors::Violation& each : errors::FieldViolations(status)) {
      bad.AddText(each.field, each.description);
    }
  };
  const absl::StatusOr<std::string> location = LocationNameFrom(options.location);
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
  request.set_request_id(options.request_id);
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

ExitCode Create(const Session& session, const CreateOptions& options) {
  const absl::StatusOr<evidence::v1::CreatePublicationRequest> request = RequestFrom(options);
  if (!request.ok()) return session.Fail(request.status());
  const absl::StatusOr<Service> service = Service::Connect(options.service);
  if (!service.ok()) return session.Fail(service.status());
  const auto stub = evidence::v1::RecordService::NewStub(service->channel());
  evidence::v1::Publication publication;
  const absl::Status status = service->Call([&](grpc::ClientContext* context) {
    return stub->CreatePublication(context, *request, &publication);
  });
  if (!status.ok()) return session.Fail(status, service->HintFor(status));
  if (options.json) {
    *session.console.out << ToJson(publication, JsonLayout::kIndented);
  } else {
    const std::string rating = publication.has_outcome() ? OutcomeText(publication.outcome())
                                                         : UnratedText(publication.not_rated());
    *session.console.out << absl::StrCat(publication.name(), "\n", NodeText(publication.node()),
                                         "  ", rating, "  published ",
                                         DateText(publication.publication_date()), "\nrevision ",
                                         absl::Base64Escape(publication.revision().token()), "\n");
  }
  return ExitCode::kDone;
}

}  // namespace

void AddPublicationCommands(CLI::App* app, Session* session) {
  CLI::App* group = app->add_subcommand("publication", "Record a rating that went out.");
  group->require_subcommand(1);
  CLI::App* create = group->add_subcommand("create", "Record one publication of a location.");
  create->footer(kCreateHelpEnd);
  const auto options = std::make_shared<CreateOptions>();
  options->service.kind = kEvidenceService;
  create->add_option("location", options->location, "The location: 1-102 or locations/1-102")
      ->type_name("LOCATION")
      ->required();
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
  AddRequestIdOption(create, &options->request_id);
  AddJsonOption(create, &options->json);
  AddServiceOptions(create, &options->service);
  OnRun(create, session, [session, options] { return Create(*session, *options); });
}

}  // namespace assay::cli
