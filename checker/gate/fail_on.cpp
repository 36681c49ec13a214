#include "gate/fail_on.hpp"

#include <fmt/format.h>

#include "finding/fingerprint.hpp"
#include "finding/kinds.hpp"

namespace gosan::gate {
namespace {

bool cut_prefix(std::string_view& text, std::string_view prefix) {
  if (!text.starts_with(prefix)) return false;
  text.remove_prefix(prefix.size());
  return true;
}

}  // namespace

fail_on::fail_on() : terms_{{.only_new = true, .kind = {}, .grade = {}}} {}

std::optional<fail_on::term> fail_on::parse_term(std::string_view text, std::string& error) {
  const std::string_view whole = text;
  term t;
  t.only_new = cut_prefix(text, "new:");
  if (text == "all") return t;
  const auto colon = text.find(':');
  t.kind = text.substr(0, colon);
  const bool check = colon == std::string_view::npos && text.starts_with("gosan-");
  if (!check && !kind_from_id(t.kind)) {
    error = fmt::format("'{}' names no kind of finding (known: {}, all, none)", whole, list_of_kinds());
    return std::nullopt;
  }
  if (colon == std::string_view::npos) return t;
  t.grade = text.substr(colon + 1);
  const bool known = t.grade == "proven" || t.grade == "stuck" || t.grade == "alive";
  if (t.kind != id_of(finding_kind::goroutine_leak) || !known) {
    error = fmt::format("'{}' names no grade (known: goroutine-leak:proven, :stuck, :alive)", whole);
    return std::nullopt;
  }
  return t;
}

std::optional<fail_on> fail_on::parse(std::string_view text, std::string& error) {
  fail_on f;
  f.terms_.clear();
  if (text == "none") return f;
  for (bool more = true; more;) {
    const auto comma = text.find(',');
    auto t = parse_term(text.substr(0, comma), error);
    if (!t) return std::nullopt;
    f.terms_.push_back(std::move(*t));
    more = comma != std::string_view::npos;
    if (more) text.remove_prefix(comma + 1);
  }
  return f;
}

bool fail_on::gates(const finding& f) const {
  if (f.standing == "suppressed") return false;
  for (const auto& t : terms_) {
    if (t.only_new && f.standing == "known") continue;
    if (!t.kind.empty() && t.kind != rule_of(f)) continue;
    if (!t.grade.empty() && t.grade != f.grade) continue;
    return true;
  }
  return false;
}

}  // namespace gosan::gate
