#include "services/scoring/api/splice.h"

#include <cstdint>

namespace assay::scoring {

void AppendField(int number, absl::string_view bytes, std::string* out) {
  constexpr int kLengthDelimited = 2;
  out->push_back(static_cast<char>(number << 3 | kLengthDelimited));
  std::uint64_t size = bytes.size();
  while (size >= 0x80) {
    out->push_back(static_cast<char>(size | 0x80));
    size >>= 7;
  }
  out->push_back(static_cast<char>(size));
  out->append(bytes.data(), bytes.size());
}

}  // namespace assay::scoring
