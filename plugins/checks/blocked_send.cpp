#include "model/check.hpp"
#include "model/contexts.hpp"
#include "model/dataflow.hpp"

namespace gosan::checks {

using namespace clang;

namespace {

constexpr check_info info{
    .id = "gosan-blocked-send",
    .title = "a goroutine sends on a channel that nobody may receive from, or receives where nobody sends",
    .why = "A send on a channel without a buffer waits for its receiver. When the only receiver returns on another path, by a time "
           "limit or an error, the sender waits for ever. So does a receiver of a channel that nobody sends on or closes.",
    .wrong = R"(auto answer = gosan::make_chan<int>();
gosan::go([answer] { answer.send(ask()); });
gosan::select(gosan::recv_case(answer), gosan::recv_case(gosan::after(1s)));)",
    .right = R"(auto answer = gosan::make_chan<int>(1);
gosan::go([answer] { answer.send(ask()); });
gosan::select(gosan::recv_case(answer), gosan::recv_case(gosan::after(1s)));)",
    .since = "0.1.0",
    .limits = "Only channels without a buffer that do not leave the function that makes them, and that only this function receives "
              "from.",
};

std::optional<std::int64_t> capacity(const CallExpr* make, const ASTContext& ast) {
  if (!make->getNumArgs()) return 0;
  Expr::EvalResult value;
  const Expr* e = make->getArg(0);
  if (const auto* d = dyn_cast<CXXDefaultArgExpr>(e)) e = d->getExpr();
  if (e->isValueDependent() || !e->EvaluateAsInt(value, ast)) return std::nullopt;
  return value.Val.getInt().getExtValue();
}

bool receives(role r) { return r == role::recv || r == role::range || r == role::try_recv; }

// May a goroutine that was started with a send still wait for its receiver?
struct pending_problem {
  using state = bool;
  unit& u;
  const place& channel;
  const std::set<const Stmt*>& starts;

  state entry() const { return false; }
  void apply(state& s, const step& st) const {
    if (st.kind == step_kind::spawn && starts.count(st.origin)) s = true;
    if (st.kind == step_kind::op && st.certain && receives(st.what) && st.where == channel) s = false;
    if (st.kind == step_kind::call)
      for (const effect& e : u.summary_of(st.callee).effects)
        if (receives(e.what) && st.entry->translate(e.where) == channel) s = false;
  }
  bool join(state& into, const state& from) const {
    bool grew = from && !into;
    into |= from;
    return grew;
  }
};

class channel_examiner {
 public:
  channel_examiner(const VarDecl* v, const CallExpr* make, const flow& f, unit& u, findings& out)
      : variable_(v), make_(make), channel_(v->getCanonicalDecl()), flow_(f), unit_(u), out_(out) {}

  void examine() {
    if (escapes(variable_, flow_.function().getBody(), unit_)) return;
    contexts_ = contexts_of(&flow_.function(), unit_);
    if (llvm::any_of(contexts_, [](const goroutine_context& c) { return c.site && !c.site->body; })) return;
    if (!used_by_any({role::send, role::try_send, role::close})) {
      never_sent();
    } else if (capacity(make_, unit_.ast()) == 0) {
      maybe_not_received();
    }
  }

 private:
  bool used_by_any(llvm::ArrayRef<role> roles) const {
    return llvm::any_of(contexts_, [&](const goroutine_context& c) {
      return llvm::any_of(roles, [&](role r) { return c.does_any(r, channel_); });
    });
  }

  // The step of a body that does something on the channel, if it stands there and is no case of a select.
  const step* certain_step(const goroutine_context& c, role what) {
    const flow* f = c.site ? unit_.flow_of(c.site->body) : &flow_;
    const step* found = nullptr;
    if (!f) return nullptr;
    f->each([&](const step& st) {
      if (st.kind == step_kind::op && st.what == what && st.certain && !found &&
          (c.site ? c.site->bound.translate(st.where) : st.where) == channel_)
        found = &st;
    });
    return found;
  }

  void never_sent() {
    for (const auto& c : contexts_) {
      for (role r : {role::recv, role::range}) {
        const step* st = certain_step(c, r);
        if (!st || r == role::range || st->has(props::one_of_many)) continue;  // a range without a close is the matter of gosan-unclosed-channel
        diagnosis d;
        d.at = st->origin->getBeginLoc();
        d.text = "this receive waits for ever: nothing sends on '" + text_of(channel_) + "' or closes it";
        d.notes.push_back({variable_->getLocation(), "'" + text_of(channel_) + "' is made here, and does not leave this function"});
        out_.add(std::move(d));
      }
    }
  }

  void maybe_not_received() {
    std::set<const Stmt*> starts;
    const step* send = nullptr;
    const goroutine_context* sender = nullptr;
    for (const auto& c : contexts_) {
      if (c.site && (c.does_any(role::recv, channel_) || c.does_any(role::range, channel_) || c.does_any(role::try_recv, channel_))) return;
      if (!c.site) continue;
      if (const step* st = certain_step(c, role::send)) {
        starts.insert(c.site->expr);
        if (!send) send = st, sender = &c;
      }
    }
    if (starts.size() != 1) return;
    pending_problem problem{unit_, channel_, starts};
    solution<pending_problem> solved(flow_, problem);
    bool said = false;
    solved.each_exit([&](bool pending, const CFGBlock& b) {
      if (!pending || said || !solved.complete()) return;
      said = true;
      report(*send, *sender, flow_.leaves_at(b));
    });
  }

  void report(const step& send, const goroutine_context& sender, SourceLocation exit) {
    diagnosis d;
    d.at = send.origin->getBeginLoc();
    std::string name = text_of(channel_);
    d.text = "this send can wait for ever: '" + name + "' has no buffer, and its only receiver can return without receiving";
    d.notes.push_back({sender.site->expr->getBeginLoc(), "the goroutine starts here"});
    d.notes.push_back({exit, "this path returns without receiving from '" + name + "'"});
    const flow* body = unit_.flow_of(sender.site->body);
    bool once = !sender.repeated && body && !body->loop_around(send.origin);
    SourceLocation paren = make_->getRParenLoc();
    bool no_argument = !make_->getNumArgs() || isa<CXXDefaultArgExpr>(make_->getArg(0));
    if (once && no_argument && paren.isFileID()) d.fixes.push_back(FixItHint::CreateInsertion(paren, "1"));
    out_.add(std::move(d));
  }

  const VarDecl* variable_;
  const CallExpr* make_;
  place channel_;
  const flow& flow_;
  unit& unit_;
  findings& out_;
  std::vector<goroutine_context> contexts_;
};

void run(unit& u, findings& out) {
  for (const FunctionDecl* f : u.functions()) {
    const flow* fl = u.flow_of(f);
    if (!fl) continue;
    fl->each([&](const step& st) {
      if (st.kind != step_kind::op || st.what != role::make) return;
      const auto* make = cast<CallExpr>(st.origin);
      const VarDecl* v = u.initialised_by(make);
      if (v && v->hasLocalStorage() && !v->isInitCapture()) channel_examiner(v, make, *fl, u, out).examine();
    });
  }
}

}  // namespace

extern const check blocked_send;
const check blocked_send{info, run};

}  // namespace gosan::checks
