#include "model/access_paths.hpp"

#include "model/value_types.hpp"

namespace gosan::checks {

using namespace clang;

namespace {

constexpr int deepest = 8;  // of expressions within expressions
constexpr std::size_t longest = 6;  // of paths

access_path with(access_path p, const Decl* field) {
  if (!p) return p;
  p.where = p.where.with(field);
  p.through = false;
  return p;
}

bool is_call_of(const CallExpr* c, std::initializer_list<llvm::StringRef> names) {
  const FunctionDecl* f = c ? c->getDirectCallee() : nullptr;
  return f && f->getIdentifier() && f->isInStdNamespace() && c->getNumArgs() && llvm::is_contained(names, f->getName());
}

bool hands_on(const CallExpr* c) { return is_call_of(c, {"move", "forward", "as_const", "ref", "cref"}); }

// Whether each step of the path is a member of what the one before it is or leads to.
bool is_consistent(const place& p) {
  QualType t = type_at(place(p.root));
  for (const Decl* d : p.path) {
    if (!d) return true;
    if (QualType led = led_to_by(t); !led.isNull()) t = led;
    const CXXRecordDecl* owner = isa<CXXRecordDecl>(p.root) && t.isNull() ? cast<CXXRecordDecl>(p.root) : t.isNull() ? nullptr : t.getNonReferenceType()->getAsCXXRecordDecl();
    const auto* f = dyn_cast<FieldDecl>(d);
    const auto* parent = f ? dyn_cast<CXXRecordDecl>(f->getParent()) : nullptr;
    if (!owner || !parent || !owner->hasDefinition()) return false;
    if (owner->getCanonicalDecl() != parent->getCanonicalDecl() && !owner->isDerivedFrom(parent)) return false;
    t = f->getType();
  }
  return true;
}

}  // namespace

QualType type_at(const place& p) {
  const Decl* last = p.path.empty() ? p.root : p.path.back();
  const auto* v = dyn_cast_or_null<ValueDecl>(last);
  return v ? v->getType() : QualType();
}

std::string text_of(const access_path& p) {
  const auto* root = cast<NamedDecl>(p.where.root);
  std::string text = isa<RecordDecl>(root) ? "" : root->getNameAsString();
  QualType t = type_at(place(p.where.root));
  for (const Decl* d : p.where.path) {
    if (!d) {
      text += "[...]";
      continue;
    }
    if (!text.empty()) text += !t.isNull() && is_pointer_like(t) ? "->" : ".";
    text += cast<NamedDecl>(d)->getNameAsString();
    t = cast<ValueDecl>(d)->getType();
  }
  return (p.through ? "*" : "") + text;
}

path_finder::path_finder(const FunctionDecl& in, const unit& u) : in_(in), unit_(u) {
  const auto* m = dyn_cast<CXXMethodDecl>(&in);
  if (!m || !m->getParent()->isLambda()) return;
  for (const LambdaCapture& c : m->getParent()->captures()) {
    if (c.getCaptureKind() == LCK_StarThis) copies_this_ = true;
    if (c.capturesVariable() && c.getCaptureKind() == LCK_ByCopy) copied_.insert(c.getCapturedVar()->getCanonicalDecl());
  }
}

access_path path_finder::object(const Expr* e) const { return checked(find_object(e, 0)); }
access_path path_finder::pointee(const Expr* e) const { return checked(find_pointee(e, 0)); }

access_path path_finder::of_variable(const VarDecl* v, bool as_pointer) const {
  v = v->getCanonicalDecl();
  bool refers = v->getType()->isReferenceType();
  if (!refers && !as_pointer) return {place(v)};
  if (!refers && unit_.is_reassigned(v)) return {};
  access_path p{unit_.places().of_variable(v)};
  bool unknown = refers && !isa<ParmVarDecl>(v) && p.where == place(v);
  if (unknown) return {};
  bool of_own_loop = unit_.is_loop_variable(v) && refers && v->getDeclContext() == &in_;
  p.sweeps = of_own_loop && !p.where.path.empty() && !p.where.path.back();
  return p;
}

access_path path_finder::find_object(const Expr* e, int depth) const {
  e = e ? strip(e) : nullptr;
  if (!e || depth == deepest) return {};
  if (const auto* r = dyn_cast<DeclRefExpr>(e)) {
    const auto* v = dyn_cast<VarDecl>(r->getDecl());
    return v ? of_variable(v, false) : access_path{};
  }
  if (const auto* m = dyn_cast<MemberExpr>(e)) {
    if (const auto* v = dyn_cast<VarDecl>(m->getMemberDecl())) return of_variable(v, false);
    if (!isa<FieldDecl>(m->getMemberDecl())) return {};
    return with(m->isArrow() ? find_pointee(m->getBase(), depth + 1) : find_object(m->getBase(), depth + 1), m->getMemberDecl()->getCanonicalDecl());
  }
  if (const auto* u = dyn_cast<UnaryOperator>(e); u && u->getOpcode() == UO_Deref) return find_pointee(u->getSubExpr(), depth + 1);
  if (const auto* s = dyn_cast<ArraySubscriptExpr>(e)) {
    const Expr* base = s->getBase()->IgnoreParenImpCasts();
    return with(base->getType()->isArrayType() ? find_object(base, depth + 1) : find_pointee(base, depth + 1), nullptr);
  }
  if (const auto* o = dyn_cast<CXXOperatorCallExpr>(e)) {
    if (o->getOperator() == OO_Star && o->getNumArgs() == 1) return find_pointee(o->getArg(0), depth + 1);
    if (o->getOperator() == OO_Subscript) return with(find_object(o->getArg(0), depth + 1), nullptr);
    return {};
  }
  if (const auto* c = dyn_cast<CallExpr>(e); hands_on(c)) return find_object(c->getArg(0), depth + 1);
  return {};
}

access_path path_finder::find_pointee(const Expr* e, int depth) const {
  e = e ? strip(e) : nullptr;
  if (!e || depth == deepest) return {};
  auto through = [](access_path p) {
    p.through = true;
    return p;
  };
  if (isa<CXXThisExpr>(e)) {
    const CXXRecordDecl* c = copies_this_ ? nullptr : e->getType()->getPointeeType()->getAsCXXRecordDecl();
    return {place(c ? c->getCanonicalDecl() : nullptr)};
  }
  if (const auto* r = dyn_cast<DeclRefExpr>(e)) {
    const auto* v = dyn_cast<VarDecl>(r->getDecl());
    if (!v || v->getType()->isArrayType()) return v ? of_variable(v, false) : access_path{};
    return is_pointer_like(v->getType()) ? through(of_variable(v, true)) : access_path{};
  }
  if (const auto* m = dyn_cast<MemberExpr>(e)) {
    const Decl* d = m->getMemberDecl()->getCanonicalDecl();
    bool stays = is_pointer_like(m->getType()) && !unit_.is_reassigned(d);
    return stays ? through(find_object(e, depth + 1)) : access_path{};
  }
  if (const auto* u = dyn_cast<UnaryOperator>(e); u && u->getOpcode() == UO_AddrOf) return find_object(u->getSubExpr(), depth + 1);
  if (const auto* k = dyn_cast<CXXConstructExpr>(e)) return k->getNumArgs() == 1 && is_pointer_like(k->getType()) ? find_pointee(k->getArg(0), depth + 1) : access_path{};
  const auto* c = dyn_cast<CallExpr>(e);
  if (hands_on(c)) return find_pointee(c->getArg(0), depth + 1);
  if (const auto* o = dyn_cast_or_null<CXXOperatorCallExpr>(c); o && o->getOperator() == OO_Arrow) return find_pointee(o->getArg(0), depth + 1);
  if (const auto* m = dyn_cast_or_null<CXXMemberCallExpr>(c)) {
    const CXXMethodDecl* f = m->getMethodDecl();
    if (f && f->getIdentifier() && f->getName() == "get" && is_pointer_like(m->getImplicitObjectArgument()->getType())) return find_pointee(m->getImplicitObjectArgument(), depth + 1);
  }
  return {};
}

// Elements are not known apart, but for those of a loop over all; an object with a role is for others to judge.
access_path path_finder::checked(access_path p) const {
  if (!p || p.where.path.size() > longest) return {};
  std::size_t elements = static_cast<std::size_t>(llvm::count(p.where.path, nullptr));
  if (elements != (p.sweeps ? 1u : 0u) || !is_consistent(p.where)) return {};
  const VarDecl* v = p.where.variable();
  if (!v && !isa<CXXRecordDecl>(p.where.root)) return {};
  if (v && (v->getTLSKind() != VarDecl::TLS_None || v->isConstexpr() || v->getType().isVolatileQualified())) return {};
  if (v && v->hasGlobalStorage() && !unit_.in_users_code(v->getLocation())) return {};
  bool led_on = p.through || !p.where.path.empty();
  if (v && led_on && !v->getType()->isReferenceType() && is_pointer_like(v->getType()) && unit_.is_reassigned(v)) return {};
  for (std::size_t n = 0; n != p.where.path.size(); ++n) {
    const auto* f = dyn_cast_or_null<FieldDecl>(p.where.path[n]);
    bool followed = n + 1 != p.where.path.size() || p.through;
    if (f && followed && is_pointer_like(f->getType()) && unit_.is_reassigned(f)) return {};
    if (f && f->isBitField()) return {};
  }
  QualType t = type_at(p.where);
  if (p.through && (t.isNull() || !is_pointer_like(t))) p.through = false;
  return is_own_copy(p) ? access_path{} : p;
}

bool path_finder::is_own_copy(const access_path& p) const {
  const VarDecl* v = p.where.variable();
  if (!v || !v->hasLocalStorage() || v->getType()->isReferenceType()) return false;
  bool led_on = is_pointer_like(v->getType()) && (p.through || !p.where.path.empty());
  bool copied = copied_.count(v) || v->isInitCapture();
  return copied && !led_on && !keeps_any_callable(v->getType());
}

namespace {

bool is_const_of_its_own(const CXXMethodDecl& m) {
  static constexpr llvm::StringLiteral looking[] = {"begin", "end",   "rbegin", "rend",  "at",          "front",       "back",
                                                    "data",  "find",  "value",  "count", "lower_bound", "upper_bound", "equal_range"};
  if (m.isConst() || m.isStatic()) return true;
  if (m.getOverloadedOperator() == OO_Star || m.getOverloadedOperator() == OO_Arrow || m.getOverloadedOperator() == OO_Subscript) return true;
  return m.getIdentifier() && llvm::is_contained(looking, m.getName());
}

bool is_value(QualType t) { return is_library(t) || is_plain(t); }

}  // namespace

access_path path_finder::callable_called(const CallExpr& c) const {
  const Expr* called = nullptr;
  if (const auto* o = dyn_cast<CXXOperatorCallExpr>(&c)) called = o->getOperator() == OO_Call ? o->getArg(0) : nullptr;
  else if (is_call_of(&c, {"invoke"})) called = c.getArg(0);
  else if (!c.getDirectCallee() && !isa<CXXMemberCallExpr>(c)) called = c.getCallee();
  if (!called || !keeps_any_callable(strip(called)->getType())) return {};
  const Expr* e = strip(called);
  if (const auto* u = dyn_cast<UnaryOperator>(e); u && u->getOpcode() == UO_Deref) e = strip(u->getSubExpr());
  const auto* r = dyn_cast<DeclRefExpr>(e);
  const auto* v = r ? dyn_cast<VarDecl>(r->getDecl()) : nullptr;
  return v ? access_path{unit_.places().of_variable(v)} : access_path{};
}

void path_finder::operator_call(const CXXOperatorCallExpr& o, llvm::function_ref<void(const direct_access&)> f) const {
  const auto* m = dyn_cast_or_null<CXXMethodDecl>(o.getDirectCallee());
  if (!m || !o.getNumArgs()) return;
  QualType t = o.getArg(0)->getType();
  bool own = m->isUserProvided() && unit_.in_users_code(m->getLocation());  // whose body tells
  if (own || !is_value(t)) return;
  if (o.isAssignmentOp()) {
    f({object(o.getArg(0)), true, true, false, false, &o});
    if (o.getNumArgs() == 2 && is_value(o.getArg(1)->getType()) && !o.getArg(1)->isXValue()) f({object(o.getArg(1)), false, true, false, false, &o});
  } else if (is_library(t)) {
    bool inserts = o.getOperator() == OO_Subscript && is_map(t);
    f({object(o.getArg(0)), inserts, false, false, false, &o});
  }
}

void path_finder::member_call(const CXXMemberCallExpr& c, llvm::function_ref<void(const direct_access&)> f) const {
  const CXXMethodDecl* m = c.getMethodDecl();
  const Expr* on = c.getImplicitObjectArgument();
  if (!m || !on) return;
  bool pointer = on->getType()->isPointerType();
  QualType t = pointer ? on->getType()->getPointeeType() : on->getType();
  if (is_library(t)) {
    f({pointer ? pointee(on) : object(on), !is_const_of_its_own(*m), false, false, false, &c});
    return;
  }
  // std::atomic_ref(x).fetch_add(1)
  const auto* made = dyn_cast<CXXConstructExpr>(strip(on));
  const CXXRecordDecl* k = made ? made->getType()->getAsCXXRecordDecl() : nullptr;
  if (!k || !k->isInStdNamespace() || k->getName() != "atomic_ref" || made->getNumArgs() != 1 || !m->getIdentifier()) return;
  f({object(made->getArg(0)), m->getName() != "load" && m->getName() != "wait", false, true, false, &c});
}

void path_finder::each_access(const Stmt* s, llvm::function_ref<void(const direct_access&)> f) const {
  auto tell = [&](const direct_access& a) {
    if (a.path) f(a);
  };
  auto scalar = [&](const Expr* e, bool writes) {
    if (!e->getType().isVolatileQualified() && !e->getType()->isAtomicType()) tell({object(e), writes, false, false, false, e});
  };
  if (const auto* c = dyn_cast<ImplicitCastExpr>(s)) {
    if (c->getCastKind() == CK_LValueToRValue) scalar(c->getSubExpr(), false);
  } else if (const auto* o = dyn_cast<BinaryOperator>(s)) {
    if (o->isAssignmentOp()) scalar(o->getLHS(), true);
  } else if (const auto* u = dyn_cast<UnaryOperator>(s)) {
    if (u->isIncrementDecrementOp()) scalar(u->getSubExpr(), true);
  } else if (const auto* k = dyn_cast<CXXConstructExpr>(s)) {
    if (k->getNumArgs() == 1 && k->getConstructor()->isCopyConstructor() && is_value(k->getType())) tell({object(k->getArg(0)), false, true, false, false, k});
  } else if (const auto* c = dyn_cast<CallExpr>(s)) {
    if (access_path p = callable_called(*c)) f({p, false, false, false, true, c});
    if (const auto* o = dyn_cast<CXXOperatorCallExpr>(c)) operator_call(*o, tell);
    if (const auto* m = dyn_cast<CXXMemberCallExpr>(c)) member_call(*m, tell);
  }
}

}  // namespace gosan::checks
