#include "model/contexts.hpp"
#include "model/flow_builder.hpp"

namespace gosan::checks {

using namespace clang;

namespace {

bool has_tag(const CXXConstructExpr* c, llvm::StringRef tag) {
  for (unsigned n = 1; n < c->getNumArgs(); ++n) {
    const CXXRecordDecl* type = c->getArg(n)->getType().getNonReferenceType()->getAsCXXRecordDecl();
    if (type && type->getIdentifier() && type->getName() == tag) return true;
  }
  return false;
}

// A class of which nothing is known: what a guard gets beside tags and times is a lock all the same.
bool is_unknown_class(QualType t, const role_map& roles) {
  const CXXRecordDecl* c = t.getNonReferenceType()->getAsCXXRecordDecl();
  return c && roles.of_type(t).what == role::none && !is_of_standard_library(*c);
}

}  // namespace

unsigned flow_builder::lock_properties(const Expr* lock, role_entry r) {
  unsigned p = unit_.roles().of_type(lock->getType()).properties & (props::thread | props::recursive);
  if (is_unknown_class(lock->getType(), unit_.roles())) p |= props::recursive;  // it may be
  if (r.has(props::shared)) p |= props::shared;
  return p;
}

llvm::SmallVector<const Expr*, 2> flow_builder::locks_of(const CXXConstructExpr* c) const {
  llvm::SmallVector<const Expr*, 2> locks;
  for (const Expr* a : c->arguments())
    if (unit_.roles().of_type(strip(a)->getType()).what == role::mutex || is_unknown_class(strip(a)->getType(), unit_.roles())) locks.push_back(a);
  return locks;
}

void flow_builder::lock_by_guard(const CXXConstructExpr* c, role_entry r, steps& out) {
  if (has_tag(c, "defer_lock_t") || has_tag(c, "adopt_lock_t")) return;
  role what = has_tag(c, "try_to_lock_t") ? role::try_lock : role::lock;
  for (const Expr* a : locks_of(c)) {
    unsigned p = lock_properties(a, r);
    if (what == role::lock) p |= unit_.roles().of_type(a->getType()).properties & props::parks;
    op({what, p}, c, unit_.places().resolve(a), out);
  }
}

void flow_builder::unlock_by_guard(const Expr* init, role_entry r, steps& out) {
  const auto* c = dyn_cast<CXXConstructExpr>(strip(init));
  if (!c) return;
  for (const Expr* a : locks_of(c)) op({role::unlock, lock_properties(a, r)}, init, unit_.places().resolve(a), out);
}

// The destructor of a local variable.
void flow_builder::end_of(const VarDecl* v, const Stmt* trigger, steps& out) {
  std::size_t before = out.size();
  role_entry r = unit_.roles().of_type(v->getType());
  const Expr* init = v->getInit();
  if (v->getType()->isReferenceType()) return;
  if (r.what == role::scope_guard && init) {
    if (const LambdaExpr* l = lambda_of(init)) enter(init, l->getCallOperator(), of_lambda(), out);
  } else if (r.what == role::lock_guard && init) {
    unlock_by_guard(init, r, out);
  } else if (r.what == role::spawn && r.has(props::joins_at_end)) {
    if (init) op({role::wait, r.properties}, init, place(v->getCanonicalDecl()), out);
  } else if (const CXXRecordDecl* c = v->getType()->getAsCXXRecordDecl()) {
    own_destructor(c, v, init, out);
    join_at_end(place(v->getCanonicalDecl()), v->getType(), init, out);
  }
  for (std::size_t n = before; n != out.size(); ++n) {
    if (trigger) out[n].at = where_ends(trigger);
    out[n].origin = init ? static_cast<const Stmt*>(init) : trigger;
  }
}

void flow_builder::bind_fields(const VarDecl* v, const CXXRecordDecl* c, binding& b) {
  for (const FieldDecl* f : c->fields()) {
    if (!unit_.places().is_alias_type(f->getType())) continue;
    if (place p = unit_.places().field_of(v, f)) b.of[f->getCanonicalDecl()] = p;
  }
}

// Handles whose destructor waits, among the elements and fields of an object.
void flow_builder::join_at_end(const place& p, QualType t, const Expr* init, steps& out, int depth) {
  const CXXRecordDecl* c = t->getAsCXXRecordDecl();
  if (!c || !init || depth == 4) return;
  role_entry r = unit_.roles().of_class(*c), elements = unit_.roles().of_elements(t);
  if (r.what == role::spawn && r.has(props::joins_at_end) && depth) op({role::wait, r.properties}, init, p, out);
  else if (elements.has(props::joins_at_end)) op({role::wait, elements.properties}, init, p.with(nullptr), out);
  else if (r.what == role::none && unit_.in_users_code(c->getLocation()) && c->hasDefinition() && !c->hasTrivialDestructor())
    for (const FieldDecl* f : c->fields()) join_at_end(p.with(f->getCanonicalDecl()), f->getType(), init, out, depth + 1);
}

void flow_builder::own_destructor(const CXXRecordDecl* c, const VarDecl* v, const Expr* init, steps& out) {
  const auto* complete = c->getDefinition();
  const CXXDestructorDecl* d = complete ? complete->getDestructor() : nullptr;
  const FunctionDecl* definition = d ? d->getDefinition() : nullptr;
  if (!definition || !init || !unit_.is_users(definition)) return;
  binding b;
  b.this_place = place(v->getCanonicalDecl());
  bind_fields(v, c, b);
  enter(init, definition, std::move(b), out);
  // A guard class of the user's own that calls what it was given.
  if (const LambdaExpr* l = lambda_of(init)) enter(init, l->getCallOperator(), of_lambda(), out);
}

}  // namespace gosan::checks
