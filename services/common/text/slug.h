#pragma once

// Names in words turned into the lower-case, hyphened ids of resource names.
//
// Thread safety: pure. Cost: linear, one string.

#include <cstddef>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace assay::text {

// The longest text that is made into a slug, in bytes.
inline constexpr std::size_t kMaxSlugInputBytes = 1024;

// "Responding to people's immediate needs" -> "responding-to-peoples-immediate-needs".
// Apostrophes vanish; ASCII letters (in lower case) and digits stay; accented Latin-1 letters lose
// the accent; everything else (spaces, dashes of any length, other punctuation, other scripts)
// separates words, and words are joined by one hyphen.
// INVALID_ARGUMENT: bad UTF-8, over the limit, or no letter or digit at all.
absl::StatusOr<std::string> Slug(absl::string_view words);

}  // namespace assay::text
