#pragma once

// Ties a hiredis context to a libuv loop. In place of the adapter that hiredis brings, which
// ignores errors of the poll and does not tell its owner when something was read.
//
// Thread safety: none; everything runs on the loop's thread. Ownership: the adapter belongs to the
// hiredis context and goes with it, one turn of the loop later.

#include <uv.h>

#include <hiredis/async.h>

namespace assay::scoring::redis {

// Called after bytes were read and their replies handled. `context` may be gone: compare, never
// use.
using ReadHook = void (*)(void* owner, redisAsyncContext* context, bool alive);

// Starts to serve `context` on `loop`. False where the loop cannot watch its socket; the caller
// frees the context then.
bool AttachToLoop(redisAsyncContext* context, uv_loop_t* loop, ReadHook hook, void* owner);

}  // namespace assay::scoring::redis
