// The test service as a process of its own, put together as the main.cc of a service is.
#include "services/common/config/server_options.h"
#include "services/common/server/server_runner.h"
#include "tests/common/server/echo_service.h"

namespace assay {
namespace {

int Serve(int argc, char** argv) {
  config::Options options("assay-echo", "Echoes, for tests.", "ASSAY_ECHO");
  config::ServerOptions serve = config::ServerDefaults("echo", 0, 0);
  config::AddServerOptions(&options, &serve);
  const absl::Status parsed = options.Parse(argc, argv);
  if (!parsed.ok()) return options.Explain(parsed);

  auto runner = server::ServerRunner::Create(serve);
  if (!runner.ok()) return server::ExplainExit("assay-echo", runner.status());
  test::EchoControl control;
  test::EchoApi echo((*runner)->calls(), &control);
  (*runner)->AddService(&echo, test::v1::EchoService::service_full_name());
  return (*runner)->Run();
}

}  // namespace
}  // namespace assay

int main(int argc, char** argv) { return assay::Serve(argc, argv); }
