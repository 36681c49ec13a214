// GoogleTest and GoogleMock keep what belongs to "the current thread" by pthread keys: the stack of SCOPED_TRACE, who catches
// failures in ASSERT_NO_FATAL_FAILURE, the sequence of InSequence. A goroutine that waits in such a scope goes on on another thread,
// where it would find a stranger's. So for keys of theirs, known by the destructor they have, a goroutine has values of its own; the
// program is linked with --wrap for the three functions. Of no effect in a GoogleTest that is a shared library.
#include <gtest/gtest.h>
#include <pthread.h>

#include <atomic>
#include <map>
#include <mutex>
#include <utility>

#include "gosan/go.hpp"
#include "sched/run.hpp"

namespace {

constexpr std::size_t most_keys = 16;
std::atomic<std::size_t> key_count{0};
std::atomic<pthread_key_t> keys[most_keys];  // the first key_count of them: stored before the count [GTEST-KEYS]

bool is_goroutine_local(pthread_key_t key) {
  const std::size_t n = key_count.load(std::memory_order_acquire);  // [GTEST-KEYS]
  for (std::size_t i = 0; i < n; ++i)
    if (keys[i].load(std::memory_order_relaxed) == key) return true;
  return false;
}

std::mutex values_lock;
// By goroutine and key, guarded by values_lock. Few goroutines ever have one; it stays when its goroutine ends.
std::map<std::pair<std::uint64_t, pthread_key_t>, const void*>& values() {
  static auto* all = new std::map<std::pair<std::uint64_t, pthread_key_t>, const void*>;
  return *all;
}

}  // namespace

extern "C" {

int __real_pthread_key_create(pthread_key_t* key, void (*destructor)(void*));
void* __real_pthread_getspecific(pthread_key_t key);
int __real_pthread_setspecific(pthread_key_t key, const void* value);

int __wrap_pthread_key_create(pthread_key_t* key, void (*destructor)(void*)) {
  const int error = __real_pthread_key_create(key, destructor);
  if (error || destructor != &::testing::internal::DeleteThreadLocalValue) return error;
  static std::mutex adding;
  const std::lock_guard hold(adding);
  const std::size_t n = key_count.load(std::memory_order_relaxed);
  if (n == most_keys) return 0;
  keys[n].store(*key, std::memory_order_relaxed);
  key_count.store(n + 1, std::memory_order_release);  // [GTEST-KEYS]
  return 0;
}

void* __wrap_pthread_getspecific(pthread_key_t key) {
  if (!is_goroutine_local(key) || !gosan::rt::on_goroutine()) return __real_pthread_getspecific(key);
  const std::lock_guard hold(values_lock);
  const auto at = values().find({gosan::this_goroutine::id(), key});
  return at == values().end() ? nullptr : const_cast<void*>(at->second);
}

int __wrap_pthread_setspecific(pthread_key_t key, const void* value) {
  if (!is_goroutine_local(key) || !gosan::rt::on_goroutine()) return __real_pthread_setspecific(key, value);
  const std::lock_guard hold(values_lock);
  values()[{gosan::this_goroutine::id(), key}] = value;
  return 0;
}

}  // extern "C"
