// What a command is: the flags it says it has, and what it does once they are read.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <list>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "sim/cli/terminal.hpp"
#include "sim/text/log.hpp"

namespace fencepost {

/// A job of GitHub Actions that we run in.
struct GithubActions {
  std::optional<std::filesystem::path> step_summary;  ///< where Markdown for its page is appended
  std::filesystem::path workspace;                    ///< the repository; may be empty
};

/// The environment's value of that name; nullopt where there is none, or it is empty.
using Environment = std::function<std::optional<std::string>(const std::string& name)>;

/// What every command is given beside its flags.
struct Context {
  Terminal terminal;
  std::string program;         ///< how the user calls us, for commands to paste
  std::filesystem::path data;  ///< where the bundled scenarios and protocols are
  std::optional<GithubActions> github;
  Environment environment;
};

/// Exit statuses beside those that errors have (2 wrong input, 3 environment, 5 a bug of ours).
enum ExitStatus : int { kHolds = 0, kViolated = 1, kVacuous = 4, kInterrupted = 130 };

/// A text of which more is to be said than its type says: messages call it as the user wrote it.
struct GivenText {
  std::string text;  ///< empty: it was not given
  std::string by;    ///< "--seeds", "FENCEPOST_SEEDS"
};

/// Where a flag's value goes; what it may be follows from the type. A list takes all that is given,
/// a bool is a flag without a value.
using Into = std::variant<bool*, std::string*, GivenText*, std::vector<std::string>*,
                          std::optional<std::filesystem::path>*, int*, std::optional<int>*,
                          std::uint64_t*, std::optional<std::uint64_t>*>;

/// How a whole number may be written.
enum class Unit { none, time };

/// One flag (--name, or several names with commas between) or positional (NAME) of a command.
struct Flag {
  std::string name;
  Into into;
  std::string about;
  std::string variable;     ///< of the environment, asked when the flag is not given; may be empty
  std::string shown;        ///< how help writes the value: "DIR"; empty: by its type
  std::string usual;        ///< what holds where it is not given; empty: nothing, or it is no value
  std::uint64_t least = 0;  ///< least and most of a number; most = 0: any
  std::uint64_t most = 0;
  Unit unit = Unit::none;
  bool must_be_given = false;
  bool is_written = false;
  bool is_rest = false;

  Flag& required() { return must_be_given = true, *this; }
  /// A file that the command writes at its end: that it can be is known before the work begins.
  Flag& output() { return is_written = true, *this; }
  /// A list that takes all words behind --, whatever they look like, and none before.
  Flag& rest() { return is_rest = true, *this; }
  Flag& environment(std::string name_of_variable) {
    return variable = std::move(name_of_variable), *this;
  }
  Flag& value(std::string written) { return shown = std::move(written), *this; }
  Flag& usually(std::string otherwise) { return usual = std::move(otherwise), *this; }
  Flag& between(std::uint64_t first, std::uint64_t last) {
    return least = first, most = last, *this;
  }
  /// A number of seconds, which may be written as 90s, 5m or 1h.
  Flag& in_seconds() { return unit = Unit::time, *this; }
};

/// Flags of which exactly one or at most one may be given; the value is its name without dashes.
struct OneOf {
  enum class Pick { exactly_one, at_most_one };
  struct Option {
    std::string name;
    std::string about;
  };
  std::string name;
  std::string about;
  Pick pick = Pick::at_most_one;
  std::string* into = nullptr;
  std::vector<Option> options;
};

/// All flags of a command, in the order of its help. What they go into must outlive the reading.
class Flags {
 public:
  /// A name without dashes is a positional.
  Flag& add(std::string name, Into into, std::string about);
  void add_one_of(OneOf flags);
  const std::list<std::variant<Flag, OneOf>>& all() const { return all_; }

 private:
  std::list<std::variant<Flag, OneOf>> all_;  ///< a list: add() hands out references
};

/// What a command does once its flags are read: prints results on stdout and returns the exit
/// status. What is wrong with its input is thrown as an InputError.
using Action = std::function<int(const Context& context)>;

/// A row of the table of commands.
struct CommandRow {
  std::string name;
  std::string about;    ///< in a few words
  std::string example;  ///< what stands behind the program's name; the page of help shows it
  Action (*declare)(Flags& flags);
};

/// The command line was understood, and nothing is left to do but print this: help, or the version.
struct Printed {
  std::string text;
};

/// What the command line asks for.
struct Asked {
  Action action;
  Loudness loudness = Loudness::normal;
  ColorWish color = ColorWish::automatic;
};

/// What a command line is read with.
struct Caller {
  std::string program;     ///< how the user calls us
  std::size_t width = 80;  ///< of the pages of help
  Environment environment;
};

/// What is asked for, with its flags read. Throws InputError with what is wrong and
/// where help is; throws Printed for help in all its forms, the version, the man page and
/// completions.
Asked read_command_line(int count, const char* const* values, const Caller& caller,
                        const std::vector<CommandRow>& commands);

}  // namespace fencepost
