#include <fmt/format.h>

#include "trace/read/views.hpp"

namespace gosan::trace {

void actor_names::on_event(const recorded_event& e) {
  if (e.what == events::kind::go_create && e.a) names_[e.obj] = file_.text(static_cast<events::text_id>(e.a));
  if (e.what == events::kind::go_name) names_[e.g] = file_.text(static_cast<events::text_id>(e.a));
  if (e.what == events::kind::go_end) names_.erase(e.g);
}

std::string actor_names::of(events::actor_id g) const {
  const auto at = names_.find(g);
  return at == names_.end() ? fmt::format("goroutine {}", g) : fmt::format("goroutine {} \"{}\"", g, at->second);
}

std::string line_of(const recorded_event& e, const trace_file& file, const actor_names& names) {
  std::string text = fmt::format("{:>15.9f}  {:<22} {:<16}", static_cast<double>(file.ns_of(e.time)) / 1e9, names.of(e.g), events::name(e.what));
  if (e.obj) text += fmt::format(" object {}", e.obj);
  if (e.what == events::kind::park) {
    text += fmt::format(" {}", events::text(static_cast<events::wait_reason>(e.a)));
  } else if (e.a) {
    text += fmt::format(" a={}", e.a);
  }
  if (e.b) text += fmt::format(" b={}", e.b);
  if (e.flags) text += fmt::format(" flags={}", e.flags);
  if (e.stack) text += fmt::format(" stack {}", e.stack);
  return text;
}

}  // namespace gosan::trace
