#include "services/scoring/cache/redis/loop_adapter.h"

#include <memory>

namespace assay::scoring::redis {
namespace {

struct Adapter {
  uv_poll_t poll{};
  redisAsyncContext* context = nullptr;  // null once hiredis has let go
  ReadHook hook = nullptr;
  void* owner = nullptr;
  int events = 0;
};

void OnPoll(uv_poll_t* poll, int status, int events) {
  auto* adapter = static_cast<Adapter*>(poll->data);
  redisAsyncContext* const context = adapter->context;
  if (context == nullptr) return;
  // A failed poll is told to hiredis as readable: its read finds the error and ends the connection.
  if (status < 0 || (events & UV_READABLE) != 0) {
    redisAsyncHandleRead(context);
    // The adapter itself lives until the loop has closed its handle.
    adapter->hook(adapter->owner, context, adapter->context != nullptr);
  }
  if (adapter->context != nullptr && (events & UV_WRITABLE) != 0) {
    redisAsyncHandleWrite(adapter->context);
  }
}

// Watches for what is wanted now.
void Watch(Adapter* adapter, int events) {
  if (events == adapter->events) return;
  adapter->events = events;
  if (events == 0) {
    uv_poll_stop(&adapter->poll);
  } else {
    uv_poll_start(&adapter->poll, events, OnPoll);
  }
}

Adapter* From(void* data) { return static_cast<Adapter*>(data); }

void AddRead(void* data) { Watch(From(data), From(data)->events | UV_READABLE); }
void DelRead(void* data) { Watch(From(data), From(data)->events & ~UV_READABLE); }
void AddWrite(void* data) { Watch(From(data), From(data)->events | UV_WRITABLE); }
void DelWrite(void* data) { Watch(From(data), From(data)->events & ~UV_WRITABLE); }

void Cleanup(void* data) {
  Adapter* adapter = From(data);
  adapter->context = nullptr;
  uv_close(reinterpret_cast<uv_handle_t*>(&adapter->poll), [](uv_handle_t* handle) {
    const std::unique_ptr<Adapter> owned(static_cast<Adapter*>(handle->data));
  });
}

}  // namespace

bool AttachToLoop(redisAsyncContext* context, uv_loop_t* loop, ReadHook hook, void* owner) {
  auto adapter = std::make_unique<Adapter>();
  adapter->context = context;
  adapter->hook = hook;
  adapter->owner = owner;
  if (uv_poll_init(loop, &adapter->poll, context->c.fd) != 0) return false;
  adapter->poll.data = adapter.get();
  context->ev.addRead = AddRead;
  context->ev.delRead = DelRead;
  context->ev.addWrite = AddWrite;
  context->ev.delWrite = DelWrite;
  context->ev.cleanup = Cleanup;
  context->ev.data = adapter.release();
  return true;
}

}  // namespace assay::scoring::redis
