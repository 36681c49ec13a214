#include "report/xml.hpp"

#include <boost/property_tree/xml_parser.hpp>
#include <nlohmann/json.hpp>
#include <sstream>

namespace gosan::report {

std::string xml_text(const std::string& any_bytes) {
  using nlohmann::json;
  const std::string valid = json::parse(json(any_bytes).dump(-1, ' ', false, json::error_handler_t::replace)).get<std::string>();
  std::string out;
  for (char c : valid) {
    const bool control = static_cast<unsigned char>(c) < 0x20 && c != '\t' && c != '\n';
    out += control || c == 0x7f ? '?' : c;
  }
  return out;
}

void set_attribute(xml& element, const std::string& name, const std::string& value) {
  element.put("<xmlattr>." + name, xml_text(value));
}

xml& add_element(xml& parent, const std::string& name, const std::string& text) {
  parent.push_back({name, xml(xml_text(text))});
  return parent.back().second;
}

std::string to_string(const xml& document) {
  std::ostringstream out;
  boost::property_tree::write_xml(out, document);
  return out.str();
}

}  // namespace gosan::report
