#include "clients/cli/output/console.h"

#include <unistd.h>

#include <iostream>

namespace assay::cli {

Console ProcessConsole() {
  Console console;
  console.out = &std::cout;
  console.err = &std::cerr;
  console.out_style = Style(WantsColour(STDOUT_FILENO));
  console.err_style = Style(WantsColour(STDERR_FILENO));
  console.err_terminal = isatty(STDERR_FILENO) != 0;
  console.out_width = TerminalWidth(STDOUT_FILENO);
  console.err_width = TerminalWidth(STDERR_FILENO);
  return console;
}

}  // namespace assay::cli
