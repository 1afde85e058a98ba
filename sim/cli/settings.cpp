#include "sim/cli/settings.hpp"

#include <fstream>
#include <sstream>

#include "sim/text/error.hpp"
#include "sim/text/toml.hpp"

namespace fencepost {
namespace {

namespace fs = std::filesystem;

constexpr Range kSeeds{1, 1'000'000'000};
constexpr Range kJobs{1, 256};

std::string text_of(const fs::path& file) {
  std::ifstream stream(file);
  std::ostringstream text;
  text << stream.rdbuf();
  if (!stream)
    throw InputError(fmt::format("{} can't be read; check its permissions", file.string()));
  return text.str();
}

/// A folder is meant from where the file is, and shown from where the user is.
std::string from_here(const fs::path& folder, const fs::path& base) {
  if (folder.is_absolute()) return folder.string();
  const fs::path relative = fs::proximate(base / folder);
  return relative.begin() == relative.end() || *relative.begin() == ".." ? relative.string()
                                                                         : "./" + relative.string();
}

/// Anything else is a bundled name, which may have a group: corpus/B33-river, corpus/*.
bool is_folder(const std::string& name, const fs::path& base) {
  std::error_code none;
  return name.starts_with('.') || name.starts_with('/') ||
         (name.find('/') != std::string::npos && fs::is_directory(base / name, none));
}

Settings read(const fs::path& file) {
  Settings settings;
  settings.file = file;
  const TomlNode toml = toml_tree(text_of(file), file.string());
  only_keys(toml, "fencepost.toml",
            {"protocols", "as_expected", "seeds", "jobs", "failures", "report_dir", "time_budget"});
  const fs::path base = file.parent_path();
  with(toml, "protocols", [&](const TomlNode& node) {
    for (const std::string& name : texts_in(node, "protocols"))
      settings.protocols.push_back(is_folder(name, base) ? from_here(name, base) : name);
  });
  with(toml, "as_expected",
       [&](const TomlNode& node) { settings.as_expected = boolean_in(node, "as_expected"); });
  with(toml, "seeds",
       [&](const TomlNode& node) { settings.seeds = integer_in(node, "seeds", kSeeds); });
  with(toml, "jobs",
       [&](const TomlNode& node) { settings.jobs = integer_in(node, "jobs", kJobs); });
  with(toml, "failures", [&](const TomlNode& node) {
    settings.failures = from_here(text_in(node, "failures"), base);
  });
  with(toml, "report_dir", [&](const TomlNode& node) {
    settings.report_dir = from_here(text_in(node, "report_dir"), base);
  });
  with(toml, "time_budget", [&](const TomlNode& node) {
    settings.time_budget = positive_duration_in(node, "time_budget");
  });
  return settings;
}

}  // namespace

std::optional<Settings> nearest_settings(const fs::path& from) {
  for (fs::path folder = fs::absolute(from);; folder = folder.parent_path()) {
    std::error_code none;
    if (fs::is_regular_file(folder / "fencepost.toml", none)) {
      const fs::path file = folder / "fencepost.toml";
      return read(fs::proximate(file));
    }
    if (folder == folder.root_path()) return std::nullopt;
  }
}

}  // namespace fencepost
