#include "clients/cli/rate/column_map.h"

#include <fstream>
#include <string>
#include <utility>

#include <sys/stat.h>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

#include "services/common/errors/violations.h"

namespace assay::cli {
namespace {

constexpr std::size_t kMaxFileBytes = std::size_t{1} << 20;
constexpr char kWanted[] = "COLUMN=ITEM, as in qs7_safeguarding=ensuring-safety.safeguarding";

bool IsFile(const std::string& path) {
  struct stat info {};
  return stat(path.c_str(), &info) == 0 && !S_ISDIR(info.st_mode);
}

absl::StatusOr<std::string> ReadFile(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  std::string text(kMaxFileBytes + 1, '\0');
  if (in) in.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (!in && !in.eof()) {
    return absl::NotFoundError(absl::StrCat("--map: ", path, " cannot be read"));
  }
  text.resize(static_cast<std::size_t>(in.gcount()));
  if (text.size() > kMaxFileBytes) {
    return absl::InvalidArgumentError(
        absl::StrCat("--map: ", path, " is over ", kMaxFileBytes, " bytes"));
  }
  return text;
}

// The two sides of a pair, divided at the last of the characters.
bool Divide(absl::string_view pair, absl::string_view by, ColumnMapping* mapping) {
  const std::size_t at = pair.find_last_of(by);
  if (at == absl::string_view::npos) return false;
  mapping->column = std::string(absl::StripAsciiWhitespace(pair.substr(0, at)));
  mapping->item = std::string(absl::StripAsciiWhitespace(pair.substr(at + 1)));
  return !mapping->column.empty() && !mapping->item.empty();
}

void AddPair(absl::string_view pair, absl::string_view by, const std::string& where,
             std::vector<ColumnMapping>* map, errors::Violations* bad) {
  ColumnMapping mapping;
  if (!Divide(pair, by, &mapping)) {
    bad->Add(where, pair, kWanted);
  } else {
    map->push_back(std::move(mapping));
  }
}

void AddLines(absl::string_view text, std::vector<ColumnMapping>* map, errors::Violations* bad) {
  int number = 0;
  for (absl::string_view line : absl::StrSplit(text, '\n')) {
    ++number;
    line = absl::StripAsciiWhitespace(line);
    if (line.empty() || line.front() == '#' || (number == 1 && line == "column,item")) continue;
    // An equals sign divides where there is one, so that columns may hold commas.
    const absl::string_view by = line.find('=') == absl::string_view::npos ? "," : "=";
    AddPair(line, by, absl::StrCat("--map, line ", number), map, bad);
  }
}

}  // namespace

absl::StatusOr<std::vector<ColumnMapping>> ReadColumnMap(const std::string& text_or_file) {
  std::vector<ColumnMapping> map;
  errors::Violations bad;
  if (text_or_file.find('=') == std::string::npos || IsFile(text_or_file)) {
    const absl::StatusOr<std::string> text = ReadFile(text_or_file);
    if (!text.ok()) return text.status();
    AddLines(*text, &map, &bad);
  } else {
    for (const absl::string_view pair : absl::StrSplit(text_or_file, ',')) {
      AddPair(pair, "=", "--map", &map, &bad);
    }
  }
  if (map.size() > ColumnMapping::kMax) {
    bad.Add("--map", map.size(), absl::StrCat("at most ", ColumnMapping::kMax, " pairs"));
  }
  if (map.empty() && bad.empty()) bad.Add("--map", "", kWanted);
  if (!bad.empty()) return bad.ToStatus();
  return map;
}

}  // namespace assay::cli
