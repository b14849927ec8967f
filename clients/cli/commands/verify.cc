// assay verify record, checkpoint, consistency

#include <fstream>
#include <iterator>
#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "google/protobuf/util/json_util.h"

#include "CLI/CLI.hpp"
#include "assay/evidence/v1/ledger_service.grpc.pb.h"
#include "clients/cli/commands/commands.h"
#include "clients/cli/net/service.h"
#include "clients/cli/output/json.h"
#include "clients/verify/ledger.h"

namespace assay::cli {
namespace {

using evidence::v1::Checkpoint;
using evidence::v1::InclusionProof;

constexpr char kCheckpointHelpEnd[] = R"(Examples:
  assay verify checkpoint today.json --save         take a checkpoint from the evidence service
  assay verify checkpoint today.json --key ledger.pub

The key is the evidence service's public one, in PEM: it lies beside the file of its --ledger-key, as FILE.pub. Get
it from whom you trust, not from the service that you check.)";

constexpr char kRecordHelpEnd[] = R"(Examples:
  assay verify record proof.json --checkpoint today.json --key ledger.pub
  assay verify record proof.json --checkpoint today.json --save locations/1-102/judgements/0190...
                                                    ask the evidence service for the proof first

Needs no service without --save. Exit code 1: the proof does not hold.)";

constexpr char kConsistencyHelpEnd[] = R"(Examples:
  assay verify consistency proof.json --earlier monday.json --later today.json --key ledger.pub
  assay verify consistency proof.json --earlier monday.json --later today.json --save
                                                    ask the evidence service for the proof first

That it holds means that nothing which the earlier checkpoint covers was changed, dropped or reordered since.)";

// The largest file of a proof, in bytes: 257 proofs of 128 hashes in base64 take 2 MiB.
constexpr size_t kMaxProofBytes = size_t{8} << 20;

struct VerifyOptions {
  std::string file;
  std::string checkpoint;
  std::string earlier;
  std::string later;
  std::string key;
  std::string record;
  bool save = false;
  bool json = false;
  ServiceOptions service;
};

absl::Status Load(const std::string& path, google::protobuf::Message* message) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return absl::InvalidArgumentError(absl::StrCat(path, ": cannot be read"));
  std::string text(std::istreambuf_iterator<char>(file), {});
  if (text.size() > kMaxProofBytes) {
    return absl::InvalidArgumentError(absl::StrCat(path, ": more than ", kMaxProofBytes, " bytes"));
  }
  const auto parsed = google::protobuf::util::JsonStringToMessage(text, message);
  if (parsed.ok()) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat(path, ": no ", message->GetDescriptor()->name(),
                                                 " in JSON, as --save writes it"));
}

absl::Status Save(const std::string& path, const google::protobuf::Message& message) {
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  file << ToJson(message, JsonLayout::kIndented);
  file.close();
  return file ? absl::OkStatus()
              : absl::InvalidArgumentError(absl::StrCat(path, ": cannot be written"));
}

// Whether the checkpoint is signed, where a key was given.
absl::Status CheckSigned(const Checkpoint& checkpoint, const VerifyOptions& options) {
  if (options.key.empty()) return absl::OkStatus();
  const absl::StatusOr<digest::PublicKey> key = digest::PublicKey::FromFile(options.key);
  if (!key.ok()) return absl::InvalidArgumentError(key.status().message());
  return verify::CheckCheckpoint(checkpoint, *key);
}

// What does not hold is an answer; all else is a failure.
ExitCode Answer(const Session& session, const absl::Status& status, const std::string& holds) {
  if (absl::IsFailedPrecondition(status)) {
    *session.console.out << absl::StrCat("does not hold: ", status.message(), "\n");
    return ExitCode::kNo;
  }
  if (!status.ok()) return session.Fail(status);
  *session.console.out << holds;
  return ExitCode::kDone;
}

std::string KeyNote(const VerifyOptions& options) {
  return options.key.empty() ? "signature not checked: no --key\n" : "signed by the key given\n";
}

using Ledger = evidence::v1::LedgerService;

// One call to the evidence service whose answer goes to the file.
template <class Request, class Response>
absl::Status Fetch(const VerifyOptions& options, const Request& request, Response* response,
                   grpc::Status (Ledger::StubInterface::*method)(grpc::ClientContext*,
                                                                 const Request&, Response*)) {
  const absl::StatusOr<Service> service = Service::Connect(options.service);
  if (!service.ok()) return service.status();
  const std::unique_ptr<Ledger::StubInterface> stub = Ledger::NewStub(service->channel());
  return service->Call(
      [&](grpc::ClientContext* context) { return ((*stub).*method)(context, request, response); });
}

ExitCode VerifyCheckpoint(const Session& session, const VerifyOptions& options) {
  Checkpoint checkpoint;
  absl::Status status;
  if (options.save) {
    status = Fetch(options, evidence::v1::GetCheckpointRequest(), &checkpoint,
                   &Ledger::StubInterface::GetCheckpoint);
    if (status.ok()) status = Save(options.file, checkpoint);
    if (!status.ok()) return session.Fail(status);
  } else if (status = Load(options.file, &checkpoint); !status.ok()) {
    return session.Fail(status);
  }
  int64_t records = 0;
  for (const Checkpoint::LogRoot& log : checkpoint.logs()) records += log.size();
  return Answer(session, CheckSigned(checkpoint, options),
                absl::StrCat("checkpoint of ", records, " records in ", checkpoint.logs_size(),
                             " partitions\n", KeyNote(options)));
}

// The proof for the log as the checkpoint states it.
absl::Status FetchProof(const VerifyOptions& options, const Checkpoint& checkpoint,
                        InclusionProof* proof) {
  evidence::v1::GetInclusionProofRequest request;
  request.set_name(options.record);
  absl::Status status = Fetch(options, request, proof, &Ledger::StubInterface::GetInclusionProof);
  if (!status.ok()) return status;
  const Checkpoint::LogRoot* log = verify::LogOf(checkpoint, proof->partition());
  if (log == nullptr || log->size() < proof->counter()) {
    return absl::InvalidArgumentError(
        "the checkpoint is older than the record; take a newer one: assay verify checkpoint "
        "--save");
  }
  request.set_log_size(log->size());
  status = Fetch(options, request, proof, &Ledger::StubInterface::GetInclusionProof);
  return status.ok() ? Save(options.file, *proof) : status;
}

// The name of the record that a leaf is of, as the record itself says it: what the leaf's hash
// covers. A state of the registry has its subject's; of kinds without a name, what it does and to
// which record.
std::string NameIn(const evidence::v1::Leaf& leaf) {
  evidence::v1::Record record;
  if (!record.ParseFromString(leaf.payload())) return "";
  switch (record.content_case()) {
    case evidence::v1::Record::kJudgement:
      return record.judgement().name();
    case evidence::v1::Record::kAction:
      return record.action().name();
    case evidence::v1::Record::kOverride:
      return record.override().name();
    case evidence::v1::Record::kPublication:
      return record.publication().name();
    case evidence::v1::Record::kEvidence:
      return record.evidence().name();
    case evidence::v1::Record::kRetraction:
      return absl::StrCat("the retraction of ", record.retraction().record());
    case evidence::v1::Record::kErasure:
      return absl::StrCat("the erasure of ", record.erasure().record());
    default:
      return leaf.subject();
  }
}

ExitCode VerifyRecord(const Session& session, const VerifyOptions& options) {
  Checkpoint checkpoint;
  InclusionProof proof;
  absl::Status status = Load(options.checkpoint, &checkpoint);
  if (status.ok()) {
    status = options.record.empty() ? Load(options.file, &proof)
                                    : FetchProof(options, checkpoint, &proof);
  }
  if (!status.ok()) return session.Fail(status);
  status = CheckSigned(checkpoint, options);
  if (!status.ok()) return Answer(session, status, "");
  const absl::StatusOr<evidence::v1::Leaf> leaf = verify::CheckRecord(proof, checkpoint);
  if (!leaf.ok()) return Answer(session, leaf.status(), "");
  const std::string name = NameIn(*leaf);
  if (!options.record.empty() && name != options.record) {
    return Answer(session,
                  absl::FailedPreconditionError(
                      absl::StrCat("the proof is of ", name, ", not of ", options.record)),
                  "");
  }
  if (options.json) {
    *session.console.out << ToJson(*leaf, JsonLayout::kIndented);
    return ExitCode::kDone;
  }
  return Answer(session, absl::OkStatus(),
                absl::StrCat(name, "\na record of ", leaf->subject(), ", number ", leaf->counter(),
                             " of ", proof.log_size(), " in partition ", leaf->partition(),
                             " of the checkpoint\n", KeyNote(options)));
}

ExitCode VerifyConsistency(const Session& session, const VerifyOptions& options) {
  Checkpoint earlier;
  Checkpoint later;
  evidence::v1::GetConsistencyProofResponse proofs;
  absl::Status status = Load(options.earlier, &earlier);
  if (status.ok()) status = Load(options.later, &later);
  if (!status.ok()) return session.Fail(status);
  const auto request = verify::GrowthRequest(earlier, later);
  if (!options.save) {
    status = Load(options.file, &proofs);
  } else {
    if (!request.spans().empty()) {
      status = Fetch(options, request, &proofs, &Ledger::StubInterface::GetConsistencyProof);
    }
    if (status.ok()) status = Save(options.file, proofs);
  }
  if (!status.ok()) return session.Fail(status);
  status = CheckSigned(earlier, options);
  if (status.ok()) status = CheckSigned(later, options);
  if (status.ok()) status = verify::CheckGrowth(earlier, later, proofs);
  return Answer(session, status,
                absl::StrCat("all that the earlier checkpoint covers is unchanged in the later\n",
                             KeyNote(options)));
}

using OptionsPtr = std::shared_ptr<VerifyOptions>;

OptionsPtr AddCommon(CLI::App* command, const char* what) {
  auto options = std::make_shared<VerifyOptions>();
  command->add_option("file", options->file, what)->type_name("FILE")->required();
  command
      ->add_option("--key", options->key,
                   "Public key that must have signed, in PEM; none: the signature is not checked")
      ->type_name("FILE");
  options->service.kind = kEvidenceService;
  AddServiceOptions(command, &options->service);
  return options;
}

void AddCheckpoint(CLI::App* verify, Session* session) {
  CLI::App* command = verify->add_subcommand("checkpoint", "Check a signed statement of all logs.");
  command->footer(kCheckpointHelpEnd);
  const OptionsPtr options = AddCommon(command, "The checkpoint");
  command->add_flag("--save", options->save, "Ask the evidence service, and write the file first");
  OnRun(command, session, [session, options] { return VerifyCheckpoint(*session, *options); });
}

void AddRecord(CLI::App* verify, Session* session) {
  CLI::App* command =
      verify->add_subcommand("record", "Check that a record is in the log of a checkpoint.");
  command->footer(kRecordHelpEnd);
  const OptionsPtr options = AddCommon(command, "The proof");
  command->add_option("--checkpoint", options->checkpoint, "The checkpoint")
      ->type_name("FILE")
      ->required();
  command
      ->add_option(
          "--save", options->record,
          "Ask the evidence service for the proof of this record, and write the file first")
      ->type_name("RECORD");
  AddJsonOption(command, &options->json);
  OnRun(command, session, [session, options] { return VerifyRecord(*session, *options); });
}

void AddConsistency(CLI::App* verify, Session* session) {
  CLI::App* command = verify->add_subcommand(
      "consistency", "Check that a later checkpoint continues an earlier one.");
  command->footer(kConsistencyHelpEnd);
  const OptionsPtr options = AddCommon(command, "The proofs");
  command->add_option("--earlier", options->earlier, "The earlier checkpoint")
      ->type_name("FILE")
      ->required();
  command->add_option("--later", options->later, "The later checkpoint")
      ->type_name("FILE")
      ->required();
  command->add_flag("--save", options->save, "Ask the evidence service, and write the file first");
  OnRun(command, session, [session, options] { return VerifyConsistency(*session, *options); });
}

}  // namespace

void AddVerifyCommands(CLI::App* app, Session* session) {
  CLI::App* verify =
      app->add_subcommand("verify", "Check what the record states about itself, offline.");
  verify->require_subcommand(1);
  AddCheckpoint(verify, session);
  AddConsistency(verify, session);
  AddRecord(verify, session);
}

}  // namespace assay::cli
