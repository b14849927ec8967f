#include "clients/cli/rate/rate_file.h"

#include <memory>

#include "absl/strings/str_cat.h"

#include "clients/cli/csv/csv_reader.h"
#include "clients/cli/rate/bad_cells.h"
#include "clients/cli/rate/output_file.h"
#include "clients/cli/rate/row_rater.h"
#include "clients/cli/rate/row_reader.h"

namespace assay::cli {
namespace {

constexpr std::int64_t kRowsBetweenProgress = 512;

// One run over one file.
class Run {
 public:
  Run(const Method& method, Layout layout, const RateObserver& observer, csv::CsvReader* reader,
      OutputFile* out)
      : method_(method),
        layout_(std::move(layout)),
        observer_(observer),
        reader_(reader),
        out_(out),
        rater_(method, layout_) {}

  absl::Status WriteHeader() {
    const std::vector<std::string> columns = OutputColumns(layout_, method_);
    cells_.assign(columns.begin(), columns.end());
    return out_->Write(cells_);
  }

  // Reads to the end. A wrong row is noted and reading goes on; what fails the run as a whole is
  // returned.
  absl::Status Rows() {
    while (true) {
      const absl::StatusOr<const csv::CsvRow*> row = reader_->Next();
      if (!row.ok()) {
        bad_.AddText(row.status().message());
        if (reader_->failed()) return absl::OkStatus();
        continue;
      }
      if (*row == nullptr) return absl::OkStatus();
      if (absl::Status status = OneRow(**row); !status.ok()) return status;
      if (report_.rows % kRowsBetweenProgress == 0 && observer_.on_progress) {
        observer_.on_progress(report_.rows, static_cast<std::int64_t>(reader_->bytes_read()));
      }
    }
  }

  const BadCells& bad() const { return bad_; }
  const RateReport& report() const { return report_; }

 private:
  absl::Status OneRow(const csv::CsvRow& row) {
    report_.rows = static_cast<std::int64_t>(row.number);
    if (!Keeps(layout_, row.fields)) return absl::OkStatus();
    ++report_.kept;
    const bool good = ReadRow(layout_, method_, row.fields, report_.rows,
                              static_cast<std::int64_t>(row.line), &values_, &bad_);
    // Once something is wrong nothing will be written, but every fault is still to be found.
    if (!good || !bad_.empty()) return absl::OkStatus();
    const RowResult& result = rater_.Rate(values_);
    if (result.overall_level != 0) ++report_.rated;
    const std::string number = absl::StrCat(report_.rows);
    const absl::string_view id = layout_.id.has_value() ? row.fields[*layout_.id] : number;
    Compare(id, result);
    return Write(id, result);
  }

  void Compare(absl::string_view id, const RowResult& result) {
    if (!layout_.compare.has_value()) return;
    ++report_.compared;
    if (values_.published == result.overall_level) {
      ++report_.agreed;
    } else if (observer_.on_disagreement) {
      observer_.on_disagreement({report_.rows, std::string(id), result.rule,
                                 method_.overall_words().Label(values_.published),
                                 std::string(result.overall.label)});
    }
  }

  void AddPercent(int percent) {
    percents_.push_back(percent < 0 ? "" : absl::StrCat(percent));
    cells_.push_back(percents_.back());
  }

  // The given outcomes beside the computed, and a word for each that differs.
  std::string AddGiven(const RowResult& result) {
    std::string warnings;
    for (std::size_t i = 0; i < result.given.size(); ++i) {
      const GivenView& given = result.given[i];
      cells_.push_back(given.given);
      cells_.push_back(given.computed);
      if (!given.differs) continue;
      absl::StrAppend(&warnings, warnings.empty() ? "" : ";",
                      model::WarningCodes(model::kGivenDiffers).front(), ":",
                      method_.inputs[layout_.given[i]].column);
    }
    if (!warnings.empty()) ++report_.differing;
    return warnings;
  }

  absl::Status Write(absl::string_view id, const RowResult& result) {
    cells_.clear();
    percents_.clear();
    percents_.reserve(result.groups.size() + 1);  // the cells hold views of these
    cells_.push_back(id);
    if (layout_.scores && method_.computes_groups) {
      for (const NodeView& group : result.groups) {
        AddPercent(group.percent);
        cells_.push_back(group.label);
        cells_.push_back(group.limiter);
      }
    }
    const std::string warnings = AddGiven(result);
    if (method_.overall_percent) AddPercent(result.overall.percent);
    cells_.push_back(result.overall.label);
    if (method_.overall_limiter) cells_.push_back(result.overall.limiter);
    cells_.push_back(result.rule);
    if (!layout_.given.empty()) cells_.push_back(warnings);
    return out_->Write(cells_);
  }

  const Method& method_;
  const Layout layout_;
  const RateObserver& observer_;
  csv::CsvReader* const reader_;
  OutputFile* const out_;
  RowRater rater_;
  RowValues values_;
  BadCells bad_;
  RateReport report_;
  std::vector<absl::string_view> cells_;
  std::vector<std::string> percents_;
};

}  // namespace

absl::StatusOr<RateReport> RateFile(const RateFileOptions& options, const Method& method,
                                    const RateObserver& observer) {
  absl::StatusOr<std::unique_ptr<csv::CsvReader>> reader = csv::CsvReader::Open(options.in);
  if (!reader.ok()) return reader.status();
  absl::StatusOr<Layout> layout = MakeLayout((*reader)->columns(), method, options.columns);
  if (!layout.ok()) return layout.status();
  absl::StatusOr<std::unique_ptr<OutputFile>> out = OutputFile::Create(options.out);
  if (!out.ok()) return out.status();
  if (observer.on_layout) observer.on_layout(*layout);

  Run run(method, *std::move(layout), observer, reader->get(), out->get());
  if (absl::Status status = run.WriteHeader(); !status.ok()) return status;
  if (absl::Status status = run.Rows(); !status.ok()) return status;
  const std::string name = options.in == "-" ? "standard input" : options.in;
  if (absl::Status status = run.bad().ToStatus(name); !status.ok()) return status;
  if (absl::Status status = (*out)->Finish(); !status.ok()) return status;
  return run.report();
}

}  // namespace assay::cli
