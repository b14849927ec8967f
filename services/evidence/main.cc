// assay-evidence: keeps what is known, and serves every change of it.

#include <functional>
#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "prometheus/gauge.h"

#include "services/common/catalogue/remote_model_source.h"
#include "services/common/config/client_options.h"
#include "services/common/config/options.h"
#include "services/common/config/server_options.h"
#include "services/common/server/client_channel.h"
#include "services/common/server/connection_health.h"
#include "services/common/server/logging.h"
#include "services/common/server/server_runner.h"
#include "services/evidence/api/services.h"
#include "services/evidence/storage/open_record_store.h"

namespace assay {
namespace {

// Tells of remains of an erasure that a reader of the file keeps on the disk.
std::function<void(bool)> TellOfWipes(server::ServerRunner& runner) {
  prometheus::Gauge& pending =
      prometheus::BuildGauge()
          .Name("assay_evidence_wipe_pending")
          .Help("1 while a reader of the store's file holds up that erased texts leave the disk")
          .Register(*runner.metrics()->registry())
          .Add({});
  return [&pending, log = runner.log()](bool held_up) {
    pending.Set(held_up ? 1 : 0);
    server::LogEvent(
        *log, held_up ? spdlog::level::warn : spdlog::level::info,
        held_up ? "erased texts stay in the store's -wal file until an old reader of it ends"
                : "erased texts have left the disk");
  };
}

int Serve(int argc, char** argv) {
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
  options.Text("--framework-address", &framework.address,
               "host:port or unix:path of the framework service");
  config::ClientTls client;
  config::AddClientOptions(&options, &client);
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
  framework.tls = client.files;
  framework.server_name = client.server_name;
  const auto channel = server::MakeChannel(framework);
  if (!channel.ok()) return fail(channel.status());
  catalogue::RemoteModelSource models(*channel);
  const auto store = evidence::OpenRecordStore(record, clock, random, TellOfWipes(**runner));
  if (!store.ok()) return fail(store.status());
  if (ledger_key.empty()) ledger_key = absl::StrCat(evidence::FileNameOf(record), ".ledger-key");
  const auto key = digest::SigningKey::LoadOrMake(ledger_key);
  if (!key.ok()) return fail(key.status());

  const evidence::Backend backend(
      {store->get(), &clock, &*calendar, &ids, &models, &random, &*key});
  evidence::Services services((*runner)->calls(), &backend);
  services.AddTo(**runner);
  // Neither is required: reads go on without a store that can be written, and all that names no
  // method goes on without the framework service.
  (*runner)->AddDependency({"store", false, [&] { return (*store)->Check(); }});
  (*runner)->AddDependency(
      {"framework", false, [&] { return server::ConnectionHealth(**channel, "framework"); }});
  return (*runner)->Run();
}

}  // namespace
}  // namespace assay

int main(int argc, char** argv) { return assay::Serve(argc, argv); }
