// `assay`: the command line of Assay. Everything is in libraries; see app.h.

#include <csignal>

#include "clients/cli/app.h"
#include "clients/cli/output/console.h"

int main(int argc, char** argv) {
  // A file that reached the limit on its size is an error of that write, which is told and cleaned
  // up after.
  std::signal(SIGXFSZ, SIG_IGN);
  return assay::cli::RunAssay(argc, argv, assay::cli::ProcessConsole());
}
