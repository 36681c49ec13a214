// Uses of thread_local variables, and of the local variables that were made from one: steps of the kind `access`.
#pragma once

#include "model/flow.hpp"

namespace gosan::checks {

// Of a variable that a lambda of the body captures by reference, and of one that all functions share.
void add_shared_use(const clang::Stmt* s, const llvm::DenseSet<const clang::Decl*>& shared, const unit& u, std::vector<step>& out);

void add_thread_local_uses(const clang::Stmt* s, std::vector<step>& out);

}  // namespace gosan::checks
