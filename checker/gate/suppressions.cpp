#include "gate/suppressions.hpp"

#include <fmt/format.h>
#include <fnmatch.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <utility>

#include "finding/fingerprint.hpp"
#include "finding/kinds.hpp"
#include "report/user_error.hpp"

namespace gosan::gate {
namespace {

bool glob_matches(const std::string& glob, const std::string& text) { return fnmatch(glob.c_str(), text.c_str(), 0) == 0; }

bool matches_kind(const std::vector<std::string>& kinds, const std::string& kind) {
  return std::any_of(kinds.begin(), kinds.end(), [&](const std::string& k) { return glob_matches(k, kind); });
}

bool function_matches(const std::string& glob, const frame& f) {
  return !f.function.empty() && (glob_matches(glob, f.function) || glob_matches(glob, stable_name(f.function)));
}

bool path_matches(const std::string& glob, const std::string& path) {
  return !path.empty() && (glob_matches(glob, path) || glob_matches("*/" + glob, path));
}

template <typename Predicate>
bool any_frame(const finding& f, call_stack party::*stack, Predicate matches) {
  return std::any_of(f.parties.begin(), f.parties.end(), [&](const party& p) {
    return std::any_of((p.*stack).begin(), (p.*stack).end(), matches);
  });
}

}  // namespace

// Reads one line; throws std::runtime_error with what is wrong.
class suppressions::line_parser {
 public:
  explicit line_parser(std::string_view text) : rest_(text) {}

  std::optional<line> parse() {
    std::string word = next_word();
    if (word.empty()) return std::nullopt;
    line l;
    if (word != "*") read_kinds(word, l);
    while (!(word = next_word()).empty()) l.conditions.push_back(read_condition(word));
    if (l.kinds.empty() && l.conditions.empty()) throw std::runtime_error("'*' alone would suppress everything");
    return l;
  }

 private:
  // Up to a space or a comment; spaces within double quotes belong to the word, the quotes do not.
  std::string next_word() {
    const auto start = rest_.find_first_not_of(" \t\r");
    rest_.remove_prefix(start == std::string_view::npos ? rest_.size() : start);
    std::string word;
    bool quoted = false;
    while (!rest_.empty()) {
      const char c = rest_[0];
      if (!quoted && (c == ' ' || c == '\t' || c == '\r')) break;
      if (!quoted && c == '#') return rest_ = {}, word;
      rest_.remove_prefix(1);
      if (c == '"') {
        quoted = !quoted;
      } else {
        word += c;
      }
    }
    if (quoted) throw std::runtime_error("a quote is not closed");
    return word;
  }

  static void read_kinds(std::string_view words, line& into) {
    for (bool more = true; more;) {
      const auto comma = words.find(',');
      const auto kind = words.substr(0, comma);
      if (!kind_from_id(kind) && !kind.starts_with("gosan-")) throw std::runtime_error(fmt::format("'{}' is no kind of finding (known: {})", kind, list_of_kinds()));
      into.kinds.emplace_back(kind);
      more = comma != std::string_view::npos;
      if (more) words.remove_prefix(comma + 1);
    }
  }

  static condition read_condition(const std::string& word) {
    static constexpr std::pair<std::string_view, field> names[] = {
        {"function", field::function}, {"file", field::file},       {"module", field::module},          {"created", field::created},
        {"name", field::name},         {"message", field::message}, {"fingerprint", field::fingerprint}};
    const auto equals = word.find('=');
    if (equals == std::string::npos) throw std::runtime_error(fmt::format("'{}' is no field=glob", word));
    for (const auto& [name, what] : names) {
      if (word.compare(0, equals, name) != 0) continue;
      if (equals + 1 == word.size()) throw std::runtime_error(fmt::format("field '{}' has no value", name));
      return {what, word.substr(equals + 1)};
    }
    std::string known;
    for (const auto& [name, what] : names) known += fmt::format("{}{}", known.empty() ? "" : ", ", name);
    throw std::runtime_error(fmt::format("unknown field '{}' (known: {})", word.substr(0, equals), known));
  }

  std::string_view rest_;
};

suppressions suppressions::read(const std::string& path) {
  std::ifstream in(path);
  if (!in) throw report::user_error(fmt::format("cannot read suppressions '{}': {}", path, std::strerror(errno)));
  return parse(in, path);
}

suppressions suppressions::parse(std::istream& in, const std::string& name) {
  suppressions s;
  std::string text;
  for (std::size_t number = 1; std::getline(in, text); ++number) {
    const std::string where = fmt::format("{}:{}", name, number);
    try {
      auto l = line_parser(text).parse();
      if (!l) continue;
      l->where = where;
      l->text = text;
      s.lines_.push_back(std::move(*l));
    } catch (const std::runtime_error& e) {
      throw report::user_error(fmt::format("{}: {}", where, e.what()));
    }
  }
  return s;
}

bool suppressions::holds(const condition& c, const finding& f) {
  const std::string& glob = c.glob;
  const auto in_function = [&](const frame& at) { return function_matches(glob, at); };
  const auto in_file = [&](const frame& at) { return path_matches(glob, at.file); };
  const auto in_module = [&](const frame& at) { return path_matches(glob, at.module); };
  switch (c.what) {
    case field::function: return any_frame(f, &party::stack, in_function);
    case field::file: return any_frame(f, &party::stack, in_file);
    case field::module: return any_frame(f, &party::stack, in_module);
    case field::created: return any_frame(f, &party::created_at, in_function) || any_frame(f, &party::created_at, in_file);
    case field::name:
      return std::any_of(f.parties.begin(), f.parties.end(), [&](const party& p) { return glob_matches(glob, p.name); });
    case field::message: return glob_matches(glob, f.message);
    case field::fingerprint: return glob_matches(glob, f.fingerprint);
  }
  return false;
}

bool suppressions::match(const finding& f) {
  bool matched = false;
  for (auto& l : lines_) {
    if (!l.kinds.empty() && !matches_kind(l.kinds, std::string(rule_of(f)))) continue;
    if (!std::all_of(l.conditions.begin(), l.conditions.end(), [&](const condition& c) { return holds(c, f); })) continue;
    l.used = matched = true;  // every line that would do counts as used
  }
  return matched;
}

std::vector<std::string> suppressions::unused() const {
  std::vector<std::string> list;
  for (const auto& l : lines_) {
    if (!l.used) list.push_back(fmt::format("{}: {}", l.where, l.text));
  }
  return list;
}

}  // namespace gosan::gate
