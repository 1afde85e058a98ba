// The only file that knows CLI11, which costs more to compile than to run.
#include "sim/cli/command_line.hpp"

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <algorithm>

#include "sim/text/error.hpp"
#include "sim/text/words.hpp"

namespace fencepost {
namespace {

constexpr const char* kVersion = "fencepost 0.1.0";

using Given = std::vector<std::string>;

/// False when the text is no number.
template <typename Read, typename Value>
bool put_number(const Given& given, Value& into) {
  Read number{};
  if (!CLI::detail::lexical_cast(given.front(), number)) return false;
  into = static_cast<int>(number);
  if constexpr (std::is_same_v<Read, std::uint64_t>) into = number;
  return true;
}
/// False when it can't be converted.
struct Put {
  const Given& given;
  bool operator()(bool* into) const { return CLI::detail::lexical_cast(given.front(), *into); }
  bool operator()(std::string* into) const { return *into = given.front(), true; }
  bool operator()(std::optional<std::filesystem::path>* into) const {
    return *into = given.front(), true;
  }
  bool operator()(Given* into) const { return *into = given, true; }
  bool operator()(int* into) const { return put_number<std::int64_t>(given, *into); }
  bool operator()(std::optional<int>* into) const { return put_number<std::int64_t>(given, *into); }
  bool operator()(std::uint64_t* into) const { return put_number<std::uint64_t>(given, *into); }
  bool operator()(std::optional<std::uint64_t>* into) const {
    return put_number<std::uint64_t>(given, *into);
  }
};
CLI::callback_t putting(const Into& into) {
  return [into](const Given& given) { return std::visit(Put{given}, into); };
}

bool is_list(const Flag& flag) { return std::holds_alternative<Given*>(flag.into); }
bool is_toggle(const Flag& flag) { return std::holds_alternative<bool*>(flag.into); }
bool is_positional(const Flag& flag) { return !flag.name.starts_with('-'); }
std::string type_of(const Flag& flag) {
  if (std::holds_alternative<int*>(flag.into) ||
      std::holds_alternative<std::optional<int>*>(flag.into))
    return "INT";
  return std::holds_alternative<std::uint64_t*>(flag.into) ||
                 std::holds_alternative<std::optional<std::uint64_t>*>(flag.into)
             ? "UINT"
             : "TEXT";
}

CLI::Validator in_range(const Flag& flag) {
  return {[least = flag.least, most = flag.most](std::string& text) {
            std::uint64_t number = 0;
            return !text.starts_with('-') && CLI::detail::lexical_cast(text, number) &&
                           number >= least && number <= most
                       ? std::string()
                       : fmt::format("Value {} not in range {} to {}", text, least, most);
          },
          fmt::format("{} in [{} - {}]", type_of(flag), flag.least, flag.most)};
}

/// How many positionals a command has that take one value each.
std::ptrdiff_t single_positionals(const Flags& flags) {
  return std::count_if(flags.all().begin(), flags.all().end(), [](const auto& each) {
    const Flag* flag = std::get_if<Flag>(&each);
    return flag != nullptr && is_positional(*flag) && !is_list(*flag);
  });
}

void add_flag(CLI::App& app, const Flags& flags, const Flag& flag) {
  if (is_toggle(flag)) {
    app.add_flag(flag.name, *std::get<bool*>(flag.into), flag.about);
    return;
  }
  CLI::Option& option = *app.add_option(flag.name, putting(flag.into), flag.about);
  option.type_name(type_of(flag))->type_size(1)->expected(1);
  if (is_list(flag)) option.expected(CLI::detail::expected_max_vector_size);
  // So that what is too much is counted, instead of being called unexpected.
  if (is_positional(flag) && single_positionals(flags) == 1) option.allow_extra_args();
  if (flag.unit == Unit::time)
    option.transform(
        CLI::AsNumberWithUnit(std::map<std::string, int>{{"s", 1}, {"m", 60}, {"h", 3600}},
                              CLI::AsNumberWithUnit::CASE_SENSITIVE, "TIME"));
  if (flag.most != 0) option.check(in_range(flag));
  if (!flag.variable.empty()) option.envname(flag.variable);
  if (flag.must_be_given) option.required();
}

void add_one_of(CLI::App& app, const OneOf& choice) {
  CLI::Option_group& group = *app.add_option_group(choice.name, choice.about);
  for (const OneOf::Option& each : choice.options)
    group.add_flag_callback(
        "--" + each.name, [into = choice.into, name = each.name] { *into = name; }, each.about);
  group.require_option(choice.pick == OneOf::Pick::exactly_one ? 1 : 0, 1);
}

/// How much every command may be told to say.
struct Said {
  bool verbose = false;
  bool quiet = false;

  Loudness loudness() const {
    if (verbose && quiet)
      throw InputError("--verbose and --quiet contradict each other; give one of them");
    return verbose ? Loudness::verbose : quiet ? Loudness::quiet : Loudness::normal;
  }
};

/// A command with its flags told to CLI11.
Action add_command(CLI::App& app, const CommandRow& command, Said& said) {
  Flags flags;
  Action action = command.declare(flags);
  flags.add("--verbose", &said.verbose,
            "Say on stderr when servers, lanes and stages begin and end");
  flags.add("--quiet", &said.quiet, "No progress on stderr, only warnings");
  CLI::App& added = *app.add_subcommand(command.name, command.about);
  for (const auto& each : flags.all())
    if (const Flag* flag = std::get_if<Flag>(&each))
      add_flag(added, flags, *flag);
    else
      add_one_of(added, std::get<OneOf>(each));
  return action;
}

/// CLI11 would only say that a command is missing.
void demand_known_command(const std::string& first, const std::vector<CommandRow>& commands) {
  if (first.starts_with('-')) return;
  std::vector<std::string> known;
  for (const CommandRow& each : commands) known.push_back(each.name);
  if (std::find(known.begin(), known.end(), first) != known.end()) return;
  const std::string found =
      first.empty() ? "no command is named" : "there is no command " + in_quotes(first);
  throw InputError(fmt::format("{}; known are {}{}", found, listed(known),
                               first.empty() ? "" : did_you_mean(first, known)));
}

std::string one_line(std::string text) {
  for (char& c : text)
    if (static_cast<unsigned char>(c) < 0x20) c = ' ';
  while (!text.empty() && (text.back() == ' ' || text.back() == '.')) text.pop_back();
  return text;
}

/// The command that was named; nullptr while there is none.
const CLI::App* named(const CLI::App& app) {
  const auto parsed = app.get_subcommands();
  return parsed.empty() ? nullptr : parsed.front();
}

void parse(CLI::App& app, int count, const char* const* values) {
  try {
    app.parse(count, values);
  } catch (const CLI::CallForHelp&) {
    throw Printed{named(app) == nullptr ? app.help() : named(app)->help(app.get_name())};
  } catch (const CLI::CallForAllHelp&) {
    throw Printed{app.help("", CLI::AppFormatMode::All)};
  } catch (const CLI::CallForVersion&) {
    throw Printed{std::string(kVersion) + "\n"};
  } catch (const CLI::ParseError& error) {
    throw InputError(fmt::format(
        "{}; \"{}{} --help\" tells what there is", one_line(error.what()), app.get_name(),
        named(app) == nullptr ? std::string() : " " + named(app)->get_name()));
  }
}

}  // namespace

Flag& Flags::add(std::string name, Into into, std::string about) {
  return std::get<Flag>(all_.emplace_back(Flag{std::move(name), into, std::move(about), {}}));
}

void Flags::add_one_of(OneOf flags) { all_.emplace_back(std::move(flags)); }

Asked read_command_line(int count, const char* const* values, const std::string& program,
                        const std::vector<CommandRow>& commands) {
  CLI::App app(
      "Runs real claim/fence SQL on a private PostgreSQL server in simulated time, and proves or "
      "refutes that a job never has two owners and never goes backwards.",
      program);
  app.require_subcommand(1);
  app.set_version_flag("--version", kVersion);
  app.footer(
      "Exit status: 0 holds, 1 violated, 2 wrong use or input, 3 no server or no room, 4 nothing "
      "proved, 5 a bug of fencepost, 130 stopped.");
  Said said;
  std::map<std::string, Action> actions;
  for (const CommandRow& each : commands) actions.emplace(each.name, add_command(app, each, said));
  demand_known_command(count > 1 ? values[1] : "", commands);
  parse(app, count, values);
  return {actions.at(named(app)->get_name()), said.loudness()};
}

}  // namespace fencepost
