#include "report/json.hpp"

#include <stdexcept>

#include "finding/fingerprint.hpp"
#include "finding/kinds.hpp"

namespace gosan::report {
namespace {

constexpr auto lossy = json::error_handler_t::replace;  // names of files and goroutines may hold any bytes

json to_json(const frame& f) {
  json j = json::object();
  if (!f.function.empty()) j["function"] = f.function;
  if (!f.file.empty()) j["file"] = f.file;
  if (f.line != 0) j["line"] = f.line;
  if (f.column != 0) j["column"] = f.column;
  if (f.inlined) j["inlined"] = true;
  if (!f.module.empty()) {
    j["module"] = f.module;
    j["offset"] = f.offset;
  }
  if (is_internal(f)) j["internal"] = true;
  return j;
}

json to_json(const call_stack& stack) {
  json j = json::array();
  for (const auto& f : stack) j.push_back(to_json(f));
  return j;
}

json to_json(const party& p) {
  json j = {{"role", p.role}, {"goroutine", p.goroutine}};
  if (!p.name.empty()) j["name"] = p.name;
  if (!p.state.empty()) j["state"] = p.state;
  j["stack"] = to_json(p.stack);
  if (p.creator != 0) j["creator"] = p.creator;
  j["created_at"] = to_json(p.created_at);
  if (!p.locks.empty()) j["locks"] = json::array();
  for (const auto& l : p.locks) {
    j["locks"].push_back({{"name", l.name}, {"read", l.read}, {"acquired_at", to_json(l.acquired_at)}});
  }
  return j;
}

json to_json(const source_edit& e) {
  return {{"file", e.file}, {"line", e.line}, {"column", e.column}, {"end_line", e.end_line}, {"end_column", e.end_column}, {"text", e.text}};
}

[[noreturn]] void fail(const std::string& what) { throw std::runtime_error(what); }

// Reads one member into `into`; leaves it alone when the member is not there.
template <typename T>
void read(const json& j, const char* name, T& into) {
  const auto found = j.find(name);
  if (found == j.end()) return;
  try {
    into = found->get<T>();
  } catch (const json::exception&) {
    fail(std::string("member '") + name + "' has the wrong type");
  }
}

const json& array_of(const json& j, const char* name) {
  static const json none = json::array();
  const auto found = j.find(name);
  if (found == j.end()) return none;
  if (!found->is_array()) fail(std::string("member '") + name + "' is no array");
  return *found;
}

void need_object(const json& j, const char* what) {
  if (!j.is_object()) fail(std::string(what) + " is no object");
}

call_stack stack_from_json(const json& array) {
  call_stack stack;
  for (const auto& j : array) {
    need_object(j, "a frame");
    frame f;
    read(j, "function", f.function);
    read(j, "file", f.file);
    read(j, "line", f.line);
    read(j, "column", f.column);
    read(j, "inlined", f.inlined);
    read(j, "module", f.module);
    read(j, "offset", f.offset);
    stack.push_back(std::move(f));
  }
  return stack;
}

party party_from_json(const json& j) {
  need_object(j, "a party");
  party p;
  read(j, "role", p.role);
  read(j, "goroutine", p.goroutine);
  read(j, "name", p.name);
  read(j, "state", p.state);
  p.stack = stack_from_json(array_of(j, "stack"));
  read(j, "creator", p.creator);
  p.created_at = stack_from_json(array_of(j, "created_at"));
  for (const auto& l : array_of(j, "locks")) {
    need_object(l, "a lock");
    held_lock lock;
    read(l, "name", lock.name);
    read(l, "read", lock.read);
    lock.acquired_at = stack_from_json(array_of(l, "acquired_at"));
    p.locks.push_back(std::move(lock));
  }
  return p;
}

source_edit edit_from_json(const json& j) {
  need_object(j, "an edit");
  source_edit e;
  read(j, "file", e.file);
  read(j, "line", e.line);
  read(j, "column", e.column);
  read(j, "end_line", e.end_line);
  read(j, "end_column", e.end_column);
  read(j, "text", e.text);
  return e;
}

}  // namespace

json to_json(const finding& f) {
  json j = {{"kind", rule_of(f)}};
  if (!f.grade.empty()) j["grade"] = f.grade;
  if (!f.confidence.empty()) j["confidence"] = f.confidence;
  j["message"] = f.message;
  j["fingerprint"] = f.fingerprint;
  j["count"] = f.count;
  if (!f.scope.empty()) j["scope"] = f.scope;
  if (!f.standing.empty()) j["standing"] = f.standing;
  j["parties"] = json::array();
  for (const auto& p : f.parties) j["parties"].push_back(to_json(p));
  j["objects"] = json::array();
  for (const auto& o : f.objects) j["objects"].push_back({{"what", o.what}, {"created_at", to_json(o.created_at)}});
  j["notes"] = f.notes;
  for (const auto& e : f.fix) j["fix"].push_back(to_json(e));
  return j;
}

json to_json(const process_run& p) {
  json j = {{"program", p.program}, {"pid", p.pid}, {"gosan_version", p.gosan_version}, {"detectors", p.detectors},
            {"instrumented", p.instrumented}, {"ended", p.ended}, {"finished", p.finished}, {"status", p.status}};
  if (p.signal != 0) j["signal"] = p.signal;
  j["counts"] = json::object();
  for (const auto& [key, value] : p.counts) j["counts"][key] = value;
  j["notes"] = p.notes;
  return j;
}

json to_json(const document& d) {
  json j = {{"format", json_format}, {"version", json_version}};
  j["processes"] = json::array();
  for (const auto& p : d.processes) j["processes"].push_back(to_json(p));
  j["findings"] = json::array();
  for (const auto& f : d.findings) j["findings"].push_back(to_json(f));
  for (const auto& r : d.rules) j["rules"].push_back({{"id", r.id}, {"title", r.title}, {"help", r.help}});
  j["notes"] = d.notes;
  if (!d.unverified.empty()) j["unverified"] = d.unverified;
  return j;
}

std::string render_json(const document& d) { return to_json(d).dump(2, ' ', false, lossy) + "\n"; }

finding finding_from_json(const json& j) {
  need_object(j, "a finding");
  finding f;
  std::string kind;
  read(j, "kind", kind);
  const auto known = kind_from_id(kind);
  if (!known && !kind.starts_with("gosan-")) fail("unknown kind of finding '" + kind + "'");
  if (known) f.kind = *known;
  if (!known) f.check = kind;
  read(j, "grade", f.grade);
  read(j, "confidence", f.confidence);
  read(j, "message", f.message);
  read(j, "fingerprint", f.fingerprint);
  read(j, "count", f.count);
  read(j, "scope", f.scope);
  for (const auto& p : array_of(j, "parties")) f.parties.push_back(party_from_json(p));
  for (const auto& o : array_of(j, "objects")) {
    need_object(o, "an object of a finding");
    described_object object;
    read(o, "what", object.what);
    object.created_at = stack_from_json(array_of(o, "created_at"));
    f.objects.push_back(std::move(object));
  }
  read(j, "notes", f.notes);
  for (const auto& e : array_of(j, "fix")) f.fix.push_back(edit_from_json(e));
  return f;
}

process_run process_from_json(const json& j) {
  need_object(j, "a process");
  process_run p;
  read(j, "program", p.program);
  read(j, "pid", p.pid);
  read(j, "gosan_version", p.gosan_version);
  read(j, "detectors", p.detectors);
  read(j, "instrumented", p.instrumented);
  read(j, "ended", p.ended);
  read(j, "finished", p.finished);
  read(j, "status", p.status);
  read(j, "signal", p.signal);
  if (const auto counts = j.find("counts"); counts != j.end()) {
    need_object(*counts, "member 'counts'");
    for (const auto& [key, value] : counts->items()) {
      if (!value.is_number_unsigned()) fail("member 'counts' holds something else than counts");
      p.counts.emplace_back(key, value.get<std::uint64_t>());
    }
  }
  read(j, "notes", p.notes);
  return p;
}

document document_from_json(const json& j) {
  need_object(j, "the report");
  std::string format;
  int version = 0;
  read(j, "format", format);
  read(j, "version", version);
  if (format != json_format) fail("no report of gosan: member 'format' is not '" + std::string(json_format) + "'");
  if (version != json_version) fail("version " + std::to_string(version) + " of the format is not known here");
  document d;
  for (const auto& p : array_of(j, "processes")) d.processes.push_back(process_from_json(p));
  for (const auto& f : array_of(j, "findings")) d.findings.push_back(finding_from_json(f));
  for (const auto& r : array_of(j, "rules")) {
    need_object(r, "a rule");
    rule one;
    read(r, "id", one.id);
    read(r, "title", one.title);
    read(r, "help", one.help);
    d.rules.push_back(std::move(one));
  }
  read(j, "notes", d.notes);
  read(j, "unverified", d.unverified);
  return d;
}

}  // namespace gosan::report
