#include "tests/clauses/clauses.hpp"

#include <algorithm>
#include <cctype>
#include <map>

#include "tests/tidy/tidy.hpp"

namespace fencepost {
namespace {

bool is_open(char c) { return c == '(' || c == '[' || c == '{'; }
bool is_close(char c) { return c == ')' || c == ']' || c == '}'; }

/// A source as far as operands are concerned.
class Code {
 public:
  explicit Code(const std::string& source) : source_(source), code_(code_only(source)) {}

  const std::string& text() const { return code_; }
  /// Where the operand that begins at or before `at` ends.
  std::size_t end_of(std::size_t at) const {
    for (int depth = 0; at < code_.size(); ++at) {
      if (depth == 0 && (is_close(code_[at]) || separates(at))) break;
      depth += is_open(code_[at]) ? 1 : is_close(code_[at]) ? -1 : 0;
    }
    return at;
  }
  /// Where the operand that ends before `at` begins.
  std::size_t begin_of(std::size_t at) const {
    for (int depth = 0; at > 0; --at) {
      const std::size_t last = at - 1;
      if (depth == 0 && (is_open(code_[last]) || separates(last) || assigns(last))) break;
      if (depth == 0 && at >= 6 && code_.compare(at - 6, 6, "return") == 0) break;
      depth += is_close(code_[last]) ? 1 : is_open(code_[last]) ? -1 : 0;
    }
    return at;
  }
  /// Where the argument that begins at `at` ends.
  std::size_t argument_end(std::size_t at) const {
    while (code_[at] != ',' && !is_close(code_[at]))
      at = is_open(code_[at]) ? close_of(at + 1) + 1 : at + 1;
    return at;
  }
  /// Where the bracket that is open at `at` is closed.
  std::size_t close_of(std::size_t at) const {
    for (int depth = 0; at < code_.size(); ++at) {
      if (depth == 0 && is_close(code_[at])) break;
      depth += is_open(code_[at]) ? 1 : is_close(code_[at]) ? -1 : 0;
    }
    return at;
  }
  /// What stands there, without blanks around it.
  std::pair<std::size_t, std::size_t> trimmed(std::size_t begin, std::size_t end) const {
    while (begin < end && std::isspace(static_cast<unsigned char>(source_[begin])) != 0) ++begin;
    while (end > begin && std::isspace(static_cast<unsigned char>(source_[end - 1])) != 0) --end;
    return {begin, end};
  }
  /// In one line.
  std::string told(std::size_t begin, std::size_t end) const {
    std::string text;
    for (std::size_t i = begin; i < end; ++i) {
      const bool blank = std::isspace(static_cast<unsigned char>(source_[i])) != 0;
      if (!blank || (!text.empty() && text.back() != ' ')) text += blank ? ' ' : source_[i];
    }
    return text;
  }
  int line_of(std::size_t at) const {
    const auto end = source_.begin() + static_cast<std::ptrdiff_t>(at);
    return 1 + static_cast<int>(std::count(source_.begin(), end, '\n'));
  }
  /// Whether it says that something was found: a comparison with an end, alone.
  bool finds(std::size_t begin, std::size_t end) const {
    const std::string what = code_.substr(begin, end - begin);
    return what.ends_with(".end()") && what.find("&&") == what.npos && what.find("||") == what.npos;
  }
  /// Whether what stands there makes a text.
  bool makes_text(std::size_t at) const {
    for (const char* const maker : {"fmt::format(", "_text("})
      for (std::size_t from = code_.find(maker); from < at; from = code_.find(maker, from + 1)) {
        const std::size_t closed = close_of(code_.find('(', from) + 1);
        if (at < closed) return true;
        // The body of a function that is defined there.
        const std::size_t body = code_.find_first_not_of(" \nconst", closed + 1);
        if (body < code_.size() && code_[body] == '{' && at > body && at < close_of(body + 1))
          return true;
      }
    return false;
  }

 private:
  bool separates(std::size_t at) const {
    const char c = code_[at];
    if (c == ',' || c == ';' || c == '?') return true;
    if (c == '&' || c == '|') return code_[at + 1] == c || (at > 0 && code_[at - 1] == c);
    return c == ':' && code_[at + 1] != ':' && code_[at - 1] != ':';
  }
  bool assigns(std::size_t at) const {
    const std::string compares = "=!<>";
    return code_[at] == '=' && code_[at + 1] != '=' &&
           compares.find(code_[at - 1]) == compares.npos;
  }

  const std::string& source_;
  std::string code_;
};

class Finder {
 public:
  explicit Finder(const std::string& source) : code_(source) {}

  std::vector<JudgeClause> all() {
    for (const char* const both : {"&&", "||"}) operands(both);
    conditions();
    choices();
    for (const char* const bound : {"std::max(", "std::min("}) bounds(bound);
    std::vector<JudgeClause> clauses;
    for (auto& [place, clause] : found_) clauses.push_back(std::move(clause));
    std::map<std::string, int> times;
    for (JudgeClause& each : clauses)
      if (const int time = ++times[each.name]; time > 1) each.name += " #" + std::to_string(time);
    return clauses;
  }

 private:
  /// What is outside comes before what is inside of it.
  using Place = std::tuple<std::size_t, std::ptrdiff_t, std::string>;

  void add(std::size_t from, std::size_t to, const std::string& as, std::string before,
           std::string behind) {
    const auto [begin, end] = code_.trimmed(from, to);
    if (begin >= end || code_.makes_text(begin) || code_.finds(begin, end)) return;
    std::string name = code_.told(begin, end);
    if (as != "") name = as + " (" + name + ")";
    const Place place{begin, -static_cast<std::ptrdiff_t>(end), before};
    found_.try_emplace(place, JudgeClause{begin, end, code_.line_of(begin), std::move(before),
                                          std::move(behind), std::move(name)});
  }
  void taken_for_true(std::size_t begin, std::size_t end, const std::string& as) {
    add(begin, end, as, "(fencepost::dropped({}) || (", "))");
  }
  void taken_for_false(std::size_t begin, std::size_t end, const std::string& as) {
    add(begin, end, as, "(!fencepost::dropped({}) && (", "))");
  }

  void operands(const std::string& both) {
    const std::string& code = code_.text();
    for (std::size_t at = code.find(both); at != std::string::npos; at = code.find(both, at + 2)) {
      // Else it is a reference to what may be moved.
      if (code[at - 1] != ' ' || std::isspace(static_cast<unsigned char>(code[at + 2])) == 0)
        continue;
      for (const auto& [begin, end] :
           {std::pair(code_.begin_of(at), at), std::pair(at + 2, code_.end_of(at + 2))})
        both == "&&" ? taken_for_true(begin, end, "") : taken_for_false(begin, end, "");
    }
  }

  void conditions() {
    const std::string& code = code_.text();
    const std::string word = "if (";
    for (std::size_t at = code.find(word); at != std::string::npos; at = code.find(word, at + 1)) {
      if (at > 0 && std::isalnum(static_cast<unsigned char>(code[at - 1])) != 0) continue;
      std::size_t begin = at + word.size();
      const std::size_t end = code_.close_of(begin);
      const std::size_t first = code.find(';', begin);
      const bool declares =
          code.compare(begin, 6, "const ") == 0 || code.compare(begin, 5, "auto ") == 0;
      if (first < end)
        begin = first + 1;
      else if (declares)
        continue;
      taken_for_false(begin, end, "if");
      const bool alone = code_.end_of(begin) == end;
      if (alone) taken_for_true(begin, end, "always");
    }
  }

  void choices() {
    const std::string& code = code_.text();
    for (std::size_t at = code.find('?'); at != std::string::npos; at = code.find('?', at + 1)) {
      const std::size_t begin = code_.begin_of(at);
      // Else it is an operand.
      if (begin > 0 && (code[begin - 1] == '&' || code[begin - 1] == '|')) continue;
      taken_for_true(begin, at, "first");
      taken_for_false(begin, at, "second");
    }
  }

  void bounds(const std::string& of) {
    const std::string& code = code_.text();
    for (std::size_t at = code.find(of); at != std::string::npos; at = code.find(of, at + 1)) {
      std::vector<std::pair<std::size_t, std::size_t>> each;
      std::size_t begin = at + of.size();
      if (code[begin] == '{') ++begin;
      for (std::size_t end = begin; !is_close(code[end]); begin = end + 1) {
        end = code_.argument_end(begin);
        each.push_back(code_.trimmed(begin, end));
      }
      for (std::size_t i = 0; each.size() > 1 && i < each.size(); ++i) {
        const auto& [from, to] = each[i];
        const auto& [other, end] = each[i == 0 ? 1 : i - 1];
        add(from, to, of.substr(5, 3),
            "(fencepost::dropped({}) ? (" + code_.told(other, end) + ") : (", "))");
      }
    }
  }

  Code code_;
  std::map<Place, JudgeClause> found_;
};

std::string numbered(std::string text, std::size_t number) {
  const std::size_t at = text.find("{}");
  return at == std::string::npos ? text : text.replace(at, 2, std::to_string(number));
}

bool is_in_word(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; }

/// What is called where `code` opens a bracket; empty where it is something's own, or nothing is.
std::string called_at(std::string_view code, std::size_t bracket) {
  std::size_t begin = bracket;
  while (begin > 0 && is_in_word(code[begin - 1])) --begin;
  const std::string_view before = code.substr(0, begin);
  if (before.ends_with('.') || before.ends_with("->") || before.ends_with("::")) return {};
  return std::string(code.substr(begin, bracket - begin));
}

/// Where what begins in that line ends: with the first line behind it that closes it.
std::size_t definition_end(const std::string& code, std::size_t at) {
  int depth = 0;
  for (bool opened = false; at < code.size(); ++at) {
    if (code[at] == ';' && depth == 0 && !opened) break;
    opened = opened || code[at] == '{';
    depth += code[at] == '{' ? 1 : code[at] == '}' ? -1 : 0;
    if (opened && depth == 0) break;
  }
  return std::min(at + 1, code.size());
}

}  // namespace

std::vector<JudgeClause> clauses_in(const std::string& source) { return Finder(source).all(); }

std::vector<FreeFunction> free_functions_in(const std::string& source) {
  const std::string code = code_only(source);
  std::vector<FreeFunction> functions;
  for (std::size_t at = 0; at < code.size(); ++at) {
    const bool begins = (at == 0 || code[at - 1] == '\n') && is_in_word(code[at]);
    if (!begins || code.compare(at, 10, "namespace ") == 0) continue;
    const std::size_t end = definition_end(code, at);
    const std::size_t bracket = code.find('(', at);
    if (code[end - 1] == '}' && bracket < code.find('{', at))
      if (std::string name = called_at(code, bracket); name != "")
        functions.push_back({std::move(name), at, end});
    at = end - 1;
  }
  return functions;
}

std::set<std::string> called_in(std::string_view text) {
  std::set<std::string> names;
  for (std::size_t at = text.find('('); at != text.npos; at = text.find('(', at + 1))
    if (std::string name = called_at(text, at); name != "") names.insert(std::move(name));
  return names;
}

std::set<std::string> called_by(const std::vector<std::string>& sources,
                                const std::vector<std::string>& others) {
  std::set<std::string> called;
  for (const std::string& each : sources) called.merge(called_in(code_only(each)));
  for (std::size_t known = 0; known != called.size();) {
    known = called.size();
    for (const std::string& each : others)
      for (const FreeFunction& function : free_functions_in(each))
        if (called.contains(function.name))
          called.merge(
              called_in(code_only(each).substr(function.begin, function.end - function.begin)));
  }
  return called;
}

std::vector<JudgeClause> clauses_in(const std::string& source, const std::set<std::string>& names) {
  const std::vector<FreeFunction> functions = free_functions_in(source);
  std::vector<JudgeClause> clauses = clauses_in(source);
  std::erase_if(clauses, [&](const JudgeClause& clause) {
    return std::none_of(functions.begin(), functions.end(), [&](const FreeFunction& each) {
      return names.contains(each.name) && each.begin <= clause.begin && clause.end <= each.end;
    });
  });
  return clauses;
}

std::string switched(const std::string& source, const std::vector<JudgeClause>& clauses,
                     std::size_t first) {
  // Where several end at one place, the inner ones end first.
  std::map<std::size_t, std::string> opened, closed;
  for (std::size_t i = 0; i < clauses.size(); ++i) {
    opened[clauses[i].begin] += numbered(clauses[i].before, first + i);
    closed[clauses[i].end] = clauses[i].behind + closed[clauses[i].end];
  }
  std::string text;
  for (std::size_t i = 0; i <= source.size(); ++i) {
    if (const auto end = closed.find(i); end != closed.end()) text += end->second;
    if (const auto begin = opened.find(i); begin != opened.end()) text += begin->second;
    if (i < source.size()) text += source[i];
  }
  return text;
}

}  // namespace fencepost
