#include "clients/cli/import/cqc_directory.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <system_error>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

#include "clients/cli/import/cqc_ratings.h"
#include "clients/cli/import/json_fields.h"
#include "clients/cli/ingest/request_id.h"
#include "services/common/errors/errors.h"

namespace assay::importer {
namespace {

using evidence::v1::RecordWrite;

constexpr std::size_t kBatch = 1000;

// The bytes of a file, one more than is allowed at most: the parser then says that it is too large.
absl::StatusOr<std::string> ReadFile(const std::string& path) {
  std::error_code error;
  // A pipe would be waited for.
  if (std::filesystem::exists(path, error) && !std::filesystem::is_regular_file(path, error)) {
    return absl::InvalidArgumentError("got no regular file, want one");
  }
  std::ifstream file(path, std::ios::binary);
  if (!file) return absl::InvalidArgumentError("the file cannot be opened");
  std::string text;
  const std::uintmax_t size = std::filesystem::file_size(path, error);
  if (!error && size > kMaxDocumentBytes) {
    return absl::InvalidArgumentError(
        absl::StrCat("got ", size, " bytes, want at most ", kMaxDocumentBytes));
  }
  text.resize(kMaxDocumentBytes + 1 < size || error ? kMaxDocumentBytes + 1
                                                    : static_cast<std::size_t>(size));
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (file.bad()) return absl::InvalidArgumentError("the file cannot be read");
  text.resize(static_cast<std::size_t>(file.gcount()));
  return text;
}

void Keep(std::string message, std::vector<std::string>* kept) {
  if (kept->size() < ImportReport::kMaxMessages) kept->push_back(std::move(message));
}

}  // namespace

absl::Status CqcDirectory::List(const std::string& directory, const char* folder, DocumentKind kind,
                                std::vector<File>* files) {
  const std::filesystem::path path = std::filesystem::path(directory) / folder;
  std::error_code error;
  if (!std::filesystem::exists(path, error)) return absl::OkStatus();
  const std::size_t begin = files->size();
  std::filesystem::directory_iterator entry(path, error);
  for (; !error && entry != std::filesystem::directory_iterator(); entry.increment(error)) {
    const std::string name = entry->path().filename().string();
    if (name.front() == '.' || !absl::EndsWith(name, ".json")) continue;
    files->push_back({entry->path().string(), absl::StrCat(folder, "/", name), kind});
  }
  if (error) {
    return absl::InvalidArgumentError(
        absl::StrCat(path.string(), ": the folder cannot be read: ", error.message()));
  }
  std::sort(files->begin() + static_cast<std::ptrdiff_t>(begin), files->end(),
            [](const File& a, const File& b) { return a.shown < b.shown; });
  return absl::OkStatus();
}

absl::StatusOr<std::unique_ptr<CqcDirectory>> CqcDirectory::Open(const std::string& directory,
                                                                 const CqcContext& context) {
  std::error_code error;
  if (!std::filesystem::is_directory(directory, error)) {
    return absl::InvalidArgumentError(
        absl::StrCat(directory, std::filesystem::exists(directory, error)
                                    ? ": got a file, want the folder that holds the documents"
                                    : ": there is no such folder"));
  }
  std::vector<File> files;
  absl::Status status = List(directory, "providers", DocumentKind::kProvider, &files);
  if (status.ok()) status = List(directory, "locations", DocumentKind::kLocation, &files);
  if (!status.ok()) return status;
  if (files.empty()) {
    return absl::InvalidArgumentError(absl::StrCat(
        directory, ": got no documents, want locations/*.json or providers/*.json in it"));
  }
  return std::unique_ptr<CqcDirectory>(new CqcDirectory(context, std::move(files)));
}

absl::StatusOr<bool> CqcDirectory::Next(std::vector<RecordWrite>* writes) {
  const std::size_t begin = writes->size();
  if (!areas_made_) {
    for (const evidence::v1::Area& area : context_.geography->areas()) {
      writes->emplace_back();
      *writes->back().mutable_area()->mutable_area() = area;
      ingest::SetRequestId(kCqcSystem, &writes->back());
    }
    areas_made_ = true;
  }
  while (at_ < files_.size() && writes->size() - begin < kBatch) Take(files_[at_++], writes);
  return writes->size() > begin || at_ < files_.size();
}

void CqcDirectory::TakeFault(const File& file, const absl::Status& status) {
  ++report_.bad_files;
  const std::vector<errors::Violation> violations = errors::FieldViolations(status);
  for (const errors::Violation& violation : violations) {
    ++report_.fault_count;
    Keep(absl::StrCat(file.shown, ": ", violation.field, ": ", violation.description),
         &report_.faults);
  }
  if (!violations.empty()) return;
  ++report_.fault_count;
  Keep(absl::StrCat(file.shown, ": ", status.message()), &report_.faults);
}

void CqcDirectory::Take(const File& file, std::vector<RecordWrite>* writes) {
  ++report_.files;
  const absl::StatusOr<std::string> text = ReadFile(file.path);
  absl::StatusOr<MappedDocument> mapped =
      text.ok() ? MapDocument(*text, file.kind, context_) : text.status();
  if (!mapped.ok()) {
    TakeFault(file, mapped.status());
    return;
  }
  for (const std::string& note : mapped->notes) {
    ++report_.notes;
    Keep(absl::StrCat(file.shown, ": ", note), &report_.note_lines);
  }
  for (RecordWrite& write : mapped->writes) {
    const bool known = write.has_area() && !areas_.insert(write.area().area().name()).second;
    if (!known) writes->push_back(std::move(write));
  }
}

double CqcDirectory::Share() const {
  return files_.empty() ? 1 : static_cast<double>(at_) / static_cast<double>(files_.size());
}

}  // namespace assay::importer
