#include "clients/cli/commands/record_run.h"

#include <functional>
#include <memory>
#include <utility>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"

#include "CLI/CLI.hpp"
#include "clients/cli/ingest/record_files.h"
#include "clients/cli/output/json.h"
#include "clients/cli/output/style.h"
#include "clients/cli/progress/progress.h"

namespace assay::cli {
namespace {

using evidence::v1::RecordWrite;

constexpr char kAgain[] =
    "the same command again: records that are written already are not written twice";

void Count(const RecordWrite& write, RecordCounts* counts) {
  switch (write.write_case()) {
    case RecordWrite::kProvider:
      ++counts->providers;
      break;
    case RecordWrite::kLocation:
      ++counts->locations;
      break;
    case RecordWrite::kArea:
      ++counts->areas;
      break;
    case RecordWrite::kJudgement:
      ++counts->judgements;
      break;
    case RecordWrite::kAction:
      ++counts->actions;
      break;
    case RecordWrite::kCorrection:
      ++counts->corrections;
      break;
    case RecordWrite::kEvidenceItem:
      ++counts->evidence_items;
      break;
    case RecordWrite::kOverride:
      ++counts->overrides;
      break;
    case RecordWrite::kPublication:
      ++counts->publications;
      break;
    case RecordWrite::kErasure:
      ++counts->erasures;
      break;
    case RecordWrite::kService:
      ++counts->services;
      break;
    case RecordWrite::WRITE_NOT_SET:
      break;
  }
}

// Counts what passes.
class CountedSource final : public ingest::RecordSource {
 public:
  CountedSource(ingest::RecordSource* source, RecordCounts* counts)
      : source_(*source), counts_(*counts) {}

  absl::StatusOr<bool> Next(std::vector<RecordWrite>* writes) override {
    const std::size_t begin = writes->size();
    const absl::StatusOr<bool> more = source_.Next(writes);
    for (std::size_t at = begin; at < writes->size(); ++at) Count((*writes)[at], &counts_);
    return more;
  }
  double Share() const override { return source_.Share(); }

 private:
  ingest::RecordSource& source_;
  RecordCounts& counts_;
};

ProgressOptions ProgressOf(const Session& session, const char* label, bool quiet) {
  ProgressOptions options;
  options.label = label;
  options.unit = "records";
  options.terminal = session.console.err_terminal;
  options.width = session.console.err_width;
  options.quiet = quiet;
  return options;
}

// Pulls everything through `take`.
absl::Status PullAll(ingest::RecordSource* source, Progress* progress, const RecordCounts& counts,
                     const std::function<absl::Status(const RecordWrite&)>& take) {
  for (;;) {
    std::vector<RecordWrite> writes;
    const absl::StatusOr<bool> more = source->Next(&writes);
    if (!more.ok()) return more.status();
    for (const RecordWrite& write : writes) {
      if (absl::Status status = take(write); !status.ok()) return status;
    }
    progress->Update(counts.all(), source->Share());
    if (!*more) return absl::OkStatus();
  }
}

absl::Status WriteFiles(ingest::RecordSource* source, const RecordRunOptions& options,
                        Progress* progress, RecordRunReport* report) {
  const absl::StatusOr<std::unique_ptr<ingest::RecordWriter>> writer =
      ingest::RecordWriter::Open(options.out);
  if (!writer.ok()) return writer.status();
  absl::Status status = PullAll(source, progress, report->counts,
                                [&](const RecordWrite& write) { return (*writer)->Write(write); });
  if (status.ok()) status = (*writer)->Finish();
  report->files = (*writer)->files();
  return status;
}

void Send(ingest::RecordSource* source, const RecordRunOptions& options, Progress* progress,
          RecordRunReport* report) {
  const absl::StatusOr<Service> service = Service::Connect(options.evidence);
  if (!service.ok()) {
    report->status = service.status();
    return;
  }
  const auto stub = evidence::v1::RecordService::NewStub(service->channel());
  ingest::SendOptions send;
  send.allow_partial = options.allow_partial;
  send.on_answer = [&](const ingest::SendTotals& totals) {
    progress->Update(totals.sent, source->Share());
  };
  ingest::SendResult result = ingest::SendRecords(stub.get(), source, send);
  report->totals = std::move(result.totals);
  report->status = std::move(result.status);
  if (report->status.ok()) return;
  report->hint = service->HintFor(report->status);
  if (report->hint.empty() && report->totals.sent > 0) report->hint = kAgain;
}

std::string Kinds(const RecordCounts& counts) {
  std::vector<std::string> kinds;
  const struct {
    const char* word;
    std::int64_t count;
  } all[] = {{"areas", counts.areas},
             {"providers", counts.providers},
             {"locations", counts.locations},
             {"services", counts.services},
             {"judgements", counts.judgements},
             {"actions", counts.actions},
             {"overrides", counts.overrides},
             {"publications", counts.publications},
             {"evidence items", counts.evidence_items},
             {"corrections", counts.corrections},
             {"erasures", counts.erasures}};
  for (const auto& each : all) {
    if (each.count > 0) kinds.push_back(absl::StrCat(Grouped(each.count), " ", each.word));
  }
  return absl::StrJoin(kinds, ", ");
}

}  // namespace

void AddRecordRunOptions(CLI::App* command, RecordRunOptions* options) {
  command->add_flag("--json", options->json, "Print the counts as one JSON object on stdout");
  command->add_flag("-q,--quiet", options->quiet, "No progress, notes or summary; errors only");
  AddServiceOptions(command, &options->evidence);
}

RecordRunReport RunRecords(const Session& session, ingest::RecordSource* source, const char* label,
                           const RecordRunOptions& options) {
  RecordRunReport report;
  CountedSource counted(source, &report.counts);
  Progress progress(ProgressOf(session, label, options.quiet), session.console.err);
  if (options.dry_run) {
    report.status = PullAll(&counted, &progress, report.counts, [&](const RecordWrite& write) {
      if (options.json) *session.console.out << ToJson(write, JsonLayout::kLine);
      return absl::OkStatus();
    });
  } else if (!options.out.empty()) {
    report.status = WriteFiles(&counted, options, &progress, &report);
  } else {
    Send(&counted, options, &progress, &report);
  }
  report.elapsed = progress.Finish();
  // A folder that is taken or a disk that is full is nothing a service did or answered.
  if (!options.out.empty() && !report.status.ok()) {
    report.status = absl::InvalidArgumentError(report.status.message());
  }
  return report;
}

std::string SummaryOf(const RecordRunReport& report, const RecordRunOptions& options) {
  std::string text;
  for (const std::string& refusal : report.totals.refusals) {
    absl::StrAppend(&text, "assay: refused ", Shown(refusal), "\n");
  }
  absl::StrAppend(&text, Grouped(report.counts.all()), " records (", Kinds(report.counts), ") in ",
                  absl::FormatDuration(absl::Trunc(report.elapsed, absl::Milliseconds(1))), ": ");
  if (options.dry_run) {
    absl::StrAppend(&text, "nothing written, this was a dry run\n");
  } else if (!options.out.empty()) {
    absl::StrAppend(&text, report.files, " files written\n");
  } else {
    absl::StrAppend(&text, Grouped(report.totals.written), " written, ",
                    Grouped(report.totals.unchanged), " unchanged");
    if (report.totals.refused > 0) {
      absl::StrAppend(&text, ", ", Grouped(report.totals.refused), " refused");
    }
    absl::StrAppend(&text, "\n");
    if (!report.totals.revision.empty()) {
      absl::StrAppend(&text, "revision ", absl::Base64Escape(report.totals.revision), "\n");
    }
  }
  return text;
}

std::string SummaryJsonOf(const RecordRunReport& report, const std::string& more) {
  const RecordCounts& counts = report.counts;
  return absl::StrFormat(
      R"({"records":%d,"areas":%d,"providers":%d,"locations":%d,"services":%d,"judgements":%d,)"
      R"("actions":%d,"overrides":%d,"publications":%d,"evidenceItems":%d,"corrections":%d,)"
      R"("erasures":%d,"written":%d,"unchanged":%d,"refused":%d,"files":%d,"revision":"%s",)"
      R"("seconds":%.3f%s})"
      "\n",
      counts.all(), counts.areas, counts.providers, counts.locations, counts.services,
      counts.judgements, counts.actions, counts.overrides, counts.publications,
      counts.evidence_items, counts.corrections, counts.erasures, report.totals.written,
      report.totals.unchanged, report.totals.refused, report.files,
      absl::Base64Escape(report.totals.revision), absl::ToDoubleSeconds(report.elapsed), more);
}

}  // namespace assay::cli
