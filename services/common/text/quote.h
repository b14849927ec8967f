#pragma once

// Showing in an error message what a caller sent, whatever it was.
//
// Thread safety: pure. Cost: one short string.

#include <cstddef>
#include <string>

#include "absl/strings/string_view.h"

namespace assay::text {

// How much of a refused value an error repeats, in bytes.
inline constexpr std::size_t kMaxQuotedBytes = 80;

// `value` in double quotes; bytes that are not printable ASCII or valid UTF-8 as \xNN, and a value
// over kMaxQuotedBytes cut (never inside a character) with its size in bytes: "abc..." (300 bytes).
std::string Quoted(absl::string_view value);

}  // namespace assay::text
