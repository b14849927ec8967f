// assay framework check

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

#include "CLI/CLI.hpp"
#include "assay/framework/v1/framework_service.grpc.pb.h"
#include "clients/cli/arguments/arguments.h"
#include "clients/cli/commands/framework_files.h"
#include "clients/cli/commands/framework_method.h"
#include "clients/cli/net/service.h"
#include "clients/cli/output/json.h"
#include "clients/cli/output/style.h"
#include "services/common/catalogue/catalogue_directory.h"
#include "services/common/version/check.h"
#include "services/common/version/crosswalk.h"
#include "services/common/version/load.h"

namespace assay::cli {
namespace {

namespace fw = framework::v1;

constexpr char kCheckHelpEnd[] =
    R"(Each problem is one line, FILE:LINE:COLUMN: error [CHECK] FIELD: MESSAGE, with the inputs
that show it below. Notes are worth knowing and no fault. docs/checks.md explains each check.
Exit codes: 0 no error (perhaps notes), 1 an error, 2 a file cannot be read or is no text.
What is no file and reads like a version's name is asked of the service, which checks what it holds;
there are no lines then, and exit code 3 where it does not answer.

Examples:
  assay framework check my-method@2026.txtpb
  assay framework check my-method@2026          a draft that the service holds
  assay framework check catalogue/*.txtpb --quiet
  assay framework check my-method@2026.txtpb --json)";

struct CheckOptions {
  CheckOptions() { service.kind = kFrameworkService; }

  std::vector<std::string> files;  // or names of versions
  ServiceOptions service;
  bool quiet = false;
  bool json = false;
};

struct CheckedFile {
  std::string path;
  version::CheckedVersion checked;
  bool readable = true;
};

// Crosswalks lie in a folder `crosswalks` of their catalogue, whose versions they are checked
// against.
std::filesystem::path FolderOf(const std::string& path) {
  return std::filesystem::absolute(path).lexically_normal().parent_path();
}

bool IsCrosswalk(const std::string& path) { return FolderOf(path).filename() == "crosswalks"; }

// Together with the other crosswalks of the catalogue, since they may lead in a circle.
std::vector<version::Diagnostic> CrosswalkProblems(const std::string& path) {
  const std::string catalogue = FolderOf(path).parent_path().string();
  const version::LoadResult loaded =
      version::LoadVersions(catalogue::ReadCatalogueDirectory(catalogue).sources);
  std::vector<const fw::FrameworkVersion*> versions;
  for (const version::LoadedVersion& one : loaded.versions) versions.push_back(one.version.get());
  std::vector<version::Diagnostic> problems =
      version::LoadCrosswalks(catalogue::ReadCrosswalkFiles(catalogue).sources, versions).problems;
  const std::string file = std::filesystem::path(path).filename().string();
  std::erase_if(problems, [&](const version::Diagnostic& one) { return one.file != file; });
  return problems;
}

CheckedFile CheckFile(const std::string& path) {
  CheckedFile file;
  file.path = path;
  const catalogue::CatalogueFiles read = catalogue::ReadCatalogueFile(path);
  if (read.sources.size() == 1 && IsCrosswalk(path)) {
    for (const version::Diagnostic& problem : CrosswalkProblems(path)) {
      file.checked.diagnostics.push_back(version::FileDiagnostic(problem));
    }
    file.checked.publishable = file.checked.diagnostics.empty();
  } else if (read.sources.size() == 1) {
    file.checked = version::CheckText(read.sources.front());
  } else {
    for (const version::Diagnostic& problem : read.problems) {
      file.checked.diagnostics.push_back(version::FileDiagnostic(problem));
    }
  }
  for (const fw::Diagnostic& one : file.checked.diagnostics) {
    if (one.check() == model::check::kFileUnreadable ||
        one.check() == model::check::kFileTooLarge || one.check() == model::check::kFileNotText) {
      file.readable = false;
    }
  }
  return file;
}

// What the service says of a version that it holds. Where it says nothing, tells why and returns
// another code than kDone.
ExitCode CheckStored(const Session& session, const ServiceOptions& options, const std::string& name,
                     CheckedFile* file) {
  const absl::StatusOr<Service> service = Service::Connect(options);
  if (!service.ok()) return session.Fail(service.status());
  const auto stub = fw::FrameworkService::NewStub(service->channel());
  fw::CheckVersionRequest request;
  request.set_name(name);
  fw::CheckVersionResponse answer;
  const absl::Status status = service->Call(
      [&](grpc::ClientContext* context) { return stub->CheckVersion(context, request, &answer); });
  if (absl::IsNotFound(status)) return session.Fail(status, "assay framework list");
  if (!status.ok()) return session.Fail(status, service->HintFor(status));
  file->checked.publishable = answer.publishable();
  file->checked.diagnostics.assign(answer.diagnostics().begin(), answer.diagnostics().end());
  return ExitCode::kDone;
}

std::string Counted(std::size_t count, absl::string_view word) {
  if (count == 0) return absl::StrCat("no ", word, "s");
  return absl::StrCat(count, " ", word, count == 1 ? "" : "s");
}

void PrintFile(const Session& session, const CheckedFile& file, bool quiet) {
  std::ostream& out = *session.console.out;
  std::size_t errors = 0;
  for (const fw::Diagnostic& one : file.checked.diagnostics) {
    const bool error = one.severity() == fw::DIAGNOSTIC_SEVERITY_ERROR;
    errors += error ? 1 : 0;
    if (quiet && !error) continue;
    for (const absl::string_view line :
         absl::StrSplit(version::DiagnosticText(file.path, one), '\n')) {
      out << (absl::StartsWith(line, "    ") ? "    " : "")
          << Shown(absl::StripLeadingAsciiWhitespace(line)) << "\n";
    }
  }
  out << file.path << ": " << Counted(errors, "error") << ", "
      << Counted(file.checked.diagnostics.size() - errors, "note");
  if (file.checked.vectors > 0) out << "; " << file.checked.vectors << " input vectors visited";
  out << "\n";
}

void PrintJson(const Session& session, const CheckedFile& file) {
  fw::CheckVersionResponse response;
  for (const fw::Diagnostic& one : file.checked.diagnostics) *response.add_diagnostics() = one;
  response.set_publishable(file.checked.publishable);
  *session.console.out << ToJson(response, JsonLayout::kLine);
}

ExitCode Check(const Session& session, const CheckOptions& options) {
  ExitCode code = ExitCode::kDone;
  for (const std::string& path : options.files) {
    CheckedFile file;
    const absl::StatusOr<std::string> name = VersionNameFrom(path);
    if (name.ok() && !NamesAFile(path)) {
      file.path = path;
      const ExitCode asked = CheckStored(session, options.service, *name, &file);
      if (asked != ExitCode::kDone) return asked;
    } else {
      file = CheckFile(path);
    }
    if (options.json) {
      PrintJson(session, file);
    } else {
      PrintFile(session, file, options.quiet);
    }
    if (!file.readable) {
      code = ExitCode::kBadInput;
    } else if (!file.checked.publishable && code == ExitCode::kDone) {
      code = ExitCode::kNo;
    }
  }
  return code;
}

}  // namespace

void AddFrameworkCheck(CLI::App* group, Session* session) {
  CLI::App* check = group->add_subcommand(
      "check", "Check and prove a method, a file offline: every problem at once, by line.");
  check->footer(kCheckHelpEnd);
  const auto options = std::make_shared<CheckOptions>();
  check
      ->add_option(
          "files", options->files,
          "The files: each one version, or a crosswalk in its catalogue's folder crosswalks; or "
          "names of versions that the service holds")
      ->type_name("FILE|NAME")
      ->required();
  check->add_flag("--quiet", options->quiet, "Leave notes out");
  check->add_flag("--json", options->json,
                  "Answer as protobuf JSON, a CheckVersionResponse a line for each file");
  AddServiceOptions(check, &options->service);
  OnRun(check, session, [session, options] { return Check(*session, *options); });
}

}  // namespace assay::cli
