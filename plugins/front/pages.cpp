#include "front/pages.hpp"

#include <llvm/ADT/StringExtras.h>

namespace gosan::checks {

std::string list_of_checks() {
  std::size_t widest = 0;
  for (const check* c : all_checks()) widest = std::max(widest, c->info.id.size());
  std::string text;
  for (const check* c : all_checks()) {
    text += c->info.id.str() + std::string(widest + 2 - c->info.id.size(), ' ') + c->info.title.str();
    text += c->info.on_by_default ? "\n" : " (off by default)\n";
  }
  return text;
}

std::string page_of(const check_info& c) {
  std::string text = "# " + c.id.str() + "\n\n";
  std::string title = c.title.str();
  title.front() = llvm::toUpper(title.front());
  text += title + ".\n\n" + c.why.str() + "\n\nWrong:\n\n```cpp\n" + c.wrong.str() + "\n```\n\nRight:\n\n```cpp\n" + c.right.str() +
          "\n```\n\n";
  if (!c.limits.empty()) text += c.limits.str() + "\n\n";
  text += "Since " + c.since.str() + (c.on_by_default ? "; on by default.\n" : "; off by default: it is heuristic.\n");
  return text + "One line is silenced by `// NOLINT(" + c.id.str() + ")`.\n";
}

}  // namespace gosan::checks
