#include "model/flow_builder.hpp"

#include <clang/Basic/Version.h>

#include "model/refused.hpp"
#include "model/selects.hpp"

namespace gosan::checks {

using namespace clang;

namespace {

bool is_range_of(const Stmt* begin, const Stmt* loop) {
  const auto* r = dyn_cast<CXXForRangeStmt>(loop);
  return r && r->getBeginStmt() && contains(r->getBeginStmt(), begin);
}

bool takes(QualType named, QualType what) {
  if (named.isNull()) return true;
  named = named.getNonReferenceType().getCanonicalType().getUnqualifiedType();
  what = what.getCanonicalType().getUnqualifiedType();
  const CXXRecordDecl *base = named->getAsCXXRecordDecl(), *derived = what->getAsCXXRecordDecl();
  return named == what || (base && derived && derived->hasDefinition() && base->hasDefinition() && derived->isDerivedFrom(base));
}

bool throws_what_it_does_not_catch(const Stmt* s, const CXXTryStmt& t) {
  if (!s || isa<LambdaExpr>(s)) return false;
  if (const auto* thrown = dyn_cast<CXXThrowExpr>(s)) return !handler_taking(*thrown, t);
  return llvm::any_of(s->children(), [&](const Stmt* c) { return throws_what_it_does_not_catch(c, t); });
}

// Behind a fatal error, a header that is not found, Clang instantiates no templates; its CFG would look for the destructors.
bool is_incomplete_class(QualType t) {
  const CXXRecordDecl* c = t->getBaseElementTypeUnsafe()->getAsCXXRecordDecl();
  return c && !c->hasDefinition();
}

bool destroys_an_incomplete_class(const FunctionDecl& f) {
  const auto* d = dyn_cast<CXXDestructorDecl>(&f);
  return d && llvm::any_of(d->getParent()->fields(), [](const FieldDecl* field) { return is_incomplete_class(field->getType()); });
}

// An operation on a lock that throws has not happened; and these are no calls that anybody writes a handler for.
bool is_of_lock(const step& s) { return s.kind == step_kind::op && (s.what == role::lock || s.what == role::unlock); }

bool waits_for_others(const step& s) {
  if (s.kind == step_kind::call) return true;
  return s.kind == step_kind::op && (s.what == role::wait || s.what == role::recv || s.what == role::range ||
                                     s.what == role::rendezvous || s.what == role::unlock);
}

}  // namespace

// Before 18 Clang's CFG tells either where destructors run or where lives end, which is at the same places, those with a
// destructor first.
static constexpr bool ends_tell_of_destructors = CLANG_VERSION_MAJOR < 18;

bool flow_builder::build() {
  const Stmt* body = flow_.function_.getBody();
  walk(body, push({scope::kind::body, body, nullptr, nullptr}));
  if (destroys_an_incomplete_class(flow_.function_)) return false;
  if (llvm::any_of(flow_.all_scopes_, [](auto& s) { return s->variable && is_incomplete_class(s->variable->getType()); })) return false;
  CFG::BuildOptions options;
  options.setAllAlwaysAdd();
  options.AddEHEdges = true;
  options.AddImplicitDtors = !ends_tell_of_destructors;
  options.AddTemporaryDtors = false;
  options.AddLifetime = true;
  flow_.cfg_ = CFG::buildCFG(&flow_.function_, const_cast<Stmt*>(body), &unit_.ast(), options);
  if (!flow_.cfg_) return false;
  flow_.steps_.resize(flow_.cfg_->getNumBlockIDs());
  flow_.firsts_.resize(flow_.cfg_->getNumBlockIDs());
  for (const CFGBlock* b : *flow_.cfg_)
    if (b) fill(*b);
  for (const CFGBlock* b : *flow_.cfg_)
    if (b) fill_edges(*b);
  return true;
}

void flow_builder::fill(const CFGBlock& b) {
  auto& out = flow_.steps_[b.getBlockID()];
  auto& firsts = flow_.firsts_[b.getBlockID()];
  firsts.reserve(b.size());
  for (const CFGElement& e : b) {
    firsts.push_back(static_cast<unsigned>(out.size()));
    if (auto s = e.getAs<CFGStmt>()) {
      statement(s->getStmt(), out);
    } else if (auto d = e.getAs<CFGAutomaticObjDtor>()) {
      end_of(d->getVarDecl(), d->getTriggerStmt(), out);
    } else if (auto l = e.getAs<CFGLifetimeEnds>()) {
      if (ends_tell_of_destructors) end_of(l->getVarDecl(), l->getTriggerStmt(), out);
      step st{.kind = step_kind::dies, .origin = l->getTriggerStmt(), .variable = l->getVarDecl()};
      st.at = where_ends(l->getTriggerStmt());
      out.push_back(std::move(st));
    }
  }
}

SourceLocation flow_builder::where_ends(const Stmt* trigger) const {
  if (!trigger) return flow_.function_.getBody()->getEndLoc();
  if (isa<CompoundStmt>(trigger) || is_loop(trigger)) return trigger->getEndLoc();
  return trigger->getBeginLoc();
}

// What a loop waits for counts on the way out of the loop, since a loop that waits for each of what was started runs as often as it
// was started.
flow_builder::steps flow_builder::waits_in(const Stmt* loop) const {
  steps waits;
  flow_.each([&](const step& s) {
    bool of_range = s.kind == step_kind::op && s.what == role::range && is_range_of(s.origin, loop);
    if (of_range || (waits_for_others(s) && flow_.is_within(s.origin, loop))) waits.push_back(s);
  });
  for (step& s : waits) s.all_turns = true;
  return waits;
}

// Besides a loop's waits: the case that a select took, the end of a lock that was refused, and on the way to a handler the destructors of what
// the try block holds.
void flow_builder::fill_edges(const CFGBlock& b) {
  const Stmt* terminator = b.getTerminatorStmt();
  if (const auto* t = dyn_cast_or_null<CXXTryStmt>(terminator); t && throws_what_it_does_not_catch(t->getTryBlock(), *t))
    flow_.lets_through_.insert(&b);
  if (terminator) {
    if (is_loop(terminator) && b.succ_size() == 2)
      if (steps waits = waits_in(terminator); !waits.empty()) flow_.edges_[{b.getBlockID(), 1}] = std::move(waits);
    for (auto& [n, taken] : cases_taken(b, unit_)) llvm::append_range(flow_.edges_[{b.getBlockID(), n}], taken);
    if (auto refused = refused_lock(b, flow_, unit_)) flow_.edges_[{b.getBlockID(), refused->first}].push_back(std::move(refused->second));
  } else if (b.succ_size() > 1 && !b.empty()) {
    auto last = b.back().getAs<CFGStmt>();
    if (!last || !flow_.in_try(last->getStmt())) return;
    steps& ends = flow_.edges_[{b.getBlockID(), 1}];
    unwind(last->getStmt(), ends);
    ends.push_back({.kind = step_kind::throws, .origin = last->getStmt(), .at = last->getStmt()->getBeginLoc()});
    for (step& st : ends) st.implicit = true;
  }
}

void flow_builder::unwind(const Stmt* from, steps& out) {
  for (const scope* at = flow_.scope_of(from); at && at->what != scope::kind::try_block; at = at->outer) {
    if (at->what != scope::kind::variable || !at->variable->hasLocalStorage()) continue;
    end_of(at->variable, from, out);
    step st{.kind = step_kind::dies, .origin = from, .at = from->getBeginLoc(), .variable = at->variable};
    out.push_back(std::move(st));
  }
}

bool contains(const Stmt* s, const Stmt* part) {
  return s && (s == part || llvm::any_of(s->children(), [&](const Stmt* c) { return contains(c, part); }));
}

std::vector<step> flow::unwound_from(const Stmt* s, unit& in) const {
  std::vector<step> ends;
  flow_builder(const_cast<flow&>(*this), in).unwind(s, ends);  // which looks at the scopes, and changes nothing
  return ends;
}

const CXXCatchStmt* handler_taking(const CXXThrowExpr& thrown, const CXXTryStmt& t) {
  if (!thrown.getSubExpr()) return nullptr;
  for (unsigned n = 0; n != t.getNumHandlers(); ++n)
    if (takes(t.getHandler(n)->getCaughtType(), thrown.getSubExpr()->getType())) return t.getHandler(n);
  return nullptr;
}

std::unique_ptr<flow> flow::of(const FunctionDecl& f, unit& in) {
  if (!f.getBody() || f.isInvalidDecl() || f.isDependentContext()) return nullptr;
  std::unique_ptr<flow> made(new flow(f));
  return flow_builder(*made, in).build() ? std::move(made) : nullptr;
}

const std::vector<step>* flow::edge_steps(const CFGBlock& b, unsigned n) const {
  auto at = edges_.find({b.getBlockID(), n});
  return at == edges_.end() ? nullptr : &at->second;
}

bool flow::is_path(const CFGBlock& b, unsigned n) const {
  const CFGBlock* to = *(b.succ_begin() + n);
  if (!to) return false;
  const Stmt* terminator = b.getTerminatorStmt();
  bool exception_of_call = n > 0 && !terminator && to == &cfg_->getExit();
  bool throws_no_more = n > 0 && !terminator && !steps(b).empty() && is_of_lock(steps(b).back());
  bool passes_handlers = isa_and_nonnull<CXXTryStmt>(terminator) && !isa_and_nonnull<CXXCatchStmt>(to->getLabel());
  return !exception_of_call && !throws_no_more && !(passes_handlers && !lets_through_.count(&b));
}

const Stmt* flow::loop_around(const Stmt* s) const {
  for (const scope* at = scope_of(s); at; at = at->outer)
    if (at->what == scope::kind::loop) return at->stmt;
  return nullptr;
}

const Stmt* flow::range_loop_of(const Stmt* begin) const {
  for (auto& s : all_scopes_)
    if (s->what == scope::kind::loop && is_range_of(begin, s->stmt)) return s->stmt;
  return nullptr;
}

bool flow::is_of_same_turn(const VarDecl* v, const Stmt* s) const {
  for (const scope* at = scope_of(s); at && at->what != scope::kind::loop; at = at->outer)
    if (at->what == scope::kind::variable && at->variable->getCanonicalDecl() == v->getCanonicalDecl()) return true;
  return false;
}

bool flow::is_conditional(const Stmt* s) const {
  for (const scope* at = scope_of(s); at; at = at->outer)
    if (at->what == scope::kind::branch) return true;
  return false;
}

bool flow::in_try(const Stmt* s) const {
  for (const scope* at = scope_of(s); at; at = at->outer)
    if (at->what == scope::kind::try_block) return true;
  return false;
}

bool flow::is_within(const Stmt* s, const Stmt* loop) const {
  for (const scope* at = scope_of(s); at; at = at->outer)
    if (at->stmt == loop) return true;
  return false;
}

SourceLocation flow::leaves_at(const CFGBlock& b) const {
  for (const step& s : llvm::reverse(steps(b)))
    if (s.kind == step_kind::returns || s.kind == step_kind::throws) return s.at;
  return function_.getBody()->getEndLoc();
}

}  // namespace gosan::checks
