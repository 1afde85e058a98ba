// Whether a text is well-formed XML, as strictly as the reports need it: one root, every element
// closed by its own name, attributes quoted and never twice, no bare & or <, only known entities.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace fencepost {

/// Empty when it is; else what is wrong, and the text from there on.
inline std::string xml_mistake(std::string_view text) {
  std::size_t at = 0;
  std::vector<std::string> open;
  bool had_root = false;
  const auto name_char = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_' || c == ':' || c == '.';
  };
  const auto mistake = [&](std::string_view what) {
    return std::string(what) + " at: " + std::string(text.substr(at, 80));
  };
  const auto blanks = [&] {
    while (at < text.size() && (text[at] == ' ' || text[at] == '\n' || text[at] == '\t')) ++at;
  };
  const auto name = [&] {
    const std::size_t begin = at;
    while (at < text.size() && name_char(text[at])) ++at;
    return std::string(text.substr(begin, at - begin));
  };
  const auto entity = [&] {
    for (const std::string_view known : {"&amp;", "&lt;", "&gt;", "&quot;", "&#39;"})
      if (text.substr(at).starts_with(known)) {
        at += known.size();
        return true;
      }
    return false;
  };
  if (text.starts_with("<?xml")) at = text.find("?>") + 2;
  blanks();
  if (text.substr(at).starts_with("<!DOCTYPE html>")) at += 15;
  while (at < text.size()) {
    if (text[at] == '&') {
      if (!entity()) return mistake("a bare &");
    } else if (text[at] != '<') {
      if (open.empty() && text[at] != '\n' && text[at] != ' ') return mistake("text outside");
      if (text.substr(at).starts_with("]]>")) return mistake("]]>");
      ++at;
    } else if (text.substr(at).starts_with("</")) {
      at += 2;
      if (open.empty() || name() != open.back()) return mistake("a wrong end");
      open.pop_back();
      if (at >= text.size() || text[at++] != '>') return mistake("an end without >");
    } else {
      ++at;
      if (open.empty() && had_root) return mistake("a second root");
      had_root = true;
      const std::string element = name();
      if (element.empty()) return mistake("a bare <");
      std::vector<std::string> attributes;
      for (;;) {
        const std::size_t before = at;
        blanks();
        if (text.substr(at).starts_with("/>")) {
          at += 2;
          break;
        }
        if (at < text.size() && text[at] == '>') {
          ++at;
          open.push_back(element);
          break;
        }
        if (before == at) return mistake("no blank before an attribute");
        const std::string attribute = name();
        for (const std::string& other : attributes)
          if (other == attribute) return mistake("an attribute twice");
        attributes.push_back(attribute);
        if (attribute.empty() || !text.substr(at).starts_with("=\"")) return mistake("no value");
        for (at += 2; at < text.size() && text[at] != '"';) {
          if (text[at] == '<' || text[at] == '\n') return mistake("< or a line end in a value");
          if (text[at] != '&')
            ++at;
          else if (!entity())
            return mistake("a bare & in a value");
        }
        ++at;
      }
    }
  }
  if (!open.empty()) return "not closed: " + open.back();
  return had_root ? "" : "no root";
}

}  // namespace fencepost
