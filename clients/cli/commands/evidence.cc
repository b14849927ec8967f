// assay evidence backup, restore

#include <memory>
#include <string>

#include "absl/strings/str_cat.h"

#include "CLI/CLI.hpp"
#include "clients/cli/commands/commands.h"
#include "clients/cli/progress/progress.h"
#include "services/common/digest/random.h"
#include "services/evidence/storage/sqlite/backup.h"

namespace assay::cli {
namespace {

constexpr char kBackupHelpEnd[] = R"(Examples:
  assay evidence backup --store assay-evidence.db --to backups/2025-03-01.db

The service may be running: the copy is of one moment, and what is written meanwhile is not in it. When the command
ends, every record of the copy is checked against the log and the copy is on the disk; nothing is at --to before that.
A damaged store is refused, with the first damaged records named. It holds texts that are erased
later: keep no backup longer than an erasure may wait (docs/operations.md).)";

constexpr char kRestoreHelpEnd[] = R"(Examples:
  assay evidence restore --from backups/2025-03-01.db --store restored.db
  assay-evidence --store restored.db

The restored store has a new epoch: tokens and checkpoints from before are refused, followers start anew.)";

struct CopyOptions {
  std::string from;
  std::string to;
};

// Runs `copy` with a progress of its check.
template <typename Copy>
absl::StatusOr<evidence::BackupReport> Watched(const Session& session, const Copy& copy) {
  ProgressOptions shown;
  shown.label = "checking";
  shown.unit = "records";
  shown.terminal = session.console.err_terminal;
  shown.width = session.console.err_width;
  Progress progress(shown, session.console.err);
  return copy([&](int64_t done, int64_t total) {
    progress.Update(done, static_cast<double>(done) / static_cast<double>(total));
  });
}

ExitCode Finish(const Session& session, const absl::StatusOr<evidence::BackupReport>& report,
                const std::string& to) {
  if (!report.ok()) return session.Fail(report.status());
  *session.console.out << absl::StrCat(to, ": ", report->records, " records, ", report->bytes,
                                       " bytes, checked\n");
  return ExitCode::kDone;
}

void AddBackup(CLI::App* evidence, Session* session) {
  CLI::App* backup = evidence->add_subcommand("backup", "Copy a store into one file.");
  backup->footer(kBackupHelpEnd);
  const auto options = std::make_shared<CopyOptions>();
  options->from = "assay-evidence.db";
  backup->add_option("--store", options->from, "SQLite file of the record")
      ->type_name("FILE")
      ->capture_default_str();
  backup->add_option("--to", options->to, "The copy; nothing may be there")
      ->type_name("FILE")
      ->required();
  OnRun(backup, session, [session, options] {
    const auto copied = Watched(*session, [&](const evidence::CheckProgress& progress) {
      return evidence::BackUpStore(options->from, options->to, progress);
    });
    return Finish(*session, copied, options->to);
  });
}

void AddRestore(CLI::App* evidence, Session* session) {
  CLI::App* restore = evidence->add_subcommand("restore", "Make a store from a backup.");
  restore->footer(kRestoreHelpEnd);
  const auto options = std::make_shared<CopyOptions>();
  options->to = "assay-evidence.db";
  restore->add_option("--from", options->from, "The backup")->type_name("FILE")->required();
  restore->add_option("--store", options->to, "SQLite file of the new store; nothing may be there")
      ->type_name("FILE")
      ->capture_default_str();
  OnRun(restore, session, [session, options] {
    digest::SystemRandom random;
    const auto copied = Watched(*session, [&](const evidence::CheckProgress& progress) {
      return evidence::RestoreStore(options->from, options->to, random, progress);
    });
    return Finish(*session, copied, options->to);
  });
}

}  // namespace

void AddEvidenceCommands(CLI::App* app, Session* session) {
  CLI::App* evidence =
      app->add_subcommand("evidence", "Record, find and erase evidence, and keep its store safe.");
  evidence->require_subcommand(1);
  AddEvidenceItemCommands(evidence, session);
  AddBackup(evidence, session);
  AddRestore(evidence, session);
}

}  // namespace assay::cli
