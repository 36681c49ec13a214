#include "report/html.hpp"

#include <fmt/format.h>

#include "finding/fingerprint.hpp"
#include "report/stack_text.hpp"
#include "report/text.hpp"
#include "report/xml.hpp"

namespace gosan::report {
namespace {

// No selector here needs a character that XML escapes.
constexpr const char* style =
    "body{font:15px/1.5 system-ui,sans-serif;max-width:70rem;margin:2rem auto;padding:0 1rem;color:#222;background:#fff}"
    "h1{font-size:1.4rem}summary{cursor:pointer;font-weight:600;padding:.4rem 0}"
    "details.finding{border:1px solid #ccc;border-radius:6px;padding:.2rem .8rem;margin:.6rem 0}"
    ".kind{color:#a40000}.party{margin:.8rem 0 .2rem;font-weight:600}.made{margin:.4rem 0 .2rem}"
    "ol{margin:0;padding-left:2.2rem;font:13px/1.6 ui-monospace,monospace}.place{color:#666;padding-left:1rem}"
    ".small{color:#666;font-size:13px}"
    "@media(prefers-color-scheme:dark){body{color:#ddd;background:#181818}.kind{color:#ff8080}.place,.small{color:#999}}";

class page {
 public:
  explicit page(const document& d) {
    xml& html = add_element(root_, "html");
    set_attribute(html, "lang", "en");
    xml& head = add_element(html, "head");
    set_attribute(add_element(head, "meta"), "charset", "utf-8");
    add_element(head, "title", "gosan: " + summary_of(d.findings));
    add_element(head, "style", style);
    xml& body = add_element(html, "body");
    add_element(body, "h1", summary_of(d.findings));
    if (!d.unverified.empty()) paragraph(body, "kind", "Not verified: " + d.unverified);
    for (const auto& f : d.findings) add(body, f);
    for (const auto& n : d.notes) paragraph(body, "small", n);
    for (const auto& p : d.processes) add(body, p);
  }

  std::string text() const {
    const std::string xml_text = to_string(root_);
    return "<!DOCTYPE html>\n" + xml_text.substr(xml_text.find('\n') + 1) + "\n";
  }

 private:
  static xml& paragraph(xml& parent, const char* of_class, const std::string& text) {
    xml& p = add_element(parent, "p", text);
    set_attribute(p, "class", of_class);
    return p;
  }

  // An empty list would be written as <ol/>, which HTML takes for an opening tag.
  static void add(xml& parent, const std::vector<const frame*>& frames) {
    if (frames.empty()) return;
    xml& list = add_element(parent, "ol");
    set_attribute(list, "start", "0");
    for (const frame* f : frames) {
      xml& item = add_element(list, "li", function_text(*f));
      if (const std::string place = place_text(*f); !place.empty()) {
        set_attribute(add_element(item, "span", place), "class", "place");
      }
    }
  }

  static void add(xml& parent, const party& p) {
    paragraph(parent, "party", is_source(p) ? p.role
                                            : fmt::format("{}{}{}{}", party_name(p), p.state.empty() ? "" : " [" + p.state + "]",
                                                          p.role.empty() ? "" : ": ", p.role));
    add(parent, frames_to_show(p.stack));
    for (const auto& l : p.locks) {
      paragraph(parent, "made", fmt::format("holding {}{}", l.name, l.read ? " for reading" : ""));
      add(parent, creation_frames_to_show(l.acquired_at));
    }
    const auto created = creation_frames_to_show(p.created_at);
    if (created.empty()) return;
    paragraph(parent, "made", p.creator == 0 ? "created at" : fmt::format("created by goroutine {} at", p.creator));
    add(parent, created);
  }

  static void add(xml& body, const finding& f) {
    xml& box = add_element(body, "details");
    set_attribute(box, "class", "finding");
    if (f.standing != "known" && f.standing != "suppressed") set_attribute(box, "open", "open");
    xml& summary = add_element(box, "summary");
    set_attribute(add_element(summary, "span", fmt::format("{}{}", rule_of(f), f.grade.empty() ? "" : " (" + f.grade + ")")),
                  "class", "kind");
    add_element(summary, "span", ": " + f.message);
    for (const auto& p : f.parties) add(box, p);
    for (const auto& o : f.objects) {
      paragraph(box, "made", o.what + (o.created_at.empty() ? "" : ", made at"));
      add(box, creation_frames_to_show(o.created_at));
    }
    for (const auto& n : f.notes) paragraph(box, "made", n);
    if (!f.confidence.empty()) paragraph(box, "made", "Not certain: " + f.confidence);
    paragraph(box, "small", fmt::format("fingerprint {}, seen {} time{}{}{}", f.fingerprint, f.count, f.count == 1 ? "" : "s",
                                        f.scope.empty() ? "" : ", in " + f.scope, f.standing.empty() ? "" : ", " + f.standing));
  }

  static void add(xml& body, const process_run& p) {
    paragraph(body, "small", fmt::format("{} (process {}): {}", p.program, p.pid,
                                         p.ended ? fmt::format("status {}", p.status) : "ended before its detectors reported"));
    for (const auto& n : p.notes) paragraph(body, "small", n);
  }

  xml root_;
};

}  // namespace

std::string render_html(const document& d) { return page(d).text(); }

}  // namespace gosan::report
