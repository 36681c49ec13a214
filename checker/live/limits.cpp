#include "live/limits.hpp"

#include <mutex>

#include "live/actors.hpp"
#include "live/books.hpp"
#include "live/os_waits.hpp"
#include "live/spin_lock.hpp"
#include "sync/alive.hpp"

namespace gosan::live {
namespace {

struct holding {
  events::actor_id g;
  events::object_id lock;
  std::uint32_t serial;
  bool operator==(const holding&) const = default;
};
struct holding_hash {
  std::size_t operator()(const holding& h) const noexcept { return h.g * 0x9E3779B97F4A7C15u ^ h.lock << 17 ^ h.serial; }
};
struct sighting {
  std::uint64_t since;
  bool reported;
};
using sightings = imap<holding, sighting, holding_hash>;

constinit spin_lock told_lock;
iset<std::uint64_t>& told() {  // guarded by it; never destroyed
  static auto* s = new (internal_alloc(sizeof(iset<std::uint64_t>))) iset<std::uint64_t>;
  return *s;
}

struct look {
  events::snapshot picture;
  ivector<holding> held;
};

look take_look() {
  look l;
  events::with_world_stopped(
      [](const events::snapshot& s, void* arg) {
        auto& into = *static_cast<look*>(arg);
        for (const events::goroutine_view& g : s.goroutines)
          the_books().locks.visit_held(g.id, [&](events::object_id lock, events::lock_mode, std::uint32_t serial) {
            into.held.push_back({g.id, lock, serial});
          });
        into.picture = std::move(const_cast<events::snapshot&>(s));
        os_waits::show_in(into.picture);
      },
      &l);
  return l;
}

const events::goroutine_view* view_of(const events::snapshot& s, events::actor_id g) {
  for (const events::goroutine_view& v : s.goroutines)
    if (v.id == g) return &v;
  return nullptr;
}

void report_holding(const look& l, const holding& h, std::uint64_t for_ns) {
  const books b = the_books();
  const events::goroutine_view* g = view_of(l.picture, h.g);
  if (!g) return;
  finding f;
  f.kind = finding_kind::goroutine_leak;
  f.grade = "stuck";
  f.message = "goroutine " + std::to_string(h.g) + " has held " + b.objects.name(h.lock) + " for " +
              std::to_string(for_ns / 1'000'000) + " ms";
  party& p = f.parties.emplace_back(sync::party_for(*g, b.objects, b.env, &b.locks));
  p.role = "holds " + b.objects.name(h.lock) + "; " + p.role;
  described_object& d = f.objects.emplace_back();
  d.what = b.objects.name(h.lock);
  b.env.report(std::move(f));
}

void judge_holdings(const look& l, std::uint64_t limit_ns) {
  static auto* seen = new sightings;  // one thread only looks
  sightings now;
  for (const holding& h : l.held) {
    const auto before = seen->find(h);
    sighting s = before == seen->end() ? sighting{l.picture.taken_ns, false} : before->second;
    if (!s.reported && l.picture.taken_ns - s.since >= limit_ns) {
      report_holding(l, h, l.picture.taken_ns - s.since);
      s.reported = true;
    }
    now.emplace(h, s);
  }
  *seen = std::move(now);
}

void judge_waits(const look& l, std::uint64_t limit_ns, bool locks_only) {
  const books b = the_books();
  sync::verdicts known;
  known.stuck_ns = limit_ns;
  known.picture = &l.picture;
  known.moment = "after " + std::to_string(limit_ns / 1'000'000) + " ms";
  add_told_waits(known.told_waits);
  iset<std::uint64_t> fresh;
  for (const events::goroutine_view& g : l.picture.goroutines) {
    if (locks_only && !sync::waits_for_lock(g)) known.judged.insert(g.id);
    else if (sync::waits_for_somebody(g) && g.waiting_ns >= limit_ns) fresh.insert(sync::wait_key(l.picture, g));
  }
  for (finding& f : sync::leaks_in(l.picture, b.objects, b.env, known, &b.locks)) b.env.report(std::move(f));
  const std::lock_guard hold(told_lock);
  told().insert(fresh.begin(), fresh.end());
}

}  // namespace

void look_for_too_long(std::uint64_t stuck_ns, std::uint64_t lock_ns) {
  const look l = take_look();
  if (stuck_ns) judge_waits(l, stuck_ns, false);
  if (!lock_ns) return;
  judge_waits(l, lock_ns, true);
  judge_holdings(l, lock_ns);
}

void add_told_waits(iset<std::uint64_t>& into) {
  const std::lock_guard hold(told_lock);
  into.insert(told().begin(), told().end());
}

}  // namespace gosan::live
