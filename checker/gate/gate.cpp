#include "gate/gate.hpp"

namespace gosan::gate {

std::size_t judge(report::document& d, const rules& r) {
  std::size_t gated = 0;
  for (auto& f : d.findings) {
    f.standing = "new";
    if (r.fails.gates(f)) ++gated;
  }
  return gated;
}

}  // namespace gosan::gate
