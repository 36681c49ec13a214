// Which of the goroutines that a function starts can run at the same time, or while the function itself goes on.
#pragma once

#include "model/handover.hpp"
#include "model/joins.hpp"

namespace gosan::checks {

class overlap {
 public:
  explicit overlap(unit& u) : unit_(u), handed_over_(u) {}
  // Whether the two can happen at the same time. What is started elsewhere than in the root's own body is taken to.
  bool of(const placed_occurrence& a, const placed_occurrence& b);

 private:
  // A root's goroutines, and which of them may run at each of its steps.
  struct facts {
    facts(const flow& f, unit& u);
    unsigned number(const placed_occurrence& o) const;
    bool alive_at(unsigned n, clang::SourceLocation at) const;

    joins sites;
    std::set<std::pair<unsigned, unsigned>> together;
    std::map<clang::SourceLocation, joins::state> alive;
  };
  const facts* facts_of(const clang::FunctionDecl* f);
  static bool both_alive(const facts& f, const placed_occurrence& a, const placed_occurrence& b);

  unit& unit_;
  handovers handed_over_;
  std::map<const clang::FunctionDecl*, std::unique_ptr<facts>> known_;
};

}  // namespace gosan::checks
