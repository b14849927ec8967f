#pragma once

// Ed25519 signatures (RFC 8032), over OpenSSL, and their keys as files.
//
// Thread safety: keys are values that do not change; signing from any thread. Cost: about 50 us a
// signature, 150 us a check.

#include <cstddef>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

// OpenSSL's EVP_PKEY.
struct evp_pkey_st;

namespace assay::digest {

inline constexpr std::size_t kSignatureBytes = 64;
inline constexpr std::size_t kKeyIdBytes = 8;

class PublicKey {
 public:
  // A file in PEM (SubjectPublicKeyInfo), as `openssl pkey -pubout` writes it, or its text.
  // INVALID_ARGUMENT for anything else, another kind of key among it; NOT_FOUND or UNAVAILABLE
  // where the file cannot be read.
  static absl::StatusOr<PublicKey> FromFile(const std::string& path);
  static absl::StatusOr<PublicKey> FromPem(absl::string_view pem);

  // The first 8 bytes of the SHA-256 of the raw public key: enough to tell keys apart.
  std::string id() const;
  std::string Pem() const;
  // Whether `signature` is this key's over `bytes`.
  bool Signed(absl::string_view bytes, absl::string_view signature) const;

 private:
  friend class SigningKey;
  explicit PublicKey(std::shared_ptr<evp_pkey_st> key) : key_(std::move(key)) {}
  std::shared_ptr<evp_pkey_st> key_;
};

class SigningKey {
 public:
  // A new key, of the system's generator.
  static SigningKey Make();

  // The key of a file in PEM (PKCS#8), as `openssl genpkey -algorithm ed25519` writes it. Where
  // there is no file a new key is written to it, readable by its owner alone, and its public key to
  // PATH.pub. FAILED_PRECONDITION, with what to do, for a file that others may read or that is no
  // Ed25519 key; UNAVAILABLE where it cannot be read or written.
  static absl::StatusOr<SigningKey> LoadOrMake(const std::string& path);

  PublicKey public_key() const { return PublicKey(key_); }
  // 64 bytes.
  std::string Sign(absl::string_view bytes) const;

 private:
  explicit SigningKey(std::shared_ptr<evp_pkey_st> key) : key_(std::move(key)) {}
  std::shared_ptr<evp_pkey_st> key_;
};

}  // namespace assay::digest
