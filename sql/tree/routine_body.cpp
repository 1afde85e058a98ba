#include "sql/tree/routine_body.hpp"

#include <algorithm>
#include <optional>

#include "sql/sql_text.hpp"
#include "sql/tree/deep_parts.hpp"

namespace fencepost {
namespace {

/// The text of a body, and where it begins.
struct Body {
  std::string_view text;
  std::size_t begin = 0;
  enum class Language { sql, procedural } language = Language::sql;
};

bool is_one_of(const DeepParts& parts, std::size_t i,
               std::initializer_list<std::string_view> words) {
  return std::any_of(words.begin(), words.end(),
                     [&](std::string_view word) { return parts.is(i, word); });
}

/// The body behind AS, or between ATOMIC and the last END.
std::optional<Body> body_in(std::string_view statement) {
  const DeepParts parts(statement);
  Body::Language language = Body::Language::sql;
  for (std::size_t i = 0; i + 1 < parts.size(); ++i)
    if (parts.is(i, "language") && folded(parts[i + 1].text) != "sql") {
      language = Body::Language::procedural;
      if (folded(parts[i + 1].text) != "plpgsql") return std::nullopt;
    }
  for (std::size_t i = 0; i + 1 < parts.size(); ++i) {
    if (parts.is(i, "as") && parts[i + 1].kind == SqlKind::text) {
      const std::string_view text = parts[i + 1].text, inside = inside_quotes(text);
      // What is written otherwise than it is meant has its bytes elsewhere.
      if (inside == meaning_of_literal(text))
        return Body{inside,
                    parts[i + 1].begin + static_cast<std::size_t>(inside.data() - text.data()),
                    language};
    }
    if (parts.is(i, "begin") && parts.is(i + 1, "atomic") && parts.is(parts.size() - 1, "end")) {
      const std::size_t begin = parts[i + 1].end();
      return Body{statement.substr(begin, parts[parts.size() - 1].begin - begin), begin, language};
    }
  }
  return std::nullopt;
}

/// Reads what of PL/pgSQL is SQL.
class Procedural {
 public:
  explicit Procedural(std::string_view text) : text_(text), parts_(text) {}

  std::vector<BodyQuery> fragments() {
    for (std::size_t i = 0; i < parts_.size();) {
      if (is_one_of(parts_, i, {"if", "elsif", "elseif", "while"}) && !ends_block(i))
        i = condition(i + 1);
      else if (parts_.is(i, "when") && i > 0 && is_one_of(parts_, i - 1, {"exit", "continue"}))
        i = condition(i + 1);
      else if (is_one_of(parts_, i, {"select", "with", "insert", "update", "delete", "perform"}))
        i = statement(i);
      else
        ++i;
    }
    return std::move(found_);
  }

 private:
  bool ends_block(std::size_t i) const { return i > 0 && parts_.is(i - 1, "end"); }

  /// Up to THEN, LOOP or a semicolon.
  std::size_t end_of(std::size_t first, std::initializer_list<std::string_view> words) const {
    int cases = 0;
    for (std::size_t i = first; i < parts_.size(); ++i) {
      if (parts_.depth(i) < parts_.depth(first)) return i;
      if (parts_[i].kind == SqlKind::semicolon) return i;
      if (parts_.is(i, "case")) ++cases;
      if (cases == 0 && parts_.depth(i) == parts_.depth(first) && is_one_of(parts_, i, words))
        return i;
      if (parts_.is(i, "end") && cases > 0) --cases;
    }
    return parts_.size();
  }

  std::size_t condition(std::size_t first) {
    const std::size_t end = end_of(first, {"then", "loop"});
    static constexpr std::string_view kBefore = "SELECT 1 WHERE ";
    if (end > first) {
      const Clause bytes = parts_.bytes({first, end - 1});
      found_.push_back(
          {bytes.begin, kBefore.size(),
           std::string(kBefore) + std::string(text_.substr(bytes.begin, bytes.end - bytes.begin))});
    }
    return end + 1;
  }

  std::size_t statement(std::size_t first) {
    const std::size_t end = end_of(first, {"loop"});
    const Clause bytes = parts_.bytes({first, end - 1});
    std::string sql(text_.substr(bytes.begin, bytes.end - bytes.begin));
    if (parts_.is(first, "perform")) sql.replace(0, 7, "SELECT ");
    for (std::size_t i = first; i < end; ++i) {
      // INTO of an INSERT is SQL's own.
      if (!parts_.is(i, "into") || parts_.depth(i) != parts_.depth(first) ||
          parts_.is(i - 1, "insert"))
        continue;
      std::size_t last = i;
      while (last + 1 < end &&
             !is_one_of(parts_, last + 1, {"from", "where", "order", "limit", "for", "group"}) &&
             (last == i || parts_.is(last, "strict") || parts_[last].text == "," ||
              parts_[last].text == "." || parts_[last + 1].text == "," ||
              parts_[last + 1].text == "."))
        ++last;
      const Clause gone = parts_.bytes({i, last});
      std::fill(sql.begin() + static_cast<std::ptrdiff_t>(gone.begin - bytes.begin),
                sql.begin() + static_cast<std::ptrdiff_t>(gone.end - bytes.begin), ' ');
    }
    found_.push_back({bytes.begin, 0, std::move(sql)});
    return end + 1;
  }

  std::string_view text_;
  DeepParts parts_;
  std::vector<BodyQuery> found_;
};

}  // namespace

std::vector<BodyQuery> body_queries(std::string_view definition) {
  const auto body = body_in(definition);
  if (!body) return {};
  std::vector<BodyQuery> found;
  if (body->language == Body::Language::sql)
    found.push_back({0, 0, std::string(body->text)});
  else
    found = Procedural(body->text).fragments();
  for (BodyQuery& each : found) each.begin += body->begin;
  return found;
}

}  // namespace fencepost
