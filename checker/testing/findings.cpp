#include "testing/findings.hpp"

#include <algorithm>
#include <map>
#include <mutex>

#include "testing/recording.hpp"

namespace gosan::testing {
namespace {

std::mutex told_lock;
std::map<std::string, std::vector<finding>>& told() {  // what each test was told of; guarded by told_lock
  static auto* all = new std::map<std::string, std::vector<finding>>;
  return *all;
}

std::vector<finding> without(std::vector<finding> list, const std::vector<finding>& before) {
  for (std::size_t i = 0; i < std::min(before.size(), list.size()); ++i) list[i].count -= before[i].count;
  std::erase_if(list, [](const finding& f) { return f.count == 0; });
  return list;
}

}  // namespace

std::vector<finding> found_in(const std::string& scope) {
  if (!recording()) return {};
  std::vector<finding> list = live::findings::all();
  std::erase_if(list, [&](const finding& f) { return f.scope != scope; });
  return list;
}

std::vector<finding> fresh_in(const std::string& scope, const std::vector<finding>& before) {
  std::vector<finding> list = found_in(scope);
  {
    const std::lock_guard hold(told_lock);
    told()[scope] = list;
  }
  return without(std::move(list), before);
}

std::vector<finding> late_findings() {
  std::vector<finding> late;
  const std::lock_guard hold(told_lock);
  for (const auto& [scope, list] : told()) {
    for (auto& f : without(found_in(scope), list)) late.push_back(std::move(f));
  }
  return late;
}

bool gates(std::vector<finding>& list) {
  if (list.empty()) return false;
  return gate::gates_by_options ? gate::gates_by_options(list) : true;
}

std::string text_of(std::vector<finding> list) {
  if (report::render_text) {
    report::add_symbols(list);
    return report::render_text(list, false);
  }
  std::string text;
  for (const auto& f : list) text += f.message + "\n";
  return text;
}

}  // namespace gosan::testing
