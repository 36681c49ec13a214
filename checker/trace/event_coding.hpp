// How an event lies in a block of events. docs/trace-format.md has the grammar.
//
//   event = place:u8 rest | kind:u8 present:u8 [flags] [stack] [a] [b] rest         place >= 128 > kind
//   rest  = [g] [obj] [a] [b]
//
// Times lie apart from the rest, at the block's end and from there downwards, each with its lowest group last: they hardly ever repeat
// themselves, and what remains does so at length.
//
// A program does the same few things over and over: at the same places, in the same way. What they have in common is a shape, written out
// once and then named by its place among the last 128. In the rest is what differs each time, mostly by a little: a difference to what the
// stream had last.
#pragma once

#include <array>
#include <initializer_list>

#include "events/event.hpp"
#include "trace/format.hpp"

namespace gosan::trace {

enum present : unsigned char {
  has_flags = 1,
  has_stack = 2,
  has_g = 4,
  has_obj = 8,
  obj_zero = 16,
  has_a = 32,
  has_b = 64,
  same_moment = 128,  // no time: that of the event before
};
inline constexpr std::size_t max_event_bytes = 2 + 7 * max_varint;  // in both places together

// Of which kinds which fields are coded in another way than most: `obj` as a difference to the last object, `a` and `b` as they are.
enum coded_as : unsigned char { obj_is_actor = 1, b_is_actor = 2, a_is_sent = 4, a_is_received = 8, in_shape = 16 };

class coded_kinds {
 public:
  constexpr coded_kinds() {
    using enum events::kind;
    add(obj_is_actor, {go_create, thread_create, thread_join, ready});
    add(b_is_actor, {chan_sync});
    add(a_is_sent, {chan_send, chan_sync, chan_send_timer});
    add(a_is_received, {chan_recv});
    add(in_shape, {go_create, run, park, park_case, chan_make, select_done, lock_acquire, lock_release});  // a and b
  }
  constexpr unsigned operator[](events::kind k) const noexcept { return as_[static_cast<std::size_t>(k)]; }

 private:
  constexpr void add(coded_as how, std::initializer_list<events::kind> kinds) {
    for (events::kind k : kinds) as_[static_cast<std::size_t>(k)] |= how;
  }
  std::array<unsigned char, static_cast<std::size_t>(events::kind::count_)> as_{};
};
inline constexpr coded_kinds coded;

// Words, so that two are compared in three steps.
class shape {
 public:
  shape() = default;
  shape(events::kind what, unsigned char present, std::uint16_t flags, events::stack_id stack, std::uint64_t a, std::uint64_t b) noexcept
      : head_(static_cast<unsigned>(what) | unsigned{present} << 8 | std::uint64_t{flags} << 16 | std::uint64_t{stack} << 32), a_(a), b_(b) {}
  events::kind what() const noexcept { return static_cast<events::kind>(head_ & 0xff); }
  unsigned char present() const noexcept { return static_cast<unsigned char>(head_ >> 8); }
  std::uint16_t flags() const noexcept { return static_cast<std::uint16_t>(head_ >> 16); }
  events::stack_id stack() const noexcept { return static_cast<events::stack_id>(head_ >> 32); }
  std::uint64_t a() const noexcept { return a_; }
  std::uint64_t b() const noexcept { return b_; }
  bool operator==(const shape& o) const noexcept { return ((head_ ^ o.head_) | (a_ ^ o.a_) | (b_ ^ o.b_)) == 0; }
  unsigned char hash() const noexcept {
    return static_cast<unsigned char>((head_ ^ (a_ + b_ * 8) * 0x9E3779B97F4A7C15u) * 0xD6E8FEB86659FD93u >> 56);
  }

 private:
  std::uint64_t head_ = 0, a_ = 0, b_ = 0;
};
inline constexpr unsigned shape_places = 128;

// What one event is coded against. As it stands here, but for the time, where a fresh block starts.
struct coding_state {
  std::uint64_t time = 0, g = 0, obj = 0;
  std::uint64_t other = 0;               // the actor that was named last besides g
  std::uint64_t sent = 0, received = 0;  // the last numbers of messages
  unsigned shapes_seen = 0;              // the n-th is in place n % shape_places

  // What the field is a difference to; null when it is none.
  std::uint64_t* last_obj(unsigned as) noexcept { return as & obj_is_actor ? &other : &obj; }
  std::uint64_t* last_a(unsigned as) noexcept { return as & a_is_sent ? &sent : as & a_is_received ? &received : nullptr; }
  std::uint64_t* last_b(unsigned as) noexcept { return as & b_is_actor ? &other : nullptr; }
};

// The shapes that one has seen, apart from the rest of the state because they need not be forgotten: `shapes_seen` says which count.
struct shape_table {
  shape places[shape_places];
  unsigned char guess[256] = {};  // the encoder's: where a shape with this hash may be
};

// ---- the encoder ----

inline unsigned char mask_of(const events::event& e, events::stack_id stack, std::uint64_t time, unsigned as, coding_state& s) noexcept {
  const std::uint64_t *last_a = s.last_a(as), *last_b = s.last_b(as);
  return static_cast<unsigned char>((e.flags ? has_flags : 0) | (stack ? has_stack : 0) | (e.g != s.g ? has_g : 0) |
                                    (!e.obj ? obj_zero : e.obj != *s.last_obj(as) ? has_obj : 0) | (e.a != (last_a ? *last_a : 0) ? has_a : 0) |
                                    (e.b != (last_b ? *last_b : 0) ? has_b : 0) | (time == s.time ? same_moment : 0));
}

// A shape that is not in its place.
[[gnu::noinline]] inline unsigned char* put_fresh_shape(const shape& now, unsigned as, unsigned char& guess, coding_state& s, shape_table& t,
                                                        unsigned char* p) noexcept {
  guess = static_cast<unsigned char>(s.shapes_seen++ % shape_places);
  t.places[guess] = now;
  *p++ = static_cast<unsigned char>(now.what());
  *p++ = now.present();
  if (now.flags()) p = put_varint(p, now.flags());
  if (now.stack()) p = put_varint(p, now.stack());
  if (as & in_shape && now.present() & has_a) p = put_varint(p, now.a());
  if (as & in_shape && now.present() & has_b) p = put_varint(p, now.b());
  return p;
}

inline unsigned char* put_shape(const shape& now, unsigned as, coding_state& s, shape_table& t, unsigned char* p) noexcept {
  unsigned char& guess = t.guess[now.hash()];
  if (guess >= s.shapes_seen || t.places[guess] != now) [[unlikely]] return put_fresh_shape(now, as, guess, s, t, p);
  *p = static_cast<unsigned char>(0x80 | guess);
  return p + 1;
}

inline unsigned char* put_changed(unsigned char* p, std::uint64_t& last, std::uint64_t now) noexcept {
  p = put_varint(p, zigzag(last, now));
  last = now;
  return p;
}

// Where the next event and the next time go: events upwards from `events`, times downwards from `times`.
struct coding_place {
  unsigned char* events;
  unsigned char* times;
};

inline unsigned char* put_varint_below(unsigned char* p, std::uint64_t n) noexcept {
  while (n >= 0x80) {
    *--p = static_cast<unsigned char>(n | 0x80);
    n >>= 7;
  }
  *--p = static_cast<unsigned char>(n);
  return p;
}

// Needs max_event_bytes between the two; returns where the next one goes. `time` is not before that of the event before. `stack` stands for the
// event's own: to fill that in would mean a copy, whose loads wait for the stores of who made the event.
[[gnu::always_inline]] inline coding_place encode(const events::event& e, events::stack_id stack, std::uint64_t time, coding_state& s, shape_table& t,
                                                  coding_place at) noexcept {
  unsigned char* p = at.events;
  const unsigned as = coded[e.what];
  const unsigned char mask = mask_of(e, stack, time, as, s);
  const bool in_it = as & in_shape;
  p = put_shape({e.what, mask, e.flags, stack, in_it ? e.a : 0, in_it ? e.b : 0}, as, s, t, p);
  if (!(mask & same_moment)) at.times = put_varint_below(at.times, time - s.time), s.time = time;
  if (mask & has_g) p = put_changed(p, s.g, e.g);
  if (mask & has_obj) p = put_changed(p, *s.last_obj(as), e.obj);
  if (in_it) return {p, at.times};
  if (mask & has_a) p = s.last_a(as) ? put_changed(p, *s.last_a(as), e.a) : put_varint(p, e.a);
  if (mask & has_b) p = s.last_b(as) ? put_changed(p, *s.last_b(as), e.b) : put_varint(p, e.b);
  return {p, at.times};
}

// ---- the decoder: null or false when the bytes are no event ----

// From `p` down to `low`.
inline const unsigned char* get_varint_below(const unsigned char* p, const unsigned char* low, std::uint64_t& into) noexcept {
  into = 0;
  for (unsigned shift = 0; p > low && shift < 64; shift += 7) {
    const unsigned char c = *--p;
    into |= std::uint64_t{c & 0x7fu} << shift;
    if (c < 0x80) return p;
  }
  return nullptr;
}

template <typename T>
const unsigned char* get_limited(const unsigned char* p, const unsigned char* end, bool is_there, T& into) noexcept {
  std::uint64_t n = 0;
  if (!is_there) return p;
  if (!(p = get_varint(p, end, n)) || n > static_cast<T>(-1)) return nullptr;
  into = static_cast<T>(n);
  return p;
}

inline const unsigned char* get_changed(const unsigned char* p, const unsigned char* end, bool is_there, std::uint64_t& last) noexcept {
  std::uint64_t n = 0;
  if (!is_there) return p;
  if ((p = get_varint(p, end, n))) last = unzigzag(last, n);
  return p;
}

inline const unsigned char* get_number(const unsigned char* p, const unsigned char* end, bool is_there, std::uint64_t* last,
                                       std::uint64_t& into) noexcept {
  if (!last) return get_limited(p, end, is_there, into);
  p = get_changed(p, end, is_there, *last);
  into = *last;
  return p;
}

// `found` is the shape's place in the table.
inline const unsigned char* get_shape(const unsigned char* p, const unsigned char* end, coding_state& s, shape_table& t,
                                      const shape*& found) noexcept {
  if (p == end) return nullptr;
  if (*p & 0x80) {
    const unsigned place = *p & 0x7f;
    found = &t.places[place];
    return place < s.shapes_seen ? p + 1 : nullptr;
  }
  if (end - p < 2 || *p >= static_cast<unsigned>(events::kind::count_)) return nullptr;
  const auto what = static_cast<events::kind>(p[0]);
  const unsigned char mask = p[1];
  const bool in_it = coded[what] & in_shape;
  std::uint16_t flags = 0;
  events::stack_id stack = 0;
  std::uint64_t a = 0, b = 0;
  if (!(p = get_limited(p + 2, end, mask & has_flags, flags))) return nullptr;
  if (!(p = get_limited(p, end, mask & has_stack, stack))) return nullptr;
  if (!(p = get_limited(p, end, in_it && mask & has_a, a))) return nullptr;
  if (!(p = get_limited(p, end, in_it && mask & has_b, b))) return nullptr;
  shape& now = t.places[s.shapes_seen++ % shape_places];
  now = {what, mask, flags, stack, a, b};
  found = &now;
  return p;
}

// The event at `p`, whose time ends at `end`; moves both over it. A block is read when they meet.
inline bool decode(const unsigned char*& at, const unsigned char*& times, coding_state& s, shape_table& t, events::event& e) noexcept {
  const unsigned char *p = at, *end = times;
  const shape* now = nullptr;
  if (!(p = get_shape(p, end, s, t, now))) return false;
  e = {.what = now->what(), .flags = now->flags(), .stack = now->stack(), .g = 0, .obj = 0, .a = now->a(), .b = now->b()};
  const unsigned as = coded[e.what];
  const unsigned char mask = now->present();
  std::uint64_t later = 0;
  if (!(mask & same_moment) && !(end = get_varint_below(end, p, later))) return false;
  s.time += later;
  if (!(p = get_changed(p, end, mask & has_g, s.g))) return false;
  e.g = s.g;
  if (!(p = get_changed(p, end, mask & has_obj, *s.last_obj(as)))) return false;
  e.obj = mask & obj_zero ? 0 : *s.last_obj(as);
  if (!(as & in_shape)) {
    if (!(p = get_number(p, end, mask & has_a, s.last_a(as), e.a))) return false;
    if (!(p = get_number(p, end, mask & has_b, s.last_b(as), e.b))) return false;
  }
  at = p;
  times = end;
  return true;
}

}  // namespace gosan::trace
