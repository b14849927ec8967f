// SHA256_Init and its like.
#define OPENSSL_SUPPRESS_DEPRECATED

#include "services/common/digest/digest.h"

#include <climits>
#include <cstring>

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/sha.h>

#include "absl/status/status.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"

#include "services/common/digest/die.h"
#include "services/common/text/quote.h"

namespace assay::digest {
namespace {

// Fetched once: an implicit fetch for each digest costs more than digesting a short text.
const EVP_MD* Sha256Method() {
  static const EVP_MD* const method = EVP_MD_fetch(nullptr, "SHA256", nullptr);
  if (method == nullptr) internal::Die("OpenSSL offers no SHA-256");
  return method;
}

EVP_MD_CTX* Context(void* context) { return static_cast<EVP_MD_CTX*>(context); }

int HexValue(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

}  // namespace

absl::StatusOr<Digest> Digest::FromBytes(absl::string_view bytes) {
  if (bytes.size() != kSize) {
    return absl::InvalidArgumentError(
        absl::StrCat("got a digest of ", bytes.size(), " bytes, want ", kSize));
  }
  std::array<unsigned char, kSize> value;
  std::memcpy(value.data(), bytes.data(), kSize);
  return Digest(value);
}

absl::StatusOr<Digest> Digest::FromHex(absl::string_view hex) {
  if (hex.size() != 2 * kSize) {
    return absl::InvalidArgumentError(
        absl::StrCat("got ", text::Quoted(hex), ", want ", 2 * kSize, " hex digits"));
  }
  absl::StatusOr<std::string> bytes = HexDecode(hex);
  if (!bytes.ok()) return bytes.status();
  return FromBytes(*bytes);
}

std::string Digest::ToHex() const { return HexEncode(bytes()); }

Digest Sha256(absl::string_view data) {
  // The algorithm's own functions: with EVP's around them a text as short as a token takes twice as
  // long, and records are digested by the million.
  SHA256_CTX context;
  std::array<unsigned char, Digest::kSize> value;
  if (SHA256_Init(&context) != 1 || SHA256_Update(&context, data.data(), data.size()) != 1 ||
      SHA256_Final(value.data(), &context) != 1) {
    internal::Die("OpenSSL could not digest");
  }
  return Digest(value);
}

Sha256Stream::Sha256Stream() : context_(EVP_MD_CTX_new()) {
  if (context_ == nullptr) internal::Die("out of memory for a digest");
  Restart();
}

Sha256Stream::~Sha256Stream() { EVP_MD_CTX_free(Context(context_)); }

Sha256Stream::Sha256Stream(Sha256Stream&& other) noexcept
    : context_(std::exchange(other.context_, nullptr)) {}

Sha256Stream& Sha256Stream::operator=(Sha256Stream&& other) noexcept {
  std::swap(context_, other.context_);
  return *this;
}

void Sha256Stream::Restart() {
  if (EVP_DigestInit_ex2(Context(context_), Sha256Method(), nullptr) != 1) {
    internal::Die("OpenSSL could not start a digest");
  }
}

Sha256Stream& Sha256Stream::Update(absl::string_view piece) {
  if (EVP_DigestUpdate(Context(context_), piece.data(), piece.size()) != 1) {
    internal::Die("OpenSSL could not digest");
  }
  return *this;
}

Digest Sha256Stream::Finish() {
  std::array<unsigned char, Digest::kSize> value;
  if (EVP_DigestFinal_ex(Context(context_), value.data(), nullptr) != 1) {
    internal::Die("OpenSSL could not finish a digest");
  }
  Restart();
  return Digest(value);
}

Digest HmacSha256(absl::string_view key, absl::string_view data) {
  // OpenSSL reads a null key as "the key before", and takes its size as an int; a longer key than
  // a block stands for its own digest (RFC 2104), so a huge one can be digested here.
  const Digest short_key = key.size() > INT_MAX ? Sha256(key) : Digest();
  if (key.size() > INT_MAX) key = short_key.bytes();
  const char* key_data = key.empty() ? "" : key.data();
  std::array<unsigned char, Digest::kSize> value;
  unsigned int size = 0;
  if (HMAC(Sha256Method(), key_data, static_cast<int>(key.size()),
           reinterpret_cast<const unsigned char*>(data.data()), data.size(), value.data(),
           &size) == nullptr ||
      size != value.size()) {
    internal::Die("OpenSSL could not make a HMAC");
  }
  return Digest(value);
}

bool ConstantTimeEqual(absl::string_view a, absl::string_view b) {
  if (a.size() != b.size()) return false;
  return a.empty() || CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

std::string HexEncode(absl::string_view bytes) { return absl::BytesToHexString(bytes); }

absl::StatusOr<std::string> HexDecode(absl::string_view hex) {
  if (hex.size() % 2 != 0) {
    return absl::InvalidArgumentError(absl::StrCat("got ", text::Quoted(hex), " of ", hex.size(),
                                                   " hex digits, want an even number"));
  }
  std::string bytes(hex.size() / 2, '\0');
  for (std::size_t i = 0; i < hex.size(); ++i) {
    const int value = HexValue(hex[i]);
    if (value < 0) {
      return absl::InvalidArgumentError(absl::StrCat("got ", text::Quoted(hex.substr(i, 1)),
                                                     " at position ", i + 1, " of ",
                                                     text::Quoted(hex), ", want a hex digit"));
    }
    bytes[i / 2] = static_cast<char>(static_cast<unsigned char>(bytes[i / 2]) << 4 | value);
  }
  return bytes;
}

}  // namespace assay::digest
