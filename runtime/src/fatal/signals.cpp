// Signals that ask for or cause a report: stack overflow, SIGQUIT. The handlers only take notes; the monitor writes.
#include "fatal/signals.hpp"

#include <signal.h>
#include <sys/mman.h>
#include <ucontext.h>
#include <unistd.h>
#include <unwind.h>

#include <atomic>
#include <cstring>

#include "events/sink.hpp"
#include "fatal/fatal.hpp"
#include "gosan/debug.hpp"
#include "options/options.hpp"
#include "sched/scheduler.hpp"
#include "stack/stack.hpp"

namespace gosan::rt {
namespace {

constexpr std::size_t alternate_stack = 256 * 1024;
constexpr std::size_t deepest = 16384;
constexpr std::size_t shown_at_each_end = 40;

struct overflow_note {
  goroutine* g = nullptr;
  std::size_t depth = 0;
  std::uintptr_t frames[deepest];
  const char* noticed = "";
  std::atomic<bool> sink_told{false};
};
overflow_note note;
constinit std::atomic<int> asked{0};  // bits: 1 = overflow, 2 = dump
constinit std::atomic<bool> overflowing{false};
struct sigaction segv_before, bus_before;

_Unwind_Reason_Code take_frame(_Unwind_Context* c, void*) {
  if (const auto pc = _Unwind_GetIP(c)) note.frames[note.depth++] = pc;
  return note.depth < deepest ? _URC_NO_REASON : _URC_END_OF_STACK;
}

void call_before(const struct sigaction& before, int number, siginfo_t* info, void* context) {
  if (before.sa_flags & SA_SIGINFO) return before.sa_sigaction(number, info, context);
  if (before.sa_handler != SIG_DFL && before.sa_handler != SIG_IGN) return before.sa_handler(number);
  // The default action: the fault happens again when this returns, without a handler.
  signal(number, SIG_DFL);
}

void claim_note(goroutine* g) {
  if (overflowing.exchange(true))
    for (;;) pause();
  note.g = g;
}

[[noreturn]] void hand_in_note() {
  asked.fetch_or(1);
  wake_monitor();
  if constexpr (events::recording) events::sink::fatal("stack overflow");
  note.sink_told.store(true);
  for (;;) pause();  // the monitor ends the program
}

// A frame larger than the guard may step over it, and a stack without one runs on: then the stack pointer tells.
bool runs_below(const stack& s, [[maybe_unused]] const void* context) {
  std::uintptr_t sp = 0;
#if defined(__x86_64__)
  sp = static_cast<std::uintptr_t>(static_cast<const ucontext_t*>(context)->uc_mcontext.gregs[REG_RSP]);
#elif defined(__aarch64__)
  sp = static_cast<const ucontext_t*>(context)->uc_mcontext.sp;
#endif
  return sp != 0 && sp < reinterpret_cast<std::uintptr_t>(s.low);
}

void on_fault(int number, siginfo_t* info, void* context) {
  worker* w = this_worker();
  goroutine* g = w ? w->current() : nullptr;
  const auto at = reinterpret_cast<std::uintptr_t>(info->si_addr);
  if (!g || !(in_stack_guard(at) || runs_below(g->stk, context)))
    return call_before(number == SIGBUS ? bus_before : segv_before, number, info, context);
  claim_note(g);
  _Unwind_Backtrace(take_frame, nullptr);
  hand_in_note();
}

void on_quit(int) {
  asked.fetch_or(2);
  wake_monitor();
}

// The frames below the handler's and the kernel's own.
std::vector<std::uintptr_t> overflowed_frames() {
  std::vector<std::uintptr_t> all(note.frames, note.frames + note.depth);
  // The handler and the signal's return trampoline come first.
  if (all.size() > 2) all.erase(all.begin(), all.begin() + 2);
  if (all.size() > 2 * shown_at_each_end)
    all.erase(all.begin() + shown_at_each_end, all.end() - shown_at_each_end);
  return all;
}

[[noreturn]] void report_overflow() {
  for (int i = 0; i < 500 && !note.sink_told.load(); ++i) usleep(10000);  // a sink that hangs must not hide the report
  const goroutine* g = note.g;
  events::snapshot s;
  events::goroutine_view v;
  v.id = g->id;
  if (g->name) v.name = g->name;
  v.state = events::goroutine_state::running;
  v.creator = g->creator;
  v.created_at = reinterpret_cast<std::uintptr_t>(g->created_at);
  v.is_main = g->is_main;
  v.stack = overflowed_frames();
  s.goroutines.push_back(std::move(v));
  end_with_report(nullptr,
                  "gosan: goroutine stack exceeds its limit of " + std::to_string(g->slot_size) +
                      " bytes" + note.noticed + "\nfatal error: stack overflow\n",
                  s);
}

}  // namespace

void end_after_overflow(goroutine* g) noexcept {
  claim_note(g);
  note.noticed = " (noticed when it stopped: no mapping was left for a guard, see vm.max_map_count)";
  hand_in_note();
}

void install_fault_handlers() noexcept {
  struct sigaction action {};
  action.sa_sigaction = on_fault;
  action.sa_flags = SA_SIGINFO | SA_ONSTACK;
  sigaction(SIGSEGV, &action, &segv_before);
  sigaction(SIGBUS, &action, &bus_before);
  struct sigaction quit {};
  if (process_options().dump_on_sigquit && sigaction(SIGQUIT, nullptr, &quit) == 0 && !(quit.sa_flags & SA_SIGINFO) &&
      quit.sa_handler == SIG_DFL) {
    quit.sa_handler = on_quit;
    quit.sa_flags = SA_RESTART | SA_ONSTACK;
    sigaction(SIGQUIT, &quit, nullptr);
  }
}

void give_thread_alternate_stack() noexcept {
  void* at = mmap(nullptr, alternate_stack, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (at == MAP_FAILED) return;  // an overflow is then a plain crash
  stack_t s{};
  s.ss_sp = at;
  s.ss_size = alternate_stack;
  sigaltstack(&s, nullptr);
}

void serve_signals() noexcept {
  if (asked.load(std::memory_order_relaxed) == 0) [[likely]] return;
  const int what = asked.exchange(0);
  if (what & 1) report_overflow();
  if (what & 2) debug::dump_goroutines(STDERR_FILENO);
}

bool signals_wait() noexcept { return asked.load() != 0; }

}  // namespace gosan::rt
