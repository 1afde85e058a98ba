#include "sim/cli/options.hpp"

#include <charconv>

#include "sim/text/error.hpp"
#include "sim/text/files.hpp"
#include "sim/text/toml.hpp"

namespace fencepost {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kMostSeeds = 10'000'000;
constexpr Range kSeeds{1, kMostSeeds};
constexpr Range kJobs{1, 256};

/// fencepost.toml: what is done in this project when nothing else is said.
struct Settings {
  fs::path file;
  std::vector<std::string> protocols;  ///< names of bundled ones, or folders (relative to the file,
                                       ///< made absolute or relative to the working directory)
  bool as_expected = false;
  std::optional<int> seeds;
  std::optional<int> jobs;
  std::optional<fs::path> failures;    ///< folder for saved failures
  std::optional<fs::path> report_dir;  ///< folder for reports
  std::optional<Duration> time_budget;
};

std::string text_of(const fs::path& file) {
  std::optional<std::string> text = bytes_of(file);
  if (!text)
    throw InputError(fmt::format("{} can't be read; check its permissions", file.string()));
  return std::move(*text);
}

/// A folder is meant from where the file is, and shown from where the user is.
std::string from_folder(const fs::path& folder, const fs::path& base) {
  return folder.is_absolute() ? folder.string() : fencepost::from_here(base / folder);
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
      settings.protocols.push_back(is_folder(name, base) ? from_folder(name, base) : name);
  });
  with(toml, "as_expected",
       [&](const TomlNode& node) { settings.as_expected = boolean_in(node, "as_expected"); });
  with(toml, "seeds",
       [&](const TomlNode& node) { settings.seeds = integer_in(node, "seeds", kSeeds); });
  with(toml, "jobs",
       [&](const TomlNode& node) { settings.jobs = integer_in(node, "jobs", kJobs); });
  with(toml, "failures", [&](const TomlNode& node) {
    settings.failures = from_folder(text_in(node, "failures"), base);
  });
  with(toml, "report_dir", [&](const TomlNode& node) {
    settings.report_dir = from_folder(text_in(node, "report_dir"), base);
  });
  with(toml, "time_budget", [&](const TomlNode& node) {
    settings.time_budget = positive_duration_in(node, "time_budget");
  });
  return settings;
}

/// The fencepost.toml of this folder or the nearest one above it; nullopt if there is none.
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

Duration budget_from(const GivenText& given) {
  const auto budget = duration_from_text(given.text);
  if (!budget || *budget == 0us)
    throw InputError(fmt::format("{} is \"{}\", but must be a length of time such as 90s, 5m or 1h",
                                 given.by, given.text));
  return *budget;
}

}  // namespace

void add_postgres(Flags& flags, ClusterOptions& into) {
  flags.add("--postgres", &into.bin, "Folder of PostgreSQL's programs, or the one above")
      .value("DIR")
      .environment("FENCEPOST_POSTGRES");
}

void add_server(Flags& flags, ClusterOptions& into) {
  add_postgres(flags, into);
  flags.add("--keep", &into.keep, "Leave the server running, and say how to connect");
  flags.add("--patience", &into.limits.seconds, "The longest that a statement may compute")
      .in_seconds()
      .between(1, 86'400)
      .usually("30s");
  into.limits.stopped = interrupted;
}

void add_saved_run(Flags& flags, SavedRunFlags& into) {
  flags.add("FILE", &into.file, "A saved run").required();
  flags.add("--force", &into.force, "Although protocol or scenario have changed since");
}

void add_protocols(Flags& flags, WorkFlags& into) {
  flags.add("PROTOCOL", &into.protocols, "Folders, or bundled names")
      .usually("those of fencepost.toml");
  flags.add("--scenario", &into.scenarios, "Only this scenario; may be given again").value("NAME");
  add_jobs(flags, into);
}

void add_jobs(Flags& flags, WorkFlags& into) {
  flags.add("--jobs", &into.jobs, "Lanes, each with a server and a core")
      .between(1, 256)
      .usually("all cores")
      .environment("FENCEPOST_JOBS");
}

void add_failures(Flags& flags, WorkFlags& into) {
  flags.add("--failures", &into.failures, "Folder for saved failures")
      .value("DIR")
      .usually("fencepost-failures")
      .environment("FENCEPOST_FAILURES");
}

void add_report(Flags& flags, WorkFlags& into) {
  flags.add("--report-dir", &into.report_dir, "Write pages, JUnit, JSON and more there")
      .value("DIR")
      .environment("FENCEPOST_REPORT_DIR");
  flags.add("--json", &into.json, "JSON lines on stdout, and nothing else there");
}

void add_from(Flags& flags, std::optional<std::uint64_t>& into, std::string about) {
  flags.add("--from", &into, std::move(about)).between(1, 1'000'000'000'000);
}

SeedRange seeds_from(const GivenText& given) {
  const auto number = [&](std::string_view digits) {
    std::uint64_t value = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    if (error != std::errc{} || end != digits.data() + digits.size() || value == 0 ||
        value > 1'000'000'000'000)
      throw InputError(
          fmt::format("{} is \"{}\", but must be how many (100) or a range (5..9), from 1 on",
                      given.by, given.text));
    return value;
  };
  const std::size_t dots = given.text.find("..");
  const SeedRange range = dots == std::string::npos
                              ? SeedRange{1, number(given.text)}
                              : SeedRange{number(std::string_view(given.text).substr(0, dots)),
                                          number(std::string_view(given.text).substr(dots + 2))};
  if (range.first > range.last)
    throw InputError(fmt::format("{} is \"{}\", but a range must go upwards; write {}..{}",
                                 given.by, given.text, range.last, range.first));
  if (range.last - range.first >= kMostSeeds)
    throw InputError(fmt::format(
        "{} asks for {} histories of each scenario, but there may be at most {}; take a "
        "smaller range",
        given.by, range.last - range.first + 1, kMostSeeds));
  return range;
}

Plan plan_of(const WorkFlags& flags) {
  Plan plan;
  std::optional<SeedRange> seeds;
  if (!flags.seeds.text.empty()) seeds = seeds_from(flags.seeds);
  std::optional<Duration> time_budget;
  if (!flags.time_budget.text.empty()) time_budget = budget_from(flags.time_budget);
  plan.protocols = flags.protocols;
  plan.jobs = static_cast<int>(usable_cores().size());
  const std::optional<Settings> settings = nearest_settings(std::filesystem::current_path());
  if (settings) {
    if (settings->seeds) plan.seeds.last = static_cast<std::uint64_t>(*settings->seeds);
    plan.jobs = settings->jobs.value_or(plan.jobs);
    plan.output.failures = settings->failures.value_or(plan.output.failures);
    plan.output.report_dir = settings->report_dir;
    plan.time_budget = settings->time_budget;
    if (plan.protocols.empty()) {
      plan.protocols = settings->protocols;
      if (settings->as_expected) plan.expecting = Expecting::as_declared;
    }
  }
  if (plan.protocols.empty())
    throw InputError(
        settings ? fmt::format("{} lists no protocols; add protocols = [\"./folder\"], or name one",
                               settings->file.string())
                 : "no protocol is named, and there is no fencepost.toml here or above that lists "
                   "any; name a folder, such as ./my-queue, or a bundled one");
  plan.seeds = seeds.value_or(plan.seeds);
  plan.jobs = flags.jobs.value_or(plan.jobs);
  plan.output.failures = flags.failures.value_or(plan.output.failures);
  if (flags.report_dir) plan.output.report_dir = flags.report_dir;
  if (time_budget) plan.time_budget = time_budget;
  plan.output.json = flags.json;
  if (flags.as_expected) plan.expecting = Expecting::as_declared;
  return plan;
}

}  // namespace fencepost
