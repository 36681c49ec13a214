#include "model/told_to_end.hpp"

#include "model/deliveries.hpp"

namespace gosan::checks {

using namespace clang;

namespace {

bool is_case_of_select(const effect& e) { return e.what == role::recv && (e.properties & props::one_of_many) != 0; }

// How a path has left the last select of the channel and of `end`: of both behind it only that one tells.
struct ended_problem {
  enum way : unsigned char { received, waits, ended };
  using state = way;
  const place &channel, &end;

  state entry() const { return received; }
  void apply(state& s, const step& st) const {
    if (st.kind != step_kind::op || st.all_turns) return;
    bool selects = st.has(props::one_of_many);
    if (st.where == channel) s = selects ? waits : received;
    else if (st.what == role::recv && st.where == end && !selects && s == waits) s = ended;
  }
  bool join(state& into, const state& from) const { return join_most(into, from); }
};

// In a select each time, else it is not told apart what it waits for.
const goroutine_context* only_receiver(const place& channel, const std::vector<goroutine_context>& contexts) {
  const goroutine_context* only = nullptr;
  for (const goroutine_context& c : contexts) {
    bool any = false, selects = true;
    for (const effect& e : c.does.effects)
      if (receives(e.what) && e.where == channel) any = true, selects &= is_case_of_select(e);
    if (!any) continue;
    if (only || !c.site || c.repeated || !selects) return nullptr;
    only = &c;
  }
  return only;
}

struct ways {
  unit& u;
  const place &channel, &end;

  // Whether the body, or the function to which it leaves the receiving, ends once it has received from `end`.
  bool end_by_it(const FunctionDecl* body, const binding& bound, int depth = 0) const {
    const flow* f = depth < 4 ? u.flow_of(body) : nullptr;
    place own = name_within(body, bound, channel, u), own_end = name_within(body, bound, end, u);
    if (!f || !own || !own_end) return false;
    const step* call = nullptr;
    bool itself = false;
    f->each([&](const step& st) {
      if (st.kind == step_kind::op && st.where == own) itself = true;
      if (st.kind == step_kind::call && st.certain) each_effect(st, u, own, [&](const effect&) { call = &st; });
    });
    if (itself) return ends(*f, own, own_end);
    return call && end_by_it(call->callee, bound.then(*call->entry), depth + 1);
  }

 private:
  static bool ends(const flow& f, const place& own, const place& own_end) {
    ended_problem problem{own, own_end};
    solution<ended_problem> solved(f, problem);
    bool found = false;
    solved.each_exit([&](ended_problem::way left, const CFGBlock&) { found |= left == ended_problem::ended; });
    return found && solved.complete();
  }
};

bool tells_at_once(const goroutine_context& c, const place& end, const goroutine_context& receiver, unit& u) {
  bool tells = llvm::any_of(c.does.effects, [&](const effect& e) { return delivers(e.what) && e.where == end; });
  if (!tells || !c.site || &c == &receiver || settles_with_others(c) || calls_unseen(c.site->body, u)) return false;
  return llvm::all_of(c.does.effects, [&](const effect& e) {
    if (e.what == role::block || e.what == role::context_done) return false;
    if (e.what != role::wait && !receives(e.what) && e.what != role::rendezvous) return true;
    return llvm::any_of(receiver.does.effects, [&](const effect& r) { return delivers(r.what) && r.where && r.where == e.where; });
  });
}

}  // namespace

std::vector<told_to_end> receivers_told_to_end(const place& channel, const std::vector<goroutine_context>& contexts, unit& u) {
  std::vector<told_to_end> found;
  const goroutine_context* receiver = only_receiver(channel, contexts);
  if (!receiver) return found;
  for (const effect& e : receiver->does.effects) {
    if (!is_case_of_select(e) || !e.where || e.where == channel || !ways{u, channel, e.where}.end_by_it(receiver->site->body, receiver->site->bound)) continue;
    for (const goroutine_context& teller : contexts)
      if (tells_at_once(teller, e.where, *receiver, u)) found.push_back({receiver, &teller, e.where});
  }
  return found;
}

}  // namespace gosan::checks
