#include "services/common/config/server_options.h"

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"

namespace assay::config {
namespace {

void AddNetworkOptions(Options* options, ServerOptions* server) {
  options->Text("--listen-address", &server->listen_address,
                "host:port or unix:path to serve on; port 0 takes a free one");
  options->Text("--metrics-address", &server->metrics_address,
                "host:port of the Prometheus endpoint; empty turns it off");
  options->Text("--ready-file", &server->ready_file,
                "file that gets the bound addresses once calls are served; empty: none");
  options->Text("--tls-cert", &server->tls.certificate,
                "PEM file of the server's certificate chain");
  options->Text("--tls-key", &server->tls.key, "PEM file of its private key");
  options->Text("--tls-client-ca", &server->tls.authority,
                "PEM file of who signs clients; given, every client must show a certificate");
  options->Bytes("--max-receive-bytes", &server->max_receive_bytes, 1024, int64_t{1} << 30,
                 "largest request");
  options->Number("--max-concurrent-streams", &server->max_concurrent_streams, 1, 1000000,
                  "calls at once on one connection");
}

void AddTimeOptions(Options* options, ServerOptions* server) {
  options->Duration("--default-deadline", &server->default_deadline, absl::Milliseconds(1),
                    absl::Hours(1), "deadline of a unary call that has none");
  options->Duration("--max-deadline", &server->max_deadline, absl::Milliseconds(1), absl::Hours(24),
                    "longest deadline of a unary call");
  options->Duration("--drain-timeout", &server->drain_timeout, absl::ZeroDuration(), absl::Hours(1),
                    "how long running calls may take after SIGTERM; 0 cancels them at once");
  options->Duration("--probe-interval", &server->probe_interval, absl::Milliseconds(10),
                    absl::Hours(1), "how often dependencies are asked whether they answer");
}

void AddWorkOptions(Options* options, ServerOptions* server) {
  options->Choice("--log-level", &server->log_level,
                  {"trace", "debug", "info", "warn", "error", "off"}, "least level that is logged");
  options->Choice("--request-log", &server->request_log, {"all", "problems", "off"},
                  "which calls get a log line");
  options->Number("--pool-threads", &server->pool_threads, 1, 1024,
                  "threads for calls that may block");
  options->Number("--pool-queue", &server->pool_queue, 0, 1000000,
                  "calls that may wait for a thread; 0: none");
}

void CheckTls(const TlsFiles& tls, errors::Violations* bad) {
  const absl::string_view both = "both a certificate and its key, or neither";
  if (tls.certificate.empty() && !tls.key.empty()) bad->Add("--tls-cert", "", both);
  if (tls.key.empty() && !tls.certificate.empty()) bad->Add("--tls-key", "", both);
  if (!tls.authority.empty() && tls.certificate.empty()) {
    bad->Add("--tls-client-ca", tls.authority, "--tls-cert and --tls-key beside it");
  }
}

}  // namespace

ServerOptions ServerDefaults(const std::string& service, uint16_t port, uint16_t metrics_port) {
  ServerOptions server;
  server.service = service;
  server.listen_address = absl::StrCat("127.0.0.1:", port);
  server.metrics_address = absl::StrCat("127.0.0.1:", metrics_port);
  return server;
}

void AddServerOptions(Options* options, ServerOptions* server) {
  AddNetworkOptions(options, server);
  AddTimeOptions(options, server);
  AddWorkOptions(options, server);
  options->Check([server](errors::Violations* bad) { CheckServerOptions(*server, bad); });
}

void CheckServerOptions(const ServerOptions& server, errors::Violations* bad) {
  CheckTls(server.tls, bad);
  const absl::StatusOr<Address> listen = ParseAddress(server.listen_address);
  if (!listen.ok()) {
    bad->Add("--listen-address", server.listen_address, "host:port, [v6]:port or unix:path");
  } else if (!listen->IsLocal() && server.tls.certificate.empty()) {
    bad->Add(
        "--listen-address", server.listen_address,
        "a loopback address or unix socket, or --tls-cert and --tls-key: plain text is refused "
        "where others can listen");
  }
  if (!server.metrics_address.empty()) {
    const absl::StatusOr<Address> metrics = ParseAddress(server.metrics_address);
    if (!metrics.ok() || metrics->kind != Address::Kind::kTcp) {
      bad->Add("--metrics-address", server.metrics_address, "host:port, or nothing");
    }
  }
  if (server.default_deadline > server.max_deadline) {
    bad->Add("--default-deadline", absl::FormatDuration(server.default_deadline),
             absl::StrCat("at most --max-deadline, ", absl::FormatDuration(server.max_deadline)));
  }
}

}  // namespace assay::config
