#include "clients/cli/net/service.h"

#include <chrono>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"

#include "CLI/CLI.hpp"
#include "services/common/errors/errors.h"
#include "services/common/server/client_channel.h"
#include "services/common/server/status_conversion.h"

namespace assay::cli {
namespace {

constexpr double kLongestTimeoutSeconds = 86400;

std::string AddressFlag(const ServiceKind& kind) {
  return absl::StrCat("--", kind.word, "-address");
}

std::string AddressVariable(const ServiceKind& kind) {
  return absl::StrCat("ASSAY_", absl::AsciiStrToUpper(kind.word), "_ADDRESS");
}

std::string Program(const ServiceKind& kind) { return absl::StrCat("assay-", kind.word); }

}  // namespace

void AddAddressOption(CLI::App* command, ServiceOptions* options) {
  options->address = options->kind.address;
  command
      ->add_option(AddressFlag(options->kind), options->address,
                   absl::StrCat("Where ", Program(options->kind),
                                " listens: host:port, [v6]:port or unix:path"))
      ->type_name("ADDRESS")
      ->envname(AddressVariable(options->kind))
      ->capture_default_str()
      ->group("Connection");
}

void AddServiceOptions(CLI::App* command, ServiceOptions* options) {
  AddAddressOption(command, options);
  command
      ->add_option("--tls-ca", options->tls_authority,
                   "PEM file of who signed the server's certificate; none: the system's roots, or "
                   "plain text on this machine")
      ->type_name("FILE")
      ->envname("ASSAY_TLS_CA")
      ->group("Connection");
  command
      ->add_option("--tls-cert", options->tls_certificate, "PEM file of the own certificate (mTLS)")
      ->type_name("FILE")
      ->envname("ASSAY_TLS_CERT")
      ->group("Connection");
  command->add_option("--tls-key", options->tls_key, "PEM file of the own certificate's key (mTLS)")
      ->type_name("FILE")
      ->envname("ASSAY_TLS_KEY")
      ->group("Connection");
  command
      ->add_option("--tls-server-name", options->tls_server_name,
                   "Name in the server's certificate, where it is not the address's host")
      ->type_name("NAME")
      ->envname("ASSAY_TLS_SERVER_NAME")
      ->group("Connection");
  command
      ->add_option("--timeout", options->timeout_seconds,
                   "Longest time for an answer, in seconds; 0: no limit")
      ->type_name("SECONDS")
      ->check(CLI::Range(0.0, kLongestTimeoutSeconds).description(""))
      ->envname("ASSAY_TIMEOUT")
      ->capture_default_str()
      ->group("Connection");
}

absl::StatusOr<Service> Service::Connect(const ServiceOptions& options) {
  server::ChannelOptions channel;
  channel.address = options.address;
  channel.tls.authority = options.tls_authority;
  channel.tls.certificate = options.tls_certificate;
  channel.tls.key = options.tls_key;
  channel.server_name = options.tls_server_name;
  channel.user_agent = "assay-cli";
  absl::StatusOr<std::shared_ptr<grpc::Channel>> made = server::MakeChannel(channel);
  if (!made.ok()) return made.status();
  return Service(options, *std::move(made));
}

absl::Status Service::Call(const std::function<grpc::Status(grpc::ClientContext*)>& call) const {
  grpc::ClientContext context;
  if (options_.timeout_seconds > 0) {
    context.set_deadline(std::chrono::system_clock::now() +
                         std::chrono::duration_cast<std::chrono::system_clock::duration>(
                             std::chrono::duration<double>(options_.timeout_seconds)));
  }
  return StatusOf(call(&context));
}

absl::Status Service::StatusOf(const grpc::Status& status) const {
  absl::Status converted = server::FromGrpc(status);
  // An error of the service says its reason; one without comes from the connection.
  const bool from_service = !errors::Reason(converted).empty();
  if (absl::IsUnavailable(converted) && !from_service) {
    return absl::UnavailableError(absl::StrCat(Program(options_.kind), " does not answer at ",
                                               options_.address, ": ", converted.message()));
  }
  if (absl::IsDeadlineExceeded(converted) && !from_service) {
    return absl::DeadlineExceededError(absl::StrCat(Program(options_.kind), " at ",
                                                    options_.address, " gave no answer within ",
                                                    options_.timeout_seconds, " s"));
  }
  return converted;
}

std::string Service::HintFor(const absl::Status& status) const {
  if (absl::IsUnavailable(status) && errors::Reason(status).empty()) {
    return absl::StrCat("is ", Program(options_.kind), " running at ", options_.address, "? set ",
                        AddressFlag(options_.kind), " or ", AddressVariable(options_.kind));
  }
  if (absl::IsDeadlineExceeded(status)) {
    return "a longer --timeout, or a look at whether the service is busy";
  }
  if (absl::IsUnauthenticated(status) || absl::IsPermissionDenied(status)) {
    return "--tls-cert and --tls-key of a certificate that the service knows";
  }
  if (absl::IsUnimplemented(status)) {
    return absl::StrCat("is it ", Program(options_.kind), " that listens at ", options_.address,
                        ", and of this version?");
  }
  return "";
}

}  // namespace assay::cli
