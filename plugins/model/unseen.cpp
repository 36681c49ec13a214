#include "model/unseen.hpp"

#include "model/contexts.hpp"

namespace gosan::checks {

using namespace clang;

bool is_somebodys(const step& unknown, const unit& u) {
  const FunctionDecl* f = unknown.callee;
  return !f || (!is_of_standard_library(*f) && (!f->isExternC() || u.in_users_code(f->getLocation())));
}

bool is_part_of(const place& part, const place& whole) {
  return part.root == whole.root && part.path.size() >= whole.path.size() && std::equal(whole.path.begin(), whole.path.end(), part.path.begin());
}

bool is_of_another_file(const place& p) {
  const VarDecl* v = p.variable();
  return v && v->hasGlobalStorage() && v->isExternallyVisible() && !v->getDefinition();
}

bool reaches(const step& unknown, const place& p, const unit& u) {
  if (unknown.kind != step_kind::unknown || !p || !is_somebodys(unknown, u)) return false;
  const auto* method = dyn_cast_or_null<CXXMethodDecl>(unknown.callee);
  bool only_looks = method && method->isConst() && unknown.handed.size() == 1;
  return is_of_another_file(p) || (!only_looks && llvm::any_of(unknown.handed, [&](const place& handed) { return handed && is_part_of(p, handed); }));
}

}  // namespace gosan::checks
