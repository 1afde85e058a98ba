#include "reports/culprit.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <vector>

namespace fencepost {
namespace {

bool is_control(const Event& event) {
  return event.statement == "begin" || event.statement == "commit" || event.statement == "rollback";
}

/// The statements of the same transaction up to this one, from the session's last BEGIN on; only
/// this one where there was no BEGIN.
std::vector<const Event*> transaction_of(const History& history, const Event& last) {
  std::vector<const Event*> statements;
  bool open = false;
  for (const Event& event : history.events) {
    if (event.kind == EventKind::statement && event.session == last.session) {
      if (event.statement == "begin") {
        open = true;
        statements.clear();
      } else if (&event == &last) {
        if (!is_control(event)) statements.push_back(&event);
      } else if (event.statement == "commit" || event.statement == "rollback") {
        open = false;
        statements.clear();
      } else if (open) {
        statements.push_back(&event);
      }
    }
    if (&event == &last) break;
  }
  return statements;
}

bool binds_token(const Event& event, const LeaseToken& token) {
  return std::any_of(event.bound.begin(), event.bound.end(), [&](const Bound& bound) {
    return std::find(token.parameters.begin(), token.parameters.end(), bound.parameter) !=
           token.parameters.end();
  });
}

/// Whether the attempt had lost this job before the event.
bool had_lost(const History& history, const Event& event, const JobId& job, AttemptId attempt) {
  if (!attempt) return false;
  for (const Event& each : history.events) {
    if (each.step >= event.step) break;
    if (each.job != job) continue;
    if (each.kind == EventKind::revoked && each.attempt == attempt) return true;
    if (each.kind == EventKind::granted && each.attempt > attempt) return true;
  }
  return false;
}

/// What the violated step did.
struct DoneAtStep {
  std::vector<const Event*> statements;   ///< its own, or what its COMMIT made happen
  std::vector<const Event*> transaction;  ///< all that they belong to
};

DoneAtStep done_at_step(const Told& told) {
  DoneAtStep done;
  for (const Event& event : told.history.events) {
    if (event.kind != EventKind::statement || event.step != told.violation.step) continue;
    const std::vector<const Event*> transaction = transaction_of(told.history, event);
    done.transaction.insert(done.transaction.end(), transaction.begin(), transaction.end());
    if (!is_control(event)) {
      done.statements.push_back(&event);
      continue;
    }
    for (const Event* each : transaction) {
      const SqlSource* source = find_source(told.sources, each->statement);
      if (source == nullptr || writes(source->text)) done.statements.push_back(each);
    }
  }
  return done;
}

std::vector<const Event*> statements_before(const Told& told) {
  std::vector<const Event*> statements;
  for (const Event& event : told.history.events)
    if (event.kind == EventKind::statement && event.step < told.violation.step)
      statements.push_back(&event);
  return statements;
}

/// The last of those whose text is known that concerns the violated job, else the last; nullptr if
/// there is none.
const Event* last_known(const std::vector<const Event*>& statements, const Told& told) {
  const Event* of_job = nullptr;
  const Event* any = nullptr;
  for (const Event* event : statements) {
    if (find_source(told.sources, event->statement) == nullptr) continue;
    any = event;
    if (event->job == told.violation.job) of_job = event;
  }
  return of_job != nullptr ? of_job : any;
}

std::string listed_names(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "" : ", ") + name;
  return text;
}

/// What the condition of the statement that did it lacks, see culprit_of().
std::string lacking(const Culprit& culprit, const DoneAtStep& done, const Told& told) {
  const Event& event = *culprit.event;
  const bool known =
      !told.token.columns.empty() && told.history.declared.lease_kind == LeaseKind::row;
  const bool fenced =
      std::any_of(done.transaction.begin(), done.transaction.end(),
                  [&](const Event* each) { return binds_token(*each, told.token); });
  if (!known || fenced || !event.sqlstate.empty() || !writes(culprit.source->text) ||
      event.attempt != told.violation.attempt ||
      !had_lost(told.history, event, told.violation.job, told.violation.attempt))
    return "";
  return fmt::format("{} ({}) has no condition on the lease's token ({}).", event.statement,
                     culprit.source->where, listed_names(told.token.columns));
}

/// A bare word outside of strings, quoted names and comments, in capitals; anything else is left
/// out but for what it does to `depth`.
struct Word {
  std::string text;
  std::size_t begin = 0;
  std::size_t end = 0;
  int depth = 0;  ///< of parentheses
};

bool letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
         (static_cast<unsigned char>(c) & 0x80U) != 0;
}
bool part_of_word(char c) { return letter(c) || (c >= '0' && c <= '9') || c == '$'; }

class Reader {
 public:
  explicit Reader(std::string_view sql) : sql_(sql) {
    while (at_ < sql_.size()) step();
  }
  std::vector<Word> words() { return std::move(words_); }
  /// Behind the last byte that is neither blank nor a comment, before `end`.
  std::size_t code_end_before(std::size_t end) const {
    std::size_t last = 0;
    for (const std::size_t code : code_ends_)
      if (code <= end) last = std::max(last, code);
    return last;
  }

 private:
  bool starts(std::string_view text) const { return sql_.substr(at_).starts_with(text); }
  /// Behind the next `text`, or at the end.
  std::size_t behind(std::string_view text, std::size_t from) const {
    const std::size_t found = sql_.find(text, from);
    return found == std::string_view::npos ? sql_.size() : found + text.size();
  }
  void step() {
    const char c = sql_[at_];
    if (starts("--")) {
      at_ = std::min(sql_.find('\n', at_), sql_.size());
    } else if (starts("/*")) {
      skip_block_comment();
    } else if (c == ' ' || c == '\n' || c == '\t' || c == '\r' || c == '\f' || c == '\v') {
      ++at_;
    } else {
      step_code(c);
      code_ends_.push_back(at_);
    }
  }
  void step_code(char c) {
    const bool escapes = (c == 'E' || c == 'e') && at_ + 1 < sql_.size() && sql_[at_ + 1] == '\'';
    if (escapes) ++at_;
    if (escapes || c == '\'')
      skip_quoted('\'', escapes);
    else if (c == '"')
      skip_quoted('"', false);
    else if (c == '$')
      skip_dollar_quote();
    else if (letter(c))
      read_word();
    else if (c == ':' || c == '@')
      skip_parameter();
    else
      skip_symbol(c);
  }
  void skip_symbol(char c) {
    if (c == '(' || c == '[') ++depth_;
    if (c == ')' || c == ']') --depth_;
    ++at_;
    if (c >= '0' && c <= '9')
      while (at_ < sql_.size() && part_of_word(sql_[at_])) ++at_;
  }
  /// :where is a parameter, no key word.
  void skip_parameter() {
    ++at_;
    while (at_ < sql_.size() && part_of_word(sql_[at_])) ++at_;
  }
  void skip_quoted(char quote, bool backslashes) {
    for (++at_; at_ < sql_.size(); ++at_) {
      if (backslashes && sql_[at_] == '\\') {
        ++at_;
      } else if (sql_[at_] == quote) {
        ++at_;
        if (at_ >= sql_.size() || sql_[at_] != quote) return;
      }
    }
    at_ = sql_.size();
  }
  void skip_dollar_quote() {
    std::size_t end = at_ + 1;
    while (end < sql_.size() && part_of_word(sql_[end]) && sql_[end] != '$') ++end;
    const bool quote =
        end < sql_.size() && sql_[end] == '$' && (end == at_ + 1 || letter(sql_[at_ + 1]));
    at_ = quote ? behind(sql_.substr(at_, end + 1 - at_), end + 1) : end;
  }
  void skip_block_comment() {
    int nested = 0;
    do {
      if (starts("/*")) {
        ++nested;
        at_ += 2;
      } else if (starts("*/")) {
        --nested;
        at_ += 2;
      } else {
        ++at_;
      }
    } while (nested > 0 && at_ < sql_.size());
  }
  void read_word() {
    Word word{"", at_, at_, depth_};
    for (; at_ < sql_.size() && part_of_word(sql_[at_]); ++at_) {
      const char c = sql_[at_];
      word.text += c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    }
    word.end = at_;
    words_.push_back(std::move(word));
  }

  std::string_view sql_;
  std::size_t at_ = 0;
  int depth_ = 0;
  std::vector<Word> words_;
  std::vector<std::size_t> code_ends_;
};

bool ends_condition(const std::string& word) {
  static constexpr std::array<std::string_view, 13> ends = {
      "RETURNING", "ORDER", "GROUP", "HAVING", "WINDOW", "LIMIT",    "OFFSET",
      "FETCH",     "FOR",   "UNION", "EXCEPT", "ON",     "INTERSECT"};
  return std::find(ends.begin(), ends.end(), word) != ends.end();
}

}  // namespace

std::optional<Culprit> culprit_of(const Told& told) {
  const DoneAtStep done = done_at_step(told);
  Culprit culprit;
  culprit.event = last_known(done.statements, told);
  if (culprit.event != nullptr)
    culprit.blame = done.statements.size() == 1 ? Blame::did_it : Blame::one_of_several;
  else
    culprit.event = last_known(statements_before(told), told);
  if (culprit.event == nullptr) return std::nullopt;
  culprit.source = find_source(told.sources, culprit.event->statement);
  culprit.where = where_clause(culprit.source->text);
  if (culprit.blame == Blame::did_it) culprit.lacks = lacking(culprit, done, told);
  return culprit;
}

std::string to_text(const Culprit& culprit) {
  return fmt::format("{} ({})", culprit.source->where, culprit.source->statement);
}

std::optional<Clause> where_clause(std::string_view sql) {
  Reader reader(sql);
  const std::vector<Word> words = reader.words();
  std::optional<Clause> clause;
  bool open = false;
  for (const Word& word : words) {
    if (word.depth != 0) continue;
    if (open && ends_condition(word.text)) {
      clause->end = reader.code_end_before(word.begin);
      open = false;
    }
    if (word.text != "WHERE") continue;
    if (clause) return std::nullopt;
    clause = Clause{word.begin, reader.code_end_before(sql.size())};
    open = true;
  }
  return clause;
}

bool writes(std::string_view sql) {
  const std::vector<Word> words = Reader(sql).words();
  for (std::size_t i = 0; i < words.size(); ++i) {
    const std::string& before = i == 0 ? "" : words[i - 1].text;
    if (words[i].text == "INSERT" || words[i].text == "DELETE" || words[i].text == "MERGE")
      return true;
    if (words[i].text == "UPDATE" && before != "FOR" && before != "DO" && before != "KEY")
      return true;
  }
  return false;
}

}  // namespace fencepost
