#pragma once

// How a reader of a stream of batches keeps each in memory: on an arena, which lets go of a message
// with thousands of parts at once. Make one arena a stream, a message on it for each Read, and
// Reset it when the message was used.
//
// Thread safety: a plain value. Cost: reading and dropping a batch of 500 changes takes a half to
// two thirds of what it takes with a message that is used again and again.

#include <cstddef>

#include "google/protobuf/arena.h"

namespace assay::server {

// Blocks so large that a batch of 256 KiB, which takes a few times that when it is parsed, has few.
inline google::protobuf::ArenaOptions BatchArena() {
  google::protobuf::ArenaOptions options;
  options.start_block_size = std::size_t{64} << 10;
  options.max_block_size = std::size_t{512} << 10;
  return options;
}

}  // namespace assay::server
