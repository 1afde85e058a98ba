// How often a job is tried.
#include <fmt/format.h>

#include <charconv>

#include "sim/init/guess_parts.hpp"
#include "sim/init/guess_words.hpp"
#include "sim/text/error.hpp"
#include "sim/text/words.hpp"

namespace fencepost {
namespace {

/// A whole number in a text of SQL.
std::optional<std::int64_t> number_from(const std::string& text) {
  std::int64_t number = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), number);
  if (read.ec != std::errc{} || number < 1) return std::nullopt;
  return number;
}

/// What the code passes for the most attempts: a constant.
std::int64_t attempts_passed(const Guessing& all, const InitStatement& statement,
                             const ColumnTest& test) {
  const std::string called = as_plain_name(statement.called(test.parameter));
  std::string most = "5";
  for (const auto& [constant, said] : all.pairs_answered("constants"))
    if (constant == called) most = said;
  const auto number = number_from(most);
  if (!number)
    throw InputError(fmt::format("{} is {}, but a job is tried a whole number of times, at least 1",
                                 called, in_quotes(most)));
  if (all.guess.constants.emplace(called, most).second) all.guess.invented.push_back(called);
  return *number;
}

}  // namespace

void guess_attempts(const Guessing& all) {
  QueueGuess& guess = all.guess;
  for (const InitStatement& each : all.files.statements)
    if (const TableUse* use = each.use(guess.table))
      for (const ColumnSet& set : use->sets) {
        if (set.to != To::counted || !sounds_like_attempts(set.column)) continue;
        if (guess.attempts.empty() || all.claimed(set.column) != nullptr)
          guess.attempts = set.column;
      }
  if (guess.attempts.empty() || all.claimed(guess.attempts) == nullptr) return;
  all.know("attempts", guess.attempts, "every claim counts it up");
  for (const InitStatement& each : all.files.statements)
    if (const TableUse* use = each.use(guess.table))
      for (const ColumnTest* test : use->tests_of(guess.attempts)) {
        if (test->is != Is::less || guess.most_attempts) continue;
        if (!test->labels.empty()) guess.most_attempts = number_from(test->labels[0]);
        const ColumnDefinition* limit = all.column(test->than);
        if (limit != nullptr && limit->initial) guess.most_attempts = number_from(*limit->initial);
        if (!test->parameter.empty()) guess.most_attempts = attempts_passed(all, each, *test);
        if (guess.most_attempts && test->inclusive) ++*guess.most_attempts;
      }
}

}  // namespace fencepost
