#pragma once

// Makes text that came from outside safe to show in an error message or a log line.
//
// Thread safety: pure functions. Cost: one pass over at most the bytes that are kept.

#include <cstddef>
#include <string>

#include "absl/strings/string_view.h"

namespace assay::errors {

// `text` with control characters and bytes that are not UTF-8 written as \xNN, cut to at most
// `max_bytes` bytes (three more for the "..." that marks the cut). Never cuts within a character,
// so the result is always valid UTF-8, as protobuf strings and JSON require.
std::string SafeText(absl::string_view text, size_t max_bytes);

}  // namespace assay::errors
