#include "model/own_channels.hpp"

#include "model/contexts.hpp"
#include "model/references.hpp"

namespace gosan::checks {

using namespace clang;

namespace {

// What a pointer that is made with an object of its own leads to; null: v is none.
const CXXRecordDecl* object_held_by(const VarDecl& v, const unit& u) {
  if (!holds_own_object(&v) || u.is_reassigned(&v)) return nullptr;
  QualType t = v.getType();
  if (t->isPointerType()) t = t->getPointeeType();
  else if (const auto* s = dyn_cast_or_null<ClassTemplateSpecializationDecl>(t->getAsCXXRecordDecl())) t = s->getTemplateArgs()[0].getAsType();
  const CXXRecordDecl* c = t->getAsCXXRecordDecl();
  bool plain = c && c->hasDefinition() && !c->getNumBases() && u.in_users_code(c->getLocation());
  return plain ? c->getDefinition() : nullptr;
}

// The one call by which a field's channel is made, whatever constructor makes the object; null: there is more to it.
const CallExpr* only_make_of(const FieldDecl& f, const CXXRecordDecl& c, const unit& u) {
  const CallExpr* only = nullptr;
  unsigned ways = 0;
  auto made_by = [&](const Expr* e) {
    e = e ? strip_copies(e) : nullptr;
    const auto* call = dyn_cast_or_null<CallExpr>(e);
    only = call && u.roles().of(*call).what == role::make ? call : nullptr;
    ++ways;
  };
  if (f.hasInClassInitializer()) made_by(f.getInClassInitializer());
  for (const CXXConstructorDecl* k : c.ctors()) {
    if (k->isImplicit()) continue;
    for (const CXXCtorInitializer* i : k->inits())
      if (i->isWritten() && i->getMember() == &f) made_by(i->getInit());
  }
  return ways == 1 ? only : nullptr;
}

// Whether the object of an aggregate is given something for the field where it is made.
bool is_given(const VarDecl& v, const FieldDecl& f, const CXXRecordDecl& c) {
  if (!c.isAggregate()) return false;
  const Expr* init = strip_copies(v.getInit());
  const auto* call = dyn_cast<CallExpr>(init);
  return !call || call->getNumArgs() > f.getFieldIndex();
}

}  // namespace

std::vector<own_channel> own_channels_of(const flow& f, unit& u) {
  std::vector<own_channel> found;
  f.each([&](const step& st) {
    if (st.kind != step_kind::op || st.what != role::make) return;
    const auto* make = cast<CallExpr>(st.origin);
    const VarDecl* v = u.initialised_by(make);
    if (v && v->hasLocalStorage() && !v->isInitCapture()) found.push_back({v, place(v->getCanonicalDecl()), make, make});
  });
  f.each_variable([&](const VarDecl& v) {
    const CXXRecordDecl* c = is_local_of(&v, f.function()) ? object_held_by(v, u) : nullptr;
    if (!c) return;
    for (const FieldDecl* field : c->fields()) {
      if (u.roles().of_type(field->getType()).what != role::channel || u.is_reassigned(field) || is_given(v, *field, *c)) continue;
      if (const CallExpr* make = only_make_of(*field, *c, u))
        found.push_back({&v, place(v.getCanonicalDecl()).with(field->getCanonicalDecl()), make, v.getInit()});
    }
  });
  return found;
}

bool leaves_with_its_object(const own_channel& c, const summary& does) {
  return !c.where.path.empty() && llvm::any_of(does.escapes, [&](const place& p) { return p.root == c.where.root && p.path.empty(); });
}

}  // namespace gosan::checks
