#include "report/symbols.hpp"

#include <map>
#include <mutex>

#include "finding/fingerprint.hpp"
#include "symbolize/symbolize.hpp"

namespace gosan::report {
namespace {

template <typename Use>
void each_stack(finding& f, Use use) {
  for (auto& p : f.parties) {
    use(p.stack);
    use(p.created_at);
    for (auto& l : p.locks) use(l.acquired_at);
  }
  for (auto& o : f.objects) use(o.created_at);
}

bool lacks_symbols(const frame& f) { return f.function.empty() && !f.module.empty(); }

// What was looked up stays known: a test suite asks for the same places again and again, and each time costs a process.
class lookup {
 public:
  lookup() : hold_(lock()) {}

  void collect(const call_stack& stack) {
    for (const auto& f : stack) {
      if (lacks_symbols(f) && known().try_emplace({f.module, f.offset}).second) asked_.push_back({f.module, f.offset});
    }
  }

  void ask() {
    if (asked_.empty()) return;
    auto groups = symbolize::look_up(asked_);
    for (std::size_t i = 0; i < asked_.size(); ++i) known()[{asked_[i].module, asked_[i].offset}] = std::move(groups[i]);
  }

  // REQUIRES: collect() saw the stack, and ask() was called.
  void expand(call_stack& stack) {
    call_stack full;
    for (const auto& f : stack) {
      if (!lacks_symbols(f)) {
        full.push_back(f);
        continue;
      }
      for (const auto& at : known().at({f.module, f.offset})) {
        frame g = f;
        g.function = at.function;
        g.file = at.file;
        g.line = at.line;
        g.column = at.column;
        g.inlined = at.inlined;
        full.push_back(std::move(g));
      }
    }
    stack = std::move(full);
  }

 private:
  using places = std::map<std::pair<std::string, std::uint64_t>, std::vector<symbolize::location>>;
  // Never destroyed: findings are rendered while static destructors run.
  static std::mutex& lock() {
    static auto* one = new std::mutex;
    return *one;
  }
  static places& known() {
    static auto* all = new places;
    return *all;
  }

  std::lock_guard<std::mutex> hold_;
  std::vector<symbolize::address> asked_;
};

}  // namespace

void add_symbols(std::span<finding> findings) {
  lookup l;
  for (auto& f : findings) each_stack(f, [&](call_stack& s) { l.collect(s); });
  l.ask();
  for (auto& f : findings) {
    each_stack(f, [&](call_stack& s) { l.expand(s); });
    if (f.fingerprint.empty()) f.fingerprint = fingerprint_of(f);
  }
}

}  // namespace gosan::report
