// What the commands and their flags are, told: on a terminal, as a man page, and for the shells
// that complete what is typed. All of it is made from the one table that the command line is read
// with.
#pragma once

#include <string>
#include <vector>

#include "sim/cli/command_line.hpp"

namespace fencepost {

/// A command as it was declared.
struct DeclaredCommand {
  std::string name;
  std::string about;
  std::string example;
  Flags flags;
  Flags everywhere;  ///< the flags that every command has
  Action action;
};

/// Whether it stands without dashes.
bool is_positional(const Flag& flag);
/// Whether it takes no value.
bool is_toggle(const Flag& flag);
/// Whether it may be given again, each time with a value.
bool is_list(const Flag& flag);
/// All of a flag's names, such as --columns and --table.
std::vector<std::string> names_of(const Flag& flag);
/// How help writes its value: "DIR".
std::string value_of(const Flag& flag);
/// What it is, and in brackets what holds where it is not given.
std::string about_of(const Flag& flag);
/// Everything with dashes that a command takes, in the order of its help: those that exclude each
/// other one by one, and at last what every command takes.
std::vector<Flag> dashed(const DeclaredCommand& command);
/// What completions and help name first: the commands, and help, completions and man-page.
std::vector<std::string> first_words(const std::vector<DeclaredCommand>& commands);

/// The version, in a line.
std::string version_line();
/// All commands on one screen.
std::string overview(const std::vector<DeclaredCommand>& commands, const Caller& caller);
/// One command with its flags, what holds without them, and an example, on one screen.
std::string help_of(const DeclaredCommand& command, const Caller& caller);
/// The man page fencepost(1), for `man`.
std::string man_page(const std::vector<DeclaredCommand>& commands);
/// What a shell needs to complete commands and flags. Throws InputError for any other than bash,
/// zsh and fish.
std::string completions(const std::string& shell, const std::vector<DeclaredCommand>& commands);

}  // namespace fencepost
