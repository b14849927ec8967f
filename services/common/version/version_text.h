#pragma once

// Framework versions and crosswalks in protobuf's text format: from bytes to a message, with every
// fault named by line and column. Nothing is trusted: the bytes may be anything.
//
// Thread safety: pure; TextLocations is immutable. Cost: about a millisecond for a shipped version;
// bounded by kMaxTextBytes.

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "google/protobuf/message.h"

#include "assay/framework/v1/framework.pb.h"
#include "services/common/version/finding.h"

namespace assay::version {

// The largest text form of a version, in bytes (1 MiB).
inline constexpr std::size_t kMaxTextBytes = std::size_t{1} << 20;

// Messages may lie this deep in a text; the model language needs nine levels.
inline constexpr int kMaxTextDepth = 32;

// Files of versions end so.
inline constexpr absl::string_view kTextSuffix = ".txtpb";

// A text with the name that diagnostics call it by.
struct SourceText {
  std::string file;
  std::string text;
};

// Where each field of a parsed message stands in its text.
class TextLocations {
 public:
  TextLocations();
  ~TextLocations();
  TextLocations(const TextLocations&) = delete;
  TextLocations& operator=(const TextLocations&) = delete;

  struct Position {
    int line = 1;
    int column = 1;
  };

  // The place of the field with this path; of the nearest message around it where the field is not
  // in the text; line 1, column 1 for the whole or for a path that names nothing.
  Position Find(absl::string_view field) const;

 private:
  friend class TextParser;
  struct Tree;
  std::unique_ptr<Tree> tree_;
};

struct ParsedText {
  framework::v1::FrameworkVersion version;
  std::shared_ptr<const TextLocations> locations;
};

// Reads `source` into `message`, of whatever type it is. Null, and at least one more diagnostic,
// where it is too large, not text, not the text format, or has an unknown field or a field twice;
// `message` then holds what could be read. What is read is well formed, not yet checked.
std::shared_ptr<const TextLocations> ParseText(const SourceText& source,
                                               google::protobuf::Message* message,
                                               std::vector<Diagnostic>* diagnostics);

// The version in `source`, or nothing and at least one more diagnostic: too large, not text, not
// the text format, an unknown field, a field twice. The version is well formed, not yet checked.
absl::optional<ParsedText> ParseVersionText(const SourceText& source,
                                            std::vector<Diagnostic>* diagnostics);

// `findings` with their places in the text.
void LocateFindings(absl::string_view file, const TextLocations& locations,
                    const std::vector<Finding>& findings, std::vector<Diagnostic>* diagnostics);

}  // namespace assay::version
