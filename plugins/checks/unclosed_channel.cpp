#include "model/check.hpp"
#include "model/contexts.hpp"
#include "model/deliveries.hpp"
#include "model/edits.hpp"
#include "model/field_channels.hpp"
#include "model/own_channels.hpp"
#include "model/per_function.hpp"

namespace gosan::checks {

using namespace clang;

namespace {

constexpr check_info info{
    .id = "gosan-unclosed-channel",
    .title = "a channel is received from until it is closed, and nobody closes it",
    .why = "The receiver waits for the end of the channel. When no path closes it, or one path leaves without closing it, the "
           "receiver waits for ever, and so does whoever waits for the receiver.",
    .wrong = R"(auto numbers = gosan::make_chan<int>();
gosan::go([numbers] {
  for (int i = 0; i < 10; ++i) numbers.send(i);
});
for (int n : numbers) print(n);)",
    .right = R"(auto numbers = gosan::make_chan<int>();
gosan::go([numbers] {
  gosan::defer close{[&] { numbers.close(); }};
  for (int i = 0; i < 10; ++i) numbers.send(i);
});
for (int n : numbers) print(n);)",
    .since = "0.1.0",
    .limits = "Only channels that do not leave the function that makes them, alone or with the object they belong to: not returned, not stored, "
              "not handed to a function whose body is elsewhere; and members of classes that no header defines. A loop that can be left by break or return is not taken to wait for the end.",
};

// A loop that ends when the channel is closed.
struct drain {
  const Stmt* origin;
  SourceLocation at;
  bool by_timer = false;  // in the place of a close, a time without a value ends it
};

bool leaves_otherwise(const Stmt* s) {
  class finder : public RecursiveASTVisitor<finder> {
   public:
    bool VisitBreakStmt(BreakStmt*) { return !(found = true); }
    bool VisitReturnStmt(ReturnStmt*) { return !(found = true); }
    bool VisitGotoStmt(GotoStmt*) { return !(found = true); }
    bool VisitCXXThrowExpr(CXXThrowExpr*) { return !(found = true); }
    bool TraverseLambdaExpr(LambdaExpr*) { return true; }
    bool found = false;
  } f;
  f.TraverseStmt(const_cast<Stmt*>(s));
  return f.found;
}

// Finds the loops of a body that drain a place, in the body's own terms.
class drain_finder : public RecursiveASTVisitor<drain_finder> {
 public:
  drain_finder(unit& u, std::map<place, std::vector<drain>>& to) : unit_(u), found_(to) {}
  bool TraverseLambdaExpr(LambdaExpr*) { return true; }  // a body of its own

  bool VisitCXXForRangeStmt(CXXForRangeStmt* s) {
    if (!s->getRangeInit() || leaves_otherwise(s->getBody())) return true;
    if (unit_.roles().of_type(strip(s->getRangeInit())->getType()).what != role::channel) return true;
    found_[unit_.places().resolve(s->getRangeInit())].push_back({s, strip(s->getRangeInit())->getExprLoc()});
    return true;
  }

  bool VisitForStmt(ForStmt* s) {
    if (is_endless(s, unit_.ast())) find_timed(s, s->getBody());
    return true;
  }

  bool VisitWhileStmt(WhileStmt* s) {
    if (is_endless(s, unit_.ast())) find_timed(s, s->getBody());
    const Expr* condition = s->getCond();
    if (const VarDecl* v = s->getConditionVariable()) condition = v->getInit();
    if (!condition || leaves_otherwise(s->getBody())) return true;
    const auto* call = dyn_cast<CXXMemberCallExpr>(strip(condition));
    if (call && isa<CXXConversionDecl>(call->getMethodDecl()))
      call = dyn_cast<CXXMemberCallExpr>(strip(call->getImplicitObjectArgument()));
    if (call && unit_.roles().of(*call).what == role::recv)
      found_[unit_.places().resolve(call->getImplicitObjectArgument())].push_back({s, call->getExprLoc()});
    return true;
  }

 private:
  // A select of two: the channel, and a timer that each turn makes anew.
  void find_timed(const Stmt* loop, const Stmt* s) {
    if (!s || isa<LambdaExpr>(s)) return;
    for (const Stmt* child : s->children()) find_timed(loop, child);
    const auto* c = dyn_cast<CallExpr>(s);
    if (!c || c->getNumArgs() != 2 || unit_.roles().of(*c).what != role::select) return;
    const Expr* first = received_in(c->getArg(0));
    const auto* timer = dyn_cast_or_null<CallExpr>(received_in(c->getArg(1)));
    if (first && timer && unit_.roles().of(*timer).what == role::after)
      found_[unit_.places().resolve(first)].push_back({loop, c->getArg(0)->getExprLoc(), true});
  }

  const Expr* received_in(const Expr* e) const {
    const auto* c = dyn_cast<CallExpr>(strip(e));
    return c && c->getNumArgs() && unit_.roles().of(*c).what == role::recv_case ? strip(c->getArg(0)) : nullptr;
  }

  unit& unit_;
  std::map<place, std::vector<drain>>& found_;
};

using drains = std::map<place, std::vector<drain>>;

// The loops of a body and of what it surely calls.
class drains_of_functions {
 public:
  explicit drains_of_functions(unit& u) : unit_(u) {}

  const drains& of(const FunctionDecl* f) {
    return known_.of(f, [this](const FunctionDecl* definition) {
      drains found;
      drain_finder(unit_, found).TraverseStmt(definition->getBody());
      const flow* fl = unit_.flow_of(definition);
      if (fl) fl->each([&](const step& st) {
        if (st.kind != step_kind::call || !st.certain) return;
        for (auto& [p, list] : of(st.callee))
          if (place here = st.entry->translate(p)) found[here].insert(found[here].end(), list.begin(), list.end());
      });
      return found;
    });
  }

 private:
  unit& unit_;
  per_function<drains> known_;
};

class channel_examiner {
 public:
  channel_examiner(own_channel c, const FunctionDecl* f, unit& u, drains_of_functions& all, findings& out)
      : own_(std::move(c)), channel_(own_.where), function_(f), unit_(u), all_(all), out_(out), contexts_(contexts_of(f, u)) {}

  void examine() {
    find_drains();
    if (drains_.empty() || (drains_.front().by_timer && sends_on()) || escapes(own_.variable, function_->getBody(), unit_)) return;
    if (llvm::any_of(contexts_, [&](const goroutine_context& c) { return leaves_with_its_object(own_, c.does); })) return;
    std::vector<const goroutine_context*> closers;
    for (const auto& c : contexts_)
      if (c.does_any(role::close, channel_)) closers.push_back(&c);
    if (closers.empty()) {
      if (!closed_in_some_lambda()) report_never();
    } else if (closers.size() == 1 && !drains_.front().by_timer) {
      closers.front()->site ? examine_closer(*closers.front()) : examine_spawner();
    }
  }

 private:
  void find_drains() {
    for (const auto& c : contexts_) {
      if (c.site && (!c.site->body || c.site->entry.has(props::daemon))) continue;
      const FunctionDecl* body = c.site ? c.site->body : function_;
      for (auto& [p, list] : all_.of(body))
        if ((c.site ? c.site->bound.translate(p) : p) == channel_) drains_.insert(drains_.end(), list.begin(), list.end());
    }
  }

  // Whether some sender goes on for ever, so that there is no end to be told of.
  bool sends_on() const {
    return llvm::none_of(contexts_, [&](const goroutine_context& c) { return c.site && c.does_any(role::send, channel_); }) ||
           llvm::any_of(contexts_, [&](const goroutine_context& c) {
             const effect* e = c.find(role::send, channel_);
             return e && e->in_loop;
           });
  }

  // A close in a lambda of which it is not seen when it runs.
  bool closed_in_some_lambda() {
    class finder : public RecursiveASTVisitor<finder> {
     public:
      finder(unit& u, const place& p) : unit_(u), channel_(p) {}
      bool VisitCallExpr(CallExpr* c) {
        const auto* m = dyn_cast<CXXMemberCallExpr>(c);
        if (m && unit_.roles().of(*c).what == role::close && unit_.places().resolve(m->getImplicitObjectArgument()) == channel_)
          found = true;
        return !found;
      }
      bool found = false;

     private:
      unit& unit_;
      const place& channel_;
    } f(unit_, channel_);
    f.TraverseStmt(function_->getBody());
    return f.found;
  }

  void report_never() {
    diagnosis d;
    d.at = drains_.front().at;
    std::string name = text_of(channel_);
    d.text = "'" + name + "' is received from until it is closed, and nothing closes it";
    if (drains_.front().by_timer) d.text = "a timer stands in for the close of '" + name + "', which nothing closes: values that come later are lost";
    const goroutine_context* sender = only_sender();
    if (sender) {
      d.notes.push_back({sender->site->expr->getBeginLoc(), "the goroutine that sends on '" + name + "' starts here"});
      if (auto fix = channel_.path.empty() ? defer_at_start(*sender->site->body, "close", name + ".close()", unit_.ast()) : std::nullopt) d.fixes.push_back(*fix);
    }
    d.notes.push_back({channel_.root->getLocation(), "'" + name + "' is made here"});
    out_.add(std::move(d));
  }

  // One goroutine that alone sends, whose body is a lambda that holds the channel by this name.
  const goroutine_context* only_sender() const {
    const goroutine_context* only = nullptr;
    for (const auto& c : contexts_) {
      if (!c.does_any(role::send, channel_) && !c.does_any(role::try_send, channel_)) continue;
      if (only || c.repeated || !c.site || !c.site->lambda) return nullptr;
      only = &c;
    }
    return only && captures(*only->site->lambda) ? only : nullptr;
  }

  bool captures(const LambdaExpr& l) const {
    return llvm::any_of(l.captures(), [&](const LambdaCapture& c) {
      return c.capturesVariable() && c.getCapturedVar()->getCanonicalDecl() == channel_.root;
    });
  }

  // The goroutine that closes has a path that leaves before.
  void examine_closer(const goroutine_context& c) {
    const flow* f = unit_.flow_of(c.site->body);
    if (!f) return;
    place own;
    const Stmt* origin = nullptr;
    for (const effect& e : unit_.summary_of(c.site->body).effects)
      if (e.what == role::close && c.site->bound.translate(e.where) == channel_) own = e.where, origin = e.origin;
    if (!own || !f->scope_of(origin) || f->is_conditional(origin) || f->loop_around(origin)) return;
    for (const missed_exit& exit : exits_without(*f, unit_, role::close, own)) {
      if (!exit.early) continue;
      diagnosis d = early(exit.at, origin);
      if (const auto* call = dyn_cast<CXXMemberCallExpr>(origin)) d.fixes = defer_instead(*c.site->body, *call, unit_.ast());
      out_.add(std::move(d));
    }
  }

  // The function closes itself, and leaves on some path before, while a goroutine already drains.
  void examine_spawner() {
    const flow* f = unit_.flow_of(function_);
    const effect* close = contexts_.front().find(role::close, channel_);
    if (!f || !f->scope_of(close->origin) || f->is_conditional(close->origin)) return;
    SourceLocation first_drainer;
    for (const auto& c : contexts_)
      if (c.site && c.site->body && !all_.of(c.site->body).empty() && first_drainer.isInvalid())
        for (auto& [p, list] : all_.of(c.site->body))
          if (c.site->bound.translate(p) == channel_) first_drainer = c.site->expr->getBeginLoc();
    if (first_drainer.isInvalid()) return;
    const SourceManager& sources = unit_.sources();
    for (const missed_exit& exit : exits_without(*f, unit_, role::close, channel_)) {
      if (!exit.early || sources.isBeforeInTranslationUnit(exit.at, first_drainer)) continue;
      diagnosis d = early(exit.at, close->origin);
      d.notes.push_back({first_drainer, "the goroutine that receives from it starts here"});
      out_.add(std::move(d));
    }
  }

  diagnosis early(SourceLocation at, const Stmt* close) {
    diagnosis d;
    d.at = at;
    std::string name = text_of(channel_);
    d.text = "this path leaves without closing '" + name + "', which is received from until it is closed";
    d.notes.push_back({drains_.front().at, "received from until closed here"});
    d.notes.push_back({close->getBeginLoc(), "other paths close it here"});
    return d;
  }

  own_channel own_;
  place channel_;
  const FunctionDecl* function_;
  unit& unit_;
  drains_of_functions& all_;
  findings& out_;
  std::vector<goroutine_context> contexts_;
  std::vector<drain> drains_;
};

// ---- Members of classes that only this file knows ----

// Bodies of goroutines that are meant to outlive everything, and what they call.
void add_daemons(const FunctionDecl* f, bool within, unit& u, std::set<const FunctionDecl*>& to) {
  const flow* fl = u.flow_of(f);
  if (!fl || (within && !to.insert(f).second)) return;
  fl->each([&](const step& st) {
    if (st.kind == step_kind::spawn && st.spawned->entry.has(props::daemon) && st.spawned->body) add_daemons(st.spawned->body, true, u, to);
    if (st.kind == step_kind::call && within) add_daemons(st.callee, true, u, to);
  });
}

void examine_members(unit& u, findings& out) {
  std::map<const Decl*, const drain*> of_fields;
  std::map<const FunctionDecl*, drains> found;
  std::set<const FunctionDecl*> daemons;
  for (const FunctionDecl* f : u.functions()) {
    add_daemons(f, false, u, daemons);
    drain_finder(u, found[f]).TraverseStmt(f->getBody());
  }
  for (const FunctionDecl* f : u.functions())
    for (auto& [p, list] : found[f])
      if (!p.path.empty() && p.path.back() && !list.front().by_timer && !daemons.count(f)) of_fields.insert({p.path.back(), &list.front()});
  if (of_fields.empty()) return;
  for (const field_object& c : field_channels_of(u)) {
    auto at = of_fields.find(c.field->getCanonicalDecl());
    if (at == of_fields.end() || c.lives_for_ever) continue;
    if (llvm::any_of(c.uses, [](const field_use& use) { return use.what == role::close; })) continue;
    std::string name = "'" + c.field->getNameAsString() + "'";
    out.add({at->second->at, {}, name + " is received from until it is closed, and nothing closes it",
             {{c.field->getLocation(), name + " is a member of a class that only this file knows"}}, {}});
  }
}

void run(unit& u, findings& out) {
  drains_of_functions all(u);
  examine_members(u, out);
  for (const FunctionDecl* f : u.functions()) {
    const flow* fl = u.flow_of(f);
    if (!fl) continue;
    for (own_channel& c : own_channels_of(*fl, u)) channel_examiner(std::move(c), f, u, all, out).examine();
  }
}

}  // namespace

extern const check unclosed_channel;
const check unclosed_channel{info, run};

}  // namespace gosan::checks
