#include "sim/cli/options.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <charconv>

#include "sim/text/error.hpp"
#include "sim/text/words.hpp"

namespace fencepost {
namespace {

constexpr std::string_view kVersion = "0.1.0";

/// "100" is 1..100; "5..9" is itself.
SeedRange seeds_from(const std::string& text) {
  const auto number = [&](std::string_view digits) {
    std::uint64_t value = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    if (error != std::errc{} || end != digits.data() + digits.size() || value == 0 ||
        value > 1'000'000'000'000)
      throw InputError(fmt::format(
          "--seeds is \"{}\", but must be how many (100) or a range (5..9), from 1 on", text));
    return value;
  };
  const std::size_t dots = text.find("..");
  if (dots == std::string::npos) return {1, number(text)};
  const SeedRange range{number(std::string_view(text).substr(0, dots)),
                        number(std::string_view(text).substr(dots + 2))};
  if (range.first > range.last)
    throw InputError(fmt::format("--seeds is \"{}\", but a range must go upwards; write {}..{}",
                                 text, range.last, range.first));
  return range;
}

Duration budget_from(const std::string& text) {
  const auto budget = duration_from_text(text);
  if (!budget || *budget == 0us)
    throw InputError(fmt::format(
        "--time-budget is \"{}\", but must be a length of time such as 90s, 5m or 1h", text));
  return *budget;
}

class CommandLine {
 public:
  explicit CommandLine(const std::string& program)
      : app_(
            "Runs real claim/fence SQL on a private PostgreSQL server in simulated time, and "
            "proves or refutes that a job never has two owners and never goes backwards.",
            program) {
    app_.require_subcommand(1);
    app_.set_version_flag("--version", "fencepost " + std::string(kVersion));
    app_.footer(
        "Exit status: 0 holds, 1 violated, 2 wrong use or input, 3 no server or no room, 4 nothing "
        "proved, 5 a bug of fencepost.");
    add_check();
    add_run();
    add_replay();
    add_shrink();
    add_export();
    add_list();
    add_doctor();
    add_report();
    add_fuzz();
    add_measure();
  }

  Options read(int count, const char* const* values) {
    check_command(count > 1 ? values[1] : "");
    try {
      app_.parse(count, values);
    } catch (const CLI::CallForHelp&) {
      throw Printed{help()};
    } catch (const CLI::CallForAllHelp&) {
      throw Printed{app_.help("", CLI::AppFormatMode::All)};
    } catch (const CLI::CallForVersion&) {
      throw Printed{"fencepost " + std::string(kVersion) + "\n"};
    } catch (const CLI::ParseError& error) {
      throw InputError(fmt::format("{}; \"{} --help\" tells what there is", one_line(error.what()),
                                   whose_help()));
    }
    options_.command = app_.get_subcommands().front()->get_name();
    if (!seeds_.empty()) options_.seeds = seeds_from(seeds_);
    if (!scenario_.empty()) options_.names = {protocol_, scenario_};
    if (!budget_.empty()) options_.time_budget = budget_from(budget_);
    return options_;
  }

 private:
  /// CLI11 would only say that a command is missing.
  void check_command(const std::string& first) const {
    if (first.starts_with('-')) return;
    std::vector<std::string> known;
    for (const CLI::App* each : app_.get_subcommands([](const CLI::App*) { return true; }))
      known.push_back(each->get_name());
    if (std::find(known.begin(), known.end(), first) != known.end()) return;
    const std::string found =
        first.empty() ? "no command is named" : "there is no command " + in_quotes(first);
    throw InputError(fmt::format("{}; known are {}{}", found, listed(known),
                                 first.empty() ? "" : did_you_mean(first, known)));
  }
  static std::string one_line(std::string text) {
    for (char& c : text)
      if (static_cast<unsigned char>(c) < 0x20) c = ' ';
    while (!text.empty() && (text.back() == ' ' || text.back() == '.')) text.pop_back();
    return text;
  }
  std::string whose_help() const {
    const auto parsed = app_.get_subcommands();
    return app_.get_name() + (parsed.empty() ? "" : " " + parsed.front()->get_name());
  }
  std::string help() const {
    const auto parsed = app_.get_subcommands();
    return parsed.empty() ? app_.help() : parsed.front()->help(app_.get_name());
  }

  CLI::App& command(const std::string& name, const std::string& about) {
    return *app_.add_subcommand(name, about);
  }
  void add_server(CLI::App& app) {
    app.add_option("--postgres", options_.bin, "Folder of the PostgreSQL programs to use")
        ->envname("FENCEPOST_POSTGRES");
    app.add_flag("--keep", options_.keep, "Leave the server running, and print how to connect");
  }
  void add_protocol_and_scenario(CLI::App& app) {
    app.add_option("PROTOCOL", protocol_, "A bundled name or a folder")->required();
    app.add_option("SCENARIO", scenario_, "A name or a file")->required();
  }
  void add_file(CLI::App& app) {
    app.add_option("FILE", options_.names, "A saved run")->expected(1)->required();
    app.add_flag("--force", options_.force,
                 "Try it although the protocol or scenario has changed since");
  }

  void add_protocols(CLI::App& app) {
    app.add_option("PROTOCOL", options_.names,
                   "Bundled names or folders; without: those of the nearest fencepost.toml");
    app.add_option("--scenario", options_.scenarios, "Only this scenario; may be given again");
    app.add_option("--jobs", options_.jobs,
                   "How many lanes, each with a server and a core of its own")
        ->check(CLI::Range(1, 256))
        ->envname("FENCEPOST_JOBS");
  }
  void add_from(CLI::App& app, const std::string& about) {
    app.add_option("--from", options_.from, about)
        ->check(CLI::Range(std::uint64_t{1}, std::uint64_t{1'000'000'000'000}));
  }

  void add_check() {
    CLI::App& app = command(
        "check",
        "The gate: a fixed range of seeds over all scenarios; same work, same verdict, every time");
    add_protocols(app);
    app.add_option("--seeds", seeds_,
                   "How many seeds for each scenario, or a range such as 5..9; without: 100")
        ->envname("FENCEPOST_SEEDS");
    app.add_flag("--as-expected", options_.as_expected,
                 "Exactly what [expect] declares must be violated");
    app.add_option("--failures", options_.failures, "Folder for saved failures")
        ->envname("FENCEPOST_FAILURES");
    app.add_option("--report-dir", options_.report_dir,
                   "Write index.html, a page for each failure, junit.xml, results.jsonl, "
                   "summary.md and results.json into this folder")
        ->envname("FENCEPOST_REPORT_DIR");
    app.add_flag("--json", options_.json, "JSON lines on stdout, and nothing else there");
    app.add_option("--time-budget", budget_,
                   "Begin no more histories after this time (5m), and say how many were run")
        ->envname("FENCEPOST_TIME_BUDGET");
    add_server(app);
  }
  void add_run() {
    CLI::App& app = command("run", "One history: its trace, and its digest in the last line");
    add_protocol_and_scenario(app);
    app.add_option("--seed", options_.seed, "Which history")->required();
    app.add_option("--repeat", options_.repeat, "Run it so often, and demand one digest")
        ->check(CLI::Range(1, 1'000'000'000));
    app.add_option("--save", options_.save, "Write the run to this file, for replay and shrink");
    add_server(app);
  }
  void add_replay() {
    CLI::App& app = command("replay", "A saved run again: the same history");
    add_file(app);
    app.add_flag("--step", options_.step, "One step at a time, with the SQL");
    app.add_flag("--columns,--table", options_.columns, "A column for each worker and the server");
    app.add_option("--html", options_.html, "Write the failure as one page to this file");
    app.add_option("--svg", options_.svg, "Write the failure as a picture to this file");
    add_server(app);
  }
  void add_shrink() {
    CLI::App& app = command("shrink", "The smallest run that still fails alike");
    add_file(app);
    app.add_option("--out", options_.save, "Write it here instead of over FILE");
    add_server(app);
  }
  void add_export() {
    CLI::App& app = command(
        "export", "A saved run as a script that needs nothing of fencepost, for any PostgreSQL");
    add_file(app);
    CLI::Option_group& form = *app.add_option_group("form", "For which program");
    form.add_flag("--spec", options_.spec, "For isolationtester, PostgreSQL's own");
    form.add_flag("--sql", options_.sql, "For psql");
    form.require_option(1);
    app.add_option("--out", options_.save, "Write it to this file instead of stdout");
    add_server(app);
  }
  void add_list() {
    CLI::App& app =
        command("list", "What there is: protocols, scenarios, properties, situations, faults");
    app.add_option("WHAT", options_.names, "Only these");
    CLI::App& explain =
        command("explain", "What a property, situation, fault, scenario or protocol means");
    explain.add_option("NAME", options_.names, "Its name")->expected(1)->required();
  }
  void add_doctor() {
    CLI::App& app = command("doctor",
                            "What this machine can do, and whether it is deterministic; with a "
                            "protocol, what it shows of its jobs");
    app.add_option("PROTOCOL", options_.names, "A bundled name or a folder");
    app.add_flag("--thorough", options_.thorough,
                 "200 runs of one seed of every scenario must have one digest; takes minutes");
    add_server(app);
  }

  void add_fuzz() {
    CLI::App& app = command(
        "fuzz", "Looks for more with new seeds; what it finds, check replays first from then on");
    add_protocols(app);
    app.add_option("--time", options_.time, "For how long, such as 60s or 5m")
        ->transform(
            CLI::AsNumberWithUnit(std::map<std::string, int>{{"s", 1}, {"m", 60}, {"h", 3600}},
                                  CLI::AsNumberWithUnit::CASE_SENSITIVE, "TIME"))
        ->check(CLI::Range(1, 1'000'000));
    add_from(app, "The first seed; without: the first that check does not use");
    app.add_flag("--as-expected", options_.as_expected, "What [expect] declares is no failure");
    app.add_option("--failures", options_.failures, "Folder for saved failures")
        ->envname("FENCEPOST_FAILURES");
    add_server(app);
  }
  void add_measure() {
    CLI::App& app = command("measure",
                            "How many histories each strategy takes until it finds what [expect] "
                            "declares, as a table");
    add_protocols(app);
    app.add_option("--trials", options_.trials, "How often it is searched for")
        ->check(CLI::Range(1, 1'000'000));
    app.add_option("--most", options_.most, "Histories in a trial")
        ->check(CLI::Range(1, 1'000'000));
    add_from(app, "The first seed");
    app.add_flag("--all", options_.all, "Everything under [expect], not only what is listed first");
    app.add_flag("--lengths", options_.lengths, "Also how long the minimised stories are");
    add_server(app);
  }

  void add_report() {
    CLI::App& app = command("report",
                            "Saved failures and result files as text, pages or files for CI; "
                            "needs no server");
    app.add_option("FILE", options_.names, "Saved failures, or results.json of check --report-dir")
        ->required();
    CLI::Option_group& formats = *app.add_option_group("format");
    const auto add = [&](const char* format, const char* about) {
      formats.add_flag_callback(
          std::string("--") + format, [this, format] { options_.format = format; }, about);
    };
    add("text", "As check prints it (the default)");
    add("html", "A page");
    add("svg", "A picture of one failure");
    add("junit", "JUnit XML");
    add("markdown", "A summary in Markdown");
    add("json", "JSON lines");
    formats.require_option(0, 1);
    app.add_option("--out", options_.save,
                   "Write into this folder: the format that is named, else all of them");
  }

  CLI::App app_;
  Options options_;
  std::string seeds_;
  std::string protocol_;
  std::string scenario_;
  std::string budget_;
};

}  // namespace

Options read_options(int count, const char* const* values, const std::string& program) {
  return CommandLine(program).read(count, values);
}

}  // namespace fencepost
