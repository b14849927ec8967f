// Where a command writes: the answer to stdout, everything else to stderr.
//
// Thread safety: none; the thread that runs the command writes. Ownership: streams are borrowed.
#pragma once

#include <ostream>

#include "clients/cli/output/style.h"

namespace assay::cli {

struct Console {
  // The answer, and nothing else.
  std::ostream* out = nullptr;
  // Errors, notes, progress.
  std::ostream* err = nullptr;
  Style out_style = Style(false);
  Style err_style = Style(false);
  // Whether `err` is a terminal, on which a line can be drawn again.
  bool err_terminal = false;
  // Columns of the terminals behind `out` and `err`.
  int out_width = 80;
  int err_width = 80;
};

// The process's own stdout and stderr.
Console ProcessConsole();

}  // namespace assay::cli
