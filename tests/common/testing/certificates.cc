#include "tests/common/testing/certificates.h"

#include <cstdlib>

#include "absl/strings/str_cat.h"

namespace assay::testing {
namespace {

constexpr char kNewKey[] = "-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=";

bool RunIn(const std::string& folder, const std::string& commands) {
  const std::string line = absl::StrCat("(cd '", folder, "' && ", commands, ") >/dev/null 2>&1");
  return std::system(line.c_str()) == 0;
}

}  // namespace

bool MakeAuthority(const std::string& folder, const std::string& name) {
  return RunIn(folder, absl::StrCat("openssl req -x509 ", kNewKey, name, " -days 2 -keyout ", name,
                                    ".key -out ", name, ".pem"));
}

bool MakeCertificate(const std::string& folder, const std::string& authority,
                     const std::string& name, const std::string& names) {
  const std::string request =
      absl::StrCat("openssl req ", kNewKey, name, " -keyout ", name, ".key -out ", name, ".csr");
  const std::string extensions = absl::StrCat("echo subjectAltName=", names, " > ", name, ".ext");
  const std::string sign = absl::StrCat("openssl x509 -req -in ", name, ".csr -CA ", authority,
                                        ".pem -CAkey ", authority, ".key -CAcreateserial -days 2",
                                        " -extfile ", name, ".ext -out ", name, ".pem");
  return RunIn(folder, absl::StrCat(request, " && ", extensions, " && ", sign));
}

}  // namespace assay::testing
