#include "sim/cli/command_line.hpp"

#include <algorithm>
#include <charconv>
#include <deque>
#include <limits>
#include <map>

#include "sim/cli/help.hpp"
#include "sim/text/error.hpp"
#include "sim/text/files.hpp"
#include "sim/text/words.hpp"

namespace fencepost {
namespace {

using Arguments = std::vector<std::string>;

/// What a text says in digits, behind which a time may have its unit; nullopt where it says none.
std::optional<std::uint64_t> number_in(std::string_view text, Unit unit) {
  std::uint64_t times = 1;
  if (unit == Unit::time && !text.empty()) {
    const char last = text.back();
    times = last == 'h' ? 3600 : last == 'm' ? 60 : 1;
    if (last == 'h' || last == 'm' || last == 's') text.remove_suffix(1);
  }
  std::uint64_t number = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), number);
  const bool is_whole = read.ec == std::errc{} && read.ptr == text.data() + text.size();
  if (!is_whole || number > std::numeric_limits<std::uint64_t>::max() / times) return std::nullopt;
  return number * times;
}

/// Puts what was given where the flag's value goes.
struct Put {
  const Flag& flag;
  const Arguments& given;
  const std::string& by;  ///< what the user calls the flag: its name, or its variable's
  void operator()(bool* into) const { *into = true; }
  void operator()(std::string* into) const { *into = given.front(); }
  void operator()(GivenText* into) const { *into = {given.front(), by}; }
  void operator()(std::optional<std::filesystem::path>* into) const { *into = given.front(); }
  void operator()(Arguments* into) const { *into = given; }
  void operator()(int* into) const { *into = static_cast<int>(number()); }
  void operator()(std::optional<int>* into) const { *into = static_cast<int>(number()); }
  void operator()(std::uint64_t* into) const { *into = number(); }
  void operator()(std::optional<std::uint64_t>* into) const { *into = number(); }

 private:
  std::uint64_t number() const {
    const auto found = number_in(given.front(), flag.unit);
    if (found && *found >= flag.least && *found <= flag.most) return *found;
    const bool is_time = flag.unit == Unit::time;
    throw InputError(fmt::format("{} is {}, but must be {} from {} to {}{}", by,
                                 in_quotes(given.front()),
                                 is_time ? "a time such as 90s, 5m or 1h," : "a whole number",
                                 flag.least, flag.most, is_time ? " seconds" : ""));
  }
};

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

[[noreturn]] void complain(const std::string& what, const Caller& caller,
                           const DeclaredCommand& command) {
  throw InputError(fmt::format("{}; \"{} {} --help\" tells what there is", one_line(what),
                               caller.program, command.name));
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

bool is_dashed(const std::string& word) { return word.size() > 1 && word.front() == '-'; }

/// Reads a command's words, and what the environment has for flags that are not among them.
class WordReader {
 public:
  WordReader(const DeclaredCommand& command, const Caller& caller)
      : command_(command), caller_(caller) {
    for (const Flags* all : {&command.flags, &command.everywhere})
      for (const auto& each : all->all())
        if (const Flag* flag = std::get_if<Flag>(&each))
          flags_.push_back(flag);
        else
          choices_.push_back(&std::get<OneOf>(each));
  }

  void read(const Arguments& words) {
    rest_.assign(words.begin() + 1, words.end());
    while (!rest_.empty()) {
      const std::string word = next();
      if (word == "--")
        while (!rest_.empty()) take_positional(next());
      else if (is_dashed(word))
        take_flag(word);
      else
        take_positional(word);
    }
    demand_required();
    for (const Flag* flag : flags_) put(*flag);
    for (const auto& [choice, name] : chosen_) *choice->into = name;
  }

 private:
  std::string next() {
    std::string word = rest_.front();
    rest_.pop_front();
    return word;
  }

  void take_positional(const std::string& word) {
    for (const Flag* flag : flags_)
      if (is_positional(*flag) && (is_list(*flag) || given_[flag].empty()))
        return given_[flag].push_back(word);
    complain("not expected: " + in_quotes(word), caller_, command_);
  }

  /// A flag with all its values: a list's go on to the next flag, but leave what must be given.
  void take_flag(const std::string& word) {
    const std::size_t equals = word.find('=');
    const std::string name = word.substr(0, equals);
    if (choose(name)) return;
    const Flag& flag = known_flag(name);
    Arguments& values = given_[&flag];
    if (is_toggle(flag) && equals != std::string::npos)
      complain(name + " takes no value", caller_, command_);
    if (!values.empty() && !is_list(flag) && !is_toggle(flag))
      complain(name + " is given twice", caller_, command_);
    if (is_toggle(flag))
      values = {name};
    else if (equals != std::string::npos)
      values.push_back(word.substr(equals + 1));
    else if (rest_.empty() || rest_.front().starts_with("--"))
      complain(fmt::format("{} needs a value, {}", name, value_of(flag)), caller_, command_);
    else
      values.push_back(next());
    while (is_list(flag) && rest_.size() > positionals_to_come() && !is_dashed(rest_.front()))
      values.push_back(next());
  }

  std::size_t positionals_to_come() {
    return static_cast<std::size_t>(
        std::count_if(flags_.begin(), flags_.end(), [&](const Flag* flag) {
          return is_positional(*flag) && flag->must_be_given && given_[flag].empty();
        }));
  }

  const Flag& known_flag(const std::string& name) const {
    for (const Flag* flag : flags_)
      for (const std::string& each : names_of(*flag))
        if (each == name) return *flag;
    Arguments known = {"--help"};
    for (const Flag& flag : dashed(command_))
      for (const std::string& each : names_of(flag)) known.push_back(each);
    // Who began it right means what goes on like that, however long.
    const std::string begun = name.substr(0, name.size() - 1);
    const auto longer = std::find_if(known.begin(), known.end(), [&](const std::string& each) {
      return each.starts_with(begun);
    });
    throw InputError(fmt::format("not expected: {}, which is no flag of {}{}", name, command_.name,
                                 begun.size() > 3 && longer != known.end()
                                     ? fmt::format("; did you mean \"{}\"?", *longer)
                                     : did_you_mean(name, known)));
  }

  /// Whether it is one of flags that exclude each other.
  bool choose(const std::string& name) {
    for (const OneOf* choice : choices_)
      for (const OneOf::Option& option : choice->options) {
        if ("--" + option.name != name) continue;
        const std::string before = chosen_.try_emplace(choice, option.name).first->second;
        if (before != option.name)
          complain(fmt::format("--{} and {} exclude each other; give one of them", before, name),
                   caller_, command_);
        return true;
      }
    return false;
  }

  void demand_required() {
    for (const Flag* flag : flags_)
      if (flag->must_be_given && given_[flag].empty())
        complain(flag->name + " is required", caller_, command_);
    for (const OneOf* choice : choices_) {
      if (choice->pick == OneOf::Pick::at_most_one || chosen_.contains(choice)) continue;
      Arguments names;
      for (const OneOf::Option& option : choice->options) names.push_back("--" + option.name);
      complain(fmt::format("one of {} is required", listed(names)), caller_, command_);
    }
  }

  /// Complaints name what the user wrote.
  void put(const Flag& flag) {
    const std::string name = names_of(flag).front();
    if (GivenText* const* text = std::get_if<GivenText*>(&flag.into)) (*text)->by = name;
    Arguments& values = given_[&flag];
    const bool is_asked = values.empty() && !flag.variable.empty();
    if (is_asked)
      if (const auto value = caller_.environment(flag.variable)) values = {*value};
    if (values.empty()) return;
    try {
      std::visit(Put{flag, values, is_asked ? flag.variable : name}, flag.into);
    } catch (const InputError& error) {
      complain(error.what(), caller_, command_);
    }
  }

  const DeclaredCommand& command_;
  const Caller& caller_;
  std::vector<const Flag*> flags_;
  std::vector<const OneOf*> choices_;
  std::deque<std::string> rest_;  ///< what is still to be read
  std::map<const Flag*, Arguments> given_;
  std::map<const OneOf*, std::string> chosen_;
};

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
  const std::vector<std::string> words(values + std::min(count, 1), values + count);
  Said said;
  std::vector<DeclaredCommand> commands;
  for (const CommandRow& row : rows) commands.push_back(declared(row, said));
  print_if_asked(words, commands, caller);
  const DeclaredCommand& command = known_command(commands, words.empty() ? "" : words.front());
  demand_values(words, caller, command);
  WordReader(command, caller).read(words);
  demand_writable(command);
  return {command.action, said.loudness(), said.wish()};
}

}  // namespace fencepost
