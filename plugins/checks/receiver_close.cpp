#include "model/check.hpp"
#include "model/contexts.hpp"
#include "model/joins.hpp"

namespace gosan::checks {

using namespace clang;

namespace {

constexpr check_info info{
    .id = "gosan-receiver-close",
    .title = "a channel is closed by somebody other than its sender, or by one of several senders",
    .why = "A send that comes after the close, or waits while it happens, panics. Only the sender knows that there is nothing more "
           "to come; of several senders none does, so one that waits for all of them closes.",
    .wrong = R"(gosan::go([numbers] {
  print(*numbers.recv());
  numbers.close();
});
numbers.send(1);
numbers.send(2);)",
    .right = R"(gosan::go([numbers] {
  for (int n : numbers) print(n);
});
numbers.send(1);
numbers.send(2);
numbers.close();)",
    .since = "0.1.0",
    .limits = "A close behind any wait for others (a wait group, a join, a receive from another channel) is taken to be in order. "
              "Across methods, channels are told apart by class and element type only.",
};

bool sends(const goroutine_context& c, const place& p) { return c.does_any(role::send, p) || c.does_any(role::try_send, p); }

// Whether on every path something is waited for before the close: by then the senders may have ended.
struct waited_problem {
  using state = bool;  // true: some path has waited for nothing
  unit& u;
  const place& channel;

  state entry() const { return true; }
  void apply(state& s, const step& st) const {
    if (st.kind == step_kind::op && is_waiting(st.what) && !(st.where == channel)) s = false;
    if (st.kind == step_kind::op && st.what == role::range) s = false;  // until somebody else closed it
    if (st.kind == step_kind::unknown && llvm::any_of(st.handed, [](const place& p) { return bool(p); })) s = false;
    if (st.kind == step_kind::call)
      for (const effect& e : u.summary_of(st.callee).effects)
        if (is_waiting(e.what) && !(st.entry->translate(e.where) == channel)) s = false;
  }
  bool join(state& into, const state& from) const {
    bool grew = from && !into;
    into |= from;
    return grew;
  }
};

// Whether f comes to a close of p, in itself or in what it calls, with nothing waited for.
bool closes_unordered(const FunctionDecl* f, const place& p, unit& u, int depth = 0) {
  const flow* fl = depth < 4 ? u.flow_of(f) : nullptr;
  if (!fl) return false;
  waited_problem problem{u, p};
  solution<waited_problem> solved(*fl, problem);
  bool unordered = false;
  solved.each_step([&](const step& st, bool nothing_waited) {
    if (!nothing_waited || unordered) return;
    if (st.kind == step_kind::op) unordered = st.what == role::close && st.where == p;
    if (st.kind != step_kind::call) return;
    for (const effect& e : u.summary_of(st.callee).effects)
      if (e.what == role::close && st.entry->translate(e.where) == p) unordered |= closes_unordered(st.callee, e.where, u, depth + 1);
  });
  return unordered && solved.complete();
}

// The close of p by the context's own body, in itself or in what it calls.
struct own_close {
  const effect* what = nullptr;
  place own;               // p as the body names it
  bool certain = false;    // on every path
};

own_close close_by(const goroutine_context& c, const FunctionDecl* f, const place& p, unit& u) {
  const FunctionDecl* body = c.site ? c.site->body : f;
  const flow* fl = u.flow_of(body);
  for (const effect& e : u.summary_of(body).effects) {
    if (!fl || e.what != role::close || !((c.site ? c.site->bound.translate(e.where) : e.where) == p)) continue;
    bool straight = fl->scope_of(e.origin) ? !fl->is_conditional(e.origin) : e.always;
    return {&e, e.where, straight};
  }
  return {};
}

void report(const effect& close, const place& p, const std::string& text, const goroutine_context& sender, findings& out) {
  diagnosis d;
  d.at = close.origin->getBeginLoc();
  d.text = text;
  const effect* send = sender.find(role::send, p);
  if (!send) send = sender.find(role::try_send, p);
  d.notes.push_back({send->origin->getBeginLoc(), "a send on '" + text_of(p) + "' that the close can hit"});
  out.add(std::move(d));
}

// Whether the function itself may send on the channel after the goroutine has started.
struct started_problem {
  using state = bool;
  const Stmt* start;

  state entry() const { return false; }
  void apply(state& s, const step& st) const {
    if (st.kind == step_kind::spawn && st.origin == start) s = true;
  }
  bool join(state& into, const state& from) const {
    bool grew = from && !into;
    into |= from;
    return grew;
  }
};

bool sends_after(const Stmt* start, const FunctionDecl* f, const place& p, unit& u) {
  const flow* fl = u.flow_of(f);
  if (!fl || !fl->scope_of(start)) return true;  // started by a callee
  started_problem problem{start};
  solution<started_problem> solved(*fl, problem);
  auto is_send = [](role r) { return r == role::send || r == role::try_send; };
  bool found = false;
  solved.each_step([&](const step& st, bool started) {
    if (!started) return;
    if (st.kind == step_kind::op && is_send(st.what) && st.where == p) found = true;
    if (st.kind == step_kind::call)
      for (const effect& e : u.summary_of(st.callee).effects)
        if (is_send(e.what) && st.entry->translate(e.where) == p) found = true;
  });
  return found || !solved.complete();
}

// One channel of a function, all of whose users are seen.
void examine_channel(const place& p, const FunctionDecl* f, const std::vector<goroutine_context>& all, unit& u, findings& out) {
  std::vector<const goroutine_context*> senders;
  for (const auto& c : all)
    if (sends(c, p)) senders.push_back(&c);
  if (senders.empty()) return;
  for (const auto& c : all) {
    if (c.site && !c.site->body) continue;
    own_close close = close_by(c, f, p, u);
    if (!close.what) continue;
    const FunctionDecl* body = c.site ? c.site->body : f;
    bool is_sender = sends(c, p);
    bool several = c.repeated && !u.flow_of(f)->is_of_same_turn(p.variable(), c.site->expr);
    const goroutine_context* other = nullptr;
    for (const auto* s : senders)
      if (s != &c && (s->site || !c.site || sends_after(c.site->expr, f, p, u))) other = s;
    if (!is_sender && other && closes_unordered(body, close.own, u)) {
      if (!c.site && !other->site) continue;
      report(*close.what, p, "'" + text_of(p) + "' is closed here by a goroutine that does not send on it, while its sender may still send",
             *other, out);
    } else if (is_sender && (other || several) && close.certain && closes_unordered(body, close.own, u)) {
      report(*close.what, p, "'" + text_of(p) + "' is closed here by one of its senders, while others may still send", other ? *other : c,
             out);
    }
  }
}

// ---- Across the methods of a class ----

// An operation on one of a class's channels, in a goroutine that one of its methods starts.
struct method_use {
  const effect* what;
  const FunctionDecl* method;
  std::shared_ptr<const spawn_site> site;
  QualType element;
};

QualType element_of(const Stmt* origin) {
  const auto* m = dyn_cast_or_null<CXXMemberCallExpr>(origin);
  if (!m) return {};
  const CXXRecordDecl* c = m->getImplicitObjectArgument()->IgnoreParenImpCasts()->getType().getNonReferenceType()->getAsCXXRecordDecl();
  const auto* s = dyn_cast_or_null<ClassTemplateSpecializationDecl>(c);
  if (!s || s->getTemplateArgs().size() == 0 || s->getTemplateArgs()[0].getKind() != TemplateArgument::Type) return {};
  return s->getTemplateArgs()[0].getAsType().getCanonicalType();
}

// One of the class's channels, of which it is not known which: an element of a container of it, or a parameter.
bool is_one_of_many(const place& p, const CXXMethodDecl& m) {
  if (!p) return false;
  if (isa<ParmVarDecl>(p.root)) return p.root->getDeclContext() == &m;
  return isa<CXXRecordDecl>(p.root) && p.is_element();
}

void examine_class(const CXXRecordDecl* c, unit& u, findings& out) {
  std::vector<std::unique_ptr<summary>> kept;
  std::vector<method_use> sending, closing;
  for (const FunctionDecl* f : u.functions()) {
    const auto* m = dyn_cast<CXXMethodDecl>(f);
    if (!m || m->getParent()->getCanonicalDecl() != c) continue;
    for (const auto& s : u.summary_of(m).spawns) {
      if (!s->body) continue;
      kept.push_back(std::make_unique<summary>(u.effects_of(*s)));
      bool any_send = llvm::any_of(kept.back()->effects, [](const effect& e) { return e.what == role::send || e.what == role::try_send; });
      for (const effect& e : kept.back()->effects) {
        if (!is_one_of_many(e.where, *m)) continue;
        if (e.what == role::send) sending.push_back({&e, m, s, element_of(e.origin)});
        if (e.what == role::close && !any_send) closing.push_back({&e, m, s, element_of(e.origin)});
      }
    }
  }
  for (const method_use& close : closing) {
    place own;
    for (const effect& e : u.summary_of(close.site->body).effects)
      if (e.origin == close.what->origin) own = e.where;
    if (!closes_unordered(close.site->body, own, u)) continue;
    for (const method_use& send : sending) {
      if (send.element.isNull() || send.element != close.element || send.method == close.method) continue;
      diagnosis d;
      d.at = close.what->origin->getBeginLoc();
      d.text = "'" + text_of(close.what->where) + "' is closed here by a goroutine that does not send on it and has waited for no sender";
      d.notes.push_back({send.what->origin->getBeginLoc(), "a goroutine of '" + send.method->getNameAsString() +
                                                               "' may be sending on the same channel here, and panics then"});
      d.notes.push_back({close.site->expr->getBeginLoc(), "the goroutine that closes starts here"});
      out.add(std::move(d));
      break;
    }
  }
}

void run(unit& u, findings& out) {
  std::set<const CXXRecordDecl*> classes;
  for (const FunctionDecl* f : u.functions()) {
    if (const auto* m = dyn_cast<CXXMethodDecl>(f); m && !m->getParent()->isLambda()) classes.insert(m->getParent()->getCanonicalDecl());
    auto all = contexts_of(f, u);
    if (all.size() < 2) continue;
    std::set<place> closed;
    for (const auto& c : all)
      for (const effect& e : c.does.effects)
        if (e.what == role::close && e.where && !e.where.is_element()) closed.insert(e.where);
    for (const place& p : closed) {
      const VarDecl* v = p.variable();
      const auto* owner = v ? dyn_cast<FunctionDecl>(v->getDeclContext()) : nullptr;
      if (owner && owner->getCanonicalDecl() == f->getCanonicalDecl()) examine_channel(p, f, all, u, out);
    }
  }
  for (const CXXRecordDecl* c : classes) examine_class(c, u, out);
}

}  // namespace

extern const check receiver_close;
const check receiver_close{info, run};

}  // namespace gosan::checks
