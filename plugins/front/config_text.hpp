// .gosan.json, the one file of choices that all front ends read:
//
//   {"checks": ["*", "-gosan-double-lock"], "errors": ["gosan-*"], "roles": {"my::pool::submit":
//   "spawn"}}
//
// Every member may be absent; others are errors, since a misspelt one would be a choice that is
// silently not made.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace gosan::checks {

struct config_text {
  std::vector<std::string> checks, errors;
  std::vector<std::pair<std::string, std::string>> roles;
};

// Nothing, with a message that names what is wrong, when the text cannot be used.
std::optional<config_text> parse_config(const std::string& text, std::string& error);

}  // namespace gosan::checks
