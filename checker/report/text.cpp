#include "report/text.hpp"

#include <fmt/format.h>

#include <map>
#include <set>

#include "finding/fingerprint.hpp"
#include "report/stack_text.hpp"

namespace gosan::report {
namespace {

// Colours only where they carry meaning: the kind, and who it is about.
struct palette {
  const char *kind = "", *who = "", *dim = "", *off = "";
};
constexpr palette coloured{"\x1b[1;31m", "\x1b[1m", "\x1b[2m", "\x1b[0m"};

class writer {
 public:
  explicit writer(bool colours) : c_(colours ? coloured : palette{}) {}

  void write(const finding& f) {
    out_ += fmt::format("{}{}{}{}: {}\n", c_.kind, rule_of(f), f.grade.empty() ? "" : " (" + f.grade + ")", c_.off,
                        f.message);
    if (f.count > 1) out_ += fmt::format("  seen {} times\n", f.count);
    if (!f.scope.empty()) out_ += fmt::format("  in {}\n", f.scope);
    for (const auto& p : f.parties) write(p);
    for (const auto& o : f.objects) write(o);
    for (const auto& n : f.notes) out_ += fmt::format("  note: {}\n", n);
    if (!f.confidence.empty()) out_ += fmt::format("  not certain: {}\n", f.confidence);
    out_ += fmt::format("  {}fingerprint {}{}\n\n", c_.dim, f.fingerprint, c_.off);
  }

  std::string take() { return std::move(out_); }

 private:
  void write_head(const party& p) {
    if (is_source(p)) {
      out_ += fmt::format("  {}\n", p.role);
      return;
    }
    out_ += fmt::format("  {}{}{}{}{}{}{}\n", c_.who, party_name(p), c_.off, p.state.empty() ? "" : " [" + p.state + "]",
                        p.role.empty() ? "" : ": ", p.role, p.stack.empty() ? " (stack unknown)" : "");
  }

  void write(const party& p) {
    write_head(p);
    write(frames_to_show(p.stack));
    for (const auto& l : p.locks) {
      out_ += fmt::format("    holding {}{}, taken at:\n", l.name, l.read ? " for reading" : "");
      write(creation_frames_to_show(l.acquired_at));
    }
    const auto created = creation_frames_to_show(p.created_at);
    if (created.empty()) return;
    out_ += fmt::format("    created{}{} at:\n", p.creator == 0 ? "" : " by goroutine ",
                        p.creator == 0 ? "" : std::to_string(p.creator));
    write(created);
  }

  void write(const described_object& o) {
    const auto created = creation_frames_to_show(o.created_at);
    out_ += fmt::format("  {}{}\n", o.what, created.empty() ? "" : ", made at:");
    write(created);
  }

  void write(const std::vector<const frame*>& stack) {
    unsigned n = 0;
    for (const frame* f : stack) {
      const std::string place = place_text(*f);
      out_ += fmt::format("      #{} {}{}{}{}{}\n", n++, function_text(*f), place.empty() ? "" : "  ", c_.dim, place, c_.off);
    }
  }

  palette c_;
  std::string out_;
};

constexpr std::string_view bytes_prefix = "bytes of ";

// What was not checked, once each; and beside findings what the detectors needed, of all processes together.
std::string footer_of(const document& d, bool with_memory) {
  std::set<std::string> not_checked;
  std::map<std::string, std::uint64_t> memory;
  for (const process_run& p : d.processes) {
    not_checked.insert(p.notes.begin(), p.notes.end());
    for (const auto& [name, n] : p.counts)
      if (name.starts_with(bytes_prefix)) memory[name.substr(bytes_prefix.size())] += n;
  }
  std::string text;
  for (const auto& n : not_checked) text += n + "\n";
  if (!with_memory || memory.empty()) return text;
  std::vector<std::string> parts;
  for (const auto& [name, n] : memory) parts.push_back(fmt::format("{} {} KiB", name, (n + 1023) / 1024));
  return text + fmt::format("memory of the checker: {}\n", fmt::join(parts, ", "));
}

}  // namespace

std::string summary_of(std::span<const finding> findings) {
  std::map<std::pair<finding_kind, std::string_view>, std::size_t> by_kind;
  for (const auto& f : findings) ++by_kind[{f.kind, rule_of(f)}];
  std::vector<std::string> parts;
  for (const auto& [kind, n] : by_kind) parts.push_back(fmt::format("{} {}", n, kind.second));
  return fmt::format("{} finding{}{}{}", findings.size(), findings.size() == 1 ? "" : "s", parts.empty() ? "" : ": ",
                     fmt::join(parts, ", "));
}

std::string render_text(std::span<const finding> findings, bool colours) {
  if (findings.empty()) return {};
  writer w(colours);
  for (const auto& f : findings) w.write(f);
  return w.take() + summary_of(findings) + "\n";
}

std::string render_text(const document& d, bool colours) {
  std::vector<finding> told;
  std::size_t known = 0, suppressed = 0;
  for (const auto& f : d.findings) {
    if (f.standing == "known") {
      ++known;
    } else if (f.standing == "suppressed") {
      ++suppressed;
    } else {
      told.push_back(f);
    }
  }
  std::string text = render_text(told, colours);
  if (known != 0) text += fmt::format("{} known by the baseline\n", known);
  if (suppressed != 0) text += fmt::format("{} suppressed\n", suppressed);
  for (const auto& n : d.notes) text += n + "\n";
  return text + footer_of(d, !told.empty());
}

}  // namespace gosan::report
