#include "symbolize/symbolize.hpp"

#include <map>
#include <utility>

#include "symbolize/elf_symbols.hpp"
#include "symbolize/programs.hpp"

namespace gosan::symbolize {
namespace {

class batch {
 public:
  const std::vector<location>& at(const address& a) {
    auto [place, fresh] = answers_.try_emplace({a.module, a.offset});
    if (fresh) place->second = find(a);
    return place->second;
  }

 private:
  std::vector<location> find(const address& a) {
    if (a.module.empty() || a.offset == 0) return {location{}};
    if (!std::exchange(started_, true)) program_ = find_program();
    std::vector<location> group;
    if (program_) group = program_->ask(a.module, a.offset - 1);
    if (group.empty()) group.push_back({.function = symbols_.function_at(a.module, a.offset - 1)});
    return group;
  }

  std::map<std::pair<std::string, std::uint64_t>, std::vector<location>> answers_;
  bool started_ = false;
  std::unique_ptr<program> program_;
  elf_symbols symbols_;
};

std::string hex(std::uint64_t n) {
  std::string digits;
  do digits.insert(digits.begin(), "0123456789abcdef"[n % 16]);
  while (n /= 16);
  return "0x" + digits;
}

}  // namespace

std::vector<std::vector<location>> look_up(std::span<const address> addresses) {
  batch b;
  std::vector<std::vector<location>> groups;
  for (const auto& a : addresses) groups.push_back(b.at(a));
  return groups;
}

std::vector<resolved_frame> resolve(std::span<const std::uintptr_t> return_addresses) {
  std::vector<address> addresses;
  for (auto pc : return_addresses) addresses.push_back(address_of(pc));
  const auto groups = look_up(addresses);
  std::vector<resolved_frame> frames;
  for (std::size_t i = 0; i < groups.size(); ++i) {
    for (const auto& at : groups[i]) {
      frames.push_back({at, return_addresses[i], addresses[i].module, addresses[i].offset});
    }
  }
  return frames;
}

std::string text_of(const resolved_frame& f) {
  std::string text = f.function.empty() ? "??" : f.function;
  text += "\n    ";
  if (f.file.empty()) {
    return text + (f.module.empty() ? hex(f.pc) : f.module + "+" + hex(f.offset));
  }
  text += f.file + ":" + std::to_string(f.line);
  if (f.column != 0) text += ":" + std::to_string(f.column);
  return text;
}

}  // namespace gosan::symbolize
