// The detector as a whole: start, ignore scopes, fresh memory, the numbers for the footer.
#include "race/race.hpp"

#include <unistd.h>

#include <atomic>
#include <cstdio>
#include <mutex>

#include "live/spin_lock.hpp"
#include "options/options.hpp"
#include "race/abi.hpp"
#include "race/access.hpp"
#include "race/actors.hpp"
#include "race/atomics.hpp"
#include "race/budget.hpp"
#include "race/caches.hpp"
#include "race/clock_tree.hpp"
#include "race/collect.hpp"
#include "race/contexts.hpp"
#include "race/lock_history.hpp"
#include "race/modules.hpp"
#include "race/race_report.hpp"
#include "race/shadow.hpp"
#include "race/states.hpp"

namespace gosan::race {
namespace {

constinit live::spin_lock starting;

// The sink refers to on_event weakly, which alone takes nothing from an archive; an instrumented module refers to at_start.
[[gnu::used]] void (*const linked_with_the_entry_points)(const events::event&, const void*) noexcept = on_event;

}  // namespace

void at_start() noexcept {
  if (states::started()) return;
  std::lock_guard hold(starting);
  if (states::started()) return;
  budget::start(process_options().race_memory);
  caches::start();
  states::start();
}

void version_mismatch(std::uint32_t abi) noexcept {
  char text[128];
  const int n = std::snprintf(text, sizeof text, "gosan: a module was compiled for interface %u of the race detector, this is %u\n",
                              abi, gosan_abi_version);
  [[maybe_unused]] auto written = write(2, text, static_cast<std::size_t>(n));
  _exit(3);
}

void memory_fresh(const void* p, std::size_t n) noexcept { forget(reinterpret_cast<std::uintptr_t>(p), n); }

void ignore_begin() noexcept {
  thread_view& t = __gosan_thread;
  ++t.ignore;
  t.now = 0;
}

void ignore_end() noexcept {
  thread_view& t = __gosan_thread;
  if (--t.ignore == 0 && t.actor) actors::show_epoch(*t.actor);
}

void not_checked(std::vector<std::string>& notes) {
  std::string files;
  for (const std::string& file : modules::not_instrumented()) files += (files.empty() ? "" : ", ") + file;
  if (!files.empty())
    notes.push_back("memory accesses were not checked in " + files + ": compiled without the instrumentation");
  if (contexts::calls_left_out())
    notes.push_back("recursion had very many different call stacks: those of later accesses may be shown without some of its calls");
  budget::add_notes(notes);
}

void at_exit(std::vector<std::pair<std::string, std::uint64_t>>& footer) noexcept {
  footer.emplace_back("races found", races_found());
  footer.emplace_back("races on bytes declared benign", races_meant());
  footer.emplace_back("bytes of access states", states::bytes_used());
  footer.emplace_back("bytes of shadow memory", shadow::bytes_touched());
  footer.emplace_back("times accesses were forgotten", budget::times_forgotten());
  footer.emplace_back("collections of access states", collect::passes());
  footer.emplace_back("bytes of lock history", lock_history::bytes_used());
  footer.emplace_back("clock nodes", clock_tree::nodes_alive());
  footer.emplace_back("call contexts", contexts::count());
  footer.emplace_back("atomic objects", sync_vars_alive());
}


}  // namespace gosan::race
