#pragma once

// The options of a service that calls other services: by what it knows them, and what it shows.
//
// Thread safety: a plain value. Ownership: none.

#include <string>

#include "services/common/config/options.h"
#include "services/common/config/server_options.h"

namespace assay::config {

// One for all the services that a service calls.
struct ClientTls {
  // `authority`: who signed their certificates; `certificate` and `key`: the own ones, where they
  // demand one (mTLS). All empty: plain text to this machine, TLS by the system's roots elsewhere.
  TlsFiles files;
  // Name in their certificates. Default, empty: the host of each address ("localhost" for a unix
  // socket).
  std::string server_name;
};

// Adds --client-ca, --client-certificate, --client-key and --client-server-name to `options`, which
// write into `client`, and checks that they fit together.
void AddClientOptions(Options* options, ClientTls* client);

// What is wrong with `client` as a whole: a certificate without its key, or a key without it.
void CheckClientTls(const ClientTls& client, errors::Violations* bad);

}  // namespace assay::config
