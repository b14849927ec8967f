#pragma once

// Reads the PEM files of one side of a TLS connection.
//
// Thread safety: pure apart from reading files. Cost: reads three small files.

#include <string>

#include "absl/status/statusor.h"

#include "services/common/config/server_options.h"

namespace assay::server {

struct TlsContents {
  std::string certificate;
  std::string key;
  std::string authority;
};

// The contents of the files that are named; empty where one is not. INVALID_ARGUMENT with every
// file that cannot be read, is over 1 MiB or is not PEM; contents are never told.
absl::StatusOr<TlsContents> ReadTlsFiles(const config::TlsFiles& files);

}  // namespace assay::server
