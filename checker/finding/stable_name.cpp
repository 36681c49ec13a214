#include <cctype>

#include "finding/fingerprint.hpp"

namespace gosan {
namespace {

bool is_word(char c) { return std::isalnum(static_cast<unsigned char>(c)) || c == '_'; }

// Reads a demangled name from left to right and writes the parts that count.
class name_reader {
 public:
  explicit name_reader(std::string_view text) : rest_(text) {}

  std::string read() {
    while (!rest_.empty()) step();
    return last_word();
  }

 private:
  void step() {
    if (take("(anonymous namespace)")) return put("{anonymous}");
    if (starts_word("operator")) return read_operator();
    if (take("$_")) return skip_digits(), put("$lambda");
    if (take("'lambda")) return skip_past('\''), put("$lambda");
    if (take("'unnamed")) return skip_past('\''), put("$type");
    if (rest_.starts_with("{lambda")) return skip_balanced('{', '}'), put("$lambda");
    if (rest_.starts_with("{unnamed")) return skip_balanced('{', '}'), put("$type");
    if (rest_[0] == '<') return skip_balanced('<', '>');
    if (rest_[0] == '(') return skip_balanced('(', ')');
    if (rest_[0] == '[') return skip_balanced('[', ']');
    out_ += rest_[0];
    rest_.remove_prefix(1);
  }

  void read_operator() {
    take("operator");
    put("operator");
    if (take("()")) return put("()");
    if (take("[]")) return put("[]");
    if (take(" ")) return put("_");  // operator new, operator bool: one word
    while (!rest_.empty() && std::string_view("<>=!+-*/%^&|~,").find(rest_[0]) != std::string_view::npos) {
      // "operator<<int>(...)" is operator< of int, "operator<<<int>" and "operator<<(" are operator<<.
      if (rest_[0] == '<' && out_.ends_with('<') && rest_.size() > 1 && is_word(rest_[1])) return;
      out_ += rest_[0];
      rest_.remove_prefix(1);
    }
  }

  // Return types come before the name, qualifiers after it.
  std::string last_word() const {
    std::string_view text = out_;
    for (;;) {
      while (text.ends_with(' ')) text.remove_suffix(1);
      const auto space = text.rfind(' ');
      const auto word = space == std::string_view::npos ? text : text.substr(space + 1);
      if (space == std::string_view::npos || !is_qualifier(word)) return std::string(word);
      text = text.substr(0, space);
    }
  }

  static bool is_qualifier(std::string_view word) {
    return word == "const" || word == "volatile" || word == "&" || word == "&&" || word == "noexcept" ||
           word.find_first_not_of('.') == std::string_view::npos;
  }

  bool starts_word(std::string_view word) const {
    return rest_.starts_with(word) && (out_.empty() || !is_word(out_.back())) &&
           (rest_.size() == word.size() || !is_word(rest_[word.size()]));
  }

  bool take(std::string_view text) {
    if (!rest_.starts_with(text)) return false;
    rest_.remove_prefix(text.size());
    return true;
  }

  void put(std::string_view text) { out_ += text; }
  void skip_digits() {
    while (!rest_.empty() && std::isdigit(static_cast<unsigned char>(rest_[0]))) rest_.remove_prefix(1);
  }
  void skip_past(char c) {
    const auto at = rest_.find(c);
    rest_.remove_prefix(at == std::string_view::npos ? rest_.size() : at + 1);
  }
  void skip_balanced(char open, char close) {
    int depth = 0;
    while (!rest_.empty()) {
      const char c = rest_[0];
      // The arrow of a trailing return type inside template arguments closes nothing.
      const bool arrow = c == '-' && rest_.starts_with("->");
      rest_.remove_prefix(arrow ? 2 : 1);
      if (arrow) continue;
      if (c == open) ++depth;
      if (c == close && --depth == 0) return;
    }
  }

  std::string_view rest_;
  std::string out_;
};

bool starts_with_any(std::string_view name, std::initializer_list<std::string_view> starts) {
  for (auto s : starts) {
    if (name.starts_with(s)) return true;
  }
  return false;
}

}  // namespace

std::string stable_name(std::string_view function) { return name_reader(function).read(); }

// By name where the name is qualified; inlined functions of code built with line tables only have none, so by file too.
bool is_runtime(const frame& f) {
  const std::string name = stable_name(f.function);
  if (starts_with_any(name, {"gosan::", "__gosan_", "gosan_", "__wrap_main", "__libc_start", "clone", "__clone"})) return true;
  if (name == "_start" || name == "start_thread") return true;
  return starts_with_any(f.file, {GOSAN_SOURCE_FOLDER "/runtime/", GOSAN_SOURCE_FOLDER "/checker/"}) ||
         f.file.find("/include/gosan/") != std::string::npos;
}

bool is_internal(const frame& f) {
  return is_runtime(f) || starts_with_any(stable_name(f.function), {"std::", "__gnu_cxx::", "__cxxabiv1::", "__interceptor_"}) ||
         f.file.find("/include/c++/") != std::string::npos;
}

const frame* first_user_frame(const call_stack& stack) {
  for (const auto& f : stack) {
    if (!f.function.empty() && !is_internal(f)) return &f;
  }
  return stack.empty() ? nullptr : &stack.front();
}

}  // namespace gosan
