// Runs the real `assay` and collects what it says.
//
// Thread safety: one run at a time a thread. Cost: a process.
#pragma once

#include <string>
#include <vector>

namespace assay::cli {

struct ProcessResult {
  int code = -1;  // exit code; -1 where it ended by a signal
  std::string out;
  std::string err;
};

// `assay` with these arguments and, beside PATH, only these variables (NAME=VALUE). `in` is its
// standard input.
ProcessResult RunCli(const std::vector<std::string>& arguments, const std::string& in = "",
                     const std::vector<std::string>& environment = {});

}  // namespace assay::cli
