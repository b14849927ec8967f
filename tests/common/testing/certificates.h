#pragma once

// Certificates for one test, made by the openssl command: an authority, and what it signs.
//
// Thread safety: none; two calls at once want folders of their own. Cost: some milliseconds each.

#include <string>

namespace assay::testing {

// Writes NAME.pem and NAME.key into `folder`: an authority that trusts itself. False where openssl
// failed, as the next.
bool MakeAuthority(const std::string& folder, const std::string& name);

// Writes NAME.pem and NAME.key, signed by AUTHORITY of the same folder, good for these names:
// "DNS:localhost,IP:127.0.0.1". A server may use it and a client too.
bool MakeCertificate(const std::string& folder, const std::string& authority,
                     const std::string& name, const std::string& names);

}  // namespace assay::testing
