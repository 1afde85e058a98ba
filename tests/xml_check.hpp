// What libxml2's own reader says of a text, by its program xmllint.
#pragma once

#include <string>

namespace fencepost {

/// "" when it is well-formed XML; else what xmllint says.
std::string xml_complaint(const std::string& text);
/// The value of an XPath expression in it, as xmllint prints it.
std::string xml_value(const std::string& text, const std::string& xpath);

}  // namespace fencepost
