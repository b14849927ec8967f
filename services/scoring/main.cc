// assay-scoring: follows the record, and serves ratings with their proof.

#include "services/common/config/options.h"
#include "services/common/config/server_options.h"
#include "services/common/server/server_runner.h"
#include "services/scoring/api/replica.h"

namespace assay {
namespace {

int Serve(int argc, char** argv) {
  config::Options options("assay-scoring",
                          "Follows the record of care, and serves ratings with their proof.",
                          "ASSAY_SCORING");
  config::ServerOptions serve = config::ServerDefaults("scoring", 7303, 7313);
  config::AddServerOptions(&options, &serve);
  scoring::ReplicaOptions replica_options;
  scoring::AddReplicaOptions(&options, &replica_options);
  const absl::Status parsed = options.Parse(argc, argv);
  if (!parsed.ok()) return options.Explain(parsed);

  auto runner = server::ServerRunner::Create(serve);
  if (!runner.ok()) return server::ExplainExit("assay-scoring", runner.status());
  auto replica = scoring::Replica::Create(replica_options, **runner);
  if (!replica.ok()) return server::ExplainExit("assay-scoring", replica.status());
  (*replica)->Start();
  const int code = (*runner)->Run();
  (*replica)->Stop();
  return code;
}

}  // namespace
}  // namespace assay

int main(int argc, char** argv) { return assay::Serve(argc, argv); }
