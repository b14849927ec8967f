// Every group of commands, a function each. To add one: a file here, a line below, a line in app.cc
// (MakeApp) and one in CMakeLists.txt.
//
// Thread safety: none. Ownership: `session` outlives `app`; the commands own their options.
#pragma once

#include "clients/cli/session.h"

namespace CLI {
class App;
}  // namespace CLI

namespace assay::cli {

// assay area summary
void AddAreaCommands(CLI::App* app, Session* session);
// assay completion
void AddCompletionCommand(CLI::App* app, Session* session);
// assay evidence backup, restore
void AddEvidenceCommands(CLI::App* app, Session* session);
// assay evidence add, list, show, attach, fetch, erase: into the group `evidence`
void AddEvidenceItemCommands(CLI::App* group, Session* session);
// assay framework ... (framework_versions.h)
void AddFrameworkCommands(CLI::App* app, Session* session);
// assay import cqc-api, records
void AddImportCommands(CLI::App* app, Session* session);
// assay judgement create
void AddJudgementCommands(CLI::App* app, Session* session);
// assay override create
void AddOverrideCommands(CLI::App* app, Session* session);
// assay publication create
void AddPublicationCommands(CLI::App* app, Session* session);
// assay rate
void AddRateCommand(CLI::App* app, Session* session);
// assay rating get, explain, watch
void AddRatingCommands(CLI::App* app, Session* session);
// assay sample
void AddSampleCommand(CLI::App* app, Session* session);
// assay verify record, checkpoint, consistency
void AddVerifyCommands(CLI::App* app, Session* session);

}  // namespace assay::cli
