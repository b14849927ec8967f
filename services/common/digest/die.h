#pragma once

// Ends the process where OpenSSL itself fails (out of memory, a broken build, no entropy): nothing
// that is digested or made random after that could be believed. Thread-safe.

namespace assay::digest::internal {

// Writes `what` to stderr and aborts.
[[noreturn]] void Die(const char* what);

}  // namespace assay::digest::internal
