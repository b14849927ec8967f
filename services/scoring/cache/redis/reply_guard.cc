#include "services/scoring/cache/redis/reply_guard.h"

#include <cstddef>

namespace assay::scoring::redis {
namespace {

// What hiredis makes replies with, the same for every reader; kept when the first one is guarded.
const redisReplyObjectFunctions& Usual(const redisReplyObjectFunctions* first = nullptr) {
  static const redisReplyObjectFunctions usual = *first;
  return usual;
}

bool Expected(const redisReadTask* task) {
  return *static_cast<const std::uint64_t*>(task->privdata) != 0;
}

void* MakeString(const redisReadTask* task, char* text, std::size_t size) {
  return Expected(task) ? Usual().createString(task, text, size) : nullptr;
}

void* MakeArray(const redisReadTask* /*task*/, int /*size*/) { return nullptr; }

void* MakeInteger(const redisReadTask* task, long long value) {  // NOLINT(google-runtime-int)
  return Expected(task) ? Usual().createInteger(task, value) : nullptr;
}

void* MakeNil(const redisReadTask* task) {
  return Expected(task) ? Usual().createNil(task) : nullptr;
}

void Free(void* reply) { Usual().freeObject(reply); }

redisReplyObjectFunctions guarded = {MakeString, MakeArray, MakeInteger, MakeNil, Free};

}  // namespace

void GuardReplies(redisReader* reader, std::uint64_t* outstanding) {
  Usual(reader->fn);
  reader->fn = &guarded;
  reader->privdata = outstanding;
}

}  // namespace assay::scoring::redis
