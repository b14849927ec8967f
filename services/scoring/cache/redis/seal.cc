#include "services/scoring/cache/redis/seal.h"

#include <array>
#include <cstdint>

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/params.h>

#include "services/common/digest/die.h"

namespace assay::scoring::redis {
namespace {

// Keeps these MACs apart from any other use of the same secret; with its closing zero.
constexpr char kLabel[] = "assay.cache.v1";

EVP_MAC_CTX* Context(void* context) { return static_cast<EVP_MAC_CTX*>(context); }

const unsigned char* Bytes(const char* text) {
  return reinterpret_cast<const unsigned char*>(text);
}

}  // namespace

Sealer::Sealer(absl::string_view secret) {
  EVP_MAC* method = EVP_MAC_fetch(nullptr, "HMAC", nullptr);
  context_ = method == nullptr ? nullptr : EVP_MAC_CTX_new(method);
  EVP_MAC_free(method);  // the context keeps its own reference
  char digest_name[] = "SHA256";
  const std::array<OSSL_PARAM, 2> parameters = {
      OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest_name, 0),
      OSSL_PARAM_construct_end()};
  // A null key would mean "the key before".
  const char* key = secret.empty() ? "" : secret.data();
  if (context_ == nullptr ||
      EVP_MAC_init(Context(context_), Bytes(key), secret.size(), parameters.data()) != 1) {
    digest::internal::Die("OpenSSL offers no HMAC with SHA-256");
  }
}

Sealer::~Sealer() { EVP_MAC_CTX_free(Context(context_)); }

digest::Digest Sealer::Mac(absl::string_view key, absl::string_view bytes) {
  std::array<unsigned char, 8> size{};
  for (std::size_t i = 0; i < size.size(); ++i) {
    size[i] = static_cast<unsigned char>(static_cast<std::uint64_t>(key.size()) >> (56 - 8 * i));
  }
  std::array<unsigned char, digest::Digest::kSize> mac{};
  std::size_t mac_size = 0;
  EVP_MAC_CTX* context = Context(context_);
  // Without a key, init starts anew with the one that is prepared.
  if (EVP_MAC_init(context, nullptr, 0, nullptr) != 1 ||
      EVP_MAC_update(context, Bytes(kLabel), sizeof(kLabel)) != 1 ||
      EVP_MAC_update(context, size.data(), size.size()) != 1 ||
      EVP_MAC_update(context, Bytes(key.data()), key.size()) != 1 ||
      EVP_MAC_update(context, Bytes(bytes.data()), bytes.size()) != 1 ||
      EVP_MAC_final(context, mac.data(), &mac_size, mac.size()) != 1 || mac_size != mac.size()) {
    digest::internal::Die("OpenSSL could not make a HMAC");
  }
  return digest::Digest(mac);
}

std::string Sealer::Seal(absl::string_view key, absl::string_view bytes) {
  const digest::Digest mac = Mac(key, bytes);
  std::string stored;
  stored.reserve(kOverhead + bytes.size());
  stored.append(mac.bytes().data(), mac.bytes().size());
  stored.append(bytes.data(), bytes.size());
  return stored;
}

std::optional<absl::string_view> Sealer::Open(absl::string_view key, absl::string_view stored) {
  if (stored.size() < kOverhead) return std::nullopt;
  const absl::string_view bytes = stored.substr(kOverhead);
  if (!digest::ConstantTimeEqual(stored.substr(0, kOverhead), Mac(key, bytes).bytes())) {
    return std::nullopt;
  }
  return bytes;
}

}  // namespace assay::scoring::redis
