// Exceptions that leave a goroutine, and fatal errors of the primitives.
#include <cxxabi.h>
#include <unistd.h>
#include <unwind.h>

#include <atomic>
#include <cstdlib>
#include <exception>
#include <thread>
#include <typeinfo>

#include "events/sink.hpp"
#include "fatal/fatal.hpp"
#include "sched/run.hpp"
#include "sched/scheduler.hpp"

namespace gosan::rt {
namespace {

std::terminate_handler handler_before = nullptr;
constinit std::atomic<bool> ending{false};  // a report is being written; it ends the program

std::string demangled(const char* name) {
  int status = 0;
  char* text = abi::__cxa_demangle(name, nullptr, nullptr, &status);
  std::string out = text ? text : name;
  std::free(text);
  return out;
}

// What the current exception says, and "[its type]".
std::string text_of_current_exception(const std::type_info& type) {
  std::string what;
  try {
    std::rethrow_exception(std::current_exception());
  } catch (const std::exception& e) {
    what = e.what();
  } catch (const char* s) {
    what = s;
  } catch (const std::string& s) {
    what = s;
  } catch (...) {
    what = "exception";
  }
  return what + " [" + demangled(type.name()) + "]";
}

// The running code's own stack, by unwind tables: the frames of the C++ library have no frame pointers.
std::vector<std::uintptr_t> own_stack() {
  std::vector<std::uintptr_t> out;
  _Unwind_Backtrace(
      [](_Unwind_Context* c, void* arg) {
        auto& to = *static_cast<std::vector<std::uintptr_t>*>(arg);
        if (const auto pc = _Unwind_GetIP(c)) to.push_back(pc);
        return to.size() < 128 ? _URC_NO_REASON : _URC_END_OF_STACK;
      },
      &out);
  return out;
}

// Drops the frames of throwing and terminating: what remains begins where the user threw.
void drop_machinery(std::vector<std::uintptr_t>& stack) {
  const auto names = stack.size();
  std::size_t last = 0;
  for (std::size_t i = 0; i < names && i < 16; ++i)
    if (stack[i] >= reinterpret_cast<std::uintptr_t>(&abi::__cxa_throw) &&
        stack[i] < reinterpret_cast<std::uintptr_t>(&abi::__cxa_throw) + 512)
      last = i + 1;
  stack.erase(stack.begin(), stack.begin() + static_cast<std::ptrdiff_t>(last));
}

events::snapshot view_of_self() {
  const goroutine* g = self();
  events::snapshot s;
  events::goroutine_view v;
  v.id = g->id;
  if (g->name) v.name = g->name;
  v.state = events::goroutine_state::running;
  v.is_thread = g->is_thread;
  v.is_main = g->is_main;
  if (!g->is_main) {
    v.creator = g->creator;
    v.created_at = reinterpret_cast<std::uintptr_t>(g->created_at);
  }
  v.stack = own_stack();
  drop_machinery(v.stack);
  s.goroutines.push_back(std::move(v));
  return s;
}

[[noreturn]] void on_terminate() {
  const std::type_info* type = abi::__cxa_current_exception_type();
  if (!on_goroutine() || !type) {
    handler_before();
    std::abort();
  }
  const std::string text = text_of_current_exception(*type);
  const events::snapshot here = view_of_self();
  if constexpr (events::recording)
    events::emit({.what = events::kind::panic, .stack = events::sink::intern_stack(here.goroutines[0].stack), .g = self()->id,
                  .a = events::sink::intern(text)});
  end_with_report(text.c_str(), "panic: " + text + "\n", here);
}

}  // namespace

void install_terminate_handler() noexcept { handler_before = std::set_terminate(on_terminate); }

void wait_if_ending() noexcept {
  if (ending.load())
    for (;;) pause();
}

void end_with_report(const char* what, const std::string& headline, const events::snapshot& s) noexcept {
  if (ending.exchange(true)) wait_if_ending();
  stop_scheduling();
  if constexpr (events::recording)
    if (what) events::sink::fatal(what);
  // The goroutine's stack may be nearly used up, and symbols need a lot of it.
  const events::ignore_scope not_the_programs;
  std::thread writer([&] {
    const tools_thread mine;
    write_text(STDERR_FILENO, headline + text_of(s));
    _exit(fatal_status);
  });
  writer.join();
  _exit(fatal_status);
}

void fatal(const char* what) noexcept {
  end_with_report(what, std::string("fatal error: ") + what + "\n", view_of_self());
}

}  // namespace gosan::rt
