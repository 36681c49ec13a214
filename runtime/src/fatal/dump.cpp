// Go's form of a goroutine dump.
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <initializer_list>

#include "fatal/fatal.hpp"
#include "symbolize/symbolize.hpp"

namespace gosan::rt {
namespace {

const char* state_text(const events::goroutine_view& g) noexcept {
  switch (g.state) {
    case events::goroutine_state::runnable: return "runnable";
    case events::goroutine_state::running: return "running";
    case events::goroutine_state::waiting: return events::text(g.why).data();
    case events::goroutine_state::blocking: return "blocking call";
    case events::goroutine_state::ended: return "ended";
  }
  return "unknown";
}

bool contains_any(const std::string& text, std::initializer_list<const char*> words) {
  return std::any_of(words.begin(), words.end(), [&](const char* w) { return text.find(w) != std::string::npos; });
}

// Functions of the runtime above the user's call are no help to him.
bool is_inner(const std::string& function) {
  return contains_any(function, {"gosan::rt::", "gosan_switch", "gosan_first_frame"});
}

// Nor is what lies between a goroutine's first frame and its body.
bool is_plumbing(const std::string& function) {
  return is_inner(function) || contains_any(function, {"gosan::detail::", "gosan::run<", "gosan::go<", "gosan::go_daemon<",
                                                       "std::__invoke", "std::invoke", "std::apply", "std::__apply",
                                                       "__wrap_main"});
}

using frame_list = std::vector<symbolize::resolved_frame>;

// The frames a user wants to see, the innermost first.
frame_list useful_frames(const std::vector<std::uintptr_t>& stack) {
  frame_list all = symbolize::resolve(stack);
  while (!all.empty() && is_plumbing(all.back().function)) all.pop_back();
  const auto first = std::find_if(all.begin(), all.end(), [](const auto& f) { return !is_inner(f.function); });
  all.erase(all.begin(), first);
  return all;
}

std::string frames(const std::vector<std::uintptr_t>& stack) {
  std::string out;
  for (const auto& f : useful_frames(stack)) out += symbolize::text_of(f) + '\n';
  return out;
}

// "created by f in goroutine 1\n    file:line". Of the functions inlined at the site, the innermost that is the user's.
std::string creation(const events::goroutine_view& g) {
  std::string site = "the runtime";
  const frame_list all = symbolize::resolve(std::vector{g.created_at});
  const auto user = std::find_if(all.begin(), all.end(), [](const auto& f) { return !is_plumbing(f.function); });
  if (user != all.end()) site = symbolize::text_of(*user);
  const std::string by = g.creator ? " in goroutine " + std::to_string(g.creator) : "";
  site.insert(std::min(site.find('\n'), site.size()), by);
  return "created by " + site + '\n';
}

std::string minutes(std::uint64_t ns) {
  const std::uint64_t m = ns / 60000000000ULL;
  return m ? ", " + std::to_string(m) + " minutes" : "";
}

}  // namespace

std::string text_of(const events::goroutine_view& g) {
  std::string out = g.is_thread ? "thread " : "goroutine ";
  out += std::to_string(g.id);
  if (!g.name.empty()) out += " \"" + g.name + "\"";
  out += " [";
  out += state_text(g);
  if (g.state == events::goroutine_state::waiting) out += minutes(g.waiting_ns);
  if (g.daemon) out += ", daemon";
  out += "]:\n";
  out += frames(g.stack);
  if (g.created_at) out += creation(g);
  return out;
}

std::string text_of(const events::snapshot& s) {
  std::string out;
  for (const auto& g : s.goroutines) {
    if (g.is_thread && g.why == events::wait_reason::run_main) continue;
    out += '\n';
    out += text_of(g);
  }
  return out;
}

void write_error(const std::string& text) noexcept {
  const char* at = text.data();
  std::size_t left = text.size();
  while (left) {
    const ssize_t n = write(STDERR_FILENO, at, left);
    if (n < 0 && errno != EINTR) return;
    if (n > 0) at += n, left -= static_cast<std::size_t>(n);
  }
}

}  // namespace gosan::rt
