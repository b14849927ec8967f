// Feeds the CSV reader any bytes. What it accepts must come back equal after writing it; what it
// refuses must leave an error that names the input.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <sstream>
#include <string>
#include <vector>

#include "clients/cli/csv/csv_reader.h"
#include "clients/cli/csv/csv_writer.h"

namespace assay::csv {
namespace {

using Table = std::vector<std::vector<std::string>>;

void Check(bool good) {
  if (!good) std::abort();
}

// All rows, the header first; empty where reading fails.
Table ReadAll(const std::string& bytes, const CsvReaderOptions& options) {
  std::istringstream stream(bytes);
  auto reader = CsvReader::FromStream(stream, "fuzz", options);
  if (!reader.ok()) {
    Check(reader.status().message().substr(0, 5) == "fuzz:");
    return {};
  }
  Table table = {(*reader)->columns()};
  while (true) {
    const auto row = (*reader)->Next();
    if (!row.ok()) {
      Check(row.status().message().substr(0, 5) == "fuzz:");
      return {};
    }
    if (*row == nullptr) return table;
    Check((*row)->fields.size() == table[0].size());
    Check((*row)->number == table.size());
    table.emplace_back((*row)->fields.begin(), (*row)->fields.end());
  }
}

}  // namespace
}  // namespace assay::csv

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace assay::csv;  // NOLINT(google-build-using-namespace)
  if (size == 0) return 0;
  CsvReaderOptions options;
  options.max_field_bytes = 64;
  options.max_row_bytes = 256;
  options.max_columns = 8;
  options.pad_short_rows = (data[0] & 1) != 0;
  const std::string bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  const Table table = ReadAll(bytes, options);
  if (table.empty()) return 0;
  std::string written;
  for (const auto& row : table) {
    const std::vector<absl::string_view> fields(row.begin(), row.end());
    AppendCsvRow(fields, written);
  }
  Check(ReadAll(written, CsvReaderOptions()) == table);
  return 0;
}
