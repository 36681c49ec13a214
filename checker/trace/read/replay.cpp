#include "trace/read/replay.hpp"

#include <algorithm>
#include <deque>

#include "events/snapshot.hpp"
#include "sync/alive.hpp"
#include "sync/locks.hpp"
#include "sync/misuse.hpp"
#include "sync/objects.hpp"
#include "sync/panics.hpp"

namespace gosan::trace {
namespace {

using events::actor_id;
using events::kind;

// What the events told of a goroutine or thread that has not ended.
struct actor {
  actor_id creator = 0;
  events::stack_id created_at = 0, waits_at = 0;
  std::string name;
  events::goroutine_state state = events::goroutine_state::runnable;
  events::wait_reason why{};
  events::object_id waits_on = 0, scope = 0;
  std::uint64_t since = 0;
  bool daemon = false, thread = false;
};

constexpr std::size_t ended_kept = 500'000;

std::string state_text(const actor& a) {
  switch (a.state) {
    case events::goroutine_state::waiting: return std::string(events::text(a.why));
    case events::goroutine_state::ended: return "ended";
    default: return "running";
  }
}

class actor_table {
 public:
  explicit actor_table(const trace_file& file) : file_(file) {}

  void on_event(const recorded_event& e) {
    now_ = e.time;
    switch (e.what) {
      case kind::go_create: {
        actor& a = actors_[e.obj];
        const auto creator = actors_.find(e.g);
        a.creator = e.g;
        a.created_at = e.stack;
        a.name = file_.text(static_cast<events::text_id>(e.a));
        a.daemon = e.b == 1;
        if (creator != actors_.end()) a.scope = creator->second.scope;
        break;
      }
      case kind::thread_attach:
      case kind::thread_create: actors_[e.what == kind::thread_attach ? e.g : e.obj].thread = true; break;
      case kind::go_end: main_ended_ = main_ended_ || actors_[e.g].name == "main"; [[fallthrough]];
      case kind::thread_end: bury(e.g); break;
      case kind::go_name: actors_[e.g].name = file_.text(static_cast<events::text_id>(e.a)); break;
      case kind::park: {
        actor& a = actors_[e.g];
        a.state = events::goroutine_state::waiting;
        a.why = static_cast<events::wait_reason>(e.a);
        a.waits_on = e.obj;
        a.waits_at = e.stack;
        a.since = e.time;
        break;
      }
      case kind::ready: set_state(e.obj, events::goroutine_state::runnable); break;
      case kind::chan_sync: set_state(e.b, events::goroutine_state::runnable); break;  // says so of the partner
      case kind::stop: all_asleep_ = all_asleep_ || !e.g; break;
      case kind::run: set_state(e.g, events::goroutine_state::running); break;
      case kind::blocking_begin: set_state(e.g, events::goroutine_state::blocking); break;
      case kind::blocking_end: set_state(e.g, events::goroutine_state::running); break;
      case kind::scope_begin: actors_[e.g].scope = e.obj; break;
      case kind::scope_end: actors_[e.g].scope = 0; break;
      default: break;
    }
  }

  const actor* find(actor_id g) const {
    if (const auto at = actors_.find(g); at != actors_.end()) return &at->second;
    const auto at = ended_.find(g);
    return at == ended_.end() ? nullptr : &at->second;
  }
  bool main_ended() const { return main_ended_; }
  bool all_asleep() const { return all_asleep_; }

  events::snapshot picture() const {
    events::snapshot s;
    for (const auto& [g, a] : actors_) {
      events::goroutine_view v;
      v.id = g;
      v.name = a.name;
      v.state = a.state;
      v.why = a.why;
      v.waits_on = a.waits_on;
      v.waiting_ns = static_cast<std::uint64_t>(std::max<std::int64_t>(0, file_.ns_of(now_) - file_.ns_of(a.since)));
      v.daemon = a.daemon;
      v.is_main = a.name == "main";
      v.is_thread = a.thread;
      v.creator = a.creator;
      for (std::uint64_t pc : file_.stack(a.waits_at)) v.stack.push_back(pc);
      s.goroutines.push_back(std::move(v));
    }
    std::sort(s.goroutines.begin(), s.goroutines.end(), [](const auto& a, const auto& b) { return a.id < b.id; });
    return s;
  }

 private:
  // A finding may tell of somebody who has ended: the latest of them stay known, as many as memory allows.
  void bury(actor_id g) {
    const auto at = actors_.find(g);
    if (at == actors_.end()) return;
    at->second.state = events::goroutine_state::ended;
    ended_.insert_or_assign(g, std::move(at->second));
    actors_.erase(at);
    burials_.push_back(g);
    if (burials_.size() <= ended_kept) return;
    ended_.erase(burials_.front());
    burials_.pop_front();
  }

  void set_state(actor_id g, events::goroutine_state state) {
    if (const auto at = actors_.find(g); at != actors_.end()) at->second.state = state;
  }

  const trace_file& file_;
  std::unordered_map<actor_id, actor> actors_;  // alive
  std::unordered_map<actor_id, actor> ended_;
  std::deque<actor_id> burials_;                // of ended_, the oldest first
  std::uint64_t now_ = 0;
  bool main_ended_ = false, all_asleep_ = false;
};

class environment final : public sync::environment {
 public:
  environment(const trace_file& file, const actor_table& actors) : file_(file), actors_(actors) {}

  party party_of(actor_id g) override {
    party p;
    p.goroutine = g;
    const actor* a = actors_.find(g);
    if (!a) return p;
    p.name = a->name;
    p.creator = a->creator;
    p.created_at = file_.frames_of(a->created_at);
    p.state = state_text(*a);
    return p;
  }
  call_stack frames_of(events::stack_id id) override { return file_.frames_of(id); }
  call_stack frames_of(std::span<const std::uintptr_t> pcs) override {
    const std::vector<std::uint64_t> wide(pcs.begin(), pcs.end());
    return file_.frames_of(wide);
  }
  events::object_id scope_of(actor_id g) override {
    const actor* a = actors_.find(g);
    return a ? a->scope : 0;
  }
  events::stack_id capture() override { return at; }
  std::size_t walk(std::span<std::uintptr_t> into, const void*) override {
    const auto pcs = file_.stack(at);
    const std::size_t n = std::min(into.size(), pcs.size());
    std::copy_n(pcs.begin(), n, into.begin());
    return n;
  }
  void report(finding&& f) override { found.push_back(std::move(f)); }

  events::stack_id at = 0;  // of the event being handled
  std::vector<finding> found;

 private:
  const trace_file& file_;
  const actor_table& actors_;
};

}  // namespace

struct replay::parts {
  explicit parts(const trace_file& file) : actors(file), env(file, actors), locks(objects, env), misuse(objects, locks, env) {}
  actor_table actors;
  environment env;
  sync::object_table objects;
  sync::lock_detector locks;
  sync::misuse_detector misuse;
  recorded_event panic;  // the last one; of no goroutine when there was none
};

replay::replay(const trace_file& file) : file_(file), parts_(std::make_unique<parts>(file)) {}
replay::~replay() = default;

// The order in which the live sink hands an event on.
void replay::on_event(const recorded_event& e) {
  auto& p = *parts_;
  p.env.at = e.stack;
  if (e.what == kind::panic) p.panic = e;
  if (e.what != kind::go_end) p.actors.on_event(e);
  p.locks.on_event(e);
  p.misuse.on_event(e);
  if (p.objects.on_event(e)) p.locks.forget_page(e.obj);
  if (e.what == kind::go_end) p.actors.on_event(e);
}

std::vector<finding> replay::finish() {
  auto& p = *parts_;
  const events::snapshot s = p.actors.picture();
  sync::verdicts known;
  if (p.panic.g) {  // who could not go on because of that is no leak
    const auto text = file_.text(static_cast<events::text_id>(p.panic.a));
    if (!p.misuse.is_misuser(p.panic.g)) p.env.report(sync::panic_finding(p.panic.g, p.panic.stack, text, p.env));
    return std::move(p.env.found);
  }
  p.locks.judge_self_waits(s, known.judged);
  if (p.actors.all_asleep()) {
    sync::report_all_asleep(s, p.objects, p.env, &p.locks);
  } else {
    p.locks.judge_channels();
    if (p.actors.main_ended())
      for (auto& f : sync::leaks_in(s, p.objects, p.env, known, &p.locks)) p.env.report(std::move(f));
  }
  return std::move(p.env.found);
}

}  // namespace gosan::trace
