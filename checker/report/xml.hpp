// XML by Boost.PropertyTree, which escapes; what no XML may hold is replaced before.
#pragma once

#include <boost/property_tree/ptree.hpp>
#include <string>

namespace gosan::report {

using xml = boost::property_tree::ptree;

// Valid UTF-8 without control characters other than tabs and newlines.
std::string xml_text(const std::string& any_bytes);
void set_attribute(xml& element, const std::string& name, const std::string& value);
// Adds an element at the end; elements of one name may repeat.
xml& add_element(xml& parent, const std::string& name, const std::string& text = {});
// With an XML declaration.
std::string to_string(const xml& document);

}  // namespace gosan::report
