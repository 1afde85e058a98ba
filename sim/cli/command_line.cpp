// The only file that knows CLI11, which costs more to compile than to run.
#include "sim/cli/command_line.hpp"

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <algorithm>

#include "sim/cli/help.hpp"
#include "sim/text/error.hpp"
#include "sim/text/files.hpp"
#include "sim/text/words.hpp"

namespace fencepost {
namespace {

using Arguments = std::vector<std::string>;

/// False when the text is no number.
template <typename Read, typename Value>
bool put_number(const Arguments& given, Value& into) {
  Read number{};
  if (!CLI::detail::lexical_cast(given.front(), number)) return false;
  into = static_cast<int>(number);
  if constexpr (std::is_same_v<Read, std::uint64_t>) into = number;
  return true;
}
/// False when it can't be converted.
struct Put {
  const Arguments& given;
  bool operator()(bool* into) const { return CLI::detail::lexical_cast(given.front(), *into); }
  bool operator()(std::string* into) const { return *into = given.front(), true; }
  bool operator()(GivenText* into) const { return into->text = given.front(), true; }
  bool operator()(std::optional<std::filesystem::path>* into) const {
    return *into = given.front(), true;
  }
  bool operator()(Arguments* into) const { return *into = given, true; }
  bool operator()(int* into) const { return put_number<std::int64_t>(given, *into); }
  bool operator()(std::optional<int>* into) const { return put_number<std::int64_t>(given, *into); }
  bool operator()(std::uint64_t* into) const { return put_number<std::uint64_t>(given, *into); }
  bool operator()(std::optional<std::uint64_t>* into) const {
    return put_number<std::uint64_t>(given, *into);
  }
};
CLI::callback_t putting(const Into& into) {
  return [into](const Arguments& given) { return std::visit(Put{given}, into); };
}

CLI::Validator in_range(const Flag& flag) {
  return {[least = flag.least, most = flag.most](std::string& text) {
            std::uint64_t number = 0;
            return !text.starts_with('-') && CLI::detail::lexical_cast(text, number) &&
                           number >= least && number <= most
                       ? std::string()
                       : fmt::format("Value {} not in range {} to {}", text, least, most);
          },
          fmt::format("{} in [{} - {}]", value_of(flag), flag.least, flag.most)};
}

/// How many positionals a command has that take one value each.
std::ptrdiff_t single_positionals(const Flags& flags) {
  return std::count_if(flags.all().begin(), flags.all().end(), [](const auto& each) {
    const Flag* flag = std::get_if<Flag>(&each);
    return flag != nullptr && is_positional(*flag) && !is_list(*flag);
  });
}

void add_flag(CLI::App& app, const Flags& flags, const Flag& flag) {
  if (flag.is_rest) return;
  if (is_toggle(flag)) {
    app.add_flag(flag.name, *std::get<bool*>(flag.into), flag.about);
    return;
  }
  CLI::Option& option = *app.add_option(flag.name, putting(flag.into), flag.about);
  option.type_name(value_of(flag))->type_size(1)->expected(1);
  if (is_list(flag)) option.expected(CLI::detail::expected_max_vector_size);
  // So that what is too much is counted, instead of being called unexpected.
  if (is_positional(flag) && single_positionals(flags) == 1) option.allow_extra_args();
  if (flag.unit == Unit::time)
    option.transform(
        CLI::AsNumberWithUnit(std::map<std::string, int>{{"s", 1}, {"m", 60}, {"h", 3600}},
                              CLI::AsNumberWithUnit::CASE_SENSITIVE, "TIME"));
  if (flag.most != 0) option.check(in_range(flag));
  if (flag.must_be_given) option.required();
}

void add_one_of(CLI::App& app, const OneOf& choice) {
  CLI::Option_group& group = *app.add_option_group(choice.name, choice.about);
  for (const OneOf::Option& each : choice.options)
    group.add_flag_callback(
        "--" + each.name, [into = choice.into, name = each.name] { *into = name; }, each.about);
  group.require_option(choice.pick == OneOf::Pick::exactly_one ? 1 : 0, 1);
}

/// What every command may be told of what it says, and how.
struct Said {
  bool verbose = false;
  bool quiet = false;
  std::string color = "auto";

  Loudness loudness() const {
    if (verbose && quiet)
      throw InputError("--verbose and --quiet contradict each other; give one of them");
    return verbose ? Loudness::verbose : quiet ? Loudness::quiet : Loudness::normal;
  }
  ColorWish wish() const {
    const std::vector<std::string> known = {"auto", "always", "never"};
    const auto found = std::find(known.begin(), known.end(), color);
    if (found == known.end())
      throw InputError(fmt::format("--color is {}, but must be auto, always or never{}",
                                   in_quotes(color), did_you_mean(color, known)));
    return static_cast<ColorWish>(found - known.begin());
  }
};

DeclaredCommand declared(const CommandRow& row, Said& said) {
  DeclaredCommand command{row.name, row.about, row.example, {}, {}, {}};
  command.action = row.declare(command.flags);
  command.everywhere.add("--verbose", &said.verbose,
                         "Say on stderr when servers, lanes and stages begin and end");
  command.everywhere.add("--quiet", &said.quiet, "No progress on stderr, only warnings");
  command.everywhere
      .add("--color", &said.color, "Colours: always, never, or auto, which is on a terminal")
      .value("WHEN")
      .usually("auto");
  return command;
}

/// A command told to CLI11, but for its help, which is our own.
void add_command(CLI::App& app, const DeclaredCommand& command) {
  CLI::App& added = *app.add_subcommand(command.name);
  added.set_help_flag();
  for (const Flags* flags : {&command.flags, &command.everywhere})
    for (const auto& each : flags->all())
      if (const Flag* flag = std::get_if<Flag>(&each))
        add_flag(added, command.flags, *flag);
      else
        add_one_of(added, std::get<OneOf>(each));
}

const DeclaredCommand* find(const std::vector<DeclaredCommand>& commands, const std::string& name) {
  const auto found = std::find_if(commands.begin(), commands.end(),
                                  [&](const DeclaredCommand& each) { return each.name == name; });
  return found == commands.end() ? nullptr : &*found;
}

const DeclaredCommand& known_command(const std::vector<DeclaredCommand>& commands,
                                     const std::string& name) {
  if (const DeclaredCommand* found = find(commands, name)) return *found;
  const std::vector<std::string> known = first_words(commands);
  const std::string what =
      name.empty() ? "no command is named" : "there is no command " + in_quotes(name);
  throw InputError(fmt::format("{}; known are {}{}", what, listed(known),
                               name.empty() ? "" : did_you_mean(name, known)));
}

/// The help, version, man page or completions that these words ask for, if they do.
void print_if_asked(const std::vector<std::string>& words,
                    const std::vector<DeclaredCommand>& commands, const Caller& caller) {
  const std::string first = words.empty() ? "" : words.front();
  const std::string second = words.size() > 1 ? words[1] : "";
  if (first == "--version" || first == "-V") throw Printed{version_line()};
  if (first == "man-page") throw Printed{man_page(commands)};
  if (first == "completions") throw Printed{completions(second, commands)};
  const bool asks = first == "help" || first == "--help" || first == "-h";
  const bool is_told_here = second == "help" || second == "completions" || second == "man-page";
  if (asks && (second.empty() || second.starts_with('-') || is_told_here))
    throw Printed{overview(commands, caller)};
  if (asks) throw Printed{help_of(known_command(commands, second), caller)};
  const auto end = std::find(words.begin(), words.end(), "--");
  for (auto word = words.begin(); word != end; ++word)
    if (*word == "--help" || *word == "-h")
      throw Printed{help_of(known_command(commands, first), caller)};
}

/// CLI11 would not say which flag was meant. A flag's value may look like one, too.
void demand_known_flags(const std::vector<std::string>& words, const DeclaredCommand& command) {
  std::vector<std::string> known = {"--help"};
  for (const Flag& flag : dashed(command))
    for (const std::string& name : names_of(flag)) known.push_back(name);
  const auto end = std::find(words.begin(), words.end(), "--");
  for (auto word = words.begin() + 1; word < end; ++word) {
    if (!word->starts_with("--")) continue;
    const std::string name = word->substr(0, word->find('='));
    if (std::find(known.begin(), known.end(), name) != known.end()) continue;
    // Who began it right means what goes on like that, however long.
    const std::string begun = name.substr(0, name.size() - 1);
    const auto longer = std::find_if(known.begin(), known.end(), [&](const std::string& each) {
      return each.starts_with(begun);
    });
    throw InputError(fmt::format("not expected: {}, which is no flag of {}{}", name, command.name,
                                 begun.size() > 3 && longer != known.end()
                                     ? fmt::format("; did you mean \"{}\"?", *longer)
                                     : did_you_mean(name, known)));
  }
}

/// What is another program's is not read.
void take_rest(std::vector<std::string>& words, const DeclaredCommand& command) {
  for (const auto& each : command.flags.all()) {
    const Flag* flag = std::get_if<Flag>(&each);
    if (flag == nullptr || !flag->is_rest) continue;
    const auto end = std::find(words.begin(), words.end(), "--");
    if (end == words.end()) continue;
    std::get<std::vector<std::string>*>(flag->into)->assign(end + 1, words.end());
    words.erase(end, words.end());
  }
}

[[noreturn]] void complain(const std::string& what, const Caller& caller,
                           const DeclaredCommand& command) {
  throw InputError(fmt::format("{}; \"{} {} --help\" tells what there is", one_line(what),
                               caller.program, command.name));
}

void parse(CLI::App& app, const std::vector<std::string>& words, const Caller& caller,
           const DeclaredCommand& command) {
  try {
    app.parse(std::vector<std::string>(words.rbegin(), words.rend()));
  } catch (const CLI::ParseError& error) {
    const bool runs_others =
        std::any_of(command.flags.all().begin(), command.flags.all().end(), [](const auto& each) {
          const Flag* flag = std::get_if<Flag>(&each);
          return flag != nullptr && flag->is_rest;
        });
    complain(std::string(error.what()) +
                 (runs_others ? "; what another program is to read stands behind --" : ""),
             caller, command);
  }
}

/// No word is empty: nothing means that, but a script whose variable is not set writes it.
void demand_values(const std::vector<std::string>& words, const Caller& caller,
                   const DeclaredCommand& command) {
  std::string before;
  for (const std::string& word : words) {
    const bool cut = word.starts_with("--") && word.find('=') == word.size() - 1;
    if (cut || word.empty())
      complain(fmt::format("{} is empty, but needs a value", cut ? word.substr(0, word.size() - 1)
                                                             : before.starts_with('-')
                                                                 ? before
                                                                 : "an argument behind " + before),
               caller, command);
    before = word;
  }
}

/// What was not given is asked of the environment; complaints name what the user wrote.
void ask_environment(CLI::App& app, const DeclaredCommand& command, const Caller& caller) {
  for (const auto& each : command.flags.all()) {
    const Flag* flag = std::get_if<Flag>(&each);
    if (flag == nullptr || flag->is_rest) continue;
    CLI::Option& option = *app.get_option(is_positional(*flag) ? flag->name : names_of(*flag)[0]);
    GivenText* const* text = std::get_if<GivenText*>(&flag->into);
    if (text != nullptr) (*text)->by = flag->name;
    if (flag->variable.empty() || option.count() > 0) continue;
    const auto value = caller.environment(flag->variable);
    if (!value) continue;
    if (text != nullptr) (*text)->by = flag->variable;
    try {
      option.add_result(*value);
      option.run_callback();
    } catch (const CLI::ParseError& error) {
      std::string what = error.what();
      if (const std::size_t at = what.find(flag->name); at != std::string::npos)
        what.replace(at, flag->name.size(), flag->variable);
      complain(what, caller, command);
    }
  }
}

/// What takes hours is not lost for want of a folder.
void demand_writable(const DeclaredCommand& command) {
  for (const auto& each : command.flags.all()) {
    const Flag* flag = std::get_if<Flag>(&each);
    if (flag == nullptr || !flag->is_written) continue;
    const auto& file = *std::get<std::optional<std::filesystem::path>*>(flag->into);
    const std::string why = file ? why_not_writable(*file) : "";
    if (!why.empty())
      throw InputError(
          fmt::format("{} is {}, which can't be written ({}); make its folder, or name "
                      "another file",
                      flag->name, file->string(), why));
  }
}

}  // namespace

Flag& Flags::add(std::string name, Into into, std::string about) {
  Flag& flag = std::get<Flag>(all_.emplace_back(Flag{}));
  flag.name = std::move(name);
  flag.into = into;
  flag.about = std::move(about);
  return flag;
}

void Flags::add_one_of(OneOf flags) { all_.emplace_back(std::move(flags)); }

Asked read_command_line(int count, const char* const* values, const Caller& caller,
                        const std::vector<CommandRow>& rows) {
  std::vector<std::string> words(values + std::min(count, 1), values + count);
  Said said;
  std::vector<DeclaredCommand> commands;
  for (const CommandRow& row : rows) commands.push_back(declared(row, said));
  print_if_asked(words, commands, caller);
  const DeclaredCommand& command = known_command(commands, words.empty() ? "" : words.front());
  demand_known_flags(words, command);
  take_rest(words, command);
  CLI::App app("", caller.program);
  app.set_help_flag();
  app.require_subcommand(1);
  add_command(app, command);
  demand_values(words, caller, command);
  parse(app, words, caller, command);
  ask_environment(*app.get_subcommand(command.name), command, caller);
  demand_writable(command);
  return {command.action, said.loudness(), said.wish()};
}

}  // namespace fencepost
