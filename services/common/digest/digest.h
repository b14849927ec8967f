#pragma once

// SHA-256, HMAC-SHA-256 and their spellings, by OpenSSL.
//
// Thread safety: the functions are pure; Sha256Stream is used by one thread at a time.
// Cost: SHA-256 of a short text is about half a microsecond, then about 0.7 ns a byte where the CPU
// has SHA instructions.
// Errors: only decoding can fail; a failure of OpenSSL itself ends the process.

#include <array>
#include <cstddef>
#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace assay::digest {

// A SHA-256 value. A plain 32-byte value: cheap to copy, ordered by its bytes, usable as a hash
// key.
class Digest {
 public:
  static constexpr std::size_t kSize = 32;

  // All zero bytes: stands for "no digest", which SHA-256 is not known to give for anything.
  Digest() : bytes_{} {}
  explicit Digest(const std::array<unsigned char, kSize>& bytes) : bytes_(bytes) {}

  // Exactly 32 bytes, else INVALID_ARGUMENT with the size that came.
  static absl::StatusOr<Digest> FromBytes(absl::string_view bytes);

  // Exactly 64 hex digits of either case, else INVALID_ARGUMENT.
  static absl::StatusOr<Digest> FromHex(absl::string_view hex);

  // The 32 bytes; the view lives as long as this value.
  absl::string_view bytes() const {
    return absl::string_view(reinterpret_cast<const char*>(bytes_.data()), kSize);
  }

  // 64 lower-case hex digits.
  std::string ToHex() const;

  bool IsZero() const { return *this == Digest(); }

  // Not in constant time: for values that are no secret. See ConstantTimeEqual.
  friend bool operator==(const Digest& a, const Digest& b) { return a.bytes_ == b.bytes_; }
  friend bool operator!=(const Digest& a, const Digest& b) { return !(a == b); }
  friend bool operator<(const Digest& a, const Digest& b) { return a.bytes_ < b.bytes_; }

  template <typename H>
  friend H AbslHashValue(H h, const Digest& digest) {
    return H::combine(std::move(h), digest.bytes_);
  }

 private:
  std::array<unsigned char, kSize> bytes_;
};

// SHA-256 of the whole of `data`.
Digest Sha256(absl::string_view data);

// SHA-256 of data that comes in pieces. Move-only; owns an OpenSSL context.
class Sha256Stream {
 public:
  Sha256Stream();
  ~Sha256Stream();
  Sha256Stream(Sha256Stream&& other) noexcept;
  Sha256Stream& operator=(Sha256Stream&& other) noexcept;
  Sha256Stream(const Sha256Stream&) = delete;
  Sha256Stream& operator=(const Sha256Stream&) = delete;

  // Adds the next piece. Returns itself, so that pieces can be chained.
  Sha256Stream& Update(absl::string_view piece);

  // The digest of all pieces; the stream then starts anew, empty.
  Digest Finish();

 private:
  void Restart();

  void* context_;  // EVP_MD_CTX; null only after a move away
};

// HMAC-SHA-256 (RFC 2104). Any length of key, an empty one included.
Digest HmacSha256(absl::string_view key, absl::string_view data);

// Compares in a time that depends on the sizes alone: for MACs and other secrets.
bool ConstantTimeEqual(absl::string_view a, absl::string_view b);

// Lower-case hex digits, two a byte.
std::string HexEncode(absl::string_view bytes);

// The bytes of an even number of hex digits of either case, else INVALID_ARGUMENT that says where.
absl::StatusOr<std::string> HexDecode(absl::string_view hex);

}  // namespace assay::digest
