// Goroutines: functions that run concurrently on small stacks of their own, many on few OS threads.
//
// Everything here may be called from goroutines and from plain OS threads alike, unless it says otherwise.
#pragma once

#include <chrono>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <new>
#include <tuple>
#include <type_traits>
#include <utility>

namespace gosan {

struct go_options {
  const char* name = nullptr;    // shown in every report; copied
  std::size_t stack_size = 0;    // bytes the stack may grow to; 0 = the option stack_size
};

// Starts a goroutine. f and args are decay-copied into it, as std::thread does, and destroyed when the body has ended.
// An exception that leaves the body ends the program with a report, exit status 2. Does not block.
template <class F, class... Args>
  requires std::invocable<std::decay_t<F>, std::decay_t<Args>...>
void go(F&& f, Args&&... args);
template <class F, class... Args>
  requires std::invocable<std::decay_t<F>, std::decay_t<Args>...>
void go(const go_options& options, F&& f, Args&&... args);

// A goroutine that is allowed to outlive everything: no leak, not counted by num_goroutine(), no obstacle to the
// all-asleep report.
template <class F, class... Args>
  requires std::invocable<std::decay_t<F>, std::decay_t<Args>...>
void go_daemon(const char* name, F&& f, Args&&... args);

// Runs f as the main goroutine on a large stack; blocks the calling thread until it returns. The result is f's when f returns
// an integer, else 0. What other goroutines there are goes on while the process lives, and ends with it. May be called any
// number of times; called from a goroutine it simply calls f.
template <class F>
  requires std::invocable<F&>
int run(F&& f);

// Lets others run: the caller goes to the end of its processor's queue.
void yield() noexcept;

// Runs f, which may block the OS thread (a system call, a foreign lock), without stalling other goroutines: when it takes
// longer than some 20 us, another worker gets the processor. Returns what f returns; exceptions pass through.
template <std::invocable F>
decltype(auto) blocking(F&& f);

// Park until the descriptor is ready, or has failed: true; or until the deadline: false. Other goroutines run meanwhile. For
// descriptors that epoll takes; a regular file is always ready. One goroutine at a time may wait per descriptor and direction:
// std::system_error (device_or_resource_busy) for a second, bad_file_descriptor for a bad one. A descriptor must not be closed
// while somebody waits for it.
bool wait_readable(int fd, std::chrono::steady_clock::time_point deadline = std::chrono::steady_clock::time_point::max());
bool wait_writable(int fd, std::chrono::steady_clock::time_point deadline = std::chrono::steady_clock::time_point::max());

// Ends the calling goroutine after running the destructors of its stack. On a thread that is no goroutine: ends nothing,
// throws std::logic_error.
[[noreturn]] void goexit();

// Goroutines alive, the main one included, daemons not.
std::size_t num_goroutine() noexcept;

// Sets the number of processors, 1 to 1024, when n > 0. Returns the number before.
int gomaxprocs(int n = 0) noexcept;

namespace this_goroutine {
// Never 0, never used twice. An OS thread has an id of the same series.
std::uint64_t id() noexcept;
// The name given at the start or by set_name; empty when none.
std::string name();
void set_name(const char* s);
}  // namespace this_goroutine

// Scope guard: calls f when the scope is left, by an exception too. `defer d{[&] { ... }};`
template <std::invocable F>
class [[nodiscard]] defer {
 public:
  explicit defer(F f) : f_(std::move(f)) {}
  ~defer() noexcept(false) { f_(); }
  defer(const defer&) = delete;
  defer& operator=(const defer&) = delete;

 private:
  F f_;
};

// ---- Implementation ----

namespace detail {

struct closure_view {
  void* object;
  std::size_t size, align;
  void (*relocate)(void* to, void* from) noexcept;
  void (*invoke)(void* p);
};

class blocking_scope {
 public:
  blocking_scope() noexcept;
  ~blocking_scope();
  blocking_scope(const blocking_scope&) = delete;
  blocking_scope& operator=(const blocking_scope&) = delete;

 private:
  bool entered_ = false;
};

void spawn(const closure_view& c, const char* name, std::size_t stack_size, bool daemon, void* creation_pc);
void run_main(const closure_view& c, void* creation_pc);
int end_of_run(int status) noexcept;
void stop_scheduling() noexcept;
bool on_goroutine() noexcept;

struct nothing_more {
  void operator()() const noexcept {}
};

// What a goroutine runs. `then` comes last: the callable and its arguments are destroyed by then.
template <class Then, class F, class... Args>
struct bound {
  [[no_unique_address]] Then then;
  F f;
  [[no_unique_address]] std::tuple<Args...> args;

  static void relocate(void* to, void* from) noexcept {
    auto* source = static_cast<bound*>(from);
    ::new (to) bound(std::move(*source));
  }
  static void invoke(void* p) {
    auto* self = static_cast<bound*>(p);
    struct finisher {
      bound* b;
      ~finisher() noexcept(false) {
        const Then last = b->then;
        b->~bound();
        last();
      }
    } d{self};
    std::apply(std::move(self->f), std::move(self->args));
  }
};

template <class Then, class F, class... Args>
inline void go_then(const char* name, std::size_t stack_size, bool daemon, void* pc, Then then, F&& f, Args&&... args) {
  using closure = bound<Then, std::decay_t<F>, std::decay_t<Args>...>;
  closure c{then, std::forward<F>(f), {std::forward<Args>(args)...}};
  spawn({&c, sizeof(closure), alignof(closure), &closure::relocate, &closure::invoke}, name, stack_size, daemon, pc);
}

template <class F, class... Args>
inline void go_bound(const char* name, std::size_t stack_size, bool daemon, void* pc, F&& f, Args&&... args) {
  go_then(name, stack_size, daemon, pc, nothing_more{}, std::forward<F>(f), std::forward<Args>(args)...);
}

// An address in the function that spawns: the creation site of reports.
[[gnu::always_inline]] inline void* creation_site() noexcept { return __builtin_return_address(0); }

}  // namespace detail

template <class F, class... Args>
  requires std::invocable<std::decay_t<F>, std::decay_t<Args>...>
[[gnu::noinline]] void go(F&& f, Args&&... args) {
  detail::go_bound(nullptr, 0, false, detail::creation_site(), std::forward<F>(f), std::forward<Args>(args)...);
}

template <class F, class... Args>
  requires std::invocable<std::decay_t<F>, std::decay_t<Args>...>
[[gnu::noinline]] void go(const go_options& options, F&& f, Args&&... args) {
  detail::go_bound(options.name, options.stack_size, false, detail::creation_site(), std::forward<F>(f),
                   std::forward<Args>(args)...);
}

template <class F, class... Args>
  requires std::invocable<std::decay_t<F>, std::decay_t<Args>...>
[[gnu::noinline]] void go_daemon(const char* name, F&& f, Args&&... args) {
  detail::go_bound(name, 0, true, detail::creation_site(), std::forward<F>(f), std::forward<Args>(args)...);
}

template <std::invocable F>
decltype(auto) blocking(F&& f) {
  detail::blocking_scope scope;
  return std::forward<F>(f)();
}

template <class F>
  requires std::invocable<F&>
[[gnu::noinline]] int run(F&& f) {
  int status = 0;
  auto call = [&] {
    if constexpr (std::is_convertible_v<std::invoke_result_t<F&>, int>)
      status = f();
    else
      f();
  };
  if (detail::on_goroutine()) return call(), status;
  using closure = detail::bound<detail::nothing_more, decltype(call)>;
  closure c{{}, call, {}};
  detail::run_main({&c, sizeof(closure), alignof(closure), &closure::relocate, &closure::invoke},
                   detail::creation_site());
  return detail::end_of_run(status);
}

}  // namespace gosan
