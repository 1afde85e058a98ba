// Completions: a function of bash, zsh or fish that knows every command and flag.
#include <fmt/ranges.h>

#include "sim/cli/help.hpp"
#include "sim/text/error.hpp"
#include "sim/text/words.hpp"

namespace fencepost {
namespace {

/// As a word of bash or fish between single quotes.
std::string single_quoted(std::string_view text) {
  std::string out = "'";
  for (const char c : text) out += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return out + "'";
}

std::string bash(const std::vector<DeclaredCommand>& commands) {
  std::string cases;
  for (const DeclaredCommand& each : commands) {
    std::vector<std::string> flags;
    for (const Flag& flag : dashed(each))
      for (const std::string& name : names_of(flag)) flags.push_back(name);
    cases += fmt::format("    {}) words='{}' ;;\n", each.name, fmt::join(flags, " "));
  }
  return fmt::format(
      "# fencepost's completions for bash\n"
      "_fencepost() {{\n"
      "  local word=${{COMP_WORDS[COMP_CWORD]}} words=\n"
      "  if ((COMP_CWORD == 1)); then\n"
      "    COMPREPLY=($(compgen -W '{0} --help --version' -- \"$word\"))\n"
      "    return\n"
      "  fi\n"
      "  case ${{COMP_WORDS[1]}} in\n{1}"
      "    help) words='{0}' ;;\n"
      "    completions) words='bash zsh fish' ;;\n"
      "  esac\n"
      "  COMPREPLY=($(compgen -W \"$words\" -- \"$word\"))\n"
      "  [[ $word == -* ]] || COMPREPLY+=($(compgen -f -- \"$word\"))\n"
      "}}\n"
      "complete -o filenames -F _fencepost fencepost\n",
      fmt::join(first_words(commands), " "), cases);
}

/// As zsh's _arguments and _describe take it: colons and brackets mean something there.
std::string zsh_text(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == ':' || c == '[' || c == ']' || c == '\\') out += '\\';
    out += c;
  }
  return out;
}

std::string zsh(const std::vector<DeclaredCommand>& commands) {
  std::string named, cases;
  for (const DeclaredCommand& each : commands) {
    named += fmt::format("    {}\n", single_quoted(each.name + ":" + zsh_text(each.about)));
    cases += fmt::format("    {})\n      _arguments", each.name);
    for (const Flag& flag : dashed(each))
      for (const std::string& name : names_of(flag))
        cases +=
            fmt::format(" \\\n        {}",
                        single_quoted(fmt::format(
                            "{}{}[{}]{}", is_list(flag) ? "*" : "", name, zsh_text(about_of(flag)),
                            is_toggle(flag) ? "" : ":" + value_of(flag) + ":_files")));
    cases += " \\\n        '*:file:_files' ;;\n";
  }
  return fmt::format(
      "#compdef fencepost\n"
      "# fencepost's completions for zsh\n"
      "_fencepost() {{\n"
      "  local -a named=(\n{0}"
      "    'help:The flags of a command'\n"
      "    'completions:For bash, zsh or fish'\n"
      "    'man-page:The manual'\n"
      "  )\n"
      "  if ((CURRENT == 2)); then\n"
      "    _describe command named\n"
      "    return\n"
      "  fi\n"
      "  local command=${{words[2]}}\n"
      "  shift words\n"
      "  ((CURRENT--))\n"
      "  case $command in\n{1}"
      "    help) _describe command named ;;\n"
      "    completions) _values shell bash zsh fish ;;\n"
      "  esac\n"
      "}}\n"
      "if [ \"$funcstack[1]\" = _fencepost ]; then _fencepost; else compdef _fencepost fencepost; "
      "fi\n",
      named, cases);
}

std::string fish(const std::vector<DeclaredCommand>& commands) {
  const std::vector<std::string> names = first_words(commands);
  std::string text = "# fencepost's completions for fish\n";
  for (const DeclaredCommand& each : commands)
    text += fmt::format("complete -c fencepost -n __fish_use_subcommand -f -a {} -d {}\n",
                        each.name, single_quoted(each.about));
  text += fmt::format(
      "complete -c fencepost -n __fish_use_subcommand -f -a 'help completions man-page'\n"
      "complete -c fencepost -n '__fish_seen_subcommand_from help' -f -a '{}'\n"
      "complete -c fencepost -n '__fish_seen_subcommand_from completions' -f -a 'bash zsh fish'\n",
      fmt::join(names, " "));
  for (const DeclaredCommand& each : commands)
    for (const Flag& flag : dashed(each))
      for (const std::string& name : names_of(flag))
        text += fmt::format(
            "complete -c fencepost -n '__fish_seen_subcommand_from {}' -l {}{} -d {}\n", each.name,
            name.substr(2), is_toggle(flag) ? "" : " -r", single_quoted(about_of(flag)));
  return text;
}

}  // namespace

std::string completions(const std::string& shell, const std::vector<DeclaredCommand>& commands) {
  if (shell == "bash") return bash(commands);
  if (shell == "zsh") return zsh(commands);
  if (shell == "fish") return fish(commands);
  throw InputError(
      fmt::format("there are no completions for {}; name bash, zsh or fish", in_quotes(shell)));
}

}  // namespace fencepost
