#include "options/options.hpp"

#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <iterator>

namespace gosan {
namespace {

bool parse_value(std::string_view v, bool& into) {
  if (v == "1" || v == "true" || v == "yes" || v == "on") return into = true, true;
  if (v == "0" || v == "false" || v == "no" || v == "off") return into = false, true;
  return false;
}

bool parse_value(std::string_view v, std::uint64_t& into) {
  auto [end, error] = std::from_chars(v.data(), v.data() + v.size(), into);
  return error == std::errc{} && end == v.data() + v.size();
}

bool parse_value(std::string_view v, std::string& into) {
  into = v;
  return true;
}

// Returns false when there is no such key; `valid` tells whether the value fits it.
bool apply(std::string_view key, std::string_view value, options& into, bool& valid) {
#define GOSAN_OPTION(type, name, default_, unit, help) \
  if (key == #name) return valid = parse_value(value, into.name), true;
#include "options/options.def"
#undef GOSAN_OPTION
  return false;
}

// A detector that nobody knows would be one that silently does not run.
bool lists_detectors(std::string_view list) {
  while (!list.empty()) {
    const std::string_view item = list.substr(0, list.find(','));
    if (std::find(std::begin(detector_names), std::end(detector_names), item) == std::end(detector_names)) return false;
    list.remove_prefix(std::min(list.size(), item.size() + 1));
  }
  return true;
}

// Cuts the first item off `text`, with `\:` read as a colon.
std::string next_item(std::string_view& text) {
  std::string item;
  std::size_t i = 0;
  for (; i < text.size() && text[i] != ':'; ++i) {
    if (text[i] == '\\' && i + 1 < text.size() && text[i + 1] == ':') ++i;
    item += text[i];
  }
  text.remove_prefix(i < text.size() ? i + 1 : i);
  return item;
}

}  // namespace

std::string parse_options(std::string_view text, options& into) {
  while (!text.empty()) {
    const std::string item = next_item(text);
    if (item.empty()) continue;
    const auto equals = item.find('=');
    const std::string key = item.substr(0, equals);
    const std::string value = equals == std::string::npos ? "1" : item.substr(equals + 1);
    bool valid = true;
    const bool known = apply(key, value, into, valid);
    if (key == "detect") valid = lists_detectors(value);
    if (!known) return "unknown option '" + key + "' in GOSAN_OPTIONS";
    if (!valid) return "bad value '" + value + "' for option '" + key + "' in GOSAN_OPTIONS";
  }
  return {};
}

std::string options_help() {
  std::string out;
  auto line = [&out](const char* type, const char* name, const char* value, const char* unit, const char* help) {
    char buffer[512];
    std::snprintf(buffer, sizeof buffer, "  %-16s %-5s %s%s%s (default: %s)\n", name, type, help, *unit ? ", in " : "", unit,
                  *value ? value : "none");
    out += buffer;
  };
#define GOSAN_OPTION(type, name, default_, unit, help) line(#type, #name, #default_, unit, help);
#include "options/options.def"
#undef GOSAN_OPTION
  return out;
}

const options& process_options() {
  static const options* read = [] {
    auto* o = new options;  // never freed: read while static destructors run
    const char* text = std::getenv("GOSAN_OPTIONS");
    if (const std::string error = parse_options(text ? text : "", *o); !error.empty()) {
      std::fprintf(stderr, "gosan: %s\n", error.c_str());
      _exit(2);
    }
    return o;
  }();
  return *read;
}

}  // namespace gosan
