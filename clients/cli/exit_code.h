// What `assay` tells the program that started it.
//
// Thread safety: pure. Cost: none.
#pragma once

namespace assay::cli {

// Exit codes of every command; scripts rely on them.
enum class ExitCode : int {
  kDone = 0,  // done, whatever the answer says
  kNo = 1,    // the question was understood and the answer is no: not found, not reached in time
  kBadInput = 2,     // an option, a file or a request is wrong; nothing was written
  kUnavailable = 3,  // a service does not answer, or failed
};

}  // namespace assay::cli
