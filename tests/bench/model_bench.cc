// The rating engine: compile a model, fold a history, rate a location, derive its proof.
#include <memory>
#include <string>
#include <vector>

#include "benchmark/benchmark.h"

#include "services/common/model/prove.h"
#include "tests/common/model/model_testing.h"

namespace assay::model {
namespace {

std::shared_ptr<const CompiledModel> Saf() {
  static const auto model = MustCompile(LoadShipped("cqc-saf@2024-12"));
  return model;
}

// A location with 34 scores of three assessments.
Subject MakeSubject() {
  Subject subject({Saf()});
  subject.Sector("nhs-trust");
  for (const char* day : {"2025-01-01", "2025-06-01", "2026-01-01"}) {
    for (int i = 0; i < Saf()->version().items_size(); ++i) {
      subject.Judge(Saf()->version().items(i).id(), 1 + (i * 7 + day[6]) % 4, day);
    }
  }
  return subject;
}

constexpr const char* kShipped[] = {"cqc-asc@2026-draft", "cqc-ics@2023-draft", "cqc-kloe@2017-11",
                                    "cqc-la@2023-04",     "cqc-saf@2023-11",    "cqc-saf@2024-12"};

void BM_Compile(benchmark::State& bench, const char* name) {
  const auto version = std::make_shared<const framework::v1::FrameworkVersion>(LoadShipped(name));
  for ([[maybe_unused]] auto _ : bench) benchmark::DoNotOptimize(CompiledModel::Compile(version));
  bench.counters["table_bytes"] = static_cast<double>(MustCompile(*version)->TableBytes());
}
BENCHMARK_CAPTURE(BM_Compile, asc, kShipped[0])->Unit(benchmark::kMicrosecond);
BENCHMARK_CAPTURE(BM_Compile, ics, kShipped[1])->Unit(benchmark::kMicrosecond);
BENCHMARK_CAPTURE(BM_Compile, kloe, kShipped[2])->Unit(benchmark::kMicrosecond);
BENCHMARK_CAPTURE(BM_Compile, la, kShipped[3])->Unit(benchmark::kMicrosecond);
BENCHMARK_CAPTURE(BM_Compile, saf_2023, kShipped[4])->Unit(benchmark::kMicrosecond);
BENCHMARK_CAPTURE(BM_Compile, saf_2024, kShipped[5])->Unit(benchmark::kMicrosecond);

// Every method that is shipped; the aim is a millisecond and a mebibyte of tables for all together.
void BM_CompileShipped(benchmark::State& bench) {
  std::vector<std::shared_ptr<const framework::v1::FrameworkVersion>> versions;
  std::size_t bytes = 0;
  for (const char* name : kShipped) {
    versions.push_back(std::make_shared<const framework::v1::FrameworkVersion>(LoadShipped(name)));
    bytes += MustCompile(*versions.back())->TableBytes();
  }
  for ([[maybe_unused]] auto _ : bench) {
    for (const auto& version : versions) {
      benchmark::DoNotOptimize(CompiledModel::Compile(version));
    }
  }
  bench.counters["table_bytes"] = static_cast<double>(bytes);
}
BENCHMARK(BM_CompileShipped)->Unit(benchmark::kMicrosecond);

// Each shipped version, by its place in the list of names.
void BM_Prove(benchmark::State& bench) {
  const std::string name = ShippedNames()[static_cast<std::size_t>(bench.range(0))];
  const auto model = MustCompile(LoadShipped(name));
  std::int64_t vectors = 0;
  while (bench.KeepRunning()) vectors = Prove(*model).vectors;
  bench.counters["vectors"] = static_cast<double>(vectors);
  bench.SetLabel(name);
}
BENCHMARK(BM_Prove)
    ->Unit(benchmark::kMillisecond)
    ->DenseRange(0, static_cast<int>(ShippedNames().size()) - 1);

void BM_Fold(benchmark::State& bench) {
  Subject subject = MakeSubject();
  State state;
  for ([[maybe_unused]] auto _ : bench) {
    FoldInto(subject.history(), D("2026-06-01"), kEverything, state);
    benchmark::DoNotOptimize(state.entries.data());
  }
}
BENCHMARK(BM_Fold)->Unit(benchmark::kMicrosecond);

void BM_RateSubject(benchmark::State& bench) {
  Subject subject = MakeSubject();
  const State state = Fold(subject.history(), D("2026-06-01"));
  Scratch scratch;
  Evaluation evaluation;
  for ([[maybe_unused]] auto _ : bench) {
    RateSubject(subject.models(), state, scratch, evaluation);
    benchmark::DoNotOptimize(evaluation.nodes.data());
  }
}
BENCHMARK(BM_RateSubject)->Unit(benchmark::kMicrosecond);

void BM_FillRating(benchmark::State& bench) {
  Subject subject = MakeSubject();
  const Evaluation& evaluation = subject.Rate("2026-06-01");
  for ([[maybe_unused]] auto _ : bench) {
    scoring::v1::Rating rating;
    FillRating(evaluation, subject.state(), false, rating);
    benchmark::DoNotOptimize(rating.groups_size());
  }
}
BENCHMARK(BM_FillRating)->Unit(benchmark::kMicrosecond);

void BM_Derive(benchmark::State& bench) {
  Subject subject = MakeSubject();
  const Evaluation& evaluation = subject.Rate("2026-06-01");
  for ([[maybe_unused]] auto _ : bench)
    benchmark::DoNotOptimize(Derive(evaluation, subject.state()));
}
BENCHMARK(BM_Derive)->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace assay::model

BENCHMARK_MAIN();
