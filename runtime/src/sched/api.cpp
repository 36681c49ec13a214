// The functions of gosan/go.hpp on the scheduler's seam.
#include <cstdlib>
#include <cstring>

#include "events/sink.hpp"
#include "gosan/go.hpp"
#include "gosan/panic.hpp"
#include "poll/poller.hpp"
#include "sched/run.hpp"
#include "sched/scheduler.hpp"

namespace gosan {
namespace detail {

namespace {
rt::closure seam_closure(const closure_view& c) noexcept { return {c.object, c.size, c.align, c.relocate, c.invoke}; }
}  // namespace

void spawn(const closure_view& c, const char* name, std::size_t stack_size, bool daemon, void* creation_pc) {
  rt::spawn(seam_closure(c), {.name = name, .stack_size = stack_size, .daemon = daemon}, creation_pc);
}

void run_main(const closure_view& c, void* creation_pc) { rt::run_main(seam_closure(c), creation_pc); }

int end_of_run(int status) noexcept { return rt::end_of_run(status); }

void stop_scheduling() noexcept { rt::stop_scheduling(); }

bool on_goroutine() noexcept { return rt::on_goroutine(); }

}  // namespace detail

void yield() noexcept { rt::yield(); }

bool wait_readable(int fd, std::chrono::steady_clock::time_point deadline) {
  return rt::wait_for(fd, rt::direction::read, deadline);
}

bool wait_writable(int fd, std::chrono::steady_clock::time_point deadline) {
  return rt::wait_for(fd, rt::direction::write, deadline);
}

std::size_t num_goroutine() noexcept { return static_cast<std::size_t>(rt::live_goroutines()); }

int gomaxprocs(int n) noexcept {
  rt::ensure_started();
  return static_cast<int>(n > 0 ? rt::set_processors(static_cast<std::uint32_t>(n)) : rt::the_scheduler.processors.load());
}

namespace this_goroutine {

std::uint64_t id() noexcept { return rt::self()->id; }

std::string name() {
  const char* n = rt::self()->name;
  return n ? n : "";
}

void set_name(const char* s) {
  rt::goroutine* g = rt::self();
  std::free(g->name);
  g->name = strdup(s);
  if constexpr (events::recording)
    events::emit({.what = events::kind::go_name, .g = g->id, .a = events::sink::intern(s)});
}

}  // namespace this_goroutine

namespace {

class panic_category_t : public std::error_category {
 public:
  const char* name() const noexcept override { return "gosan.panic"; }
  std::string message(int code) const override { return text(code); }
  static const char* text(int code) noexcept {
    switch (static_cast<panic_code>(code)) {
      case panic_code::send_on_closed: return "send on closed channel";
      case panic_code::close_of_closed: return "close of closed channel";
      case panic_code::close_of_nil: return "close of nil channel";
      case panic_code::negative_wait_group: return "negative wait_group counter";
      case panic_code::wait_group_reused: return "wait_group is reused before previous wait has returned";
      case panic_code::unlock_of_unlocked: return "unlock of unlocked mutex";
      case panic_code::empty_timer: return "stop or reset of a timer that is none: it was moved from, or is not stored yet";
    }
    return "unknown panic";
  }
};

}  // namespace

const std::error_category& panic_category() noexcept {
  static const panic_category_t c;
  return c;
}

const char* panic_error::what() const noexcept { return what_ ? what_ : panic_category_t::text(code().value()); }

}  // namespace gosan
