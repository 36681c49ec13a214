#include "model/place.hpp"

namespace gosan::checks {

using namespace clang;

namespace {
constexpr int deepest = 12;  // of aliases of aliases; more is unknown

place appended(place base, llvm::ArrayRef<const Decl*> path) {
  if (base) base.path.append(path.begin(), path.end());
  return base;
}

}  // namespace

bool place::is_element() const {
  return llvm::any_of(path, [](const Decl* d) { return d == nullptr; });
}

place place::with(const Decl* field) const {
  place p = *this;
  if (p.root) p.path.push_back(field);
  return p;
}

std::string text_of(const place& p) {
  std::string text;
  if (const auto* named = dyn_cast_or_null<NamedDecl>(p.root))
    text = isa<RecordDecl>(named) ? "this" : named->getNameAsString();
  for (const Decl* d : p.path) {
    if (!d) text += "[...]";
    else text += (text == "this" ? "->" : ".") + cast<NamedDecl>(d)->getNameAsString();
  }
  return text.starts_with("this->") ? text.substr(6) : text;
}

place binding::translate(const place& p) const {
  if (!p.root) return p;
  if (isa<CXXRecordDecl>(p.root)) {
    if (same_this) return p;
    auto field = p.path.empty() ? of.end() : of.find(p.path.front());
    if (field != of.end()) return appended(field->second, llvm::ArrayRef<const Decl*>(p.path).drop_front());
    return appended(this_place, p.path);
  }
  if (auto at = of.find(p.root); at != of.end()) return appended(at->second, p.path);
  return p;  // a global, or a variable of a function around: the same for both
}

binding binding::then(const binding& inner) const {
  binding out;
  for (auto& [from, to] : inner.of) out.of[from] = translate(to);
  for (auto& [from, to] : of) out.of.try_emplace(from, to);  // parameters that the inner body captures
  out.same_this = inner.same_this && same_this;
  out.this_place = inner.same_this ? this_place : translate(inner.this_place);
  return out;
}

const Expr* strip(const Expr* e) {
  for (const Expr* before = nullptr; e && e != before;) {
    before = e;
    e = e->IgnoreParenImpCasts();
    if (const auto* c = dyn_cast<FullExpr>(e)) e = c->getSubExpr();
    else if (const auto* m = dyn_cast<MaterializeTemporaryExpr>(e)) e = m->getSubExpr();
    else if (const auto* b = dyn_cast<CXXBindTemporaryExpr>(e)) e = b->getSubExpr();
    else if (const auto* k = dyn_cast<ExplicitCastExpr>(e)) e = k->getSubExpr();
    else if (const auto* d = dyn_cast<CXXDefaultArgExpr>(e)) e = d->getExpr();
    else if (const auto* l = dyn_cast<InitListExpr>(e); l && l->getNumInits() == 1 && !l->getType()->isRecordType())
      e = l->getInit(0);
  }
  return e;
}

const Expr* strip_copies(const Expr* e) {
  e = strip(e);
  while (const auto* c = dyn_cast<CXXConstructExpr>(e)) {
    if (c->getNumArgs() != 1) break;
    e = strip(c->getArg(0));
  }
  return e;
}

const LambdaExpr* lambda_of(const Expr* e) {
  for (int depth = 0; e && depth < deepest; ++depth) {
    e = strip(e);
    if (const auto* l = dyn_cast<LambdaExpr>(e)) return l;
    if (const auto* c = dyn_cast<CXXConstructExpr>(e); c && c->getNumArgs() >= 1) {
      e = c->getArg(0);
    } else if (const auto* i = dyn_cast<InitListExpr>(e); i && i->getNumInits() == 1) {
      e = i->getInit(0);
    } else if (const auto* r = dyn_cast<DeclRefExpr>(e)) {
      const auto* v = dyn_cast<VarDecl>(r->getDecl());
      e = v ? v->getAnyInitializer() : nullptr;
    } else if (const auto* call = dyn_cast<CallExpr>(e); call && call->isCallToStdMove()) {
      e = call->getArg(0);
    } else {
      return nullptr;
    }
  }
  return nullptr;
}

void variables::note_assignment(const Expr* target) {
  const Expr* e = target ? strip(target) : nullptr;
  if (const auto* r = dyn_cast_or_null<DeclRefExpr>(e)) reassigned_.insert(r->getDecl()->getCanonicalDecl());
  if (const auto* m = dyn_cast_or_null<MemberExpr>(e)) reassigned_.insert(m->getMemberDecl()->getCanonicalDecl());
}

bool resolver::is_alias_type(QualType t) const {
  if (t.isNull() || t->isDependentType()) return false;
  if (t->isReferenceType() || t->isPointerType()) return true;
  switch (roles_.of_type(t).what) {
    case role::channel:
    case role::context:
      return true;
    default:
      break;
  }
  const CXXRecordDecl* c = t->getAsCXXRecordDecl();
  if (!c || !c->getIdentifier() || !c->isInStdNamespace()) return false;
  llvm::StringRef name = c->getName();
  return name == "reference_wrapper" || name == "shared_ptr" || name == "unique_ptr" || name == "weak_ptr" || name == "atomic_ref";
}

namespace {

// `auto f = promise.get_future();`
bool is_future_of_promise(const Expr* init) {
  const auto* call = init ? dyn_cast<CXXMemberCallExpr>(strip_copies(init)) : nullptr;
  const CXXMethodDecl* m = call ? call->getMethodDecl() : nullptr;
  return m && m->getIdentifier() && m->getName() == "get_future";
}

}  // namespace

place resolver::of_variable(const VarDecl* v, int depth) const {
  v = v->getCanonicalDecl();
  place self(v);
  if (depth > deepest || isa<ParmVarDecl>(v)) return self;
  if (const Expr* range = vars_.range_of(v)) {
    place p = resolve(range, depth + 1);
    if (is_alias_type(v->getType())) return p ? p.with(nullptr) : self;
    return self;
  }
  const Expr* init = v->getAnyInitializer();
  if (!is_alias_type(v->getType()) && !v->isInitCapture() && !is_future_of_promise(init)) return self;
  if (vars_.reassigned(v) || !init) return self;
  if (v->isInitCapture() && !is_alias_type(v->getType()) && !is_future_of_promise(init)) return self;
  place p = resolve(init, depth + 1);
  return p ? p : self;
}

const Expr* resolver::field_source(const VarDecl* v, const FieldDecl* f) const {
  const Expr* init = v->getAnyInitializer();
  if (!init || vars_.reassigned(v)) return nullptr;
  init = strip(init);
  if (const auto* list = dyn_cast<InitListExpr>(init)) {
    if (list->isSemanticForm() == false && list->getSemanticForm()) list = list->getSemanticForm();
    return f->getFieldIndex() < list->getNumInits() ? list->getInit(f->getFieldIndex()) : nullptr;
  }
  const auto* construct = dyn_cast<CXXConstructExpr>(init);
  if (!construct) return nullptr;
  const auto* definition = dyn_cast_or_null<CXXConstructorDecl>(construct->getConstructor()->getDefinition());
  if (!definition) return nullptr;
  for (const CXXCtorInitializer* i : definition->inits()) {
    if (!i->isAnyMemberInitializer() || i->getAnyMember() != f) continue;
    const Expr* from = strip_copies(i->getInit());
    if (const auto* moved = dyn_cast<CallExpr>(from); moved && moved->isCallToStdMove()) from = strip(moved->getArg(0));
    const auto* r = dyn_cast<DeclRefExpr>(from);
    const auto* parameter = r ? dyn_cast<ParmVarDecl>(r->getDecl()) : nullptr;
    if (!parameter || parameter->getFunctionScopeIndex() >= construct->getNumArgs()) return nullptr;
    return construct->getArg(parameter->getFunctionScopeIndex());
  }
  return nullptr;
}

place resolver::field_of(const VarDecl* v, const FieldDecl* f) const {
  const Expr* source = field_source(v, f);
  return source ? resolve(source) : place{};
}

place resolver::of_member(const MemberExpr* m, int depth) const {
  const auto* member = m->getMemberDecl();
  if (const auto* v = dyn_cast<VarDecl>(member)) return place(v->getCanonicalDecl());  // static
  const auto* field = dyn_cast<FieldDecl>(member);
  if (!field) return {};
  place base = resolve(m->getBase(), depth + 1);
  if (const VarDecl* v = base.variable(); v && base.path.empty() && is_alias_type(field->getType()))
    if (const Expr* source = field_source(v, field))
      if (place p = resolve(source, depth + 1)) return p;
  return base.with(field->getCanonicalDecl());
}

place resolver::of_call(const CallExpr* c, int depth) const {
  const FunctionDecl* f = c->getDirectCallee();
  if (!f) return {};
  if (const auto* member = dyn_cast<CXXMemberCallExpr>(c)) {
    const Expr* object = member->getImplicitObjectArgument();
    if (isa<CXXConversionDecl>(f)) return resolve(object, depth + 1);
    if (!f->getIdentifier()) return {};
    llvm::StringRef name = f->getName();
    if (name == "get" || name == "get_future" || name == "value" || name == "lock")
      return is_alias_type(object->getType()) || name == "get_future" ? resolve(object, depth + 1) : place{};
    if (name == "at" || name == "front" || name == "back" || name == "begin" || name == "data" || name == "end")
      return resolve(object, depth + 1).with(nullptr);
    return {};
  }
  if (const auto* op = dyn_cast<CXXOperatorCallExpr>(c); op && op->getNumArgs() >= 1) {
    switch (op->getOperator()) {
      case OO_Star:
      case OO_Arrow: {
        place p = resolve(op->getArg(0), depth + 1);
        return p;
      }
      case OO_Subscript: return resolve(op->getArg(0), depth + 1).with(nullptr);
      default: return {};
    }
  }
  if (!f->getIdentifier() || c->getNumArgs() < 1 || !f->isInStdNamespace()) return {};
  llvm::StringRef name = f->getName();
  if (name == "ref" || name == "cref" || name == "move" || name == "forward" || name == "addressof" || name == "as_const")
    return resolve(c->getArg(0), depth + 1);
  return {};
}

place resolver::resolve(const Expr* e, int depth) const {
  if (!e || depth > deepest) return {};
  e = strip(e);
  if (const auto* r = dyn_cast<DeclRefExpr>(e)) {
    if (const auto* v = dyn_cast<VarDecl>(r->getDecl())) return of_variable(v, depth + 1);
    if (const auto* b = dyn_cast<BindingDecl>(r->getDecl())) return place(b->getCanonicalDecl());
    return {};
  }
  if (const auto* m = dyn_cast<MemberExpr>(e)) return of_member(m, depth);
  if (isa<CXXThisExpr>(e)) {
    const CXXRecordDecl* c = e->getType()->getPointeeType()->getAsCXXRecordDecl();
    return place(c ? c->getCanonicalDecl() : nullptr);
  }
  if (const auto* u = dyn_cast<UnaryOperator>(e); u && (u->getOpcode() == UO_AddrOf || u->getOpcode() == UO_Deref))
    return resolve(u->getSubExpr(), depth + 1);
  if (const auto* s = dyn_cast<ArraySubscriptExpr>(e)) return resolve(s->getBase(), depth + 1).with(nullptr);
  if (const auto* construct = dyn_cast<CXXConstructExpr>(e); construct && construct->getNumArgs() >= 1) {
    bool copies = construct->getConstructor()->isCopyOrMoveConstructor();
    if (copies || is_alias_type(construct->getType())) return resolve(construct->getArg(0), depth + 1);
    return {};
  }
  if (const auto* list = dyn_cast<InitListExpr>(e); list && list->getNumInits() == 1 && is_alias_type(list->getType()))
    return resolve(list->getInit(0), depth + 1);
  if (const auto* c = dyn_cast<CallExpr>(e)) return of_call(c, depth);
  return {};
}

}  // namespace gosan::checks
