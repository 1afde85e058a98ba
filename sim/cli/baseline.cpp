#include "sim/cli/baseline.hpp"

#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <set>

#include "model/properties/property.hpp"
#include "sim/text/error.hpp"
#include "sim/text/files.hpp"
#include "sim/text/toml.hpp"
#include "sim/text/words.hpp"

namespace fencepost {
namespace {

/// A property's name, or one with a part; parts may be the protocol's own.
std::string known_name(const TomlNode& node) {
  std::vector<std::string> known;
  for (const Property& each : properties()) known.emplace_back(each.name);
  const std::string name = text_in(node, "a name in [known]");
  const std::string property = name.substr(0, name.find('.'));
  if (std::find(known.begin(), known.end(), property) == known.end())
    node.fail(fmt::format("[known] names the property {}, which there is not{}", in_quotes(name),
                          did_you_mean(property, known)));
  return name;
}

}  // namespace

void read_baseline(const std::filesystem::path& file, std::vector<Subject>& subjects) {
  const TomlNode toml = toml_tree(read_text_file(file, "a baseline"), file.string());
  only_keys(toml, "a baseline", {"known"});
  const TomlNode& table =
      table_in(needed(toml, "a baseline", "known", "[known] with my-queue = [\"…\"]"), "[known]");
  for (const TomlEntry& entry : table.entries) {
    std::vector<std::string> names;
    for (const TomlNode& node : array_in(entry.value, entry.key + " in [known]").items)
      names.push_back(known_name(node));
    for (Subject& subject : subjects)
      if (subject.protocol.protocol.name == entry.key) subject.known = names;
  }
}

void write_baseline(const std::filesystem::path& file, const std::vector<Subject>& subjects,
                    const std::vector<SubjectResult>& results) {
  std::string text =
      "# What is known to be violated for now: \"check --baseline\" fails only for what is not "
      "here.\n"
      "# Written by \"check --write-baseline\"; take a name out once its bug is mended.\n[known]\n";
  std::map<std::string, std::set<std::string>> violated;  // two folders may have one name
  for (std::size_t i = 0; i < subjects.size(); ++i) {
    std::set<std::string>& own = violated[subjects[i].protocol.protocol.name];
    own.insert(subjects[i].fail_again.begin(), subjects[i].fail_again.end());
    for (const auto& [name, find] : all_found(results[i].tallies)) own.insert(name);
  }
  for (const auto& [protocol, names] : violated)
    text += fmt::format("\"{}\" = [{}{}{}]\n", protocol, names.empty() ? "" : "\"",
                        fmt::join(names, "\", \""), names.empty() ? "" : "\"");
  write_text_file(file, text, "the baseline");
}

}  // namespace fencepost
