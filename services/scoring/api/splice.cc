#include "services/scoring/api/splice.h"

namespace assay::scoring {

std::size_t FieldSize(std::size_t size) {
  std::size_t head = 2;  // the tag and the last byte of the length
  for (std::size_t rest = size; rest >= 0x80; rest >>= 7) ++head;
  return head + size;
}

void AppendHead(int number, std::size_t size, std::string* out) {
  constexpr int kLengthDelimited = 2;
  out->push_back(static_cast<char>(number << 3 | kLengthDelimited));
  while (size >= 0x80) {
    out->push_back(static_cast<char>(size | 0x80));
    size >>= 7;
  }
  out->push_back(static_cast<char>(size));
}

void AppendField(int number, absl::string_view bytes, std::string* out) {
  AppendHead(number, bytes.size(), out);
  out->append(bytes.data(), bytes.size());
}

}  // namespace assay::scoring
