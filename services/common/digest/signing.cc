#include "services/common/digest/signing.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <sys/stat.h>

#include "absl/strings/str_cat.h"

#include "services/common/digest/die.h"
#include "services/common/digest/digest.h"

namespace assay::digest {
namespace {

// A key file is some hundred bytes; a wrong path may name anything.
constexpr std::size_t kMaxPemBytes = 16384;

using Key = std::shared_ptr<evp_pkey_st>;
using Bio = std::unique_ptr<BIO, int (*)(BIO*)>;
using Context = std::unique_ptr<EVP_MD_CTX, void (*)(EVP_MD_CTX*)>;

Key Own(EVP_PKEY* key) { return Key(key, &EVP_PKEY_free); }

const unsigned char* BytesOf(absl::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data() == nullptr ? "" : text.data());
}

absl::Status Unreadable(const std::string& path, int error) {
  const std::string message = absl::StrCat("key file ", path, ": ", std::strerror(error));
  return error == ENOENT ? absl::NotFoundError(message) : absl::UnavailableError(message);
}

absl::Status Unfit(const std::string& path, absl::string_view why) {
  return absl::FailedPreconditionError(absl::StrCat("key file ", path, ": ", why));
}

// A file descriptor that is closed at the end.
class File {
 public:
  explicit File(int number) : number_(number) {}
  ~File() {
    if (number_ >= 0) close(number_);
  }
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  int number() const { return number_; }

 private:
  const int number_;
};

absl::StatusOr<std::string> ReadAll(const File& file, const std::string& path) {
  std::string text;
  char buffer[4096];
  while (text.size() <= kMaxPemBytes) {
    const ssize_t got = read(file.number(), buffer, sizeof(buffer));
    if (got < 0) return Unreadable(path, errno);
    if (got == 0) break;
    text.append(buffer, static_cast<std::size_t>(got));
  }
  return text;
}

// A file that must not be there yet, whole on the disk when this returns.
absl::Status WriteNew(const std::string& path, absl::string_view text, mode_t mode) {
  const File file(open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode));
  const bool written =
      file.number() >= 0 &&
      write(file.number(), text.data(), text.size()) == static_cast<ssize_t>(text.size()) &&
      fsync(file.number()) == 0;
  if (written) return absl::OkStatus();
  return absl::UnavailableError(
      absl::StrCat("key file ", path, ": cannot be written: ", std::strerror(errno)));
}

std::string TextOf(BIO* bio) {
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio, &data);
  return std::string(data, static_cast<std::size_t>(size));
}

std::string PrivatePem(const Key& key) {
  const Bio bio(BIO_new(BIO_s_secmem()), &BIO_free);
  if (bio == nullptr || PEM_write_bio_PKCS8PrivateKey(bio.get(), key.get(), nullptr, nullptr, 0,
                                                      nullptr, nullptr) != 1) {
    internal::Die("OpenSSL could not write a key");
  }
  return TextOf(bio.get());
}

absl::StatusOr<Key> PrivateKeyOf(const File& file, const std::string& path) {
  struct stat status = {};
  if (fstat(file.number(), &status) != 0) return Unreadable(path, errno);
  if (!S_ISREG(status.st_mode)) return Unfit(path, "is no file; name another path");
  if ((status.st_mode & (S_IRWXG | S_IRWXO)) != 0) {
    return Unfit(path, "others than its owner may use it; chmod 600 it");
  }
  const absl::StatusOr<std::string> pem = ReadAll(file, path);
  if (!pem.ok()) return pem.status();
  const Bio bio(BIO_new_mem_buf(pem->data(), static_cast<int>(pem->size())), &BIO_free);
  // An empty pass phrase: without it OpenSSL would ask at the terminal.
  char none[] = "";
  Key key = Own(PEM_read_bio_PrivateKey(bio.get(), nullptr, nullptr, none));
  if (key == nullptr || EVP_PKEY_get_id(key.get()) != EVP_PKEY_ED25519) {
    return Unfit(path,
                 "holds no Ed25519 key without a pass phrase; make one by "
                 "`openssl genpkey -algorithm ed25519`, or name a path where there is no file");
  }
  return key;
}

}  // namespace

absl::StatusOr<PublicKey> PublicKey::FromFile(const std::string& path) {
  const File file(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (file.number() < 0) return Unreadable(path, errno);
  const absl::StatusOr<std::string> pem = ReadAll(file, path);
  if (!pem.ok()) return pem.status();
  absl::StatusOr<PublicKey> key = FromPem(*pem);
  if (key.ok()) return key;
  return absl::InvalidArgumentError(absl::StrCat("key file ", path, ": ", key.status().message()));
}

absl::StatusOr<PublicKey> PublicKey::FromPem(absl::string_view pem) {
  const int size = static_cast<int>(std::min(pem.size(), kMaxPemBytes));
  const Bio bio(BIO_new_mem_buf(pem.data() == nullptr ? "" : pem.data(), size), &BIO_free);
  Key key = Own(PEM_read_bio_PUBKEY(bio.get(), nullptr, nullptr, nullptr));
  if (key == nullptr || EVP_PKEY_get_id(key.get()) != EVP_PKEY_ED25519) {
    return absl::InvalidArgumentError("want a public Ed25519 key in PEM");
  }
  return PublicKey(std::move(key));
}

std::string PublicKey::id() const {
  std::array<unsigned char, 32> raw;
  std::size_t size = raw.size();
  if (EVP_PKEY_get_raw_public_key(key_.get(), raw.data(), &size) != 1) {
    internal::Die("OpenSSL could not give a public key");
  }
  const absl::string_view bytes(reinterpret_cast<const char*>(raw.data()), size);
  return std::string(Sha256(bytes).bytes().substr(0, kKeyIdBytes));
}

std::string PublicKey::Pem() const {
  const Bio bio(BIO_new(BIO_s_mem()), &BIO_free);
  if (bio == nullptr || PEM_write_bio_PUBKEY(bio.get(), key_.get()) != 1) {
    internal::Die("OpenSSL could not write a public key");
  }
  return TextOf(bio.get());
}

bool PublicKey::Signed(absl::string_view bytes, absl::string_view signature) const {
  const Context context(EVP_MD_CTX_new(), &EVP_MD_CTX_free);
  if (context == nullptr ||
      EVP_DigestVerifyInit(context.get(), nullptr, nullptr, nullptr, key_.get()) != 1) {
    internal::Die("OpenSSL could not start to check a signature");
  }
  return signature.size() == kSignatureBytes &&
         EVP_DigestVerify(context.get(), BytesOf(signature), signature.size(), BytesOf(bytes),
                          bytes.size()) == 1;
}

SigningKey SigningKey::Make() {
  EVP_PKEY* key = EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519");
  if (key == nullptr) internal::Die("OpenSSL could not make a key");
  return SigningKey(Own(key));
}

absl::StatusOr<SigningKey> SigningKey::LoadOrMake(const std::string& path) {
  const File file(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (file.number() >= 0) {
    absl::StatusOr<Key> key = PrivateKeyOf(file, path);
    if (!key.ok()) return key.status();
    return SigningKey(*std::move(key));
  }
  if (errno != ENOENT) return Unreadable(path, errno);
  SigningKey made = Make();
  // The public half first: without the other it is harmless, and the next start makes both anew.
  const std::string public_path = path + ".pub";
  unlink(public_path.c_str());
  absl::Status status = WriteNew(public_path, made.public_key().Pem(), 0644);
  if (status.ok()) status = WriteNew(path, PrivatePem(made.key_), 0600);
  if (!status.ok()) return status;
  return made;
}

std::string SigningKey::Sign(absl::string_view bytes) const {
  const Context context(EVP_MD_CTX_new(), &EVP_MD_CTX_free);
  std::string signature(kSignatureBytes, '\0');
  std::size_t size = signature.size();
  if (context == nullptr ||
      EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr, key_.get()) != 1 ||
      EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(signature.data()), &size,
                     BytesOf(bytes), bytes.size()) != 1 ||
      size != kSignatureBytes) {
    internal::Die("OpenSSL could not sign");
  }
  return signature;
}

}  // namespace assay::digest
