// assay-scoring: follows the record, and serves ratings with their proof.

#include "services/common/config/options.h"
#include "services/common/config/server_options.h"
#include "services/common/server/server_runner.h"
#include "services/scoring/api/replica.h"

int main(int argc, char** argv) {
  using assay::server::ExplainExit;
  assay::config::Options options("assay-scoring",
                                 "Follows the record of care, and serves ratings with their proof.",
                                 "ASSAY_SCORING");
  assay::config::ServerOptions serve = assay::config::ServerDefaults("scoring", 7303, 7313);
  assay::config::AddServerOptions(&options, &serve);
  assay::scoring::ReplicaOptions replica_options;
  assay::scoring::AddReplicaOptions(&options, &replica_options);
  const absl::Status parsed = options.Parse(argc, argv);
  if (!parsed.ok()) return options.Explain(parsed);

  auto runner = assay::server::ServerRunner::Create(serve);
  if (!runner.ok()) return ExplainExit("assay-scoring", runner.status());
  auto replica = assay::scoring::Replica::Create(replica_options, **runner);
  if (!replica.ok()) return ExplainExit("assay-scoring", replica.status());
  (*replica)->Start();
  const int code = (*runner)->Run();
  (*replica)->Stop();
  return code;
}
