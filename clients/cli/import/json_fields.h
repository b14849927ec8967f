// JSON documents of strangers, read within bounds, and their fields, each checked for its type.
//
// Thread safety: a Fields belongs to one thread. Ownership: it borrows the document and the
// violations. Cost: one pass to check the text, one to build the document; look-ups are a search in
// a sorted map.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "nlohmann/json.hpp"

#include "services/common/clock/day.h"
#include "services/common/errors/violations.h"

namespace assay::importer {

// The largest document, in bytes.
inline constexpr std::size_t kMaxDocumentBytes = std::size_t{8} << 20;
// How deep objects and lists may lie in one another. The documents we know are 9 deep.
inline constexpr std::size_t kMaxDocumentDepth = 32;

// INVALID_ARGUMENT for what is no JSON object, with the byte (from 1) and what is wrong there: a
// document that breaks off, bad UTF-8, one that is too large or too deep. Keys that an object has
// twice are all named, with their paths: which of the two was meant nobody can say.
absl::StatusOr<nlohmann::json> ParseDocument(absl::string_view text);

// An object of a document. A field that is absent or null is empty; one of another type is noted as
// a violation with its path, and taken as empty.
class Fields {
 public:
  Fields(const nlohmann::json& object, std::string path, errors::Violations* bad)
      : object_(object), path_(std::move(path)), bad_(bad) {}

  // `currentRatings.overall.rating`.
  std::string PathOf(absl::string_view key) const;
  errors::Violations& bad() const { return *bad_; }

  // Text without blanks at its ends. A number is taken as its digits.
  std::string Text(const char* key) const;
  // The same; empty is a violation.
  std::string RequiredText(const char* key) const;
  // A whole number from 0 to `most`, also in text; 0 where absent. Another is a violation, and 0.
  std::int64_t Number(const char* key, std::int64_t most) const;
  // A day: `YYYY-MM-DD`, or a moment `YYYY-MM-DDThh:mm:ss` or with a blank for the T, whose day
  // counts (moments are British time).
  absl::optional<clock::Day> Date(const char* key) const;
  // An object; an empty one where absent.
  Fields Object(const char* key) const;
  // The objects of a list; none where absent.
  std::vector<Fields> Objects(const char* key) const;
  bool empty() const { return object_.empty(); }

 private:
  const nlohmann::json* Find(const char* key) const;

  const nlohmann::json& object_;
  std::string path_;
  errors::Violations* bad_;
};

}  // namespace assay::importer
