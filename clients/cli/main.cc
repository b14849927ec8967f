// `assay`: the command line of Assay. Everything is in libraries; see app.h.

#include "clients/cli/app.h"
#include "clients/cli/output/console.h"

int main(int argc, char** argv) {
  return assay::cli::RunAssay(argc, argv, assay::cli::ProcessConsole());
}
