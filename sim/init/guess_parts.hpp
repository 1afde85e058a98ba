// The guesses, in the order in which each builds on those before it. guess.cpp calls them.
#pragma once

#include "sim/init/guess.hpp"

namespace fencepost {

/// What a guess is made from, and into.
struct Guessing {
  const InitFiles& files;
  const Answers& answers;
  QueueGuess& guess;

  /// What was answered; empty where nothing was.
  std::string answer(const std::string& subject) const;
  /// The same of "a = x, b = y", in order.
  std::vector<std::pair<std::string, std::string>> pairs_answered(const std::string& subject) const;
  /// The same of "a, b"; none of "none".
  std::vector<std::string> list_answered(const std::string& subject) const;
  /// The same, where each must be a column that the claim returns; else throws InputError.
  std::vector<std::string> columns_answered(const std::string& subject) const;
  /// The same of the token; throws InputError for what no claim of a job changes, too.
  std::vector<std::string> tokens_answered() const;
  /// Tells a guess that the files prove.
  void know(std::string subject, std::string value, std::string reason) const;
  /// Tells one that only a person can confirm; an answer confirms it. Throws InputError for one
  /// that nobody has looked at.
  void suppose(std::string subject, std::string value, std::string reason,
               std::string question) const;
  /// The table's definition and what the statement of this name does to it; nullptr where there is
  /// none.
  const TableDefinition* table() const { return files.schema.table(guess.table); }
  const TableUse* use(const std::string& statement) const;
  /// A column of the table; nullptr where there is none.
  const ColumnDefinition* column(const std::string& name) const;
  /// What the claim's statements set, the later over the earlier.
  const ColumnSet* claimed(const std::string& column) const;
  std::vector<ColumnSet> all_claimed() const;
  /// How one of the claim's statements returns the table's column; empty where none does.
  std::string returned_as(const std::string& column) const;
  /// The same of a column that the claim changes: once it has changed it.
  std::string returned_new(const std::string& column) const;
  /// Whether a statement takes one job by its key.
  bool is_of_one_job(const InitStatement& statement) const;
  /// Whether it is a statement of the claim.
  bool claims(const InitStatement& statement) const;
};

/// The table and the statements that take a job from it.
void guess_claim(const Guessing& all);
/// What names the job, who has it, until when, by which token, how often.
void guess_lease(const Guessing& all);
/// Of these how often: what counts it, and how often at most.
void guess_attempts(const Guessing& all);
/// What ends, keeps and gives back a claim, and who else frees jobs.
void guess_ends(const Guessing& all);
/// What the table's rows mean.
void guess_states(const Guessing& all);
/// Where each parameter's value comes from.
void guess_sources(const Guessing& all);

}  // namespace fencepost
