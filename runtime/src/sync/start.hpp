// Starts an erased function as a goroutine.
#pragma once

#include <new>

#include "gosan/detail/erased_function.hpp"
#include "sched/sched.hpp"

namespace gosan::detail {

// Runs f in a goroutine of its own, and destroys it then.
inline void start(erased_function f, void* creation_pc) {
  rt::closure body{&f, sizeof f, alignof(erased_function),
                   [](void* to, void* from) noexcept {
                     ::new (to) erased_function(*static_cast<erased_function*>(from));
                   },
                   [](void* p) {
                     struct owner {
                       erased_function f;
                       ~owner() { f.destroy(f.object); }
                     } o{*static_cast<erased_function*>(p)};
                     o.f.call(o.f.object);
                   }};
  rt::spawn(body, {}, creation_pc);
}

}  // namespace gosan::detail
