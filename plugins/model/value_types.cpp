#include "model/value_types.hpp"

namespace gosan::checks {

using namespace clang;

namespace {

// A class of the standard library with a plain name; null: it is none.
const CXXRecordDecl* std_class(QualType t) {
  const CXXRecordDecl* c = t.isNull() ? nullptr : t.getNonReferenceType()->getAsCXXRecordDecl();
  return c && c->isInStdNamespace() && c->getIdentifier() ? c : nullptr;
}

}  // namespace

bool is_atomic(QualType t) {
  const CXXRecordDecl* c = std_class(t);
  return (c && c->getName().contains("atomic")) || (!t.isNull() && t.getNonReferenceType()->isAtomicType());  // or a base of it
}

bool is_plain(QualType t) {
  const CXXRecordDecl* c = t.getNonReferenceType()->getAsCXXRecordDecl();
  return c && c->hasDefinition() && !is_atomic(t) && !c->isLambda() && !c->isEmpty() && t.getNonReferenceType().isTriviallyCopyableType(c->getASTContext());
}

bool is_map(QualType t) {
  const CXXRecordDecl* c = std_class(t);
  return c && (c->getName() == "map" || c->getName() == "unordered_map");
}

bool is_library(QualType t) {
  static constexpr llvm::StringLiteral plain[] = {"vector", "basic_string", "map", "unordered_map", "set", "unordered_set", "deque",
                                                  "list",   "queue",        "stack", "multimap",    "optional", "priority_queue", "pair"};
  const CXXRecordDecl* c = std_class(t);
  return c && llvm::is_contained(plain, c->getName());
}

QualType led_to_by(QualType t) {
  if (t.isNull()) return {};
  t = t.getNonReferenceType();
  if (t->isPointerType()) return t->getPointeeType();
  const auto* c = dyn_cast_or_null<ClassTemplateSpecializationDecl>(std_class(t));
  bool holder = c && (c->getName() == "shared_ptr" || c->getName() == "unique_ptr" || c->getName() == "reference_wrapper");
  if (!holder || c->getTemplateArgs()[0].getKind() != TemplateArgument::Type) return {};
  return c->getTemplateArgs()[0].getAsType();
}

bool is_pointer_like(QualType t) { return !led_to_by(t).isNull(); }

bool keeps_any_callable(QualType t) {
  if (t.isNull()) return false;
  t = t.getNonReferenceType();
  if (t->isFunctionPointerType() || t->isFunctionType()) return true;
  const CXXRecordDecl* c = std_class(t);
  return c && (c->getName() == "function" || c->getName() == "move_only_function" || c->getName() == "function_ref");
}

}  // namespace gosan::checks
