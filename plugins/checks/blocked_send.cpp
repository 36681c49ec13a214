#include "model/check.hpp"
#include "model/deliveries.hpp"
#include "model/feeding.hpp"
#include "model/field_channels.hpp"
#include "model/left_early.hpp"
#include "model/overlap.hpp"
#include "model/own_channels.hpp"
#include "model/thrown_away.hpp"
#include "model/told_to_end.hpp"

namespace gosan::checks {

using namespace clang;

namespace {

constexpr check_info info{
    .id = "gosan-blocked-send",
    .title = "a goroutine sends on a channel that nobody may receive from, or receives where nobody sends",
    .why = "A send on a channel without a buffer waits for its receiver. When the only receiver returns on another path, by a time "
           "limit or an error, the sender waits for ever, and so it does when the receiver leaves its loop in the middle. So does a receiver of "
           "a channel that nobody sends on or closes, and who hands out all the work of a pool before it takes the first result.",
    .wrong = R"(auto answer = gosan::make_chan<int>();
gosan::go([answer] { answer.send(ask()); });
gosan::select(gosan::recv_case(answer), gosan::recv_case(gosan::after(1s)));)",
    .right = R"(auto answer = gosan::make_chan<int>(1);
gosan::go([answer] { answer.send(ask()); });
gosan::select(gosan::recv_case(answer), gosan::recv_case(gosan::after(1s)));)",
    .since = "0.1.0",
    .limits = "Only channels that do not leave the function that makes them but by return, alone or with the object they belong to, and members "
              "of classes that no header defines. "
              "Senders and receives are counted, values are not: a loop over a channel that is left by a count, or whose sender may stop by itself, is "
              "taken to have had all.",
};

// Of a channel, when it is plain; more than is counted is unknown too.
std::optional<unsigned> counted_capacity_of(const CallExpr* make, const ASTContext& ast) {
  auto n = capacity_of(make, ast);
  return n && *n < many ? std::optional(static_cast<unsigned>(*n)) : std::nullopt;
}

// The variables that a body's branches look at.
std::set<const Decl*> decided_by(const flow& f) {
  class finder : public RecursiveASTVisitor<finder> {
   public:
    bool VisitDeclRefExpr(DeclRefExpr* r) {
      if (isa<VarDecl>(r->getDecl())) found.insert(r->getDecl()->getCanonicalDecl());
      return true;
    }
    std::set<const Decl*> found;
  } all;
  for (const CFGBlock* b : f.cfg())
    if (const Stmt* c = b ? b->getTerminatorCondition() : nullptr) all.TraverseStmt(const_cast<Stmt*>(c));
  return std::move(all.found);
}

class channel_examiner {
 public:
  channel_examiner(own_channel c, const flow& f, unit& u, findings& out)
      : own_(std::move(c)), channel_(own_.where), capacity_(counted_capacity_of(own_.make, u.ast())), flow_(f), unit_(u), out_(out) {}

  void examine() {
    const Stmt* body = flow_.function().getBody();
    bool returned = escapes(own_.variable, body, unit_);
    if (returned && (!channel_.path.empty() || escapes_but_by_return(own_.variable, body, unit_))) return;
    contexts_ = contexts_of(&flow_.function(), unit_);
    if (llvm::any_of(contexts_, [&](const goroutine_context& c) {
          return (c.site && !c.site->body) || leaves_with_its_object(own_, c.does);
        }))
      return;
    for (const auto& c : contexts_) {
      if (does_any(c, delivers)) deliverers_.push_back(&c);
      received_elsewhere_ |= c.site && does_any(c, receives);
    }
    if (returned) {
      examine_returned();
      return;
    }
    if (deliverers_.empty()) {
      never_sent();
      return;
    }
    too_early();
    waits_for_itself();
    sender_may_not_send();
    results_come_too_late();
    receiver_leaves_early();
    if (!capacity_) return;
    received_elsewhere_ ? too_few_receives() : maybe_not_received();
    receiver_may_be_ended();
  }

  // The send that is left over when the caller throws the returned channel away.
  const Stmt* left_to_caller = nullptr;
  // The goroutine that sends on it until the caller has received all.
  std::optional<steady_sender> steady;

 private:
  struct sender {
    const goroutine_context* who;
    const step* at;      // in the goroutine's own body: the send, or a call that always sends
    const Stmt* origin;  // the send itself
    bool looped;         // within the callee
    unsigned times;
  };

  bool does_any(const goroutine_context& c, bool (*part)(role)) const {
    return llvm::any_of(c.does.effects, [&](const effect& e) { return part(e.what) && e.where == channel_; });
  }

  const flow* flow_of(const goroutine_context& c) { return c.site ? unit_.flow_of(c.site->body) : &flow_; }

  // The channel as the context's own body names it; unknown when it does nothing on it.
  place own_name(const goroutine_context& c) {
    return c.site ? name_within(c.site->body, c.site->bound, channel_, unit_) : channel_;
  }

  // The step of a body that does something on the channel, if it stands there and is no case of a select.
  const step* certain_step(const goroutine_context& c, role what) {
    const flow* f = flow_of(c);
    const step* found = nullptr;
    if (!f) return nullptr;
    f->each([&](const step& st) {
      if (st.kind == step_kind::op && st.what == what && st.certain && !found &&
          (c.site ? c.site->bound.translate(st.where) : st.where) == channel_)
        found = &st;
    });
    return found;
  }

  std::string name() const { return "'" + text_of(channel_) + "'"; }

  void report(const Stmt* origin, std::string text, std::vector<remark> notes, std::vector<FixItHint> fixes = {}) {
    out_.add({origin->getBeginLoc(), {}, std::move(text), std::move(notes), std::move(fixes)});
  }

  remark made_here() const { return {own_.variable->getLocation(), name() + " is made here, and does not leave this function"}; }
  static remark started(const goroutine_context& c) { return {c.site->expr->getBeginLoc(), "the goroutine starts here"}; }

  void never_sent() {
    for (const auto& c : contexts_) {
      const step* st = certain_step(c, role::recv);
      if (!st || st->has(props::one_of_many)) continue;  // a range without a close is the matter of gosan-unclosed-channel
      report(st->origin, "this receive waits for ever: nothing sends on " + name() + " or closes it", {made_here()});
    }
  }

  // ---- A channel that nobody else has before it is returned ----

  void examine_returned() {
    if (capacity_ != 0u || received_elsewhere_ || does_any(contexts_.front(), receives)) return;
    for (const sender& s : senders())
      if (!flow_of(*s.who)->is_conditional(s.at->origin) && is_straight(s.who->site->expr)) left_to_caller = s.origin;
    steady = steady_sender_of(channel_, contexts_, unit_);
    if (llvm::any_of(contexts_, [&](const goroutine_context& c) { return c.site && does_any(c, [](role) { return true; }); })) return;
    flow_.each([&](const step& st) {
      if (st.kind == step_kind::op && st.what == role::send && st.certain && st.where == channel_ && !st.has(props::one_of_many))
        report(st.origin, "this send waits for ever: nobody else has " + name() + " before it is returned",
               {{own_.variable->getLocation(), name() + " is made here"}});
    });
  }

  // ---- Before anybody was started who could be the partner ----

  void too_early() {
    if (capacity_) {
      filling_problem problem{unit_, channel_};
      std::string room_left = *capacity_ == 0 ? "" : name() + " " + room() + ", and ";
      too_early(problem, [&](const filled& f) { return f.begun || f.sent < *capacity_; }, role::send,
                "this send waits for ever: " + room_left + "nothing that receives from " + (*capacity_ == 0 ? name() : "it") + " was started before");
    }
    begun_problem problem{unit_, channel_, delivers};
    too_early(problem, [](bool begun) { return begun; }, role::recv,
              "this receive waits for ever: nothing that sends on " + name() + " or closes it was started before");
  }

  template <class Problem, class IsGood>
  void too_early(const Problem& problem, IsGood is_good, role what, const std::string& text) {
    solution<Problem> solved(flow_, problem);
    if (!solved.complete()) return;
    const Stmt* first = nullptr;
    solved.each_step([&](const step& st, const typename Problem::state& before) {
      if (is_good(before) || first || !st.certain) return;
      each_effect(st, unit_, channel_, [&](const effect& e) {
        if (e.what == what && (e.always || happens_here(st)) && (e.properties & props::one_of_many) == 0) first = e.origin;
      });
    });
    if (first) report(first, text, {made_here()});
  }

  // Whether what a callee does on some path only is up to what it finds: it starts nothing, and is not told by a flag.
  bool happens_here(const step& st) const {
    const auto* c = st.kind == step_kind::call ? dyn_cast<CallExpr>(st.origin) : nullptr;
    if (!c || !unit_.summary_of(st.callee).spawns.empty()) return false;
    return llvm::none_of(c->arguments(), [](const Expr* a) { return strip(a)->getType()->isIntegralOrEnumerationType(); });
  }

  // ---- A goroutine that receives what it alone would send later ----

  void waits_for_itself() {
    const goroutine_context& c = *deliverers_.front();
    place own = own_name(c);
    const flow* f = flow_of(c);
    if (deliverers_.size() != 1 || !c.site || c.repeated || !own || !f) return;
    begun_problem problem{unit_, own, delivers};
    solution<begun_problem> solved(*f, problem);
    if (!solved.complete()) return;
    solved.each_step([&](const step& st, bool begun) {
      bool waits = st.kind == step_kind::op && st.what == role::recv && st.where == own && st.certain && !st.has(props::one_of_many);
      if (waits && !begun)
        report(st.origin, "this receive waits for ever: only this goroutine itself sends on " + name() + " or closes it, later",
               {started(c)});
    });
  }

  // ---- A receive whose only sender has a path without a send ----

  void sender_may_not_send() {
    const step* receive = certain_step(contexts_.front(), role::recv);
    const goroutine_context& c = *deliverers_.front();
    if (!receive || receive->has(props::one_of_many) || deliverers_.size() != 1 || received_elsewhere_) return;
    place own = own_name(c);
    const flow* f = flow_of(c);
    if (!c.site || c.repeated || !own || !f || !is_straight(receive->origin) || !is_straight(c.site->expr)) return;
    if (llvm::any_of(c.does.effects, [&](const effect& e) { return delivers(e.what) && e.where == channel_ && e.in_loop && !leaves_its_loop(e.origin, *f, unit_); })) return;
    if (is_told_to_end_later(c)) return;
    auto mine = decided_by(flow_);  // both may follow the same condition
    if (llvm::any_of(decided_by(*f), [&](const Decl* d) { return mine.count(d) != 0; })) return;
    nothing_sent_problem problem{unit_, own};
    solution<nothing_sent_problem> solved(*f, problem);
    bool said = !solved.complete();
    solved.each_exit([&](bool nothing, const CFGBlock& b) {
      if (!nothing || std::exchange(said, true)) return;
      report(receive->origin, "this receive can wait for ever: the only goroutine that sends on " + name() + " can end without",
             {started(c), {f->leaves_at(b), "here it ends, on some path without having sent or closed"}});
    });
  }

  // Whether a select of the goroutine's has another case that only the receiver itself lets go on, or nobody.
  bool is_told_to_end_later(const goroutine_context& c) const {
    auto only_by_receiver = [&](const place& p) {
      const VarDecl* v = p.variable();
      if (!v || isa<ParmVarDecl>(v) || !p.path.empty() || v->getDeclContext() != &flow_.function() || escapes(v, flow_.function().getBody(), unit_)) return false;
      return llvm::none_of(contexts_, [&](const goroutine_context& other) {
        return other.site && llvm::any_of(other.does.effects, [&](const effect& e) { return delivers(e.what) && e.where == p; });
      });
    };
    return llvm::any_of(c.does.effects, [&](const effect& e) {
      return e.what == role::recv && (e.properties & props::one_of_many) != 0 && e.where && !(e.where == channel_) && only_by_receiver(e.where);
    });
  }

  bool is_straight(const Stmt* s) const { return flow_.scope_of(s) && !flow_.is_conditional(s) && !flow_.loop_around(s); }

  // ---- Senders that are left over ----

  std::vector<sender> senders() {
    std::vector<sender> found;
    for (const auto& c : contexts_) {
      const flow* f = c.site && does_any(c, delivers) ? flow_of(c) : nullptr;
      if (!f) continue;
      sender s{&c, nullptr, nullptr, false, 0};
      each_send(*f, own_name(c), [&](const step& st, const effect& e) {
        if (!s.at) s.at = &st, s.origin = e.origin, s.looped = st.kind == step_kind::call && e.in_loop;
        if (!f->is_conditional(st.origin) && !f->loop_around(st.origin)) s.times = plus(s.times, 1);
      });
      if (!s.at) continue;
      s.times = std::max(s.times, 1u);
      found.push_back(s);
    }
    return found;
  }

  // The sends of a body, and calls of what always sends.
  template <class F>
  void each_send(const flow& f, const place& own, F each) {
    f.each([&](const step& st) {
      if (!st.certain || !own) return;
      bool any = false;
      each_effect(st, unit_, own, [&](const effect& e) {
        if (e.what == role::send && e.always && !std::exchange(any, true)) each(st, e);
      });
    });
  }

  void maybe_not_received() {
    std::vector<sender> all = senders();
    std::map<const Stmt*, unsigned> starts;
    for (const sender& s : all) starts[s.who->site->expr] = s.times;
    if (starts.empty()) return;
    bool either_or = llvm::all_of(all, [&](const sender& s) { return sends_in_its_place(s); });
    pending_problem problem{unit_, flow_, channel_, flow_.loop_around(own_.made_at), starts, either_or, capacity_ != 0u};
    solution<pending_problem> solved(flow_, problem);
    bool said = !solved.complete();
    solved.each_step([&](const step& st, unsigned pending) {
      if (pending <= *capacity_ || said) return;
      if (st.kind == step_kind::dies && st.variable->getCanonicalDecl() == channel_.root) {
        said = true;
        report_left_over(all.front(), all.size() == 1, st.at);
      } else if (st.kind == step_kind::op && st.what == role::wait && st.certain && !st.has(props::query_only)) {
        for (const sender& s : all)
          if (waits_for(st, s) && !std::exchange(said, true)) report_wait(s, st);
      }
    });
  }

  // A goroutine that sends a result on one channel or an error on another: a select of both has had what there is.
  bool sends_in_its_place(const sender& s) {
    return flow_of(*s.who)->is_conditional(s.at->origin) &&
           llvm::any_of(s.who->does.effects, [&](const effect& e) { return delivers(e.what) && e.where && !(e.where == channel_); });
  }

  // Whether the step waits for the end of the sender, which has its send on every path.
  bool waits_for(const step& st, const sender& s) {
    const spawn_site& site = *s.who->site;
    if (!st.where || flow_of(*s.who)->is_conditional(s.at->origin)) return false;
    if (site.entry.has(props::counted) && site.group == st.where) return true;
    return site.handle == st.where || s.who->does_any(role::done, st.where);
  }

  void report_wait(const sender& s, const step& wait) {
    report(s.at->origin, "this send waits for ever: the receives from " + name() + " come after a wait for this goroutine",
           {started(*s.who), {wait.at, "its end is waited for here; until then nothing receives"}});
  }

  std::string room() const { return *capacity_ == 0 ? "has no buffer" : "has room for " + std::to_string(*capacity_) + " only"; }

  void report_left_over(const sender& s, bool alone, SourceLocation exit) {
    std::string text = "this send can wait for ever: " + name() + " " + room() + ", and its only receiver can return ";
    text += alone && s.times == 1 ? "without receiving" : "before it has received all there is";
    const flow* body = flow_of(*s.who);
    bool one_turn = flow_.loop_around(s.who->site->expr) == flow_.loop_around(own_.made_at);
    bool once = alone && one_turn && s.times == 1 && body && !body->loop_around(s.at->origin) && !s.looped;
    SourceLocation paren = own_.make->getRParenLoc();
    bool no_argument = !own_.make->getNumArgs() || isa<CXXDefaultArgExpr>(own_.make->getArg(0));
    std::vector<FixItHint> fixes;
    if (once && no_argument && channel_.path.empty() && paren.isFileID()) fixes.push_back(FixItHint::CreateInsertion(paren, "1"));
    std::vector<remark> notes{started(*s.who), {exit, "this path returns without receiving from " + name()}};
    if (s.at->origin != s.origin) notes.push_back({s.origin->getBeginLoc(), "the send itself"});
    report(s.at->origin, text, std::move(notes), std::move(fixes));
  }

  // ---- Who hands out all the work before it takes a result ----

  void results_come_too_late() {
    auto stalled = stalled_feeding_of(own_, flow_, contexts_, unit_);
    if (!stalled) return;
    std::string results = "'" + text_of(stalled->results.where) + "'";
    report(stalled->work_sent, "this send can wait for ever: those who receive from " + name() + " wait until " + results +
           " is received from, which nobody does before this loop has ended",
           {{stalled->worker->expr->getBeginLoc(), "a goroutine that receives starts here"},
            {stalled->result_sent->getBeginLoc(), "and waits here for each thing that it has received"}});
  }

  // ---- Who leaves its loop before it has received all ----

  void receiver_leaves_early() {
    auto room_for = capacity_of(own_.make, unit_.ast());
    auto sender = room_for && !received_elsewhere_ && !flow_.function().isMain() ? steady_sender_of(channel_, contexts_, unit_) : std::nullopt;
    if (!sender || (sender->times ? *sender->times <= *room_for + 1 : *room_for != 0)) return;
    if (const Stmt* out = early_way_out(channel_, flow_, unit_))
      report(sender->send, "this send can wait for ever: the only receiver of " + name() + " can leave its loop before it has received all there is",
             {{sender->site->expr->getBeginLoc(), "the goroutine starts here"}, {out->getBeginLoc(), "the loop is left here"}});
  }

  // ---- More senders than receives, by whomever ----

  unsigned receives_of(const goroutine_context& c) {
    if (!does_any(c, receives)) return 0;
    place own = own_name(c);
    return !own || c.repeated ? many : most_received(c.site ? c.site->body : &flow_.function(), own, unit_);
  }

  // Of a goroutine that a loop starts: in all its turns, as far as they can be counted.
  unsigned sent_by(const sender& s) const {
    if (!s.who->repeated) return s.times;
    const Stmt* loop = flow_.loop_around(s.who->site->expr);
    auto often = loop && !flow_.loop_around(loop) ? turns(loop, unit_.ast()) : std::nullopt;
    if (often) return static_cast<unsigned>(std::min<std::int64_t>(many, *often * s.times));
    return *capacity_ == 0 ? many : s.times;
  }

  void too_few_receives() {
    unsigned received = 0, sent = 0;
    for (const auto& c : contexts_) received = plus(received, receives_of(c));
    std::vector<sender> all = senders();
    if (all.empty() || llvm::any_of(all, [](const sender& s) { return settles_with_others(*s.who); })) return;
    for (const sender& s : all) sent = plus(sent, sent_by(s));
    if (received == many || sent <= plus(received, *capacity_)) return;
    const sender& s = all.front();
    report(s.at->origin, "this send can wait for ever: more is sent on " + name() + " than is received, and it " + room(),
           {{s.who->site->expr->getBeginLoc(), s.who->repeated ? "the goroutines that send start here, in a loop" : "a goroutine that sends starts here"}});
  }

  // ---- A receiver that somebody may end before it has received ----

  void receiver_may_be_ended() {
    if (capacity_ != 0u) return;
    std::vector<told_to_end> all = receivers_told_to_end(channel_, contexts_, unit_);
    if (all.empty()) return;
    for (const sender& s : senders())
      for (const told_to_end& t : all)
        if (waits_meanwhile(s, t)) {
          report(s.at->origin, "this send can wait for ever: " + name() + " has no buffer, and its only receiver can be told to end before",
                 {started(*t.receiver), {t.teller->site->expr->getBeginLoc(), "the goroutine that tells it by '" + text_of(t.by) + "' starts here, and waits for nobody"}});
          return;
        }
  }

  bool waits_meanwhile(const sender& s, const told_to_end& t) {
    if (s.who == t.teller || s.who == t.receiver || flow_of(*s.who)->is_conditional(s.at->origin)) return false;
    if (!flow_.scope_of(s.who->site->expr) || !flow_.scope_of(t.teller->site->expr)) return false;  // it is not seen what goes on meanwhile
    placed_occurrence sends{.what = {}, .root = &flow_.function(), .site = s.who->site}, tells{.what = {}, .root = &flow_.function(), .site = t.teller->site};
    return overlap(unit_).of(sends, tells);
  }

  own_channel own_;
  place channel_;
  std::optional<unsigned> capacity_;
  const flow& flow_;
  unit& unit_;
  findings& out_;
  std::vector<goroutine_context> contexts_;
  std::vector<const goroutine_context*> deliverers_;
  bool received_elsewhere_ = false;
};

// ---- Members of classes that only this file knows ----

void examine_field_channels(unit& u, findings& out) {
  for (const field_object& c : field_channels_of(u)) {
    bool sent = llvm::any_of(c.uses, [](const field_use& f) { return delivers(f.what) || f.what == role::send_case; });
    bool received = llvm::any_of(c.uses, [](const field_use& f) { return receives(f.what) || f.what == role::recv_case; });
    std::string name = "'" + c.field->getNameAsString() + "'";
    for (const field_use& f : c.uses) {
      bool waits = (f.what == role::recv && !sent) || (f.what == role::send && !received && c.unbuffered);
      if (!waits) continue;
      std::string why = f.what == role::recv ? "this receive waits for ever: nothing sends on " + name + " or closes it"
                                             : "this send waits for ever: nothing receives from " + name;
      out.add({f.call->getBeginLoc(), {}, std::move(why), {{c.field->getLocation(), name + " is a member of a class that only this file knows"}}, {}});
    }
  }
}

// ---- What becomes of a returned channel ----

using left_over = std::map<const FunctionDecl*, const Stmt*>;

void examine_calls(unit& u, const left_over& sends, findings& out) {
  if (sends.empty()) return;
  for (const CallExpr* c : calls_thrown_away(u)) {
    auto at = sends.find(c->getDirectCallee()->getCanonicalDecl());
    if (at == sends.end()) continue;
    diagnosis d;
    d.at = at->second->getBeginLoc();
    d.text = "this send can wait for ever: the channel has no buffer, and a caller of '" + c->getDirectCallee()->getNameAsString() + "' throws it away";
    d.notes.push_back({c->getBeginLoc(), "what is returned here is thrown away"});
    out.add(std::move(d));
  }
}

void examine_receivers(unit& u, const channel_makers& makers, findings& out) {
  for (const FunctionDecl* f : u.functions()) {
    const flow* fl = u.flow_of(f);
    if (!fl) continue;
    for (const abandoned_sender& a : abandoned_by(*fl, makers, u))
      out.add({a.sender->send->getBeginLoc(), {}, "this send can wait for ever: who receives from the returned channel can leave its loop before it has received all there is",
               {{a.sender->site->expr->getBeginLoc(), "the goroutine starts here"}, {a.way_out->getBeginLoc(), "the loop is left here"}}, {}});
  }
}

void run(unit& u, findings& out) {
  left_over sends;
  channel_makers makers;
  for (const FunctionDecl* f : u.functions()) {
    const flow* fl = u.flow_of(f);
    if (!fl) continue;
    for (own_channel& c : own_channels_of(*fl, u)) {
      channel_examiner examiner(std::move(c), *fl, u, out);
      examiner.examine();
      if (examiner.left_to_caller) sends[f->getCanonicalDecl()] = examiner.left_to_caller;
      if (examiner.steady) makers[f->getCanonicalDecl()] = *examiner.steady;
    }
  }
  examine_calls(u, sends, out);
  examine_receivers(u, makers, out);
  examine_field_channels(u, out);
}

}  // namespace

extern const check blocked_send;
const check blocked_send{info, run};

}  // namespace gosan::checks
