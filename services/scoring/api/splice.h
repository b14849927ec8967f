// Builds messages around bytes that are messages already: a repeated or embedded field is a tag, a
// length and the bytes, so that nothing is parsed or encoded again.
//
// Thread safety: pure. Cost: one copy of the bytes.
#pragma once

#include <cstddef>
#include <string>

#include "absl/strings/string_view.h"

namespace assay::scoring {

// Bytes that a length-delimited field of `size` bytes takes, its number being 1 to 15.
std::size_t FieldSize(std::size_t size);

// Appends the tag and the length of such a field; its bytes follow.
void AppendHead(int number, std::size_t size, std::string* out);

// Appends the length-delimited field `number` (1 to 15) with `bytes`.
void AppendField(int number, absl::string_view bytes, std::string* out);

}  // namespace assay::scoring
