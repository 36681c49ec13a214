// Operations that are wrong at the moment they are done: a send on or a close of a closed channel, a wait group's counter used
// against its rules, an unlock of what nobody holds. Each names both sides: who does it, and who did what makes it wrong.
#pragma once

#include "live/locked_list.hpp"
#include "sync/environment.hpp"
#include "sync/locks.hpp"
#include "sync/objects.hpp"

namespace gosan::sync {

class misuse_detector {
 public:
  constexpr misuse_detector(const object_table& objects, const lock_detector& locks, environment& env) noexcept
      : objects_(objects), locks_(locks), env_(env) {}
  // The object table has seen e already.
  void on_event(const events::event& e);
  // Whether a misuse by g was found, told or the same as one told before: its panic is the consequence and no finding of its own.
  bool is_misuser(events::actor_id g) const noexcept;

 private:
  finding begin(finding_kind kind, const events::event& e, std::string role, std::string message);
  void note_misuser(events::actor_id g) noexcept;
  void add_other(finding& f, events::actor_id g, events::stack_id at, const char* role);

  const object_table& objects_;
  const lock_detector& locks_;
  environment& env_;
  // The last operation on each wait group and lock that makes a misuse explicable.
  struct last_use {
    std::atomic<events::actor_id> by;
    std::atomic<events::stack_id> at;
  };
  live::owned_table<last_use> last_;
  mutable live::locked_list<events::actor_id> misusers_;
};

}  // namespace gosan::sync
