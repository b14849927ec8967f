// assay framework create|update|publish|withdraw

#include <memory>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

#include "CLI/CLI.hpp"
#include "assay/framework/v1/framework_service.grpc.pb.h"
#include "clients/cli/arguments/arguments.h"
#include "clients/cli/commands/framework_files.h"
#include "clients/cli/commands/framework_versions.h"
#include "clients/cli/net/service.h"
#include "clients/cli/output/json.h"
#include "clients/cli/output/words.h"
#include "services/common/errors/errors.h"

namespace assay::cli {
namespace {

namespace fw = framework::v1;
using Stub = fw::FrameworkService::Stub;

constexpr char kCreateHelpEnd[] = R"(Examples:
  assay framework create my-method@2027-01.txtpb
  assay framework create my-method@2027-01.txtpb --json

A draft may have faults; assay framework check FILE names them.)";

constexpr char kUpdateHelpEnd[] = R"(Examples:
  assay framework update my-method@2027-01.txtpb
  assay framework update my-method@2027-01.txtpb --etag '"4be1..."'
                                    only where nobody changed it since it was read)";

constexpr char kPublishHelpEnd[] = R"(Examples:
  assay framework publish my-method@2027-01.txtpb
                                    check, create and publish a file
  assay framework publish my-method@2027-01
                                    publish a draft that the service holds

A published version never changes. Publishing the same content again changes nothing.)";

constexpr char kWithdrawHelpEnd[] = R"(Examples:
  assay framework withdraw my-method@2027-01 --reason "It was not agreed."

What was rated by it stays so; it is selected for nothing new.)";

struct WriteOptions {
  WriteOptions() { service.kind = kFrameworkService; }

  std::string what;    // a file, or a version's name
  std::string etag;    // empty: any
  std::string reason;  // of a withdrawal
  bool json = false;
  ServiceOptions service;
};

// One run of a command: its options, and the service once it is connected.
class Writer {
 public:
  Writer(const Session& session, const WriteOptions& options)
      : session_(session), options_(options) {}

  ExitCode Create();
  ExitCode Update();
  ExitCode Publish();
  ExitCode Withdraw();

 private:
  bool Connect();
  // Makes a call; false where it failed, which has been told.
  template <class Request, class Answer>
  bool Call(grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&, Answer*),
            const Request& request, Answer* answer);
  bool ReadFile(fw::FrameworkVersion* version);
  // Whether the service finds the file publishable; tells what it finds otherwise.
  bool Check();
  bool CreateFrom(fw::FrameworkVersion* version);
  ExitCode Tell(const std::string& lead, const fw::FrameworkVersion& version) const;
  bool Failed(const absl::Status& status, const std::string& hint = "");

  const Session& session_;
  const WriteOptions& options_;
  std::unique_ptr<Service> service_;
  std::unique_ptr<Stub> stub_;
  std::string text_;
  ExitCode failed_ = ExitCode::kDone;
};

// `cqc-saf@2024-12` for a full name.
std::string ShortName(const std::string& name) {
  const std::vector<std::string> parts = absl::StrSplit(name, '/');
  return parts.size() == 4 ? absl::StrCat(parts[1], "@", parts[3]) : name;
}

bool Writer::Failed(const absl::Status& status, const std::string& hint) {
  failed_ = session_.Fail(status, hint);
  return false;
}

bool Writer::Connect() {
  absl::StatusOr<Service> service = Service::Connect(options_.service);
  if (!service.ok()) return Failed(service.status());
  service_ = std::make_unique<Service>(*std::move(service));
  stub_ = fw::FrameworkService::NewStub(service_->channel());
  return true;
}

// What to do about an error that is not the connection's.
std::string HintFor(const absl::Status& status, const std::string& what) {
  const std::string reason = errors::Reason(status);
  if (reason == "FRAMEWORK_VERSION_ALREADY_EXISTS") {
    return absl::StrCat("assay framework update ", what,
                        "   (there is another draft of that name)");
  }
  if (reason == "RESOURCE_IMMUTABLE") {
    return "give the version another name: what is published never changes";
  }
  if (reason == "VERSION_NOT_PROVEN") return absl::StrCat("assay framework check ", what);
  if (absl::IsNotFound(status)) return "assay framework list";
  return "";
}

template <class Request, class Answer>
bool Writer::Call(grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&, Answer*),
                  const Request& request, Answer* answer) {
  const absl::Status status = service_->Call([&](grpc::ClientContext* context) {
    return (stub_.get()->*method)(context, request, answer);
  });
  if (status.ok()) return true;
  const std::string hint = HintFor(status, options_.what);
  return Failed(status, hint.empty() ? service_->HintFor(status) : hint);
}

bool Writer::ReadFile(fw::FrameworkVersion* version) {
  absl::StatusOr<std::string> text = ReadVersionFile(options_.what);
  if (!text.ok()) return Failed(text.status());
  text_ = *std::move(text);
  absl::StatusOr<fw::FrameworkVersion> parsed = ParseVersion(options_.what, text_);
  if (!parsed.ok()) return Failed(parsed.status());
  *version = *std::move(parsed);
  return true;
}

bool Writer::Check() {
  fw::CheckVersionRequest request;
  request.set_text(text_);
  fw::CheckVersionResponse answer;
  if (!Call(&Stub::CheckVersion, request, &answer)) return false;
  if (answer.publishable()) return true;
  std::string lines = absl::StrCat(options_.what, " cannot be published");
  for (const fw::Diagnostic& one : answer.diagnostics()) {
    if (one.severity() != fw::DIAGNOSTIC_SEVERITY_ERROR) continue;
    absl::StrAppend(&lines, "\n", options_.what, ":", one.line(), ":", one.column(), ": ",
                    one.field(), one.field().empty() ? "" : ": ", one.message());
    for (const std::string& example : one.examples()) absl::StrAppend(&lines, "\n    ", example);
  }
  return Failed(absl::InvalidArgumentError(lines));
}

bool Writer::CreateFrom(fw::FrameworkVersion* version) {
  fw::CreateVersionRequest request;
  const std::string& name = version->name();
  const std::size_t cut = name.find("/versions/");
  if (cut == std::string::npos) {
    return Failed(errors::InvalidArgument("name", name, "frameworks/ID/versions/ID in the file"));
  }
  request.set_parent(name.substr(0, cut));
  request.set_version_id(name.substr(cut + 10));
  *request.mutable_version() = *version;
  return Call(&Stub::CreateVersion, request, version);
}

std::string StateWords(const fw::FrameworkVersion& version) {
  switch (version.state()) {
    case fw::VERSION_STATE_DRAFT:
      return "a draft with faults";
    case fw::VERSION_STATE_PROVEN:
      return "a draft without a fault";
    case fw::VERSION_STATE_WITHDRAWN:
      return "withdrawn";
    default:
      return "published";
  }
}

ExitCode Writer::Tell(const std::string& lead, const fw::FrameworkVersion& version) const {
  if (options_.json) {
    *session_.console.out << ToJson(version, JsonLayout::kIndented);
    return ExitCode::kDone;
  }
  const std::string from = DateText(version.effective_from());
  const std::string before = DateText(version.effective_before());
  *session_.console.out << absl::StrCat(
      lead, " ", Shown(ShortName(version.name())), ": ", StateWords(version),
      from.empty() ? "" : absl::StrCat(", for assessments that start from ", from),
      before.empty() ? "" : absl::StrCat(" and before ", before), "\n", "digest ",
      Shown(version.digest()), "\n");
  return ExitCode::kDone;
}

ExitCode Writer::Create() {
  fw::FrameworkVersion version;
  if (!ReadFile(&version) || !Connect() || !CreateFrom(&version)) return failed_;
  return Tell("created", version);
}

ExitCode Writer::Update() {
  fw::UpdateVersionRequest request;
  if (!ReadFile(request.mutable_version()) || !Connect()) return failed_;
  request.mutable_version()->set_etag(options_.etag);
  fw::FrameworkVersion version;
  if (!Call(&Stub::UpdateVersion, request, &version)) return failed_;
  return Tell("updated", version);
}

ExitCode Writer::Publish() {
  fw::PublishVersionRequest request;
  request.set_etag(options_.etag);
  bool before = false;
  if (NamesAFile(options_.what)) {
    fw::FrameworkVersion version;
    if (!ReadFile(&version) || !Connect() || !Check() || !CreateFrom(&version)) return failed_;
    before =
        version.state() != fw::VERSION_STATE_DRAFT && version.state() != fw::VERSION_STATE_PROVEN;
    request.set_name(version.name());
    request.set_etag(version.etag());
  } else {
    const absl::StatusOr<std::string> name = VersionNameFrom(options_.what);
    if (!name.ok()) return session_.Fail(name.status());
    if (!Connect()) return failed_;
    request.set_name(*name);
  }
  fw::FrameworkVersion published;
  if (!Call(&Stub::PublishVersion, request, &published)) return failed_;
  return Tell(before ? "nothing to do for" : "published", published);
}

ExitCode Writer::Withdraw() {
  const absl::StatusOr<std::string> name = VersionNameFrom(options_.what);
  if (!name.ok()) return session_.Fail(name.status());
  if (!Connect()) return failed_;
  fw::WithdrawVersionRequest request;
  request.set_name(*name);
  request.set_reason(options_.reason);
  fw::FrameworkVersion version;
  if (!Call(&Stub::WithdrawVersion, request, &version)) return failed_;
  return Tell("withdrew", version);
}

// A sub-command that writes.
CLI::App* AddWrite(CLI::App* group, Session* session, const char* word, const char* purpose,
                   const char* examples, ExitCode (Writer::*run)(),
                   const std::shared_ptr<WriteOptions>& options) {
  CLI::App* command = group->add_subcommand(word, purpose);
  command->footer(examples);
  AddJsonOption(command, &options->json);
  AddServiceOptions(command, &options->service);
  OnRun(command, session, [session, options, run] { return (Writer(*session, *options).*run)(); });
  return command;
}

}  // namespace

void AddFrameworkWrites(CLI::App* group, Session* session) {
  auto options = std::make_shared<WriteOptions>();
  CLI::App* create = AddWrite(group, session, "create", "Give the service a draft of a version.",
                              kCreateHelpEnd, &Writer::Create, options);
  create->add_option("file", options->what, "The version in text format")
      ->type_name("FILE")
      ->required();

  options = std::make_shared<WriteOptions>();
  CLI::App* update = AddWrite(group, session, "update", "Replace a draft that the service holds.",
                              kUpdateHelpEnd, &Writer::Update, options);
  update->add_option("file", options->what, "The version in text format")
      ->type_name("FILE")
      ->required();
  update->add_option("--etag", options->etag, "Etag that the draft must have; none: any")
      ->type_name("ETAG");

  options = std::make_shared<WriteOptions>();
  CLI::App* publish = AddWrite(group, session, "publish", "Publish a version, for ever as it is.",
                               kPublishHelpEnd, &Writer::Publish, options);
  publish->add_option("what", options->what, "A file in text format, or the name of a draft")
      ->type_name("FILE|NAME")
      ->required();
  publish
      ->add_option("--etag", options->etag,
                   "Etag that the draft must have; none: any; of a file: its own")
      ->type_name("ETAG");

  options = std::make_shared<WriteOptions>();
  CLI::App* withdraw =
      AddWrite(group, session, "withdraw", "Withdraw a published version from selection.",
               kWithdrawHelpEnd, &Writer::Withdraw, options);
  withdraw->add_option("name", options->what, "The version: cqc-saf@2024-12, or its full name")
      ->type_name("NAME")
      ->required();
  withdraw->add_option("--reason", options->reason, "Why, in a sentence for people")
      ->type_name("TEXT")
      ->required();
}

}  // namespace assay::cli
