// What the detector needs of live/, without a runtime: stacks are their ids, findings are kept for the test.
#include "fake_live.hpp"

#include "events/sink.hpp"
#include "events/snapshot.hpp"
#include "race/race.hpp"

namespace gosan::test {
std::vector<finding>& findings() {
  static std::vector<finding> all;
  return all;
}
}  // namespace gosan::test

namespace gosan::events {
stack_range current_stack() noexcept { return {}; }
namespace sink {
constinit std::atomic<std::uint64_t> wanted{~std::uint64_t{0}};
void emit(const event& e) noexcept { race::on_event(e); }
object_id new_object(const void*) noexcept {
  static std::atomic<object_id> last{1u << 30};
  return ++last;
}
void at_start() noexcept {}
}  // namespace sink
}  // namespace gosan::events

namespace gosan::live {

void report(finding&& f) noexcept { test::findings().push_back(std::move(f)); }
std::size_t walk_stack(std::uintptr_t*, std::size_t, unsigned) noexcept { return 0; }
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
events::actor_id current_actor() noexcept {
  static thread_local events::actor_id mine = 0;
  static std::atomic<events::actor_id> next{1u << 30};
  if (!mine) mine = next.fetch_add(1);
  return mine;
}

}  // namespace gosan::live
