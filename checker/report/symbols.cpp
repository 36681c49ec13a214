#include "report/symbols.hpp"

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

class lookup {
 public:
  void collect(const call_stack& stack) {
    for (const auto& f : stack) {
      if (lacks_symbols(f)) asked_.push_back({f.module, f.offset});
    }
  }

  void ask() { groups_ = symbolize::look_up(asked_); }

  // REQUIRES: the same stacks in the same order as collect() saw them.
  void expand(call_stack& stack) {
    call_stack full;
    for (const auto& f : stack) {
      if (!lacks_symbols(f)) {
        full.push_back(f);
        continue;
      }
      for (const auto& at : groups_[next_++]) {
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
  std::vector<symbolize::address> asked_;
  std::vector<std::vector<symbolize::location>> groups_;
  std::size_t next_ = 0;
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
