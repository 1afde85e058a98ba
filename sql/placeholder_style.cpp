#include "sql/placeholder_style.hpp"

#include "sql/sql_text.hpp"

namespace fencepost {

std::optional<PlaceholderStyle> placeholder_style(std::string_view sql) {
  using Kind = PlaceholderStyle::Kind;
  for (const SqlPart& part : sql_parts(sql)) {
    if (part.kind != SqlKind::parameter) continue;
    const std::string text(part.text);
    if (part.name == "?") return PlaceholderStyle{Kind::ordered, text, ""};
    if (part.name.starts_with('$')) return PlaceholderStyle{Kind::numbered, text.substr(0, 1), ""};
    if (text.starts_with("sqlc.")) return PlaceholderStyle{Kind::named, "sqlc.arg(", ")"};
    if (text.starts_with('%')) return PlaceholderStyle{Kind::named, "%(", ")s"};
    if (text.starts_with('#')) return PlaceholderStyle{Kind::named, "#{", "}"};
    return PlaceholderStyle{Kind::named, text.substr(0, 1), ""};
  }
  return std::nullopt;
}

}  // namespace fencepost
