// assay-evidence: keeps what is known, and serves every change of it.

#include <memory>
#include <string>

#include "absl/strings/str_cat.h"

#include "services/common/catalogue/remote_model_source.h"
#include "services/common/config/options.h"
#include "services/common/config/server_options.h"
#include "services/common/server/client_channel.h"
#include "services/common/server/server_runner.h"
#include "services/evidence/api/services.h"
#include "services/evidence/storage/open_record_store.h"

int main(int argc, char** argv) {
  using namespace assay;

  config::Options options("assay-evidence", "Keeps the record of care.", "ASSAY_EVIDENCE");
  config::ServerOptions serve = config::ServerDefaults("evidence", 7302, 7312);
  config::AddServerOptions(&options, &serve);
  std::string record = "assay-evidence.db";
  options.Text("--store", &record,
               "SQLite file of the record, made where there is none, or postgresql://...");
  std::string ledger_key;
  options.Text(
      "--ledger-key", &ledger_key,
      "Ed25519 key of checkpoints, PEM; made where it is not there (empty: beside --store)");
  server::ChannelOptions framework;
  framework.address = "127.0.0.1:7301";
  framework.user_agent = "assay-evidence";
  options.Text("--framework-address", &framework.address, "host:port of the framework service");
  const absl::Status parsed = options.Parse(argc, argv);
  if (!parsed.ok()) return options.Explain(parsed);

  const auto fail = [](const absl::Status& why) {
    return server::ExplainExit("assay-evidence", why);
  };
  auto runner = server::ServerRunner::Create(serve);
  if (!runner.ok()) return fail(runner.status());
  const clock::SystemClock clock;
  digest::SystemRandom random;
  clock::UuidV7Source ids(clock, random);
  const auto calendar = clock::LondonCalendar::Load();
  if (!calendar.ok()) return fail(calendar.status());
  const auto channel = server::MakeChannel(framework);
  if (!channel.ok()) return fail(channel.status());
  catalogue::RemoteModelSource models(*channel);
  const auto store = evidence::OpenRecordStore(record, clock, random);
  if (!store.ok()) return fail(store.status());
  if (ledger_key.empty()) ledger_key = absl::StrCat(evidence::FileNameOf(record), ".ledger-key");
  const auto key = digest::SigningKey::LoadOrMake(ledger_key);
  if (!key.ok()) return fail(key.status());

  const evidence::Backend backend(
      {store->get(), &clock, &*calendar, &ids, &models, &random, &*key});
  evidence::Services services((*runner)->calls(), &backend);
  services.AddTo(**runner);
  return (*runner)->Run();
}
