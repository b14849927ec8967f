// A connection of the command line to one of the three services: where it is, how it is reached,
// and what to say where it does not answer.
//
// Thread safety: a Service is used by one thread. Ownership: owns its channel. Cost: nothing is
// connected before the first call.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "grpcpp/grpcpp.h"

namespace CLI {
class App;
}  // namespace CLI

namespace assay::cli {

// What differs between the services.
struct ServiceKind {
  const char* word;     // "scoring": of the option, the variable and the program assay-scoring
  const char* address;  // where it listens unless told otherwise
};

inline constexpr ServiceKind kFrameworkService = {"framework", "127.0.0.1:7301"};
inline constexpr ServiceKind kEvidenceService = {"evidence", "127.0.0.1:7302"};
inline constexpr ServiceKind kScoringService = {"scoring", "127.0.0.1:7303"};

// How a service is reached, by options and environment.
struct ServiceOptions {
  ServiceKind kind = kScoringService;
  // host:port, [v6]:port or unix:path.
  std::string address;
  // PEM files: who signed the server's certificate; for mTLS also the own certificate and its key.
  // All empty: plain text to this machine, TLS by the system's roots to any other.
  std::string tls_authority;
  std::string tls_certificate;
  std::string tls_key;
  // The name that the server's certificate carries, where it is not the address's host.
  std::string tls_server_name;
  // How long a call may take, in seconds. 0: no limit of our own.
  double timeout_seconds = 30;
};

// Adds --<word>-address, --tls-*, --timeout to a command; `options` outlives the parse and holds
// the kind. A command that uses several services adds each; the TLS options and the timeout are
// then shared by giving the same `options` of the first (see AddAddressOption).
void AddServiceOptions(CLI::App* command, ServiceOptions* options);

// Adds only --<word>-address.
void AddAddressOption(CLI::App* command, ServiceOptions* options);

class Service {
 public:
  // INVALID_ARGUMENT for a bad address or unreadable TLS files.
  static absl::StatusOr<Service> Connect(const ServiceOptions& options);

  const std::shared_ptr<grpc::Channel>& channel() const { return channel_; }

  // Makes one call with the deadline of the options. The answer's status has its details; one that
  // says that nothing answers is told in our words.
  absl::Status Call(const std::function<grpc::Status(grpc::ClientContext*)>& call) const;

  // The status of a call that was made without Call().
  absl::Status StatusOf(const grpc::Status& status) const;

  // What to do about an error of this service; empty where nothing helps but its message.
  std::string HintFor(const absl::Status& status) const;

 private:
  Service(ServiceOptions options, std::shared_ptr<grpc::Channel> channel)
      : options_(std::move(options)), channel_(std::move(channel)) {}

  ServiceOptions options_;
  std::shared_ptr<grpc::Channel> channel_;
};

}  // namespace assay::cli
