// Shows absl::Mutex to the thread sanitizer. Debian's Abseil is built without TSan, so its locks
// are invisible and everything they guard looks like a race. The linker sends the calls of our own
// code
// (--wrap, by cmake/Toolchain.cmake) through these functions, which tell TSan and call the real
// one. Not covered: ReleasableMutexLock::Release and the reader locks with a condition or a limit
// of time; TSan names their unlock as one of an unlocked mutex, it does not stay silent. Linked
// only where TSan is on. Thread safety and cost are those of the real functions.

#include <sanitizer/tsan_interface.h>

#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"

// The name of the real function that the linker provides, and of the one it calls instead.
#define ASSAY_REAL(name) __real__ZN4absl7debian3##name
#define ASSAY_WRAP(name) __wrap__ZN4absl7debian3##name

namespace {

using absl::Condition;
using absl::CondVar;
using absl::Duration;
using absl::Mutex;
using absl::Time;

void BeforeLock(Mutex* mutex, unsigned flags = 0) {
  __tsan_mutex_pre_lock(mutex, __tsan_mutex_linker_init | flags);
}

void AfterLock(Mutex* mutex, unsigned flags = 0) {
  __tsan_mutex_post_lock(mutex, __tsan_mutex_linker_init | flags, 0);
}

void AfterTryLock(Mutex* mutex, bool locked) {
  AfterLock(mutex, __tsan_mutex_try_lock | (locked ? 0U : __tsan_mutex_try_lock_failed));
}

// A wait gives the lock up and takes it again; all between is the library's.
void BeforeWait(Mutex* mutex) {
  __tsan_mutex_pre_unlock(mutex, __tsan_mutex_linker_init);
  __tsan_mutex_post_unlock(mutex, __tsan_mutex_linker_init);
  BeforeLock(mutex);
}

}  // namespace

extern "C" {

void ASSAY_REAL(5MutexD1Ev)(Mutex*);
void ASSAY_REAL(5Mutex4LockEv)(Mutex*);
void ASSAY_REAL(5Mutex6UnlockEv)(Mutex*);
bool ASSAY_REAL(5Mutex7TryLockEv)(Mutex*);
void ASSAY_REAL(5Mutex10ReaderLockEv)(Mutex*);
void ASSAY_REAL(5Mutex12ReaderUnlockEv)(Mutex*);
void ASSAY_REAL(5Mutex8LockWhenERKNS0_9ConditionE)(Mutex*, const Condition&);
void ASSAY_REAL(5Mutex5AwaitERKNS0_9ConditionE)(Mutex*, const Condition&);
bool ASSAY_REAL(5Mutex16AwaitWithTimeoutERKNS0_9ConditionENS0_8DurationE)(Mutex*, const Condition&,
                                                                          Duration);
bool ASSAY_REAL(5Mutex17AwaitWithDeadlineERKNS0_9ConditionENS0_4TimeE)(Mutex*, const Condition&,
                                                                       Time);
void ASSAY_REAL(7CondVar4WaitEPNS0_5MutexE)(CondVar*, Mutex*);
bool ASSAY_REAL(7CondVar15WaitWithTimeoutEPNS0_5MutexENS0_8DurationE)(CondVar*, Mutex*, Duration);
bool ASSAY_REAL(7CondVar16WaitWithDeadlineEPNS0_5MutexENS0_4TimeE)(CondVar*, Mutex*, Time);

void ASSAY_WRAP(5MutexD1Ev)(Mutex* mutex) {
  ASSAY_REAL(5MutexD1Ev)(mutex);
  __tsan_mutex_destroy(mutex, __tsan_mutex_linker_init);
}

void ASSAY_WRAP(5Mutex4LockEv)(Mutex* mutex) {
  BeforeLock(mutex);
  ASSAY_REAL(5Mutex4LockEv)(mutex);
  AfterLock(mutex);
}

void ASSAY_WRAP(5Mutex6UnlockEv)(Mutex* mutex) {
  __tsan_mutex_pre_unlock(mutex, __tsan_mutex_linker_init);
  ASSAY_REAL(5Mutex6UnlockEv)(mutex);
  __tsan_mutex_post_unlock(mutex, __tsan_mutex_linker_init);
}

bool ASSAY_WRAP(5Mutex7TryLockEv)(Mutex* mutex) {
  BeforeLock(mutex, __tsan_mutex_try_lock);
  const bool locked = ASSAY_REAL(5Mutex7TryLockEv)(mutex);
  AfterTryLock(mutex, locked);
  return locked;
}

void ASSAY_WRAP(5Mutex10ReaderLockEv)(Mutex* mutex) {
  BeforeLock(mutex, __tsan_mutex_read_lock);
  ASSAY_REAL(5Mutex10ReaderLockEv)(mutex);
  AfterLock(mutex, __tsan_mutex_read_lock);
}

void ASSAY_WRAP(5Mutex12ReaderUnlockEv)(Mutex* mutex) {
  __tsan_mutex_pre_unlock(mutex, __tsan_mutex_linker_init | __tsan_mutex_read_lock);
  ASSAY_REAL(5Mutex12ReaderUnlockEv)(mutex);
  __tsan_mutex_post_unlock(mutex, __tsan_mutex_linker_init | __tsan_mutex_read_lock);
}

void ASSAY_WRAP(5Mutex8LockWhenERKNS0_9ConditionE)(Mutex* mutex, const Condition& condition) {
  BeforeLock(mutex);
  ASSAY_REAL(5Mutex8LockWhenERKNS0_9ConditionE)(mutex, condition);
  AfterLock(mutex);
}

void ASSAY_WRAP(5Mutex5AwaitERKNS0_9ConditionE)(Mutex* mutex, const Condition& condition) {
  BeforeWait(mutex);
  ASSAY_REAL(5Mutex5AwaitERKNS0_9ConditionE)(mutex, condition);
  AfterLock(mutex);
}

bool ASSAY_WRAP(5Mutex16AwaitWithTimeoutERKNS0_9ConditionENS0_8DurationE)(
    Mutex* mutex, const Condition& condition, Duration timeout) {
  BeforeWait(mutex);
  const bool held = ASSAY_REAL(5Mutex16AwaitWithTimeoutERKNS0_9ConditionENS0_8DurationE)(
      mutex, condition, timeout);
  AfterLock(mutex);
  return held;
}

bool ASSAY_WRAP(5Mutex17AwaitWithDeadlineERKNS0_9ConditionENS0_4TimeE)(Mutex* mutex,
                                                                       const Condition& condition,
                                                                       Time deadline) {
  BeforeWait(mutex);
  const bool held =
      ASSAY_REAL(5Mutex17AwaitWithDeadlineERKNS0_9ConditionENS0_4TimeE)(mutex, condition, deadline);
  AfterLock(mutex);
  return held;
}

void ASSAY_WRAP(7CondVar4WaitEPNS0_5MutexE)(CondVar* condvar, Mutex* mutex) {
  BeforeWait(mutex);
  ASSAY_REAL(7CondVar4WaitEPNS0_5MutexE)(condvar, mutex);
  AfterLock(mutex);
}

bool ASSAY_WRAP(7CondVar15WaitWithTimeoutEPNS0_5MutexENS0_8DurationE)(CondVar* condvar,
                                                                      Mutex* mutex,
                                                                      Duration timeout) {
  BeforeWait(mutex);
  const bool late =
      ASSAY_REAL(7CondVar15WaitWithTimeoutEPNS0_5MutexENS0_8DurationE)(condvar, mutex, timeout);
  AfterLock(mutex);
  return late;
}

bool ASSAY_WRAP(7CondVar16WaitWithDeadlineEPNS0_5MutexENS0_4TimeE)(CondVar* condvar, Mutex* mutex,
                                                                   Time deadline) {
  BeforeWait(mutex);
  const bool late =
      ASSAY_REAL(7CondVar16WaitWithDeadlineEPNS0_5MutexENS0_4TimeE)(condvar, mutex, deadline);
  AfterLock(mutex);
  return late;
}

}  // extern "C"
