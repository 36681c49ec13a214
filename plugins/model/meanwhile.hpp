// Which goroutines may run at each point of a function: as joins, but none that has been waited for on some path, and none at all where it is
// not known what was waited for. The conditions of the paths may go together.
#pragma once

#include "model/deep_accesses.hpp"
#include "model/joins.hpp"

namespace gosan::checks {

// A variable of the function's own, made there, which nobody else can wait at or tell by but who is handed it.
bool is_made_in(const place& p, const flow& f, const role_map& roles);

class meanwhile {
 public:
  struct state {
    joins::state alive, waited;
    joins::state running() const { return alive & ~waited; }
  };

  // Without `all` only what is known to be waited for counts.
  meanwhile(const joins& sites, const flow& f, unit& u, deep_accesses* all) : sites_(sites), flow_(f), unit_(u), all_(all) {}
  state entry() const { return {}; }
  void apply(state& s, const step& st) const;
  bool join(state& into, const state& from) const;

 private:
  bool waits_for_others(const step& st) const;
  bool is_of_others(const place& p) const;
  void count_unknown(state& s, const step& st) const;
  void count_waits(state& s, const std::set<place>& awaited) const;

  const joins& sites_;
  const flow& flow_;
  unit& unit_;
  deep_accesses* all_;
};

}  // namespace gosan::checks
