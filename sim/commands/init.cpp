// `init`: a protocol's folder, written of an application's own files.
#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <iostream>
#include <map>
#include <optional>
#include <utility>

#include "reports/escaped.hpp"
#include "sim/catalogue/catalogue.hpp"
#include "sim/cli/options.hpp"
#include "sim/commands/doctor.hpp"
#include "sim/init/written.hpp"
#include "sim/text/error.hpp"
#include "sim/text/files.hpp"
#include "sim/text/log.hpp"
#include "sim/text/words.hpp"
#include "sql/sql_text.hpp"

namespace fencepost {
namespace {

struct InitFlags {
  std::string folder, dsn;
  std::vector<std::string> schema, queries, answers;
  bool yes = false;
  ClusterOptions server;
};

constexpr std::size_t kMostQuestions = 7;

std::string shown(const Guess& guess) {
  return guess.value.empty() ? "none" : printable(guess.value);
}

/// Every guess with its reason; a question mark where only a person can confirm it.
void print_guesses(const QueueGuess& guess) {
  for (const Guess& each : guess.guesses)
    fmt::print("  {} {:<10} {:<28} {}\n", each.question.empty() ? " " : "?", each.subject,
               shown(each), printable(each.reason));
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
    const std::string subject = each.substr(0, equal);
    answers[subject] = each.substr(equal + 1);
    // What a line can't answer may be taken as it is guessed.
    if (is_blank(answers[subject]) && subject != "states")
      throw InputError(fmt::format("{} answers nothing; write a value behind it, or leave it out",
                                   in_quotes(each)));
  }
  return answers;
}
/// An answer to what is not asked would be heard by nobody.
void check_answers(const Answers& answers, const QueueGuess& guess) {
  std::vector<std::string> known;
  for (const Guess& each : guess.guesses)
    if (guess.heard.contains(each.subject)) known.push_back(each.subject);
  for (const auto& [subject, value] : answers)
    if (std::find(known.begin(), known.end(), subject) == known.end())
      throw InputError(fmt::format("{} is nothing that can be answered here; that can be {}{}",
                                   in_quotes(subject), listed(known),
                                   did_you_mean(subject, known)));
}

/// Asks what only a person knows, at most seven questions. An empty line takes the guess. nullopt:
/// the program was stopped meanwhile.
std::optional<QueueGuess> asked(const InitFiles& files, Answers answers) {
  QueueGuess guess = guess_queue(files, answers);
  fmt::print("Enter takes the guess; any other line is your answer.\n");
  for (std::size_t count = 0; count < kMostQuestions; ++count) {
    const auto open = std::find_if(guess.guesses.begin(), guess.guesses.end(),
                                   [](const Guess& each) { return !each.question.empty(); });
    if (open == guess.guesses.end()) break;
    const std::string subject = open->subject;
    std::string question = open->question;
    question[0] = static_cast<char>(std::toupper(static_cast<unsigned char>(question[0])));
    fmt::print("  {}\n    {} [{}] ", question, subject, shown(*open));
    std::fflush(stdout);
    std::string line;
    if (!line_comes()) return std::nullopt;
    if (!std::getline(std::cin, line)) break;
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

/// What is read: the user's own files, or texts that become files of the folder.
struct Given {
  InitFiles files;
  std::string schema, statements;
};

/// interval '30 s' is kept as interval $1, which PostgreSQL itself does not take.
std::string with_casts(const std::string& sql) {
  const auto is_time = [](const std::string& word) {
    return word == "interval" || word == "timestamp" || word == "timestamptz" || word == "date";
  };
  const SqlParts parts = sql_parts(sql);
  std::string text, type;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const std::size_t next = next_that_counts(parts, i + 1);
    const bool typed = next < parts.size() && parts[next].kind == SqlKind::parameter;
    if (typed && is_time(folded(parts[i].text))) {
      type = "::" + folded(parts[i].text);
      continue;
    }
    text += parts[i].text;
    if (parts[i].kind == SqlKind::parameter) text += std::exchange(type, "");
  }
  return text;
}

/// A statement's text under a name line; what sqlc sends has one.
std::string named(const std::string& name, std::string_view command, const std::string& sql) {
  const std::string text = with_casts(std::string(trimmed(sql)));
  const std::string line =
      folded(text).starts_with("-- name:") ? "" : fmt::format("-- name: {} {}\n", name, command);
  return fmt::format("{}{}{}\n\n", line, text, text.ends_with(';') ? "" : ";");
}

/// Of the statements that a database has seen those that work on the queue's tables, under names of
/// what they do.
std::string queue_statements(const Catalogue& catalogue) {
  std::string all;
  for (std::size_t i = 0; i < catalogue.statements.size(); ++i)
    all += named(fmt::format("statement_{}", i + 1), ":many", catalogue.statements[i]);
  const InitFiles files =
      read_init_files({"schema.sql", schema_for(catalogue, all)}, {}, {"statements.sql", all});
  const QueueGuess guess = guess_queue(files, {});  // answers name what is kept
  if (guess.claim.empty())
    throw InputError(fmt::format(
        "none of the {} statements that pg_stat_statements shows seems to claim a job; give the "
        "worker's statements by --queries",
        catalogue.statements.size()));
  std::string kept =
      "-- As the database has seen them: where a constant stood is a parameter. Put back what "
      "matters.\n\n";
  std::map<std::string, int> times;
  for (const InitStatement& each : files.statements) {
    const TableUse* use = nullptr;
    for (const std::string& table : {guess.table, guess.jobs, guess.waiting})
      if (use == nullptr) use = each.use(table);
    if (use == nullptr) continue;
    const std::string_view does = use->inserts   ? "insert"
                                  : use->updates ? "update"
                                  : use->removes ? "delete"
                                                 : "select";
    std::string name = fmt::format("{}_{}", does, use->table);
    if (const int before = times[name]++; before > 0) name += fmt::format("_{}", before + 1);
    kept += named(name, each.returned.empty() ? ":execrows" : ":many", each.statement.text);
  }
  return kept;
}

Given given_by(const InitFlags& flags) {
  if (flags.dsn.empty()) {
    if (flags.schema.empty() || flags.queries.empty())
      throw InputError(fmt::format(
          "{} is missing; name your files by --schema and --queries, or your database by --dsn",
          flags.schema.empty() ? "--schema" : "--queries"));
    return {read_init_files(flags.schema, flags.queries), "", ""};
  }
  if (!flags.schema.empty())
    throw InputError("--dsn reads the schema from the database; take --schema out, or --dsn");
  const Catalogue catalogue = read_catalogue(flags.dsn, interrupted);
  if (flags.queries.empty() && !catalogue.no_statements.empty())
    throw InputError(catalogue.no_statements);
  const std::filesystem::path folder(flags.folder);
  Given given;
  if (flags.queries.empty()) given.statements = queue_statements(catalogue);
  given.schema = schema_for(
      catalogue, flags.queries.empty() ? given.statements : text_of_files(flags.queries));
  given.files = read_init_files({(folder / "schema.sql").string(), given.schema}, flags.queries,
                                {(folder / "statements.sql").string(), given.statements});
  return given;
}

/// All files or none: a folder that is there already stays as it is.
void write_folder(const InitFlags& flags, const Given& given, const QueueGuess& guess) {
  const InitFiles& files = given.files;
  const std::filesystem::path folder(flags.folder);
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (error)
    throw InputError(fmt::format("{}: the folder can't be made ({}); name another one",
                                 flags.folder, error.message()));
  write_text_file(folder / "protocol.toml", written_protocol(files, guess, folder), "the protocol");
  if (!given.schema.empty())
    write_text_file(folder / "schema.sql", given.schema, "the database's schema");
  if (!given.statements.empty())
    write_text_file(folder / "statements.sql", given.statements, "the database's statements");
  if (!guess.claim.empty())
    write_text_file(folder / "fencepost.sql", written_sql(files, guess), "its statements");
  if (const std::string rows = written_rows(files, guess); !rows.empty())
    write_text_file(folder / "rows.sql", rows, "its rows");
}

int stopped() {
  fmt::print(stderr, "\nfencepost: stopped by {}, and nothing is written\n", interrupted_by());
  return kInterrupted;
}

int init(const Context& context, const InitFlags& flags) {
  std::error_code error;
  if (std::filesystem::exists(std::filesystem::symlink_status(flags.folder, error)))
    throw InputError(
        fmt::format("{} is there already, and init overwrites nothing; name a folder "
                    "that is not there yet",
                    flags.folder));
  const Given given = given_by(flags);
  const InitFiles& files = given.files;
  for (const std::string& unread : files.unread) log_warning(unread);
  const Answers answers = answers_in(flags.answers);
  QueueGuess guess = guess_queue(files, answers);
  check_answers(answers, guess);
  if (!flags.yes && context.terminal.in_is_terminal && context.terminal.out_is_terminal &&
      !guess.unconfirmed().empty()) {
    print_guesses(guess);
    std::optional<QueueGuess> said = asked(files, answers);
    if (!said) return stopped();
    guess = *std::move(said);
  }
  print_guesses(guess);
  write_folder(flags, given, guess);
  const std::string folder = for_shell(flags.folder);
  if (guess.claim.empty()) {
    fmt::print(
        "\nnot complete: say in {}/protocol.toml which statement claims a job, and in a query file "
        "what observe and insert_job are\n",
        folder);
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
  flags.add("--schema", &into->schema, "Your schema: files, folders, globs");
  flags.add("--queries", &into->queries, "Your statements: files, folders, globs");
  flags.add("--dsn", &into->dsn,
            "Read the schema, and without --queries the statements, from a database; nothing is "
            "written there");
  flags.add("--answer", &into->answers,
            "Confirms or corrects a guess, such as lasts=30s; may be given several times");
  flags.add("--yes", &into->yes, "Asks nothing; without a terminal nothing is asked either");
  add_server(flags, into->server);
  return [into](const Context& context) { return init(context, *into); };
}

}  // namespace fencepost
