#include "race/missing_order.hpp"

#include "race/states.hpp"

namespace gosan::race {
namespace {

std::string list_of(const std::vector<held_lock>& locks) {
  std::string text;
  for (const held_lock& l : locks) text += (text.empty() ? "" : ", ") + l.name + (l.read ? " (for reading)" : "");
  return text;
}

const held_lock* common_lock(const party& a, const party& b) {
  for (const held_lock& l : a.locks)
    for (const held_lock& m : b.locks)
      if (l.name == m.name) return &l;
  return nullptr;
}

// Empty when neither holds any.
std::string of_locks(const race_side& a, const race_side& b) {
  const bool one = !a.who.locks.empty(), other = !b.who.locks.empty();
  if (!one && !other) return {};
  if (const held_lock* both = common_lock(a.who, b.who))
    return "both hold " + both->name + " for reading only, which does not exclude the other";
  if (one && other) return "they hold different locks: " + list_of(a.who.locks) + " and " + list_of(b.who.locks);
  const race_side &with = one ? a : b, &without = one ? b : a;
  return name_of(with.who, with.id) + " holds " + list_of(with.who.locks) + ", " + name_of(without.who, without.id) + " holds no lock";
}

std::string of_family(const race_side& a, const race_side& b) {
  const std::string x = name_of(a.who, a.id), y = name_of(b.who, b.id);
  if (b.who.creator == a.id)
    return x + " has started " + y + " and has not waited for it, nor received anything from it after that access";
  if (a.who.creator == b.id) return x + " was started by " + y + " before that access, and has received nothing from it since";
  return x + " has received nothing, by a lock, a channel or a wait, that " + y + " left after that access";
}

}  // namespace

std::string name_of(const party& p, events::actor_id id) { return p.name.empty() ? "goroutine " + std::to_string(id) : p.name; }

std::string missing_order(const race_side& current, const race_side& previous) {
  std::string text = "no order: ";
  if (is_atomic(current.kind) != is_atomic(previous.kind)) text += "only one of the two accesses is atomic; ";
  const std::string locks = of_locks(current, previous);
  return text + (locks.empty() ? of_family(current, previous) : locks);
}

}  // namespace gosan::race
