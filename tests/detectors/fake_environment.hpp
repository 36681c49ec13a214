// The surroundings of a detector under test: remembers what it reports, and gives each stack id a frame whose pc is the id.
#pragma once

#include <vector>

#include "sync/environment.hpp"
#include "sync/locks.hpp"

namespace gosan::testing {

class fake_environment : public sync::environment {
 public:
  party party_of(events::actor_id g) override {
    party p;
    p.goroutine = g;
    return p;
  }
  call_stack frames_of(events::stack_id id) override { return id ? call_stack{frame{.pc = id, .module = {}, .function = {}, .file = {}}} : call_stack{}; }
  call_stack frames_of(std::span<const std::uintptr_t> pcs) override {
    call_stack s;
    for (auto pc : pcs) s.push_back(frame{.pc = pc, .module = {}, .function = {}, .file = {}});
    return s;
  }
  events::object_id scope_of(events::actor_id g) override { return g / 1000; }
  events::stack_id capture() override { return now; }
  std::size_t walk(std::span<std::uintptr_t> into, const void*) override { return into[0] = now, 1; }
  void report(finding&& f) override { found.push_back(std::move(f)); }

  events::stack_id now = 1;  // where the operation under test is done
  std::vector<finding> found;
};

inline bool take_alone(sync::lock_detector& d, fake_environment& env, events::actor_id g, events::object_id lock, std::uint16_t flags) {
  env.now += 1;
  auto* book = d.book_of(g);
  const auto walk = [&](std::span<std::uintptr_t> pcs) { return env.walk(pcs, nullptr); };
  const bool by_try = flags & events::flag_try;
  return book && (d.take_again(*book, g, lock, by_try, walk) || d.take_alone(*book, g, lock, by_try, walk));
}

inline bool give_up_last(sync::lock_detector& d, events::actor_id g, events::object_id lock) {
  auto* book = d.book_of(g);
  return book && d.give_up_last(*book, lock);
}

}  // namespace gosan::testing
