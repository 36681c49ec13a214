#include "model/feeding.hpp"

#include "model/deliveries.hpp"

namespace gosan::checks {

using namespace clang;

namespace {

constexpr int deepest = 3;  // calls from a goroutine's body to its loop

// The loop in each turn of which the body receives from a channel, by a step of its own.
const Stmt* receiving_loop(const flow& f, const place& work) {
  const Stmt* found = nullptr;
  f.each([&](const step& st) {
    if (found || st.kind != step_kind::op || !st.certain || !(st.where == work) || st.has(props::one_of_many)) return;
    if (st.what == role::range) found = f.range_loop_of(st.origin);
    if (st.what == role::recv) found = f.loop_around(st.origin);
  });
  return found;
}

const Stmt* plain_send_in(const step& st, const place& to, unit& u) {
  const Stmt* found = nullptr;
  if (!st.certain) return nullptr;
  each_effect(st, u, to, [&](const effect& e) {
    if (e.what == role::send && e.always && (e.properties & props::one_of_many) == 0 && !found) found = e.origin;
  });
  return found;
}

// The send on `results` with which each turn of the loop over `work` ends; null: there is none that is sure.
const Stmt* result_of_each_turn(const FunctionDecl* body, const place& work, const place& results, unit& u, int depth = 0) {
  const flow* f = body && work && results && depth < deepest ? u.flow_of(body) : nullptr;
  if (!f) return nullptr;
  const Stmt* loop = receiving_loop(*f, work);
  const Stmt* found = nullptr;
  f->each([&](const step& st) {
    if (found) return;
    if (loop) {
      if (const Stmt* send = st.origin && is_in_each_turn(st.origin, loop, *f) ? plain_send_in(st, results, u) : nullptr) found = send;
    } else if (st.kind == step_kind::call && st.certain && !f->is_conditional(st.origin) && !f->loop_around(st.origin)) {
      found = result_of_each_turn(st.callee, name_within(st.callee, *st.entry, work, u), name_within(st.callee, *st.entry, results, u), u, depth + 1);
    }
  });
  return found;
}

class feeding {
 public:
  feeding(const own_channel& work, const flow& f, const std::vector<goroutine_context>& contexts, unit& u)
      : work_(work), flow_(f), contexts_(contexts), unit_(u), made_in_(f.loop_around(work.made_at)) {}

  std::optional<stalled_feeding> find() {
    auto room = capacity_of(work_.make, unit_.ast());
    const step* send = feeding_send();
    if (!room || !send || !find_workers()) return std::nullopt;
    for (own_channel& results : own_channels_of(flow_, unit_)) {
      auto more_room = capacity_of(results.make, unit_.ast());
      const Stmt* result = !(results.where == work_.where) && more_room && is_taken_after(results) ? result_of_all_workers(results) : nullptr;
      if (result && is_too_much(*room + *more_room))
        return stalled_feeding{plain_send_in(*send, work_.where, unit_), result, loop_, std::move(results), workers_.front()->site};
    }
    return std::nullopt;
  }

 private:
  const step* feeding_send() {
    const step* found = nullptr;
    flow_.each([&](const step& st) {
      const Stmt* loop = st.origin && !found ? flow_.loop_around(st.origin) : nullptr;
      if (!loop || loop == made_in_ || flow_.loop_around(loop) != made_in_) return;
      if (is_in_each_turn(st.origin, loop, flow_) && plain_send_in(st, work_.where, unit_)) found = &st, loop_ = loop;
    });
    return found;
  }

  static bool does(const goroutine_context& c, const place& p, bool (*part)(role)) {
    return llvm::any_of(c.does.effects, [&](const effect& e) { return part(e.what) && e.where == p; });
  }

  bool find_workers() {
    for (const goroutine_context& c : contexts_) {
      if (!does(c, work_.where, receives)) continue;
      if (!c.site || !c.site->body) return false;
      workers_.push_back(&c);
    }
    return !workers_.empty();
  }

  // Whether only the function itself takes results, and none while it hands out work.
  bool is_taken_after(const own_channel& results) {
    if (escapes(results.variable, flow_.function().getBody(), unit_) || flow_.loop_around(results.made_at) != made_in_) return false;
    for (const goroutine_context& c : contexts_)
      if (leaves_with_its_object(results, c.does) || (c.site && does(c, results.where, receives))) return false;
    bool meanwhile = false;
    flow_.each([&](const step& st) {
      if (!st.origin || !flow_.is_within(st.origin, loop_)) return;
      each_effect(st, unit_, results.where, [&](const effect& e) { meanwhile |= receives(e.what); });
    });
    return !meanwhile;
  }

  const Stmt* result_of_all_workers(const own_channel& results) {
    const Stmt* last = nullptr;
    for (const goroutine_context* c : workers_) {
      const spawn_site& s = *c->site;
      last = result_of_each_turn(s.body, name_within(s.body, s.bound, work_.where, unit_), name_within(s.body, s.bound, results.where, unit_), unit_);
      if (!last) return nullptr;
    }
    return last;
  }

  std::optional<std::int64_t> worker_count() const {
    std::int64_t all = 0;
    for (const goroutine_context* c : workers_) {
      const Stmt* loop = c->repeated ? flow_.loop_around(c->site->expr) : nullptr;
      auto often = c->repeated && (!loop || flow_.loop_around(loop) != made_in_) ? std::nullopt : turns(loop, unit_.ast());
      if (!often) return std::nullopt;
      all += *often;
    }
    return all;
  }

  // Each worker holds one result. How much work there is may not be known; how many workers and how much room must be.
  bool is_too_much(std::int64_t room) const {
    auto workers = worker_count(), pieces = turns(loop_, unit_.ast());
    return workers && (!pieces || *pieces > *workers + room);
  }

  const own_channel& work_;
  const flow& flow_;
  const std::vector<goroutine_context>& contexts_;
  unit& unit_;
  const Stmt* made_in_;
  const Stmt* loop_ = nullptr;
  std::vector<const goroutine_context*> workers_;
};

}  // namespace

std::optional<stalled_feeding> stalled_feeding_of(const own_channel& work, const flow& f, const std::vector<goroutine_context>& contexts,
                                                  unit& u) {
  return feeding(work, f, contexts, u).find();
}

}  // namespace gosan::checks
