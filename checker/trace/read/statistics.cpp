#include <fmt/format.h>

#include <algorithm>

#include "trace/read/views.hpp"

namespace gosan::trace {
namespace {

using events::kind;
constexpr std::size_t shown = 10;

double ms(const trace_file& file, std::uint64_t ticks) {
  return static_cast<double>(file.ns_of(ticks) - file.ns_of(0)) / 1e6;
}

std::string reason(std::uint64_t why) { return std::string(events::text(static_cast<events::wait_reason>(why))); }

}  // namespace

void statistics::ended_wait(events::actor_id g, const wait& w, std::uint64_t now, bool over) {
  const std::uint64_t ticks = now - w.since;
  if (longest_.size() == shown && longest_.begin()->first >= ticks) return;
  longest_.emplace(ticks, long_wait{g, w, over});
  if (longest_.size() > shown) longest_.erase(longest_.begin());
}

void statistics::on_event(const recorded_event& e) {
  names_.on_event(e);
  if (events_++ == 0) first_ = e.time;
  last_ = e.time;
  ++counts_[e.what];
  if (e.what == kind::go_create) most_alive_ = std::max(most_alive_, ++alive_), ++created_;
  if (e.what == kind::go_end) ++ended_, alive_ -= alive_ > 0;
  if (e.what == kind::park) {
    waiting_[e.g] = {e.time, e.obj, e.a};
  } else if (const auto at = waiting_.find(e.g); at != waiting_.end() && e.what == kind::run) {
    ended_wait(e.g, at->second, e.time, true);
    if (at->second.on) {
      auto& c = contended_[at->second.on];
      ++c.waits, c.ticks += e.time - at->second.since, c.why = at->second.why;
    }
    waiting_.erase(at);
  }
  if (e.what == kind::obj_destroy || e.what == kind::chan_drop) {
    // Short-lived objects would make this grow with the trace; those nobody waited on for long are of no interest.
    if (contended_.size() > 100'000) contended_.erase(e.obj);
  }
}

std::string statistics::text() const {
  statistics end = *this;  // those that still wait count until the end
  for (const auto& [g, w] : waiting_) end.ended_wait(g, w, last_, false);
  std::string out = fmt::format("{} events in {:.3f} ms, {} goroutines created, {} ended, at most {} at once\n\n", events_,
                                ms(file_, last_ - first_), created_, ended_, most_alive_);
  std::vector<std::pair<std::uint64_t, kind>> by_count;
  for (const auto& [k, n] : counts_) by_count.emplace_back(n, k);
  std::sort(by_count.rbegin(), by_count.rend());
  for (const auto& [n, k] : by_count) out += fmt::format("{:>12}  {}\n", n, events::name(k));

  out += "\nlongest waits\n";
  for (auto w = end.longest_.rbegin(); w != end.longest_.rend(); ++w) {
    out += fmt::format("{:>12.3f} ms  {}: {}{}{}\n", ms(file_, w->first), names_.of(w->second.g), reason(w->second.what.why),
                       w->second.what.on ? fmt::format(" on object {}", w->second.what.on) : "", w->second.over ? "" : ", still waiting");
  }
  std::vector<std::pair<events::object_id, contention>> objects(contended_.begin(), contended_.end());
  const auto count = std::min(shown, objects.size());
  std::partial_sort(objects.begin(), objects.begin() + static_cast<std::ptrdiff_t>(count), objects.end(), [](const auto& a, const auto& b) {
    return a.second.ticks != b.second.ticks ? a.second.ticks > b.second.ticks : a.first < b.first;
  });
  out += "\nmost waited for\n";
  for (std::size_t i = 0; i < count; ++i) {
    const auto& [id, c] = objects[i];
    out += fmt::format("{:>12.3f} ms  object {} in {} waits ({})\n", ms(file_, c.ticks), id, c.waits, reason(c.why));
  }
  return out;
}

}  // namespace gosan::trace
