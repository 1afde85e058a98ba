#include "sim/cli/help.hpp"

#include <fmt/ranges.h>

#include <algorithm>

#include "reports/escaped.hpp"

namespace fencepost {
namespace {

constexpr std::string_view kVersion = FENCEPOST_VERSION;

constexpr std::string_view kWhatItIs =
    "Checks real claim/fence SQL on a private PostgreSQL server in simulated time.";

constexpr std::pair<int, std::string_view> kStatuses[] = {
    {0, "holds"},
    {1, "violated"},
    {2, "wrong use or input"},
    {3, "no server or no room"},
    {4, "nothing proved"},
    {5, "a bug of fencepost"},
    {130, "stopped"},
};

/// Something to type, and what it is.
struct HelpRow {
  std::string typed;
  std::string about;
};

/// In two columns.
std::string table(const std::vector<HelpRow>& rows, std::size_t width) {
  std::size_t column = 0;
  for (const HelpRow& row : rows) column = std::max(column, characters_in(row.typed));
  std::string text;
  for (const HelpRow& row : rows)
    text += "  " + row.typed + std::string(column - characters_in(row.typed) + 2, ' ') +
            wrapped(row.about, width, column + 4, column + 4) + "\n";
  return text;
}

std::string typed(const Flag& flag) {
  if (flag.is_rest) return "-- " + flag.name + "…";
  if (is_positional(flag)) return flag.name + (is_list(flag) ? "…" : "");
  return fmt::format("{}{}", fmt::join(names_of(flag), ", "),
                     is_toggle(flag) ? "" : " " + value_of(flag));
}

std::vector<Flag> positionals(const Flags& flags) {
  std::vector<Flag> found;
  for (const auto& each : flags.all())
    if (const Flag* flag = std::get_if<Flag>(&each); flag != nullptr && is_positional(*flag))
      found.push_back(*flag);
  return found;
}

void add_dashed(const Flags& flags, std::vector<Flag>& into) {
  for (const auto& each : flags.all())
    if (const Flag* flag = std::get_if<Flag>(&each)) {
      if (!is_positional(*flag)) into.push_back(*flag);
    } else {
      for (const OneOf::Option& option : std::get<OneOf>(each).options) {
        Flag& one = into.emplace_back();
        one.name = "--" + option.name;
        one.about = option.about;
      }
    }
}

/// "check [PROTOCOL…] [FLAG…]": in brackets what may be left out.
std::string usage(const DeclaredCommand& command) {
  std::string text = command.name;
  for (const Flag& flag : positionals(command.flags))
    text += flag.must_be_given ? " " + typed(flag) : " [" + typed(flag) + "]";
  for (const auto& each : command.flags.all()) {
    const OneOf* choice = std::get_if<OneOf>(&each);
    if (choice != nullptr && choice->pick == OneOf::Pick::exactly_one) {
      std::string names;
      for (const OneOf::Option& option : choice->options)
        names += (names.empty() ? "--" : "|--") + option.name;
      text += " " + names;
    }
    const Flag* flag = std::get_if<Flag>(&each);
    if (flag != nullptr && flag->must_be_given && !is_positional(*flag)) text += " " + typed(*flag);
  }
  return text + " [FLAG…]";
}

std::string statuses(std::string_view between) {
  std::string text;
  for (const auto& [status, meaning] : kStatuses)
    text += fmt::format("{}{} {}", text.empty() ? "" : between, status, meaning);
  return text;
}

/// A text in which nothing is a command or a sign of roff.
std::string roff(std::string_view text) {
  std::string out = text.starts_with('.') || text.starts_with('\'') ? "\\&" : "";
  for (const char c : text)
    if (c == '\\' || c == '-')
      out += c == '\\' ? "\\e" : "\\-";
    else
      out += c;
  return out;
}

std::string roff_flag(const Flag& flag) {
  return fmt::format(
      ".TP\n.B {}\n{}{}.\n", roff(typed(flag)), roff(about_of(flag)),
      flag.variable.empty() ? "" : roff(fmt::format("; in the environment: {}", flag.variable)));
}

}  // namespace

bool is_list(const Flag& flag) {
  return std::holds_alternative<std::vector<std::string>*>(flag.into);
}
bool is_toggle(const Flag& flag) { return std::holds_alternative<bool*>(flag.into); }
bool is_positional(const Flag& flag) { return !flag.name.starts_with('-'); }

std::vector<std::string> names_of(const Flag& flag) {
  std::vector<std::string> names;
  for (std::size_t at = 0, comma = 0; comma != std::string::npos; at = comma + 1) {
    comma = flag.name.find(',', at);
    names.push_back(flag.name.substr(at, comma - at));
  }
  return names;
}

std::string value_of(const Flag& flag) {
  if (!flag.shown.empty()) return flag.shown;
  if (flag.unit == Unit::time) return "TIME";
  if (std::holds_alternative<std::optional<std::filesystem::path>*>(flag.into)) return "FILE";
  const bool is_text = std::holds_alternative<std::string*>(flag.into) ||
                       std::holds_alternative<GivenText*>(flag.into) || is_list(flag);
  return is_text ? "TEXT" : "N";
}

std::string about_of(const Flag& flag) {
  return flag.about + (flag.usual.empty() ? "" : fmt::format(" [{}]", flag.usual));
}

std::vector<Flag> dashed(const DeclaredCommand& command) {
  std::vector<Flag> all;
  add_dashed(command.flags, all);
  add_dashed(command.everywhere, all);
  return all;
}

std::vector<std::string> first_words(const std::vector<DeclaredCommand>& commands) {
  std::vector<std::string> words;
  for (const DeclaredCommand& each : commands) words.push_back(each.name);
  for (const char* own : {"help", "completions", "man-page"}) words.emplace_back(own);
  return words;
}

std::string version_line() { return fmt::format("fencepost {}\n", kVersion); }

std::string overview(const std::vector<DeclaredCommand>& commands, const Caller& caller) {
  std::vector<HelpRow> rows;
  for (const DeclaredCommand& each : commands) rows.push_back({each.name, each.about});
  rows.push_back({"help COMMAND", "Its flags; also completions SHELL (bash, zsh, fish), man-page"});
  return wrapped(kWhatItIs, caller.width, 0, 0) +
         fmt::format("\nUsage: {} COMMAND …\n", caller.program) + table(rows, caller.width) +
         "\n" + wrapped("Exit status: " + statuses(" · "), caller.width, 2, 0) + "\n";
}

std::string help_of(const DeclaredCommand& command, const Caller& caller) {
  std::vector<HelpRow> rows;
  std::vector<Flag> flags = positionals(command.flags);
  add_dashed(command.flags, flags);
  for (const Flag& flag : flags) rows.push_back({typed(flag), about_of(flag)});
  std::vector<Flag> everywhere;
  add_dashed(command.everywhere, everywhere);
  std::string also = "Everywhere: ";
  for (const Flag& flag : everywhere) also += typed(flag) + ", ";
  return wrapped(command.about + ".", caller.width, 0, 0) +
         "\n\nUsage: " + wrapped(caller.program + " " + usage(command), caller.width, 7, 7) + "\n" +
         table(rows, caller.width) + wrapped(also + "--help", caller.width, 2, 0) +
         fmt::format("\n\nExample: {} {}\n", caller.program, command.example);
}

std::string man_page(const std::vector<DeclaredCommand>& commands) {
  std::string text = fmt::format(
      ".TH FENCEPOST 1 \"\" \"fencepost {}\" \"User Commands\"\n.SH NAME\nfencepost \\- checks "
      "claim/fence SQL on a private PostgreSQL in simulated time\n.SH SYNOPSIS\n.B fencepost\n"
      ".I COMMAND\n[\\fIFLAG\\fR…]\n.SH DESCRIPTION\n{}\n",
      kVersion, roff(kWhatItIs));
  text += ".SH COMMANDS\n";
  for (const DeclaredCommand& each : commands) {
    text += fmt::format(".SS \"fencepost {}\"\n{}.\n", roff(usage(each)), roff(each.about));
    for (const Flag& flag : positionals(each.flags)) text += roff_flag(flag);
    std::vector<Flag> flags;
    add_dashed(each.flags, flags);
    for (const Flag& flag : flags) text += roff_flag(flag);
    text += fmt::format(".P\nExample:\n.B fencepost {}\n", roff(each.example));
  }
  text += ".SH FLAGS OF EVERY COMMAND\n";
  std::vector<Flag> everywhere;
  if (!commands.empty()) add_dashed(commands.front().everywhere, everywhere);
  for (const Flag& flag : everywhere) text += roff_flag(flag);
  text += ".SH EXIT STATUS\n";
  for (const auto& [status, meaning] : kStatuses)
    text += fmt::format(".TP\n.B {}\n{}\n", status, roff(meaning));
  return text +
         ".SH SEE ALSO\n.BR fencepost \" help \"\\fICOMMAND\\fR, and the pages in "
         "/usr/share/doc/fencepost.\n";
}

}  // namespace fencepost
