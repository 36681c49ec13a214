#include "front/config_text.hpp"

#include <nlohmann/json.hpp>

namespace gosan::checks {

namespace {

using nlohmann::json;

bool take_list(const json& value, const std::string& key, std::vector<std::string>& to,
               std::string& error) {
  bool good = value.is_array();
  for (const json& one : value) good = good && one.is_string();
  if (good)
    to = value.get<std::vector<std::string>>();
  else
    error = "\"" + key + "\" must be a list of checks";
  return good;
}

bool take_roles(const json& value, config_text& to, std::string& error) {
  if (!value.is_object()) {
    error = "\"roles\" must be an object: names and their roles";
    return false;
  }
  for (const auto& [name, role] : value.items()) {
    if (!role.is_string()) {
      error = "'" + name + "' has no known role";
      return false;
    }
    to.roles.emplace_back(name, role.get<std::string>());
  }
  return true;
}

}  // namespace

std::optional<config_text> parse_config(const std::string& text, std::string& error) {
  json top;
  try {
    top = json::parse(text);
  } catch (const json::parse_error& e) {
    error = "not JSON at byte " + std::to_string(e.byte);
    return std::nullopt;
  }
  if (!top.is_object()) {
    error = "not a JSON object";
    return std::nullopt;
  }
  config_text out;
  for (const auto& [key, value] : top.items()) {
    bool good = false;
    if (key == "checks")
      good = take_list(value, key, out.checks, error);
    else if (key == "errors")
      good = take_list(value, key, out.errors, error);
    else if (key == "roles")
      good = take_roles(value, out, error);
    else
      error = "unknown member \"" + key + "\" (known: checks, errors, roles)";
    if (!good) return std::nullopt;
  }
  return out;
}

}  // namespace gosan::checks
