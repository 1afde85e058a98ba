#include "sql/sql_statements.hpp"

#include <algorithm>
#include <optional>

#include "sql/sql_text.hpp"

namespace fencepost {
namespace {

constexpr std::size_t kMostWords = 8;

/// Whether the bodies of what is made may be SQL: CREATE [OR REPLACE] FUNCTION or PROCEDURE.
bool may_have_body(const SqlStatement& statement) {
  for (const char* kind : {"function", "procedure"})
    if (statement.begins({"create", kind}) || statement.begins({"create", "or", "replace", kind}))
      return true;
  return false;
}

class Divider {
 public:
  explicit Divider(std::string_view text) : text_(text) {}

  std::vector<SqlStatement> all() {
    for (const SqlPart& part : sql_parts(text_))
      if (part.counts()) add(part);
    finish();
    return std::move(statements_);
  }

 private:
  void add(const SqlPart& part) {
    if (part.kind == SqlKind::semicolon && parentheses_ <= 0 && blocks_ == 0) return finish();
    if (!open_) {
      open_.emplace();
      open_->begin = part.begin;
      open_->line = part.line;
      leads_ = true;
    }
    if (part.text == "(") ++parentheses_;
    if (part.text == ")") --parentheses_;
    end_ = part.end();
    if (part.kind != SqlKind::word) {
      leads_ = false;
      return;
    }
    const std::string word =
        part.text.starts_with('"') ? std::string(part.text) : folded(part.text);
    leads_ = leads_ && open_->words.size() < kMostWords;
    if (leads_) open_->words.push_back(word);
    if (!may_have_body(*open_) || parentheses_ != 0) return;
    if (word == "begin" || (word == "case" && blocks_ > 0)) ++blocks_;
    if (word == "end" && blocks_ > 0) --blocks_;
  }
  void finish() {
    if (open_) {
      open_->text = text_.substr(open_->begin, end_ - open_->begin);
      statements_.push_back(std::move(*open_));
    }
    open_.reset();
    parentheses_ = blocks_ = 0;
  }

  std::string_view text_;
  std::vector<SqlStatement> statements_;
  std::optional<SqlStatement> open_;
  std::size_t end_ = 0;
  bool leads_ = true;
  int parentheses_ = 0;
  int blocks_ = 0;
};

}  // namespace

bool SqlStatement::begins(const std::vector<std::string>& with) const {
  return with.size() <= words.size() && std::equal(with.begin(), with.end(), words.begin());
}

std::vector<SqlStatement> sql_statements(std::string_view text) { return Divider(text).all(); }

}  // namespace fencepost
