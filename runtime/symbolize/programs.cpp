#include "symbolize/programs.hpp"

#include <unistd.h>

#include <charconv>
#include <cstdlib>
#include <map>
#include <optional>

#include "symbolize/line_process.hpp"

namespace gosan::symbolize {
namespace {

std::string& wanted() {
  static auto* name = new std::string;
  return *name;
}

std::string hex(std::uint64_t n) {
  char digits[24] = "0x";
  auto [end, error] = std::to_chars(digits + 2, digits + sizeof digits, n, 16);
  (void)error;  // cannot fail: the buffer holds any number
  return {digits, end};
}

bool cut_number(std::string& text, unsigned& into) {
  const auto colon = text.rfind(':');
  if (colon == std::string::npos) return false;
  const char* first = text.c_str() + colon + 1;
  const char* last = text.c_str() + text.size();
  if (std::from_chars(first, last, into).ptr != last) into = 0;
  text.resize(colon);
  return true;
}

std::string known(std::string text) { return text.starts_with("??") ? std::string{} : text; }

// Programs that answer with pairs of lines, function and place, innermost first: all but the innermost were called by the
// next one, and all but the outermost were inlined.
void mark_inlined(std::vector<location>& group) {
  for (std::size_t i = 0; i + 1 < group.size(); ++i) group[i].inlined = true;
  if (group.size() == 1 && group[0].function.empty() && group[0].file.empty()) group.clear();
}

class llvm_symbolizer final : public program {
 public:
  explicit llvm_symbolizer(const std::string& path)
      : process_({path, "--functions=linkage", "--inlines", "--demangle", "--output-style=LLVM"}) {}

  std::vector<location> ask(const std::string& module, std::uint64_t inside) override {
    if (module.find_first_of("\"\n") != std::string::npos) return {};
    if (!process_.send("CODE \"" + module + "\" " + hex(inside) + "\n")) return {};
    std::vector<location> group;
    std::string function, place;
    while (process_.read_line(function) && !function.empty()) {
      if (!process_.read_line(place)) break;
      location at{.function = known(function)};
      cut_number(place, at.column);
      cut_number(place, at.line);
      at.file = known(place);
      group.push_back(std::move(at));
    }
    mark_inlined(group);
    return group;
  }

 private:
  line_process process_;
};

class addr2line final : public program {
 public:
  explicit addr2line(std::string path) : path_(std::move(path)) {}

  std::vector<location> ask(const std::string& module, std::uint64_t inside) override {
    auto& process = of(module);
    // It does not mark the end of an answer; the answer to address 0, asked with each, does.
    if (!process.send(hex(inside) + "\n0x0\n")) return {};
    std::vector<location> group;
    std::string line;
    if (!process.read_line(line)) return {};  // the address
    while (process.read_line(line) && !line.starts_with("0x")) {
      location at{.function = known(line)};
      if (!process.read_line(line)) break;
      if (const auto more = line.find(" (discriminator"); more != std::string::npos) line.resize(more);
      cut_number(line, at.line);
      at.file = known(line);
      group.push_back(std::move(at));
    }
    for (int rest = 0; rest < 2; ++rest) process.read_line(line);
    mark_inlined(group);
    return group;
  }

 private:
  line_process& of(const std::string& module) {
    auto& p = processes_[module];
    if (!p) p = std::make_unique<line_process>(std::vector<std::string>{path_, "-a", "-f", "-i", "-C", "-e", module});
    return *p;
  }

  std::string path_;
  std::map<std::string, std::unique_ptr<line_process>> processes_;
};

std::optional<std::string> on_path(const std::string& name) {
  if (name.find('/') != std::string::npos) {
    return access(name.c_str(), X_OK) == 0 ? std::optional(name) : std::nullopt;
  }
  const char* variable = std::getenv("PATH");
  std::string_view path = variable && *variable ? variable : "/usr/local/bin:/usr/bin:/bin";
  while (!path.empty()) {
    const auto end = path.find(':');
    std::string candidate = std::string(path.substr(0, end)) + "/" + name;
    if (access(candidate.c_str(), X_OK) == 0) return candidate;
    path.remove_prefix(end == std::string_view::npos ? path.size() : end + 1);
  }
  return std::nullopt;
}

std::unique_ptr<program> start(const std::string& path) {
  if (path.find("addr2line", path.rfind('/') + 1) != std::string::npos) return std::make_unique<addr2line>(path);
  return std::make_unique<llvm_symbolizer>(path);
}

}  // namespace

void use_program(std::string_view program) { wanted() = program; }

std::unique_ptr<program> find_program() {
  const char* variable = std::getenv("GOSAN_SYMBOLIZER");
  const std::string named = !wanted().empty() ? wanted() : variable ? variable : "";
  if (named == "none") return nullptr;
  if (!named.empty()) {
    const auto path = on_path(named);
    return path ? start(*path) : nullptr;
  }
  for (const char* name : {"llvm-symbolizer-19", "llvm-symbolizer", "llvm-symbolizer-18", "llvm-symbolizer-17",
                           "llvm-symbolizer-16", "llvm-symbolizer-15", "llvm-symbolizer-14", "addr2line"}) {
    if (const auto path = on_path(name)) return start(*path);
  }
  return nullptr;
}

}  // namespace gosan::symbolize
