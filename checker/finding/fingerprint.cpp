#include "finding/fingerprint.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <map>
#include <set>

namespace gosan {
namespace {

// How many of the user's functions on each stack count: enough to tell callers of a helper apart, few enough that the
// outer structure of a program may change.
constexpr std::size_t significant_frames = 3;

// The parties of these could as well have been found the other way round.
bool is_symmetric(finding_kind k) {
  return k == finding_kind::data_race || k == finding_kind::lock_order || k == finding_kind::deadlock ||
         k == finding_kind::partial_deadlock;
}

// "previous write of 8 bytes" gives "write of bytes"; "mutex m12" gives "mutex m". The name of a variable stays whole.
std::string without_numbers(std::string_view text) {
  for (std::string_view named : {"global ", "variable ", "static "}) {
    if (const auto at = text.find(named); at != std::string_view::npos) {
      const auto end = text.find(' ', at + named.size());
      return std::string(text.substr(at, end == std::string_view::npos ? end : end - at));
    }
  }
  if (text.starts_with("previous ")) text.remove_prefix(9);
  std::string out;
  for (char c : text) {
    if (std::isdigit(static_cast<unsigned char>(c))) continue;
    if (c == ' ' && out.ends_with(' ')) continue;
    out += c;
  }
  return out;
}

std::string name_of(const frame& f) {
  if (!f.function.empty()) return stable_name(f.function);
  const auto slash = f.module.rfind('/');
  return fmt::format("{}+{:x}", slash == std::string::npos ? f.module : f.module.substr(slash + 1), f.offset);
}

std::string text_of(const call_stack& stack, std::size_t limit) {
  std::string text;
  std::size_t taken = 0;
  for (const auto& f : stack) {
    if (taken == limit) break;
    if (is_internal(f)) continue;
    text += name_of(f) + "<";
    ++taken;
  }
  if (taken == 0 && !stack.empty()) text = name_of(stack.front());
  return text;
}

std::string text_of(const party& p) {
  return without_numbers(p.role) + "|" + text_of(p.stack, significant_frames) + "|" + text_of(p.created_at, 1);
}

// FNV-1a: short, stable for ever, and nobody attacks a baseline.
std::uint64_t hash_of(std::string_view text) {
  std::uint64_t h = 0xcbf29ce484222325;
  for (unsigned char c : text) h = (h ^ c) * 0x100000001b3;
  return h;
}

std::string places_of(const finding& f) {
  std::set<std::string> places;
  for (const auto& p : f.parties) {
    const frame* top = first_user_frame(p.stack);
    if (top) places.insert(fmt::format("{}:{}", top->file, top->line));
  }
  return fmt::format("{}", fmt::join(places, " "));
}

}  // namespace

std::string_view rule_of(const finding& f) noexcept { return f.check.empty() ? id_of(f.kind) : std::string_view(f.check); }

std::string fingerprint_of(const finding& f) {
  std::vector<std::string> parties;
  for (const auto& p : f.parties) parties.push_back(text_of(p));
  if (f.check.empty() && is_symmetric(f.kind)) {
    std::sort(parties.begin(), parties.end());
    // Five goroutines stuck in the same way are the same deadlock as four.
    if (f.kind != finding_kind::data_race) parties.erase(std::unique(parties.begin(), parties.end()), parties.end());
  }
  std::string text(rule_of(f));
  for (const auto& p : parties) text += "\n" + p;
  for (const auto& o : f.objects) text += "\n" + without_numbers(o.what) + "|" + text_of(o.created_at, 1);
  return fmt::format("{:016x}", hash_of(text));
}

void fold_alike(std::vector<finding>& findings) {
  std::map<std::string, std::size_t> seen;
  std::vector<finding> kept;
  for (auto& f : findings) {
    auto [place, fresh] = seen.try_emplace(f.fingerprint + " " + f.scope + " " + places_of(f), kept.size());
    if (fresh) {
      kept.push_back(std::move(f));
    } else {
      kept[place->second].count += f.count;
    }
  }
  findings = std::move(kept);
}

}  // namespace gosan
