#pragma once

// Refuses replies by which a server could hurt this process through hiredis 0.14, which believes
// what it is told: it allocates arrays of any announced size (eight gigabytes for a billion), and
// an answer that nobody asked for fails an assertion and ends the process. A refused reply ends the
// connection as if memory were short.

#include <cstdint>

#include <hiredis/read.h>

namespace assay::scoring::redis {

// Guards the reader of one connection. `outstanding` counts the commands that wait for an answer,
// of which none is ever an array; it outlives the reader. Runs on the reader's thread.
void GuardReplies(redisReader* reader, std::uint64_t* outstanding);

}  // namespace assay::scoring::redis
