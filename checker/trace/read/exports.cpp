#include <fmt/format.h>

#include "report/json.hpp"
#include "trace/read/views.hpp"

namespace gosan::trace {
namespace {

using events::kind;
using report::json;

}  // namespace

chrome_export::chrome_export(const trace_file& file, std::FILE* out) : file_(file), names_(file), out_(out) {
  std::fputs("{\"displayTimeUnit\":\"ns\",\"traceEvents\":[", out_);
}

void chrome_export::write(const std::string& text) {
  std::fputs(first_ ? "\n" : ",\n", out_);
  first_ = false;
  std::fwrite(text.data(), 1, text.size(), out_);
}

void chrome_export::on_event(const recorded_event& e) {
  names_.on_event(e);
  const double us = static_cast<double>(file_.ns_of(e.time)) / 1e3;
  if (e.what == kind::run) {
    running_[e.stream] = {e.g, e.time};
    return;
  }
  if (e.what == kind::stop || e.what == kind::park || e.what == kind::go_end) end_slice(e, us);
  if (e.what == kind::stop) return;
  json args = {{"goroutine", e.g}, {"object", e.obj}, {"a", e.a}, {"b", e.b}};
  write(json({{"name", events::name(e.what)}, {"ph", "i"}, {"s", "t"}, {"ts", us}, {"pid", file_.pid()}, {"tid", e.stream}, {"args", args}}).dump());
}

// Whoever parks or ends stops.
void chrome_export::end_slice(const recorded_event& e, double us) {
  const auto at = running_.find(e.stream);
  if (at == running_.end() || at->second.first != e.g) return;
  const double since = static_cast<double>(file_.ns_of(at->second.second)) / 1e3;
  write(json({{"name", names_.of(at->second.first)}, {"ph", "X"}, {"ts", since}, {"dur", us - since}, {"pid", file_.pid()},
              {"tid", e.stream}}).dump(-1, ' ', false, json::error_handler_t::replace));
  running_.erase(at);
}

void chrome_export::finish() { std::fputs("\n]}\n", out_); }

void std_export::on_event(const recorded_event& e) {
  const auto line = [&](const char* operation, char target, std::uint64_t id) {
    fmt::print(out_, "T{}|{}({}{})|{}\n", e.g, operation, target, id, e.stack);
  };
  switch (e.what) {
    case kind::go_create:
    case kind::thread_create: return line("fork", 'T', e.obj);
    case kind::thread_join: return line("join", 'T', e.obj);
    case kind::lock_acquire:
      if (events::mode_of(e) == events::lock_mode::write) return line("acq", 'L', e.obj);
      break;
    case kind::lock_release:
      if (events::mode_of(e) == events::lock_mode::write) return line("rel", 'L', e.obj);
      break;
    default: break;
  }
  ++left_out_;
}

}  // namespace gosan::trace
