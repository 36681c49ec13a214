#include "model/check.hpp"
#include "model/overlap.hpp"

namespace gosan::checks {

using namespace clang;

namespace {

constexpr check_info info{
    .id = "gosan-lock-across-block",
    .title = "a lock is held over a wait whose partner needs the same lock, or an OS lock over one that parks the goroutine",
    .why = "The partner stands at the lock, the holder waits for the partner: neither goes on. An OS lock that a parked goroutine "
           "holds stops whole threads, with every goroutine that should have run on them, and is given up by another thread than "
           "took it.",
    .wrong = R"(void add(int n) {
  std::lock_guard hold(mutex_);
  queue_.send(n);
}
void serve() {
  for (int n : queue_) {
    std::lock_guard hold(mutex_);
    sum_ += n;
  }
})",
    .right = R"(void add(int n) {
  queue_.send(n);
}
void serve() {
  for (int n : queue_) {
    std::lock_guard hold(mutex_);
    sum_ += n;
  }
})",
    .since = "0.1.0",
    .limits = "Every partner that the translation unit shows must need the lock. Buffered channels, selects with another way out and "
              "waits with a time limit are not judged for partners.",
};

bool is_partner(role waiting, role other) {
  switch (waiting) {
    case role::send: return other == role::recv || other == role::range || other == role::try_recv;
    case role::recv:
    case role::range: return other == role::send || other == role::try_send || other == role::close;
    case role::wait:
    case role::rendezvous: return other == role::done || other == role::signal || other == role::rendezvous;
    default: return false;
  }
}

std::string doing(const occurrence& o) {
  std::string name = "'" + text_of(o.where) + "'";
  switch (o.what) {
    case role::send:
    case role::try_send: return "sends on " + name;
    case role::recv:
    case role::try_recv:
    case role::range: return "receives from " + name;
    case role::close: return "closes " + name;
    case role::done: return "ends what " + name + " waits for";
    case role::signal: return "signals " + name;
    case role::lock: return "locks " + name;
    case role::block: return "sleeps";
    default: return "waits for " + name;
  }
}

// ---- OS locks over what parks ----

void report_os_lock(const occurrence& o, const place& p, const held_lock& lock, findings& out) {
  diagnosis d;
  d.at = o.origin->getBeginLoc();
  d.text = "the goroutine can be parked here while it holds '" + text_of(p) + "', a lock of its OS thread";
  d.notes.push_back({lock.taken->getBeginLoc(), "locked here"});
  out.add(std::move(d));
}

void examine_os_locks(const occurrence& o, findings& out) {
  if (!o.has(props::parks) || o.has(props::query_only)) return;
  for (auto& [p, lock] : o.held)
    if (lock.os && !o.may_give_up(p)) report_os_lock(o, p, lock, out);
}

// ---- Partners that need the lock ----

class examiner {
 public:
  examiner(const std::vector<placed_occurrence>& all, unit& u, findings& out) : all_(all), unit_(u), overlap_(u), out_(out) {}

  void examine(const placed_occurrence& o) {
    const occurrence& w = o.what;
    if (!is_waiting(w.what) && w.what != role::send) return;
    if (!w.certain || !w.where || w.has(props::timed) || w.has(props::query_only) || w.has(props::one_of_many)) return;
    if (w.where.is_element()) return;
    for (auto& [p, lock] : w.held)
      if (!w.may_give_up(p)) judge(o, p, lock);
  }

 private:
  void judge(const placed_occurrence& waiting, const place& lock, const held_lock& hold) {
    const placed_occurrence* partner = nullptr;
    const Stmt* needs = nullptr;
    for (const placed_occurrence& o : all_) {
      if (!is_partner(waiting.what.what, o.what.what) || !may_be_one(o.what.where, waiting.what.where)) continue;
      if (o.same_goroutine(waiting) && !o.repeated && o.site) continue;  // one goroutine is no partner of itself
      const Stmt* behind = lock_on_the_way(o, waiting.what, lock, hold);
      if (!behind || !overlap_.of(waiting, o)) return;
      if (!partner) partner = &o, needs = behind;
    }
    if (!partner || comes_from_elsewhere(waiting.what.where) || (waiting.what.what == role::send && !unbuffered(waiting.what.where))) return;
    report(waiting.what, lock, hold, partner->what, needs);
  }

  static const Stmt* lock_on_the_way(const placed_occurrence& o, const occurrence& waiting, const place& lock, const held_lock& hold) {
    for (auto& [p, at] : o.what.held)
      if (is_same_lock(p, lock) && !(at.read && hold.read)) return at.taken;
    for (auto& [p, at] : o.what.passed)
      if (is_same_lock(p, lock) && !(at.read && hold.read)) return at.taken;
    if (waiting.in_loop)  // all but the first send wait for a receiver that is in its turn
      for (auto& [p, at] : o.what.between)
        if (is_same_lock(p, lock) && !(at.read && hold.read)) return at.taken;
    return nullptr;
  }

  // A parameter or a captured handle of which it is not seen where else it is used.
  bool comes_from_elsewhere(const place& p) const {
    if (isa<ParmVarDecl>(p.root) && p.path.empty()) return true;
    const VarDecl* v = p.variable();
    const auto* owner = v && v->hasLocalStorage() && !isa<ParmVarDecl>(v) ? dyn_cast<FunctionDecl>(v->getDeclContext()) : nullptr;
    return owner && p.path.empty() && escapes(v, owner->getBody(), unit_);
  }

  bool unbuffered(const place& p) const {
    const Expr* init = nullptr;
    if (p.path.empty() && p.variable()) init = p.variable()->getAnyInitializer();
    if (const auto* f = p.path.empty() ? nullptr : dyn_cast_or_null<FieldDecl>(p.path.back())) init = f->getInClassInitializer();
    const auto* make = init ? dyn_cast<CallExpr>(strip(init)) : nullptr;
    if (!make || unit_.roles().of(*make).what != role::make) return false;
    return make->getNumArgs() == 0 || isa<CXXDefaultArgExpr>(make->getArg(0)) || is_zero(make->getArg(0));
  }

  bool is_zero(const Expr* e) const {
    Expr::EvalResult value;
    return !e->isValueDependent() && e->EvaluateAsInt(value, unit_.ast()) && value.Val.getInt() == 0;
  }

  void report(const occurrence& w, const place& lock, const held_lock& hold, const occurrence& partner, const Stmt* needs) {
    diagnosis d;
    d.at = w.origin->getBeginLoc();
    std::string name = text_of(lock);
    d.text = "'" + name + "' is held while this " + doing(w) + ", and whoever ends that wait needs '" + name + "' first";
    d.notes.push_back({hold.taken->getBeginLoc(), "'" + name + "' is locked here"});
    d.notes.push_back({needs->getBeginLoc(), "the other locks it here"});
    d.notes.push_back({partner.origin->getBeginLoc(), "before it " + doing(partner) + " here"});
    out_.add(std::move(d));
  }

  const std::vector<placed_occurrence>& all_;
  unit& unit_;
  overlap overlap_;
  findings& out_;
};

void run(unit& u, findings& out) {
  occurrences found(u);
  auto all = found.all();
  examiner partners(all, u, out);
  for (const placed_occurrence& o : all) {
    examine_os_locks(o.what, out);
    if (!o.what.held.empty()) partners.examine(o);
  }
}

}  // namespace

extern const check lock_across_block;
const check lock_across_block{info, run};

}  // namespace gosan::checks
