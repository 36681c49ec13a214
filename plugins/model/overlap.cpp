#include "model/overlap.hpp"

namespace gosan::checks {

using namespace clang;

overlap::facts::facts(const flow& f, unit& u) : sites(f, u) {
  solution<joins> solved(f, sites);
  solved.each_step([&](const step& st, const joins::state& before) {
    alive[st.at] |= before;
    if (st.kind != step_kind::spawn) return;
    unsigned k = sites.index_of(st);
    for (unsigned m = 0; k != joins::most && m != sites.sites().size(); ++m)
      if (before[m]) together.insert(std::minmax(k, m));
  });
}

unsigned overlap::facts::number(const placed_occurrence& o) const {
  for (unsigned n = 0; n != sites.sites().size(); ++n)
    if (sites.sites()[n]->expr == o.start()) return n;
  return joins::most;
}

bool overlap::facts::alive_at(unsigned n, SourceLocation at) const {
  auto found = alive.find(at);
  return n == joins::most || found == alive.end() || found->second[n];
}

const overlap::facts* overlap::facts_of(const FunctionDecl* f) {
  auto [at, fresh] = known_.try_emplace(f);
  const flow* fl = fresh ? unit_.flow_of(f) : nullptr;
  if (fl) at->second = std::make_unique<facts>(*fl, unit_);
  return at->second.get();
}

bool overlap::of(const placed_occurrence& a, const placed_occurrence& b) {
  if (a.root != b.root) return true;
  const facts* f = facts_of(a.root);
  if (!f) return true;
  if (a.start() == b.start()) return a.site ? a.repeated : !a.root->isMain();
  return both_alive(*f, a, b) && !handed_over_.in_order(a, b) && !handed_over_.in_order(b, a);
}

bool overlap::both_alive(const facts& f, const placed_occurrence& a, const placed_occurrence& b) {
  if (!a.site) return f.alive_at(f.number(b), a.what.at);
  if (!b.site) return f.alive_at(f.number(a), b.what.at);
  unsigned n = f.number(a), m = f.number(b);
  return n == joins::most || m == joins::most || f.together.count(std::minmax(n, m)) != 0;
}

}  // namespace gosan::checks
