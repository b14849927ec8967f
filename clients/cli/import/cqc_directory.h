// A folder of the regulator's documents, one a file, as a stream of records.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "absl/status/statusor.h"

#include "clients/cli/import/cqc_api.h"
#include "clients/cli/ingest/record_source.h"

namespace assay::importer {

// What became of the files so far.
struct ImportReport {
  // Messages kept of each kind; the counts go on.
  static constexpr std::size_t kMaxMessages = 1000;

  std::int64_t files = 0;
  std::int64_t bad_files = 0;
  std::int64_t fault_count = 0;
  std::int64_t notes = 0;
  // A line for each fault: "locations/1-102.json: byte 17: ...".
  std::vector<std::string> faults;
  std::vector<std::string> note_lines;
};

// Thread safety: none. Ownership: borrows the context. Cost: one file in memory at a time, beside
// the names of all; blocks on the disk.
class CqcDirectory final : public ingest::RecordSource {
 public:
  // `directory` holds `providers/*.json` and `locations/*.json`; either may be absent. NOT_FOUND or
  // INVALID_ARGUMENT where there is no such folder, or nothing in it.
  static absl::StatusOr<std::unique_ptr<CqcDirectory>> Open(const std::string& directory,
                                                            const CqcContext& context);

  // The areas of the geography; then providers; then locations, both in the order of file names. A
  // file that is bad gives nothing, and a fault in the report; it never ends the stream.
  absl::StatusOr<bool> Next(std::vector<evidence::v1::RecordWrite>* writes) override;
  double Share() const override;

  const ImportReport& report() const { return report_; }

 private:
  struct File {
    std::string path;
    std::string shown;  // below the directory
    DocumentKind kind;
  };

  CqcDirectory(const CqcContext& context, std::vector<File> files)
      : context_(context), files_(std::move(files)) {}

  static absl::Status List(const std::string& directory, const char* folder, DocumentKind kind,
                           std::vector<File>* files);
  void TakeFault(const File& file, const absl::Status& status);
  void Take(const File& file, std::vector<evidence::v1::RecordWrite>* writes);

  const CqcContext context_;
  const std::vector<File> files_;
  std::size_t at_ = 0;
  bool areas_made_ = false;
  absl::flat_hash_set<std::string> areas_;  // written so far
  ImportReport report_;
};

}  // namespace assay::importer
