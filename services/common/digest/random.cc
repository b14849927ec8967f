#include "services/common/digest/random.h"

#include <algorithm>
#include <climits>
#include <cstring>

#include <openssl/rand.h>

#include "services/common/digest/die.h"

namespace assay::digest {

std::uint64_t RandomSource::NextUint64() {
  unsigned char bytes[sizeof(std::uint64_t)];
  Fill(absl::MakeSpan(bytes));
  std::uint64_t value;
  std::memcpy(&value, bytes, sizeof(value));
  return value;
}

void SystemRandom::Fill(absl::Span<unsigned char> bytes) {
  while (!bytes.empty()) {
    const std::size_t size = std::min<std::size_t>(bytes.size(), INT_MAX);
    if (RAND_bytes(bytes.data(), static_cast<int>(size)) != 1) {
      internal::Die("the system's random generator failed");
    }
    bytes.remove_prefix(size);
  }
}

std::string RandomBytes(std::size_t size) {
  std::string bytes(size, '\0');
  SystemRandom().Fill(absl::MakeSpan(reinterpret_cast<unsigned char*>(bytes.data()), size));
  return bytes;
}

}  // namespace assay::digest
