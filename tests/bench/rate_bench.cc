// How fast `assay rate` goes through a nation, beside a plain copy of the same file by the same CSV
// reader and writer in the same run.
//
//   build/release/bin/rate_bench
//
// 57,000 rows, the number of active locations in England: once with 34 scores each, once with five
// ratings. Prints rows a second, then the ratios: what reading words, rating and naming rules cost
// on top of CSV itself.

#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <map>
#include <random>
#include <string>
#include <vector>

#include "benchmark/benchmark.h"

#include "clients/cli/csv/csv_reader.h"
#include "clients/cli/csv/csv_writer.h"
#include "clients/cli/rate/rate_file.h"
#include "tests/clients/cli/rate/test_method.h"

namespace assay::cli {
namespace {

constexpr int kRows = 57000;

const Method& Saf() {
  static const Method& method = *new Method(ShippedMethod("cqc-saf@2024-12"));
  return method;
}

void Check(const absl::Status& status) {
  if (status.ok()) return;
  std::fprintf(stderr, "rate_bench: %s\n", status.ToString().c_str());
  std::exit(1);
}

// A folder with the two inputs, removed at the end.
class Files {
 public:
  Files() {
    if (mkdtemp(folder_.data()) == nullptr) Check(absl::InternalError("no temporary folder"));
    const std::vector<std::string> scores = {"", "1", "2", "3", "3", "3", "3", "4"};
    Write(this->scores(), Saf().Columns(InputKind::kItem), scores);
    Write(this->ratings(), Saf().GroupColumns(), {"Good", "G", "Requires improvement", "O", "I"});
  }
  ~Files() {
    for (const std::string& path : {scores(), ratings(), out()}) unlink(path.c_str());
    rmdir(folder_.c_str());
  }
  Files(const Files&) = delete;
  Files& operator=(const Files&) = delete;

  std::string scores() const { return folder_ + "/scores.csv"; }
  std::string ratings() const { return folder_ + "/ratings.csv"; }
  std::string out() const { return folder_ + "/out.csv"; }

 private:
  static void Write(const std::string& path, const std::vector<std::string>& columns,
                    const std::vector<std::string>& cells) {
    std::ofstream file(path);
    std::mt19937 random(1);
    file << "id";
    for (const std::string& column : columns) file << ',' << column;
    for (int row = 0; row < kRows; ++row) {
      file << "\n1-" << 100000000 + row;
      for (std::size_t i = 0; i < columns.size(); ++i)
        file << ',' << cells[random() % cells.size()];
    }
    file << '\n';
  }

  std::string folder_ = "/tmp/assay-rate-bench-XXXXXX";
};

const Files& Inputs() {
  static const Files files;
  return files;
}

void Copy(benchmark::State& state, const std::string& in) {
  for ([[maybe_unused]] auto _ : state) {
    auto reader = csv::CsvReader::Open(in);
    Check(reader.status());
    auto writer = csv::CsvWriter::Create(Inputs().out());
    Check(writer.status());
    while (true) {
      const auto row = (*reader)->Next();
      Check(row.status());
      if (*row == nullptr) break;
      Check((*writer)->Write((*row)->fields));
    }
    Check((*writer)->Finish());
  }
  state.SetItemsProcessed(state.iterations() * kRows);
}

void Rate(benchmark::State& state, const std::string& in) {
  RateFileOptions options;
  options.in = in;
  options.out = Inputs().out();
  for ([[maybe_unused]] auto _ : state) {
    const auto report = RateFile(options, Saf(), {});
    Check(report.status());
    if (report->kept != kRows) Check(absl::InternalError("rows were lost"));
  }
  state.SetItemsProcessed(state.iterations() * kRows);
}

void CopyScores(benchmark::State& state) { Copy(state, Inputs().scores()); }
void RateScores(benchmark::State& state) { Rate(state, Inputs().scores()); }
void CopyRatings(benchmark::State& state) { Copy(state, Inputs().ratings()); }
void RateRatings(benchmark::State& state) { Rate(state, Inputs().ratings()); }
BENCHMARK(CopyScores)->Unit(benchmark::kMillisecond);
BENCHMARK(RateScores)->Unit(benchmark::kMillisecond);
BENCHMARK(CopyRatings)->Unit(benchmark::kMillisecond);
BENCHMARK(RateRatings)->Unit(benchmark::kMillisecond);

// Prints as usual, and keeps the CPU time of each for the ratios.
class Reporter : public benchmark::ConsoleReporter {
 public:
  void ReportRuns(const std::vector<Run>& runs) override {
    for (const Run& run : runs) times_[run.benchmark_name()] = run.GetAdjustedCPUTime();
    ConsoleReporter::ReportRuns(runs);
  }

  void PrintRatio(const char* what, const std::string& ours, const std::string& bare) const {
    if (times_.count(ours) == 0 || times_.count(bare) == 0) return;
    std::printf("%-44s %6.2f : 1\n", what, times_.at(ours) / times_.at(bare));
  }

 private:
  std::map<std::string, double> times_;
};

}  // namespace
}  // namespace assay::cli

int main(int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 1;
  assay::cli::Reporter reporter;
  benchmark::RunSpecifiedBenchmarks(&reporter);
  std::printf("\nCPU time of 57,000 rows, rating : plain copy\n");
  reporter.PrintRatio("34 scores a row", "RateScores", "CopyScores");
  reporter.PrintRatio("5 ratings a row", "RateRatings", "CopyRatings");
  return 0;
}
