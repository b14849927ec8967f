#include "services/common/version/version_text.h"

#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/io/tokenizer.h"
#include "google/protobuf/text_format.h"

#include "services/common/text/utf8.h"

namespace assay::version {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::TextFormat;

struct TextLocations::Tree {
  TextFormat::ParseInfoTree root;
  const Descriptor* type = nullptr;
};

TextLocations::TextLocations() : tree_(std::make_unique<Tree>()) {}
TextLocations::~TextLocations() = default;

namespace {

// A part of a path: "stages[1]" is the field stages with index 1; without brackets the index is -1.
struct Segment {
  std::string name;
  int index = -1;
};

Segment ParseSegment(absl::string_view text) {
  Segment segment;
  const std::pair<absl::string_view, absl::string_view> parts =
      absl::StrSplit(text, absl::MaxSplits('[', 1));
  segment.name = std::string(parts.first);
  int index = 0;
  if (absl::SimpleAtoi(absl::StripSuffix(parts.second, "]"), &index) && index >= 0) {
    segment.index = index;
  }
  return segment;
}

// Protobuf keeps locations under index -1 for single fields and dies of a mismatch in debug builds.
bool Fits(const FieldDescriptor& field, int index) { return field.is_repeated() == (index >= 0); }

class FirstErrors : public google::protobuf::io::ErrorCollector {
 public:
  FirstErrors(absl::string_view file, std::vector<Diagnostic>* diagnostics)
      : file_(file), diagnostics_(diagnostics) {}

  void AddError(int line, int column, const std::string& message) override {
    diagnostics_->push_back(Diagnostic{std::string(file_), std::max(line, 0) + 1,
                                       std::max(column, 0) + 1, "", message,
                                       model::check::kSyntax});
  }

 private:
  absl::string_view file_;
  std::vector<Diagnostic>* diagnostics_;
};

// The first byte that no text has, or npos.
std::size_t FindNonText(absl::string_view text) {
  const std::size_t bad_utf8 = text::FindInvalidUtf8(text);
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (i == bad_utf8) return i;
    const unsigned char byte = static_cast<unsigned char>(text[i]);
    if ((byte < 0x20 && byte != '\n' && byte != '\r' && byte != '\t') || byte == 0x7F) return i;
  }
  return bad_utf8 == text::Utf8Scanner::kValid ? absl::string_view::npos : bad_utf8;
}

Diagnostic NotText(const SourceText& source, std::size_t at) {
  const absl::string_view before = absl::string_view(source.text).substr(0, at);
  const std::size_t line_start = before.rfind('\n') + 1;
  return Diagnostic{source.file,
                    static_cast<int>(std::count(before.begin(), before.end(), '\n')) + 1,
                    static_cast<int>(at - line_start) + 1,
                    "",
                    absl::StrCat("got a byte that is not text at offset ", at,
                                 ", want UTF-8 text without control characters"),
                    model::check::kFileNotText};
}

}  // namespace

TextLocations::Position TextLocations::Find(absl::string_view field) const {
  Position position;
  const TextFormat::ParseInfoTree* tree = &tree_->root;
  const Descriptor* type = tree_->type;
  for (const absl::string_view part : absl::StrSplit(field, '.', absl::SkipEmpty())) {
    if (tree == nullptr || type == nullptr) break;
    const Segment segment = ParseSegment(part);
    const FieldDescriptor* found = type->FindFieldByName(segment.name);
    if (found == nullptr || !Fits(*found, segment.index)) break;
    const TextFormat::ParseLocation location = tree->GetLocation(found, segment.index);
    if (location.line < 0) break;
    position = Position{location.line + 1, location.column + 1};
    type = found->message_type();
    tree = type == nullptr ? nullptr : tree->GetTreeForNested(found, segment.index);
  }
  return position;
}

class TextParser {
 public:
  static std::shared_ptr<const TextLocations> Parse(const SourceText& source,
                                                    google::protobuf::Message* message,
                                                    std::vector<Diagnostic>* diagnostics) {
    auto locations = std::make_shared<TextLocations>();
    locations->tree_->type = message->GetDescriptor();
    FirstErrors errors(source.file, diagnostics);
    TextFormat::Parser parser;
    parser.RecordErrorsTo(&errors);
    parser.WriteLocationsTo(&locations->tree_->root);
    parser.SetRecursionLimit(kMaxTextDepth);
    const std::size_t before = diagnostics->size();
    const bool ok = parser.ParseFromString(source.text, message);
    if (!ok && diagnostics->size() == before) {
      diagnostics->push_back(
          Diagnostic{source.file, 1, 1, "",
                     absl::StrCat("not a ", message->GetDescriptor()->name(), " in text format"),
                     model::check::kSyntax});
    }
    if (!ok || diagnostics->size() != before) return nullptr;
    return locations;
  }
};

std::shared_ptr<const TextLocations> ParseText(const SourceText& source,
                                               google::protobuf::Message* message,
                                               std::vector<Diagnostic>* diagnostics) {
  if (source.text.size() > kMaxTextBytes) {
    diagnostics->push_back(
        Diagnostic{source.file, 0, 0, "",
                   absl::StrCat("got ", source.text.size(), " bytes, want at most ", kMaxTextBytes),
                   model::check::kFileTooLarge});
    return nullptr;
  }
  const std::size_t bad = FindNonText(source.text);
  if (bad != absl::string_view::npos) {
    diagnostics->push_back(NotText(source, bad));
    return nullptr;
  }
  return TextParser::Parse(source, message, diagnostics);
}

absl::optional<ParsedText> ParseVersionText(const SourceText& source,
                                            std::vector<Diagnostic>* diagnostics) {
  ParsedText parsed;
  parsed.locations = ParseText(source, &parsed.version, diagnostics);
  if (parsed.locations == nullptr) return absl::nullopt;
  return parsed;
}

void LocateFindings(absl::string_view file, const TextLocations& locations,
                    const std::vector<Finding>& findings, std::vector<Diagnostic>* diagnostics) {
  for (const Finding& finding : findings) {
    const TextLocations::Position position = locations.Find(finding.field);
    diagnostics->push_back(Diagnostic{std::string(file), position.line, position.column,
                                      finding.field, finding.message, finding.check});
  }
}

}  // namespace assay::version
