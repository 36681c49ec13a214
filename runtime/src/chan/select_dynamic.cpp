#include <stdexcept>
#include <vector>

#include "gosan/select.hpp"

namespace gosan {

int select(std::span<select_case> cases) {
  std::vector<detail::select_op> ops(cases.size());
  int otherwise = -1;
  for (std::size_t i = 0; i < cases.size(); ++i) {
    cases[i].model_->fill(ops[i]);
    if (!cases[i].model_->is_default) continue;
    if (otherwise >= 0) throw std::invalid_argument("select: more than one default case");
    otherwise = static_cast<int>(i);
  }
  int taken = detail::select_run(ops.data(), ops.size(), otherwise >= 0);
  if (taken < 0) taken = otherwise;
  cases[static_cast<std::size_t>(taken)].model_->run(ops[static_cast<std::size_t>(taken)]);
  return taken;
}

}  // namespace gosan
