#include "report/stack_text.hpp"

#include <fmt/format.h>

#include "finding/fingerprint.hpp"

namespace gosan::report {

std::vector<const frame*> frames_to_show(const call_stack& stack) {
  std::size_t first = 0, last = stack.size();
  while (first < last && is_runtime(stack[first])) ++first;
  while (last > first && is_internal(stack[last - 1])) --last;
  if (first == last) {
    first = 0;
    last = stack.size();
  } else if (first > 0) {
    --first;
  }
  std::vector<const frame*> shown;
  for (std::size_t i = first; i < last; ++i) shown.push_back(&stack[i]);
  return shown;
}

std::vector<const frame*> creation_frames_to_show(const call_stack& stack) {
  std::size_t first = 0, last = stack.size();
  while (first < last && is_internal(stack[first])) ++first;
  while (last > first && is_internal(stack[last - 1])) --last;
  std::vector<const frame*> shown;
  for (std::size_t i = first; i < last; ++i) shown.push_back(&stack[i]);
  return shown;
}

std::string function_text(const frame& f) {
  if (!f.function.empty()) return f.function;
  if (f.module.empty()) return fmt::format("{:#x}", f.pc);
  const auto slash = f.module.rfind('/');
  return fmt::format("{}+{:#x}", slash == std::string::npos ? f.module : f.module.substr(slash + 1), f.offset);
}

std::string place_text(const frame& f) {
  if (f.file.empty()) return {};
  if (f.line == 0) return f.file;
  return f.column == 0 ? fmt::format("{}:{}", f.file, f.line) : fmt::format("{}:{}:{}", f.file, f.line, f.column);
}

bool is_source(const party& p) { return p.goroutine == 0 && p.state == source_state; }

std::string deed_of(const party& p) { return is_source(p) ? p.role : p.role + " by " + party_name(p); }

std::string party_name(const party& p) {
  std::string text = p.goroutine == 0 ? "a thread" : fmt::format("goroutine {}", p.goroutine);
  if (!p.name.empty()) text += fmt::format(" \"{}\"", p.name);
  return text;
}

}  // namespace gosan::report
