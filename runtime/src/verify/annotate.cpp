// The annotations and scopes of gosan/verify.hpp, as events. In the plain library they do nothing.
#include "events/sink.hpp"
#include "gosan/verify.hpp"
#include "sched/sched.hpp"

namespace gosan {
namespace {

void emit_for(events::kind what, const void* p) noexcept {
  if constexpr (events::recording) {
    const events::object_id id = events::sink::object_at(p);
    events::emit({.what = what, .g = rt::id_of(rt::self()), .obj = id});
  }
}

}  // namespace

namespace annotate {

void happens_before(const void* p) noexcept { emit_for(events::kind::user_before, p); }
void happens_after(const void* p) noexcept { emit_for(events::kind::user_after, p); }

void benign_race([[maybe_unused]] const void* p, [[maybe_unused]] std::size_t n, [[maybe_unused]] const char* why) noexcept {
  if constexpr (events::recording) events::sink::benign_race(p, n, why);
}

ignore_scope::ignore_scope() noexcept {
  if constexpr (events::recording) events::sink::ignore_begin();
}
ignore_scope::~ignore_scope() {
  if constexpr (events::recording) events::sink::ignore_end();
}

}  // namespace annotate

verify_scope::verify_scope([[maybe_unused]] std::string_view name) : id_(0), outer_(0) {
  if constexpr (events::recording) {
    id_ = events::sink::new_object();
    const events::actor_id g = rt::id_of(rt::self());
    outer_ = events::sink::scope_of(g);
    events::emit({.what = events::kind::scope_begin, .g = g, .obj = id_, .a = events::sink::intern(name)});
  }
}

verify_scope::~verify_scope() {
  if constexpr (events::recording)
    events::emit({.what = events::kind::scope_end, .g = rt::id_of(rt::self()), .obj = id_, .a = outer_});
}

}  // namespace gosan
