// `init`: a protocol's folder, written of an application's own files.
#include <fmt/format.h>

#include <algorithm>
#include <iostream>

#include "sim/cli/options.hpp"
#include "sim/commands/doctor.hpp"
#include "sim/init/written.hpp"
#include "sim/text/error.hpp"
#include "sim/text/files.hpp"
#include "sim/text/log.hpp"
#include "sim/text/words.hpp"

namespace fencepost {
namespace {

struct InitFlags {
  std::string folder;
  std::vector<std::string> schema, queries, answers;
  bool yes = false;
  ClusterOptions server;
};

constexpr std::size_t kMostQuestions = 7;

std::string shown(const Guess& guess) { return guess.value.empty() ? "none" : guess.value; }

/// Every guess with its reason; a question mark where only a person can confirm it.
void print_guesses(const QueueGuess& guess) {
  for (const Guess& each : guess.guesses)
    fmt::print("  {} {:<10} {:<28} {}\n", each.question.empty() ? " " : "?", each.subject,
               shown(each), each.reason);
}

/// "lasts=30s", as --answer takes it.
Answers answers_in(const std::vector<std::string>& given) {
  Answers answers;
  for (const std::string& each : given) {
    const std::size_t equal = each.find('=');
    if (equal == std::string::npos || equal == 0)
      throw InputError(
          fmt::format("{} is no answer; write what is meant and its value, such as "
                      "--answer lasts=30s",
                      in_quotes(each)));
    answers[each.substr(0, equal)] = each.substr(equal + 1);
  }
  return answers;
}
/// An answer to what is not guessed would be heard by nobody.
void check_answers(const Answers& answers, const QueueGuess& guess) {
  std::vector<std::string> known;
  for (const Guess& each : guess.guesses) known.push_back(each.subject);
  for (const auto& [subject, value] : answers)
    if (std::find(known.begin(), known.end(), subject) == known.end())
      throw InputError(fmt::format("{} is nothing that is guessed here; guessed are {}{}",
                                   in_quotes(subject), listed(known),
                                   did_you_mean(subject, known)));
}

/// Asks what only a person knows, at most seven questions. An empty line takes the guess.
QueueGuess asked(const InitFiles& files, Answers answers) {
  QueueGuess guess = guess_queue(files, answers);
  fmt::print("Enter takes the guess; any other line is your answer.\n");
  for (std::size_t count = 0; count < kMostQuestions; ++count) {
    const auto open = std::find_if(guess.guesses.begin(), guess.guesses.end(),
                                   [](const Guess& each) { return !each.question.empty(); });
    if (open == guess.guesses.end()) break;
    const std::string subject = open->subject;
    fmt::print("  {}\n    {} [{}] ", open->question, subject, shown(*open));
    std::fflush(stdout);
    std::string line;
    if (!std::getline(std::cin, line) || interrupted()) break;
    Answers next = answers;
    next[subject] = line;
    try {
      guess = guess_queue(files, next);
      answers = std::move(next);
    } catch (const InputError& error) {
      fmt::print("    {}\n", error.what());
    }
  }
  fmt::print("\n");
  return guess;
}

/// All files or none: a folder that is there already stays as it is.
void write_folder(const InitFlags& flags, const InitFiles& files, const QueueGuess& guess) {
  const std::filesystem::path folder(flags.folder);
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (error)
    throw InputError(fmt::format("{}: the folder can't be made ({}); name another one",
                                 flags.folder, error.message()));
  write_text_file(folder / "protocol.toml", written_protocol(files, guess, folder), "the protocol");
  if (!guess.claim.empty())
    write_text_file(folder / "fencepost.sql", written_sql(files, guess), "its statements");
  if (const std::string rows = written_rows(files, guess); !rows.empty())
    write_text_file(folder / "rows.sql", rows, "its rows");
}

int init(const Context& context, const InitFlags& flags) {
  std::error_code error;
  if (std::filesystem::exists(std::filesystem::symlink_status(flags.folder, error)))
    throw InputError(
        fmt::format("{} is there already, and init overwrites nothing; name a folder "
                    "that is not there yet",
                    flags.folder));
  const InitFiles files = read_init_files(flags.schema, flags.queries);
  for (const std::string& unread : files.unread) log_warning(unread);
  const Answers answers = answers_in(flags.answers);
  QueueGuess guess = guess_queue(files, answers);
  check_answers(answers, guess);
  if (!flags.yes && context.terminal.in_is_terminal && context.terminal.out_is_terminal &&
      !guess.unconfirmed().empty()) {
    print_guesses(guess);
    guess = asked(files, answers);
  }
  print_guesses(guess);
  write_folder(flags, files, guess);
  const std::string folder = for_shell(flags.folder);
  if (guess.claim.empty()) {
    fmt::print("\nnot complete: say in {}/protocol.toml which statement claims a job\n", folder);
    return kVacuous;
  }
  fmt::print("\n{} is written; fencepost doctor says of it:\n", flags.folder);
  std::fflush(stdout);
  const bool path = flags.folder.find('/') != std::string::npos;
  const int status = doctor_of(context, path ? flags.folder : "./" + flags.folder, flags.server);
  if (const std::vector<std::string> open = guess.unconfirmed(); !open.empty())
    fmt::print("\n{} {} guessed: read {}/protocol.toml, and take out of [init] what is right\n",
               listed(open), open.size() == 1 ? "is" : "are", folder);
  fmt::print("next      {} check {}{}\n", context.program, path ? "" : "./", folder);
  return status;
}

}  // namespace

Action init_command(Flags& flags) {
  const auto into = std::make_shared<InitFlags>();
  flags.add("FOLDER", &into->folder, "Where the protocol is written; it must not be there yet")
      .required();
  flags.add("--schema", &into->schema, "Your schema: files, folders, globs").required();
  flags.add("--queries", &into->queries, "Your statements: files, folders, globs").required();
  flags.add("--answer", &into->answers,
            "Confirms or corrects a guess, such as lasts=30s; may be given several times");
  flags.add("--yes", &into->yes, "Asks nothing; without a terminal nothing is asked either");
  add_server(flags, into->server);
  return [into](const Context& context) { return init(context, *into); };
}

}  // namespace fencepost
