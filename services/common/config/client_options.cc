#include "services/common/config/client_options.h"

namespace assay::config {

void AddClientOptions(Options* options, ClientTls* client) {
  options->Text("--client-ca", &client->files.authority,
                "PEM file of who signed the certificates of the services that are called; empty: "
                "plain text to this machine, the system's roots elsewhere");
  options->Text("--client-certificate", &client->files.certificate,
                "PEM file of the certificate shown to the services that are called; empty: none");
  options->Text("--client-key", &client->files.key, "PEM file of its private key");
  options->Text("--client-server-name", &client->server_name,
                "name in the certificates of the services that are called; empty: the host of "
                "each address");
  options->Check([client](errors::Violations* bad) { CheckClientTls(*client, bad); });
}

void CheckClientTls(const ClientTls& client, errors::Violations* bad) {
  const bool certificate = !client.files.certificate.empty();
  const bool key = !client.files.key.empty();
  if (certificate == key) return;
  bad->Add(certificate ? "--client-key" : "--client-certificate", "",
           "both a certificate and its key, or neither");
}

}  // namespace assay::config
