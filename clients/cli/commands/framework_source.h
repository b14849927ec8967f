// Where a command about one framework version takes it from: a service, or files.
//
// Thread safety: none. Cost: one call, or a few milliseconds of reading.
#pragma once

#include <string>

#include "assay/framework/v1/framework.pb.h"
#include "clients/cli/net/service.h"
#include "clients/cli/session.h"

namespace assay::cli {

struct FrameworkOptions {
  std::string name;       // of the version: cqc-saf@2024-12, or its full name
  std::string catalogue;  // folder of files; empty: the shipped one
  bool offline = false;
  bool json = false;
  ServiceOptions service;

  bool FromFiles() const { return offline || !catalogue.empty(); }
};

// The switches that say where versions come from, the same for all commands.
void AddSourceOptions(CLI::App* command, FrameworkOptions* options);

// The version that `options` name. Where it cannot be had, tells why and returns another code than
// kDone.
ExitCode FetchVersion(const Session& session, const FrameworkOptions& options,
                      framework::v1::FrameworkVersion* version);

}  // namespace assay::cli
