#include "sim/input/gallery.hpp"

#include <algorithm>
#include <set>

#include "sim/input/boundaries.hpp"
#include "sim/text/error.hpp"
#include "sim/text/words.hpp"

namespace fencepost {
namespace {

namespace fs = std::filesystem;

std::vector<std::string> sorted(std::vector<std::string> names) {
  std::sort(names.begin(), names.end());
  return names;
}

bool has_protocol(const fs::path& folder) {
  std::error_code none;
  return fs::exists(folder / "protocol.toml", none);
}

bool looks_like_path(const std::string& wanted) {
  return wanted.find('/') != std::string::npos || wanted == "." || wanted == "..";
}

NamedScenario read_named(const fs::path& file, const std::string& given) {
  NamedScenario named{read_scenario(file), given};
  check_names(named.scenario);
  return named;
}

/// A scenario that was written for this protocol: whatever it aims at must be there.
NamedScenario well_aimed(NamedScenario named, const Protocol& protocol) {
  const Boundaries places(protocol);
  for (const FaultRule& rule : named.scenario.faults)
    for (const std::string& aim : rule.at)
      if (const std::string why = places.why_never(rule, aim); !why.empty())
        throw InputError(fmt::format("{}:{}: [faults.{}] aims at {}, {}",
                                     named.scenario.file.string(), rule.at_line, to_text(rule.kind),
                                     aim, why));
  return named;
}

/// A bundled scenario names the operations of the bundled protocols. Where a protocol has none of
/// them, its faults strike anywhere.
NamedScenario aimed_anywhere(NamedScenario named, const Protocol& protocol) {
  const Boundaries places(protocol);
  auto& faults = named.scenario.faults;
  const bool none = std::none_of(faults.begin(), faults.end(),
                                 [&](const FaultRule& rule) { return places.strikes(rule); });
  named.aims_elsewhere = none && !faults.empty() && !places.empty();
  if (named.aims_elsewhere)
    for (FaultRule& rule : faults) rule.at.clear();
  return named;
}

}  // namespace

Gallery::Gallery(fs::path data)
    : scenarios_(data / "scenarios"), protocols_(data / "scenarios" / "protocols") {
  std::error_code none;
  if (!fs::is_directory(protocols_, none))
    throw EnvironmentError(
        fmt::format("the bundled protocols are not in {}; install fencepost again, or set "
                    "FENCEPOST_DATA to the folder that holds its scenarios",
                    protocols_.string()));
}

// One level of folders below, such as corpus/, groups protocols.
std::vector<std::string> Gallery::protocol_names() const {
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(protocols_)) {
    const std::string name = entry.path().filename().string();
    if (has_protocol(entry.path())) names.push_back(name);
    if (!entry.is_directory() || has_protocol(entry.path())) continue;
    for (const auto& inner : fs::directory_iterator(entry.path()))
      if (has_protocol(inner.path()))
        names.push_back(name + "/" + inner.path().filename().string());
  }
  return sorted(names);
}

std::vector<std::string> Gallery::matching(const std::string& wanted) const {
  if (wanted.find('*') == std::string::npos) return {wanted};
  std::vector<std::string> found;
  for (const std::string& name : protocol_names())
    if (glob_matches(wanted, name)) found.push_back(name);
  if (found.empty())
    throw InputError(fmt::format("{} matches no bundled protocol; there are {}", in_quotes(wanted),
                                 listed(protocol_names())));
  return found;
}

/// The bundled protocol of that name, with or without its group; empty when there is none.
fs::path Gallery::bundled(const std::string& wanted) const {
  if (has_protocol(protocols_ / wanted)) return protocols_ / wanted;
  if (looks_like_path(wanted)) return {};
  for (const std::string& name : protocol_names())
    if (name.ends_with("/" + wanted)) return protocols_ / name;
  return {};
}

std::vector<std::string> Gallery::scenario_names() const {
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(scenarios_))
    if (entry.path().extension() == ".toml") names.push_back(entry.path().stem().string());
  return sorted(names);
}

NamedProtocol Gallery::protocol(const std::string& wanted) const {
  const bool own = looks_like_path(wanted) && has_protocol(wanted);
  const fs::path ours = own ? fs::path() : bundled(wanted);
  if (ours.empty() && !has_protocol(wanted)) {
    std::error_code error;
    const fs::file_type type = fs::status(wanted, error).type();
    if (type == fs::file_type::directory &&
        fs::status(fs::path(wanted) / "protocol.toml", error).type() == fs::file_type::none)
      throw InputError(fmt::format("{} can't be looked into ({}); make it readable",
                                   (fs::path(wanted) / "protocol.toml").string(), error.message()));
    if (type == fs::file_type::directory)
      throw InputError(
          fmt::format("{} holds no protocol.toml; name a protocol's folder, or a "
                      "bundled protocol (list shows them)",
                      in_quotes(wanted)));
    if (type != fs::file_type::not_found && type != fs::file_type::none)
      throw InputError(
          fmt::format("{} is a file; name the folder that holds it", in_quotes(wanted)));
    if (looks_like_path(wanted))
      throw InputError(
          fmt::format("{} can't be read ({}); name a protocol's folder, or a bundled "
                      "protocol (list shows them)",
                      in_quotes(wanted), error ? error.message() : "No such file or directory"));
    throw InputError(
        fmt::format("there is no protocol {}{}; a folder of your own is named by its path, such as "
                    "./{}; \"list protocols\" names those that are bundled",
                    in_quotes(wanted), did_you_mean(wanted, protocol_names()), wanted));
  }
  NamedProtocol named{read_protocol(ours.empty() ? fs::path(wanted) : ours),
                      ours.empty() ? wanted : ""};
  check_names(named.protocol);
  check_scenarios(named.protocol);
  return named;
}

void Gallery::check_scenarios(const Protocol& protocol) const {
  const std::vector<std::string> names = scenario_names();
  const auto known = [&](std::string_view table, const std::string& name, int line) {
    if (std::find(names.begin(), names.end(), name) == names.end())
      throw InputError(
          fmt::format("{}:{}: {} names the scenario {}, which is not bundled; known are {}{}",
                      (protocol.folder / "protocol.toml").string(), line, table, in_quotes(name),
                      listed(names), did_you_mean(name, names)));
  };
  for (const std::string& name : protocol.checked_under.value_or(std::vector<std::string>()))
    known("[check]", name, protocol.checked_under_line);
  for (const auto& [name, open] : protocol.left_open) known("[check.open]", name, open.line);
}

std::vector<NamedScenario> Gallery::bundled_scenarios(const NamedProtocol& protocol) const {
  std::vector<NamedScenario> all;
  for (const std::string& name : scenario_names())
    all.push_back(aimed_anywhere(read_named(scenarios_ / (name + ".toml"), ""), protocol.protocol));
  return all;
}

std::vector<NamedScenario> Gallery::scenarios(const NamedProtocol& protocol) const {
  std::vector<NamedScenario> all = bundled_scenarios(protocol);
  for (const fs::path& file : protocol.protocol.scenarios) {
    NamedScenario own = well_aimed(read_named(file, protocol.folder.empty() ? "" : file.string()),
                                   protocol.protocol);
    std::erase_if(
        all, [&](const NamedScenario& other) { return other.scenario.name == own.scenario.name; });
    all.push_back(std::move(own));
  }
  return all;
}

NamedScenario Gallery::scenario(const std::string& wanted, const NamedProtocol& protocol) const {
  std::error_code none;
  if (wanted.ends_with(".toml") && fs::status(wanted, none).type() != fs::file_type::not_found)
    return well_aimed(read_named(wanted, wanted), protocol.protocol);
  std::vector<std::string> names;
  for (NamedScenario& each : scenarios(protocol)) {
    if (each.scenario.name == wanted) return std::move(each);
    names.push_back(each.scenario.name);
  }
  throw InputError(
      fmt::format("there is no scenario {}{}; a file of your own is named by its path, such as "
                  "./mine.toml; known are {}",
                  in_quotes(wanted), did_you_mean(wanted, names), listed(names)));
}

}  // namespace fencepost
