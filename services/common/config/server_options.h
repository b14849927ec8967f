#pragma once

// The options every Assay server has.
//
// Thread safety: a plain value. Ownership: none.

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/time/time.h"

#include "services/common/config/address.h"
#include "services/common/config/options.h"

namespace assay::config {

// PEM files of one side of a TLS connection. A path that is empty is not given.
struct TlsFiles {
  std::string certificate;  // own certificate, with the chain to its root
  std::string key;          // private key of it
  // A server: who may have signed client certificates; given, every client must show one (mTLS).
  // A client: who may have signed the server's; empty: the system's roots.
  std::string authority;

  bool empty() const { return certificate.empty() && key.empty() && authority.empty(); }
};

struct ServerOptions {
  // Short name of the service, for logs: "evidence".
  std::string service;

  // host:port or unix:path; port 0: a free one, told in the ready line. Plain text is refused
  // anywhere but on loopback and unix sockets.
  std::string listen_address;
  // host:port of the Prometheus endpoint (plain HTTP, GET /metrics); empty: none.
  std::string metrics_address;
  // File that gets the ready line once calls are served, written whole; empty: none.
  std::string ready_file;

  TlsFiles tls;

  // Bytes of the largest request; larger ones end RESOURCE_EXHAUSTED. Default 16 MiB.
  int64_t max_receive_bytes = int64_t{16} << 20;
  // Calls at once on one connection; more wait in the client. Default 1000.
  int64_t max_concurrent_streams = 1000;

  // Deadline of a unary call that has none; default 30 s.
  absl::Duration default_deadline = absl::Seconds(30);
  // Longest deadline of a unary call; default 5 min.
  absl::Duration max_deadline = absl::Minutes(5);
  // How long running calls may take after SIGTERM; then they are cancelled. Default 10 s; 0: at
  // once.
  absl::Duration drain_timeout = absl::Seconds(10);
  // How often dependencies are asked whether they answer; default 2 s.
  absl::Duration probe_interval = absl::Seconds(2);

  // trace, debug, info, warn, error or off.
  std::string log_level = "info";
  // all, problems or off: which calls get a line.
  std::string request_log = "all";

  // Threads for calls that may block; default 8.
  int64_t pool_threads = 8;
  // Calls that may wait for a thread; beyond it they end RESOURCE_EXHAUSTED. Default 1024.
  int64_t pool_queue = 1024;
};

// The defaults of a service: its ports on loopback.
ServerOptions ServerDefaults(const std::string& service, uint16_t port, uint16_t metrics_port);

// Adds all of the above to `options`, which write into `server`, and checks that they fit together.
void AddServerOptions(Options* options, ServerOptions* server);

// What is wrong with `server` as a whole: addresses, TLS files given in halves, plain text where
// others could listen. For AddServerOptions, and for servers made without flags.
void CheckServerOptions(const ServerOptions& server, errors::Violations* bad);

}  // namespace assay::config
