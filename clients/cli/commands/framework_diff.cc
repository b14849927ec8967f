// assay framework diff

#include <memory>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"

#include "CLI/CLI.hpp"
#include "assay/framework/v1/framework_service.grpc.pb.h"
#include "clients/cli/arguments/arguments.h"
#include "clients/cli/commands/framework_files.h"
#include "clients/cli/commands/framework_source.h"
#include "clients/cli/commands/framework_versions.h"
#include "clients/cli/output/json.h"
#include "services/common/version/diff.h"

namespace assay::cli {
namespace {

namespace fw = framework::v1;

constexpr char kDiffHelpEnd[] = R"(Examples:
  assay framework diff cqc-saf@2023-11 cqc-saf@2024-12
  assay framework diff cqc-saf@2024-12 my-method.txtpb --offline
  assay framework diff old.txtpb new.txtpb --json

Each side is a file, or the name of a version that the service holds (with --offline: of a shipped
one). + is new, - is gone, > went to another group, ~ changed.)";

struct DiffOptions {
  std::string target;
  FrameworkOptions base;  // its name, and where names are looked up
};

// A side from its file, or from where names are looked up. Where it cannot be had, tells why and
// returns another code than kDone.
ExitCode ReadSide(const Session& session, const std::string& side, FrameworkOptions source,
                  fw::FrameworkVersion* version) {
  if (!NamesAFile(side)) {
    source.name = side;
    return FetchVersion(session, source, version);
  }
  const absl::StatusOr<std::string> text = ReadVersionFile(side);
  if (!text.ok()) return session.Fail(text.status());
  absl::StatusOr<fw::FrameworkVersion> parsed = ParseVersion(side, *text);
  if (!parsed.ok()) return session.Fail(parsed.status());
  *version = *std::move(parsed);
  return ExitCode::kDone;
}

// What the service says of two versions that it holds.
ExitCode AskService(const Session& session, const DiffOptions& options,
                    fw::DiffVersionsResponse* diff) {
  fw::DiffVersionsRequest request;
  const absl::StatusOr<std::string> base = VersionNameFrom(options.base.name);
  if (!base.ok()) return session.Fail(base.status());
  const absl::StatusOr<std::string> target = VersionNameFrom(options.target);
  if (!target.ok()) return session.Fail(target.status());
  request.set_base(*base);
  request.set_target(*target);
  const absl::StatusOr<Service> service = Service::Connect(options.base.service);
  if (!service.ok()) return session.Fail(service.status());
  const auto stub = fw::FrameworkService::NewStub(service->channel());
  const absl::Status status = service->Call(
      [&](grpc::ClientContext* context) { return stub->DiffVersions(context, request, diff); });
  if (absl::IsNotFound(status)) return session.Fail(status, "assay framework list");
  if (!status.ok()) return session.Fail(status, service->HintFor(status));
  return ExitCode::kDone;
}

ExitCode Compare(const Session& session, const DiffOptions& options,
                 fw::DiffVersionsResponse* diff) {
  const bool files = NamesAFile(options.base.name) || NamesAFile(options.target);
  if (!files && !options.base.FromFiles()) return AskService(session, options, diff);
  fw::FrameworkVersion base;
  fw::FrameworkVersion target;
  ExitCode code = ReadSide(session, options.base.name, options.base, &base);
  if (code == ExitCode::kDone) code = ReadSide(session, options.target, options.base, &target);
  if (code == ExitCode::kDone) *diff = version::Diff(base, target);
  return code;
}

std::string Lines(const fw::DiffVersionsResponse& diff, const Style& style) {
  static constexpr struct {
    const char* sign;
    Tone tone;
  } kKinds[] = {{"?", Tone::kPlain},
                {"+", Tone::kGood},
                {"-", Tone::kBad},
                {">", Tone::kWarn},
                {"~", Tone::kPlain}};
  if (diff.differences().empty()) return "no difference\n";
  std::string lines;
  for (const auto& one : diff.differences()) {
    const auto& kind = kKinds[one.kind() >= 0 && one.kind() <= 4 ? one.kind() : 0];
    absl::StrAppend(&lines, style.Paint(kind.tone, kind.sign), " ", Shown(one.text()), "  ",
                    style.Paint(Tone::kFaint, Shown(one.path())), "\n");
  }
  return lines;
}

ExitCode Diff(const Session& session, const DiffOptions& options) {
  fw::DiffVersionsResponse diff;
  const ExitCode code = Compare(session, options, &diff);
  if (code != ExitCode::kDone) return code;
  *session.console.out << (options.base.json ? ToJson(diff, JsonLayout::kIndented)
                                             : Lines(diff, session.console.out_style));
  return ExitCode::kDone;
}

}  // namespace

void AddFrameworkDiff(CLI::App* group, Session* session) {
  CLI::App* diff = group->add_subcommand("diff", "Compare two versions, in words.");
  diff->footer(kDiffHelpEnd);
  const auto options = std::make_shared<DiffOptions>();
  diff->add_option("base", options->base.name, "The version before")
      ->type_name("FILE|NAME")
      ->required();
  diff->add_option("target", options->target, "The version after")
      ->type_name("FILE|NAME")
      ->required();
  AddSourceOptions(diff, &options->base);
  OnRun(diff, session, [session, options] { return Diff(*session, *options); });
}

}  // namespace assay::cli
