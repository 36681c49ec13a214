// Findings as JSON, and back. The published schema is docs/findings.schema.json.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "report/document.hpp"

namespace gosan::report {

using json = nlohmann::ordered_json;  // members in the order in which a reader wants them

inline constexpr std::string_view json_format = "gosan-findings";
inline constexpr int json_version = 1;

json to_json(const finding& f);
json to_json(const process_run& p);
json to_json(const document& d);
std::string render_json(const document& d);

// Each throws std::runtime_error with a sentence that names the member at fault. Members they do not know are ignored.
finding finding_from_json(const json& j);
process_run process_from_json(const json& j);
document document_from_json(const json& j);

}  // namespace gosan::report
