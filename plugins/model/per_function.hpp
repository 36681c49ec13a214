// What is found out about functions, once each, by looking at what they call.
#pragma once

#include "model/clang.hpp"

namespace gosan::checks {

template <class T>
class per_function {
 public:
  // What compute(definition) gave, which is called at the first question. Nothing of a function without a body here, and of one that
  // is being looked at: it calls itself. The result stays where it is.
  template <class Compute>
  const T& of(const clang::FunctionDecl* f, Compute compute) {
    static const T nothing{};
    f = f ? f->getDefinition() : nullptr;
    if (!f || under_way_.count(f)) return nothing;
    if (auto at = known_.find(f); at != known_.end()) return at->second;
    under_way_.insert(f);
    T made = compute(f);
    under_way_.erase(f);
    return known_[f] = std::move(made);
  }

 private:
  std::map<const clang::FunctionDecl*, T> known_;
  llvm::DenseSet<const clang::FunctionDecl*> under_way_;
};

}  // namespace gosan::checks
