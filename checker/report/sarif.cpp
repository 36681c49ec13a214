#include "report/sarif.hpp"

#include <fmt/format.h>

#include <cctype>
#include <map>

#include "finding/fingerprint.hpp"
#include "finding/kinds.hpp"
#include "report/json.hpp"
#include "report/stack_text.hpp"
#include "report/version.hpp"

namespace gosan::report {
namespace {

std::string percent_encoded(std::string_view path) {
  std::string out;
  for (unsigned char c : path) {
    if (std::isalnum(c) || std::string_view("-._~/+@,").find(static_cast<char>(c)) != std::string_view::npos) {
      out += static_cast<char>(c);
    } else {
      out += fmt::format("%{:02X}", c);
    }
  }
  return out;
}

class sarif_writer {
 public:
  explicit sarif_writer(std::string root) : root_(std::move(root)) {
    if (!root_.empty() && !root_.ends_with('/')) root_ += '/';
  }

  json write(const document& d) const {
    json run = {{"tool", {{"driver", driver(d)}}}, {"columnKind", "unicodeCodePoints"}};
    if (!root_.empty()) {
      run["originalUriBaseIds"] = {{"%SRCROOT%", {{"uri", "file://" + percent_encoded(root_)}}}};
    }
    if (!d.processes.empty()) run["invocations"] = json::array();
    for (const auto& p : d.processes) run["invocations"].push_back(invocation(p));
    if (!d.unverified.empty()) run["invocations"].push_back(unverified(d));
    run["results"] = json::array();
    for (const auto& f : d.findings) run["results"].push_back(result(f));
    return {{"$schema", "https://json.schemastore.org/sarif-2.1.0.json"}, {"version", "2.1.0"}, {"runs", json::array({run})}};
  }

 private:
  static json text(const std::string& s) { return {{"text", s}}; }

  static json driver(const document& d) {
    json rules = json::array();
    for (finding_kind k : all_kinds()) {
      rules.push_back({{"id", id_of(k)}, {"shortDescription", text(std::string(title_of(k)))},
                       {"defaultConfiguration", {{"level", "error"}}}});
    }
    for (const auto& r : d.rules) {
      rules.push_back({{"id", r.id}, {"shortDescription", text(r.title)}, {"help", text(r.help)},
                       {"defaultConfiguration", {{"level", "warning"}}}});
    }
    return {{"name", "gosan"}, {"version", gosan_version()}, {"rules", rules}};
  }

  static json invocation(const process_run& p) {
    json j = {{"executionSuccessful", p.ended && p.finished && p.status == 0},
              {"executableLocation", {{"uri", "file://" + percent_encoded(p.program)}}}, {"processId", p.pid}};
    if (p.ended && p.signal == 0) j["exitCode"] = p.status;
    if (p.signal != 0) j["exitSignalNumber"] = p.signal;
    for (const auto& n : p.notes) {
      j["toolExecutionNotifications"].push_back({{"level", "note"}, {"message", text(n)}});
    }
    return j;
  }

  // Without it, who takes the file for the whole truth would close what he knew of as fixed.
  static json unverified(const document& d) {
    return {{"executionSuccessful", false},
            {"toolExecutionNotifications", json::array({{{"level", "error"}, {"message", text(d.unverified)}}})}};
  }

  json artifact(const std::string& file) const {
    if (!root_.empty() && file.starts_with(root_)) {
      return {{"uri", percent_encoded(file.substr(root_.size()))}, {"uriBaseId", "%SRCROOT%"}};
    }
    return {{"uri", (file.starts_with('/') ? "file://" : "") + percent_encoded(file)}};
  }

  json location(const frame& f, const std::string& message) const {
    json j = json::object();
    if (!f.file.empty()) {
      j["physicalLocation"] = {{"artifactLocation", artifact(f.file)}};
      if (f.line != 0) j["physicalLocation"]["region"]["startLine"] = f.line;
      if (f.line != 0 && f.column != 0) j["physicalLocation"]["region"]["startColumn"] = f.column;
    }
    j["logicalLocations"] = json::array({{{"fullyQualifiedName", function_text(f)}, {"kind", "function"}}});
    j["message"] = text(message);
    return j;
  }

  // Outermost first: the order in which the calls were made.
  void add_steps(json& steps, const std::vector<const frame*>& frames, const std::string& last) const {
    int depth = 0;
    for (auto f = frames.rbegin(); f != frames.rend(); ++f) {
      const bool innermost = f + 1 == frames.rend();
      const std::string message = innermost ? last : "in " + function_text(**f);
      steps.push_back({{"location", location(**f, message)}, {"nestingLevel", depth++}});
    }
  }

  json thread_flow(const party& p) const {
    if (is_source(p)) return nullptr;  // a related location says it all
    json steps = json::array();
    add_steps(steps, creation_frames_to_show(p.created_at), party_name(p) + " created here");
    add_steps(steps, frames_to_show(p.stack), deed_of(p));
    if (steps.empty()) return nullptr;
    return {{"id", party_name(p)}, {"message", text(deed_of(p))}, {"locations", steps}};
  }

  json replacement(const source_edit& e) const {
    return {{"deletedRegion", {{"startLine", e.line}, {"startColumn", e.column}, {"endLine", e.end_line}, {"endColumn", e.end_column}}},
            {"insertedContent", text(e.text)}};
  }

  json fix(const finding& f) const {
    std::map<std::string, json> by_file;
    for (const auto& e : f.fix) by_file[e.file].push_back(replacement(e));
    json changes = json::array();
    for (auto& [file, replacements] : by_file) changes.push_back({{"artifactLocation", artifact(file)}, {"replacements", std::move(replacements)}});
    return {{"description", text("Repairs this one; gosan check --fix writes it")}, {"artifactChanges", std::move(changes)}};
  }

  json result(const finding& f) const {
    json j = {{"ruleId", rule_of(f)}, {"level", f.check.empty() ? "error" : "warning"},
              {"message", text(f.message.empty() ? std::string(title_of(f.kind)) : f.message)}};
    json flows = json::array(), related = json::array();
    for (const auto& p : f.parties) {
      if (json flow = thread_flow(p); !flow.is_null()) flows.push_back(flow);
      const frame* top = first_user_frame(p.stack);
      if (!top) continue;
      if (!j.contains("locations")) {
        j["locations"] = json::array({location(*top, p.role)});
      } else {
        related.push_back(location(*top, deed_of(p)));
      }
    }
    for (const auto& o : f.objects) {
      if (const frame* top = first_user_frame(o.created_at)) related.push_back(location(*top, o.what + " made here"));
    }
    if (!flows.empty()) j["codeFlows"] = json::array({{{"threadFlows", flows}}});
    if (!related.empty()) j["relatedLocations"] = related;
    if (!f.fix.empty()) j["fixes"] = json::array({fix(f)});
    j["partialFingerprints"] = {{"gosan/v1", f.fingerprint}};
    j["occurrenceCount"] = f.count;
    add_standing(j, f);
    add_properties(j, f);
    return j;
  }

  static void add_standing(json& j, const finding& f) {
    if (f.standing == "suppressed") j["suppressions"] = json::array({{{"kind", "external"}}});
    if (f.standing == "known") j["baselineState"] = "unchanged";
    if (f.standing == "new" || f.standing == "expired") j["baselineState"] = "new";
  }

  static void add_properties(json& j, const finding& f) {
    json p = json::object();
    if (!f.grade.empty()) p["grade"] = f.grade;
    if (!f.confidence.empty()) p["confidence"] = f.confidence;
    if (!f.scope.empty()) p["scope"] = f.scope;
    if (!f.notes.empty()) p["notes"] = f.notes;
    if (!p.empty()) j["properties"] = p;
  }

  std::string root_;
};

}  // namespace

std::string render_sarif(const document& d, const std::string& root) {
  return sarif_writer(root).write(d).dump(2, ' ', false, json::error_handler_t::replace) + "\n";
}

}  // namespace gosan::report
