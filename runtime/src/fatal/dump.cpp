// Go's form of a goroutine dump.
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <initializer_list>
#include <map>

#include "fatal/fatal.hpp"
#include "gosan/debug.hpp"
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

using frame = symbolize::resolved_frame;

// Functions of the runtime above the user's call are no help to him.
bool is_inner(const frame& f) { return contains_any(f.function, {"gosan::rt::", "gosan_switch", "gosan_first_frame"}); }

// Nor is what lies between a goroutine's first frame and its body. With little debug information inlined functions have short
// names, so the files count too.
bool is_plumbing(const frame& f) {
  return is_inner(f) ||
         contains_any(f.function, {"gosan::detail::", "gosan::run<", "gosan::go<", "gosan::go_daemon<", "std::__invoke",
                                   "std::invoke", "std::apply", "std::__apply", "__wrap_main"}) ||
         contains_any(f.file, {"/bits/invoke.h", "/tuple", "/gosan/go.hpp"});
}

using frame_list = std::vector<frame>;

// The symbols of many stacks, looked up at once: each look-up starts a process.
class symbol_table {
 public:
  explicit symbol_table(const std::vector<const events::goroutine_view*>& all) {
    std::vector<std::uintptr_t> wanted;
    for (const auto* g : all) {
      wanted.insert(wanted.end(), g->stack.begin(), g->stack.end());
      wanted.push_back(g->created_at);
    }
    std::sort(wanted.begin(), wanted.end());
    wanted.erase(std::unique(wanted.begin(), wanted.end()), wanted.end());
    for (auto& f : symbolize::resolve(wanted)) frames_[f.pc].push_back(std::move(f));
  }

  frame_list of(const std::vector<std::uintptr_t>& stack) const {
    frame_list out;
    for (const auto pc : stack)
      if (const auto found = frames_.find(pc); found != frames_.end())
        out.insert(out.end(), found->second.begin(), found->second.end());
    return out;
  }

 private:
  std::map<std::uintptr_t, frame_list> frames_;
};

// The frames a user wants to see, the innermost first.
frame_list useful_frames(frame_list all) {
  while (!all.empty() && is_plumbing(all.back())) all.pop_back();
  const auto first = std::find_if(all.begin(), all.end(), [](const auto& f) { return !is_inner(f); });
  all.erase(all.begin(), first);
  return all;
}

// "created by f in goroutine 1\n    file:line". Of the functions inlined at the site, the innermost that is the user's.
std::string creation(const events::goroutine_view& g, const symbol_table& symbols) {
  std::string site = "the runtime";
  const frame_list all = symbols.of({g.created_at});
  const auto user = std::find_if(all.begin(), all.end(), [](const auto& f) { return !is_plumbing(f); });
  if (user != all.end()) site = symbolize::text_of(*user);
  const std::string by = g.creator ? " in goroutine " + std::to_string(g.creator) : "";
  site.insert(std::min(site.find('\n'), site.size()), by);
  return "created by " + site + '\n';
}

constexpr std::size_t shown_at_most = 2000;

std::string minutes(std::uint64_t ns) {
  const std::uint64_t m = ns / 60000000000ULL;
  return m ? ", " + std::to_string(m) + " minutes" : "";
}

std::string text_of(const events::goroutine_view& g, const symbol_table& symbols) {
  std::string out = g.is_thread ? "thread " : "goroutine ";
  out += std::to_string(g.id);
  if (!g.name.empty()) out += " \"" + g.name + "\"";
  out += " [";
  out += state_text(g);
  if (g.state == events::goroutine_state::waiting) out += minutes(g.waiting_ns);
  if (g.daemon) out += ", daemon";
  out += "]:\n";
  for (const auto& f : useful_frames(symbols.of(g.stack))) out += symbolize::text_of(f) + '\n';
  if (g.created_at) out += creation(g, symbols);
  return out;
}

}  // namespace

std::string text_of(const events::snapshot& s) {
  std::vector<const events::goroutine_view*> shown;
  std::size_t left_out = 0;
  for (const auto& g : s.goroutines) {
    if (g.is_thread && g.why == events::wait_reason::run_main) continue;
    if (shown.size() < shown_at_most)
      shown.push_back(&g);
    else
      ++left_out;
  }
  const symbol_table symbols(shown);
  std::string out;
  for (const auto* g : shown) out += '\n' + text_of(*g, symbols);
  if (left_out) out += "\n... and " + std::to_string(left_out) + " more goroutines\n";
  return out;
}

void write_text(int fd, const std::string& text) noexcept {
  const char* at = text.data();
  std::size_t left = text.size();
  while (left) {
    const ssize_t n = write(fd, at, left);
    if (n < 0 && errno != EINTR) return;
    if (n > 0) at += n, left -= static_cast<std::size_t>(n);
  }
}

}  // namespace gosan::rt

namespace gosan::debug {

std::string goroutines() {
  // The text is made after the world goes on: it allocates and starts a process.
  return rt::text_of(events::take_snapshot());
}

void dump_goroutines(int fd) { rt::write_text(fd, goroutines()); }

}  // namespace gosan::debug
