#include "gate/baseline.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <cerrno>
#include <cstring>
#include <fstream>

#include "finding/fingerprint.hpp"
#include "report/json.hpp"
#include "report/user_error.hpp"

namespace gosan::gate {
namespace {

using report::json;
using report::user_error;

constexpr std::string_view file_format = "gosan-baseline";

struct field {
  const char* name;
  std::string baseline_entry::*member;
};
constexpr field fields[] = {
    {"fingerprint", &baseline_entry::fingerprint}, {"kind", &baseline_entry::kind},
    {"function", &baseline_entry::function},       {"message", &baseline_entry::message},
    {"issue", &baseline_entry::issue},             {"owner", &baseline_entry::owner},
    {"expires", &baseline_entry::expires}};

// Throws std::runtime_error with what is wrong with the entry.
baseline_entry entry_from(const json& j) {
  if (!j.is_object()) throw std::runtime_error("is no object");
  baseline_entry e;
  for (const auto& [name, member] : fields) {
    const auto at = j.find(name);
    if (at == j.end()) continue;
    if (!at->is_string()) throw std::runtime_error(fmt::format("has a '{}' that is no text", name));
    e.*member = at->get<std::string>();
  }
  if (e.fingerprint.empty()) throw std::runtime_error("has no 'fingerprint'");
  if (!e.expires.empty() && !is_date(e.expires)) {
    throw std::runtime_error(fmt::format("expires '{}', which is no date like 2026-12-31", e.expires));
  }
  return e;
}

json to_json(const baseline_entry& e) {
  json j = json::object();
  for (const auto& [name, member] : fields) {
    if (!(e.*member).empty()) j[name] = e.*member;
  }
  return j;
}

baseline_entry describe(const finding& f, const baseline_entry& model) {
  baseline_entry e = model;
  e.fingerprint = f.fingerprint;
  e.kind = rule_of(f);
  e.message = f.message;
  if (!f.parties.empty()) {
    if (const frame* top = first_user_frame(f.parties[0].stack)) e.function = stable_name(top->function);
  }
  return e;
}

}  // namespace

baseline baseline::read(const std::string& path) {
  std::ifstream in(path);
  if (!in) throw user_error(fmt::format("cannot read baseline '{}': {}", path, std::strerror(errno)));
  json j;
  try {
    j = json::parse(in);
  } catch (const json::parse_error& e) {
    throw user_error(fmt::format("baseline '{}' is not JSON at byte {}", path, e.byte));
  }
  if (!j.is_object() || j.value("format", json()) != file_format) {
    throw user_error(fmt::format("'{}' is no baseline of gosan: member 'format' is not '{}'", path, file_format));
  }
  if (j.value("version", json()) != 1) {
    throw user_error(fmt::format("baseline '{}' has a version not known here", path));
  }
  const json entries = j.value("entries", json::array());
  if (!entries.is_array()) throw user_error(fmt::format("baseline '{}': 'entries' is no array", path));
  baseline b;
  std::size_t number = 0;
  for (const auto& entry : entries) {
    ++number;
    try {
      baseline_entry e = entry_from(entry);
      b.entries_[e.fingerprint] = std::move(e);
    } catch (const std::runtime_error& e) {
      throw user_error(fmt::format("baseline '{}': entry {} {}", path, number, e.what()));
    }
  }
  return b;
}

void baseline::write(const std::string& path) const {
  json j = {{"format", file_format}, {"version", 1}, {"entries", json::array()}};
  for (const auto& [fingerprint, e] : entries_) j["entries"].push_back(to_json(e));
  std::ofstream out(path);
  out << j.dump(2, ' ', false, json::error_handler_t::replace) << "\n" << std::flush;
  if (!out) throw user_error(fmt::format("cannot write baseline '{}': {}", path, std::strerror(errno)));
}

const baseline_entry* baseline::find(const finding& f) const {
  const auto at = entries_.find(f.fingerprint);
  return at == entries_.end() ? nullptr : &at->second;
}

baseline::change baseline::update(const report::document& d, const baseline_entry& model) {
  std::map<std::string, baseline_entry> fresh;
  change done;
  for (const auto& f : d.findings) {
    if (fresh.contains(f.fingerprint)) continue;
    baseline_entry e = describe(f, model);
    if (const baseline_entry* old = find(f)) {
      for (auto member : {&baseline_entry::issue, &baseline_entry::owner, &baseline_entry::expires}) {
        if ((model.*member).empty()) e.*member = old->*member;
      }
      ++done.kept;
    } else {
      ++done.added;
    }
    fresh.emplace(f.fingerprint, std::move(e));
  }
  done.removed = entries_.size() - done.kept;
  entries_ = std::move(fresh);
  return done;
}

bool is_date(const std::string& text) {
  int year = 0;
  unsigned month = 0, day = 0;
  char rest = 0;
  if (text.size() != 10 || std::sscanf(text.c_str(), "%4d-%2u-%2u%c", &year, &month, &day, &rest) != 3) return false;
  return std::chrono::year_month_day(std::chrono::year(year), std::chrono::month(month), std::chrono::day(day)).ok();
}

std::string today() { return fmt::format("{:%Y-%m-%d}", fmt::gmtime(std::time(nullptr))); }

// Dates in this form compare as text.
bool is_expired(const baseline_entry& e, const std::string& today) { return !e.expires.empty() && e.expires < today; }

}  // namespace gosan::gate
