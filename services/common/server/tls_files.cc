#include "services/common/server/tls_files.h"

#include <fstream>
#include <iterator>

#include "absl/strings/match.h"

#include "services/common/errors/violations.h"

namespace assay::server {
namespace {

constexpr size_t kMaxFileBytes = 1 << 20;

std::string Read(const std::string& path, const char* flag, errors::Violations* bad) {
  if (path.empty()) return "";
  std::ifstream file(path, std::ios::binary);
  std::string contents(kMaxFileBytes + 1, '\0');
  file.read(contents.data(), static_cast<std::streamsize>(contents.size()));
  contents.resize(static_cast<size_t>(file.gcount()));
  const bool good = !contents.empty() && contents.size() <= kMaxFileBytes &&
                    absl::StrContains(contents, "-----BEGIN ");
  if (!good) bad->Add(flag, path, "a PEM file that can be read, at most 1 MiB");
  return contents;
}

}  // namespace

absl::StatusOr<TlsContents> ReadTlsFiles(const config::TlsFiles& files) {
  errors::Violations bad;
  TlsContents contents;
  contents.certificate = Read(files.certificate, "TLS certificate", &bad);
  contents.key = Read(files.key, "TLS key", &bad);
  contents.authority = Read(files.authority, "TLS authority", &bad);
  if (!bad.empty()) return bad.ToStatus();
  return contents;
}

}  // namespace assay::server
