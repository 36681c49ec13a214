// What the detector needs of live/, without a runtime: stacks are their ids, findings are kept for the test.
#include "fake_live.hpp"

#include "events/event.hpp"
#include "events/snapshot.hpp"
#include "live/actors.hpp"
#include "live/detectors.hpp"
#include "live/live.hpp"
#include "live/lock_names.hpp"

namespace gosan::test {
std::vector<finding>& findings() {
  static std::vector<finding> all;
  return all;
}
std::atomic<unsigned>& detectors() { return live::detail::on; }
}  // namespace gosan::test

namespace gosan::live {

void report(finding&& f) noexcept { test::findings().push_back(std::move(f)); }
std::uintptr_t called_below(std::uintptr_t, unsigned, const void*, const std::uintptr_t**) noexcept { return 0; }
std::span<const std::uintptr_t> stack_of(events::stack_id) noexcept { return {}; }
call_stack frames_of(std::span<const std::uintptr_t> pcs) {
  call_stack s;
  for (std::uintptr_t pc : pcs) {
    frame f;
    f.pc = pc;
    s.push_back(f);
  }
  return s;
}
party party_of(events::actor_id g) {
  party p;
  p.goroutine = g;
  return p;
}
bool detector_on(std::string_view) noexcept { return true; }
constinit std::atomic<unsigned> detail::on{race};
unsigned detail::read_detectors() noexcept { return race; }
std::string lock_name(events::object_id lock) { return "lock #" + std::to_string(lock); }
events::stack_range thread_stack() noexcept { return {}; }
bool between_goroutines() noexcept { return false; }
finding_under_way::finding_under_way() noexcept = default;
finding_under_way::~finding_under_way() = default;
bool main_and_its_handler(events::actor_id, events::actor_id) noexcept { return false; }
events::actor_id current_actor() noexcept {
  static thread_local events::actor_id mine = 0;
  static std::atomic<events::actor_id> next{1u << 30};
  if (!mine) mine = next.fetch_add(1);
  return mine;
}

namespace actors {
events::object_id scope_of(events::actor_id) noexcept { return 0; }
}  // namespace actors

}  // namespace gosan::live
