#include "tests/bench/figures.hpp"

#include <fmt/format.h>

#include "tests/bench/peers.hpp"

namespace fencepost {
namespace {

const std::filesystem::path kSource = FENCEPOST_SOURCE_DIR;

/// The middle of what a peer takes for one of `units`; nullopt: it is not installed.
template <typename Run>
std::optional<double> peer_median(int repeats, const Run& run) {
  std::vector<double> all;
  for (int turn = 0; turn < repeats; ++turn) {
    const std::optional<double> once = run();
    if (!once) return std::nullopt;
    all.push_back(*once);
  }
  return median(all);
}

double count_of(const std::string& text, const std::string& word) {
  double count = 0;
  for (auto at = text.find(word); at != text.npos; at = text.find(word, at + 1)) ++count;
  return count;
}

/// Two lanes at once, a core each where there are two: three claims a second of CPU time of both.
double two_lanes(const Bench& bench, const std::filesystem::path& program,
                 const BenchRound& round) {
  LaneProcess one(program, bench.cores.front()), two(program, bench.cores.back());
  std::vector<double> rates;
  for (int turn = 0; turn <= 5; ++turn) {
    one.ask(round);
    two.ask(round);
    const Figures first = one.answer(), second = two.answer();
    if (turn > 0) rates.push_back(1e9 / per_history(first) + 1e9 / per_history(second));
  }
  return median(rates);
}

}  // namespace

void print_head(const std::string& title, const std::vector<std::string>& columns) {
  fmt::print("\n{}\n\n", title);
  print_row(columns);
  print_row(std::vector<std::string>(columns.size(), "---"));
}

void print_row(const std::vector<std::string>& cells) {
  for (const std::string& text : cells) fmt::print("| {} ", text);
  fmt::print("|\n");
  std::fflush(stdout);
}

std::string cell(double number) {
  return fmt::format("{:.{}f}", number, number < 10 ? 2 : number < 100 ? 1 : 0);
}

std::string times(const Bench& bench, double ratio) {
  return bench.before ? fmt::format("{:.2f}", ratio) : "";
}

std::filesystem::path bundled(const std::string& protocol) {
  return kSource / "scenarios" / "protocols" / protocol;
}
std::filesystem::path scenario_file(const std::string& name) {
  return kSource / "scenarios" / (name + ".toml");
}
std::filesystem::path own(const std::string& protocol) {
  return kSource / "tests" / "bench" / protocol;
}

double per_statement(const Figures& figures) {
  const auto& numbers = figures.numbers;
  return (numbers.at("own") + numbers.at("server")) / numbers.at("statements");
}
double per_history(const Figures& figures) {
  const auto& numbers = figures.numbers;
  return (numbers.at("own") + numbers.at("server")) / numbers.at("histories");
}

void print_lanes(const Bench& bench) {
  print_head("A lane: CPU time of a statement, 20 histories a round",
             {"protocol", "scenario", "statements", "commits", "before, µs", "now, µs",
              "of it server, µs", "times less", "digest of all histories", "before"});
  Turns turns = bench.turns();
  for (const char* protocol : {"hardened", "kukuri-fenced", "corpus/B33-river-fixed"})
    for (const char* scenario : {"quiet-day", "stall-past-lease", "everything-at-once"}) {
      const Compared found = turns.measure(
          {What::histories, bundled(protocol), scenario_file(scenario), 20}, per_statement);
      const Figures& now = found.now_figures;
      print_row({protocol, scenario, cell(now.numbers.at("statements") / 20),
                 cell(now.numbers.at("commits") / 20), cell(found.before / 1e3),
                 cell(found.now / 1e3),
                 cell(now.numbers.at("server") / now.numbers.at("statements") / 1e3),
                 times(bench, found.ratio), now.digest,
                 !bench.before                               ? ""
                 : found.before_figures.digest == now.digest ? "the same"
                                                             : found.before_figures.digest});
    }
}

void print_claims(const Bench& bench) {
  print_head("Three claims in transactions: histories a second of CPU time",
             {"", "a second", "over isolationtester"});
  const BenchRound round{What::histories, own("claims"), own("claims") / "scenario.toml", 100};
  Turns turns = bench.turns();
  const Compared one = turns.measure(round, per_history);
  const double two_now = two_lanes(bench, bench.now, round);
  const double two_before = bench.before ? two_lanes(bench, *bench.before, round) : 0;

  Peers peers(own("claims"), bench.cores.front());
  const Statement& claim = *peers.protocol().find("take_task");
  const auto permutations = [&](const std::string& setup, const std::string& teardown) {
    return peer_median(2, [&]() -> std::optional<double> {
      const auto run = peers.isolationtester(claims_spec(claim, setup, teardown));
      if (!run) return std::nullopt;
      return 1e9 * count_of(run->output, "starting permutation:") /
             static_cast<double>(run->cpu.count());
    });
  };
  const std::string rows = "INSERT INTO tasks (task) VALUES (1), (2), (3);";
  const auto emptied = permutations("TRUNCATE tasks; " + rows, "SELECT 1;");
  const auto made = permutations(
      "DROP TABLE IF EXISTS tasks; " + peers.protocol().schema.front() + rows, "SELECT 1;");
  const auto row = [&](const std::string& name, double rate) {
    print_row({name, cell(rate), made ? cell(rate / *made) : "isolationtester is not installed"});
  };
  if (made) row("isolationtester, tables made again for each permutation", *made);
  if (emptied) row("isolationtester, tables emptied by TRUNCATE", *emptied);
  if (bench.before) row("one lane, before", 1e9 / one.before);
  row("one lane", 1e9 / one.now);
  if (bench.before) row("two lanes at once, before", two_before);
  row("two lanes at once", two_now);
  fmt::print("\n{} statements a history; the lane takes {} times less than before\n",
             cell(one.now_figures.numbers.at("statements") / 100), times(bench, one.ratio));
}

void print_transactions(const Bench& bench) {
  print_head("begin, update, commit: CPU time of a statement, in µs",
             {"", "before", "now", "pgbench", "libpq alone", "by send and wait",
              "and observer's query", "pgbench over now", "goal"});
  Turns turns = bench.turns();
  Peers peers(own("counter"), bench.cores.front());
  constexpr int transactions = 4000;
  const std::string script = "BEGIN;\nUPDATE counter SET n = n + 1 WHERE id = 1;\nCOMMIT;\n";
  for (const auto& [protocol, what, goal] :
       {std::tuple{"counter", "a commit touches nothing observed", "1.0"},
        std::tuple{"counter-observed", "every commit is observed", "0.75"}}) {
    BenchRound round{What::histories, own(protocol), own("counter") / "scenario.toml", 1,
                     Answers::quiet,  {{"jobs", 0}}};
    std::vector<double> now, before, theirs, ratios;
    for (int turn = 0; turn < 5; ++turn) {
      const Compared once = turns.measure(round, per_statement, {1});
      const auto run = peers.pgbench(script, transactions);
      now.push_back(once.now);
      before.push_back(once.before);
      if (run) theirs.push_back(static_cast<double>(run->cpu.count()) / transactions / 3);
      if (run) ratios.push_back(theirs.back() / once.now);
    }
    round.what = What::own_statements;
    round.seeds = 3;
    const auto simpler =
        turns.measure(round, [](const Figures& figures) { return figures.numbers.at("bare"); }, {1})
            .now_figures.numbers;
    const auto us = [&](const std::string& way) {
      return cell(simpler.at(way) / simpler.at("statements") / 1e3);
    };
    print_row({what, cell(median(before) / 1e3), cell(median(now) / 1e3),
               theirs.empty() ? "not installed" : cell(median(theirs) / 1e3), us("bare"),
               us("sent"), us("asked"), cell(median(ratios)), goal});
  }
}

void print_own_statements(const Bench& bench) {
  print_head(
      "A quiet history of 40 items over its own statements, in ms of CPU time",
      {"protocol", "statements", "commits", "bare", "by send and wait", "and observer's queries",
       "the history", "over bare", "over the queries, too", "before", "goal"});
  Turns turns = bench.turns();
  for (const char* protocol : {"hardened", "kukuri-fenced"}) {
    const BenchRound round{What::own_statements, bundled(protocol), scenario_file("quiet-day"), 15,
                           Answers::quiet,       {{"items", 40}}};
    const auto ratio = [](const Figures& figures) {
      return figures.numbers.at("history") / figures.numbers.at("asked");
    };
    const Compared found = turns.measure(round, ratio, {3});
    const auto& numbers = found.now_figures.numbers;
    const auto ms = [&](const std::string& name) { return cell(numbers.at(name) / 1e6); };
    print_row({protocol, cell(numbers.at("statements")), cell(numbers.at("commits")), ms("bare"),
               ms("sent"), ms("asked"), ms("history"),
               cell(numbers.at("history") / numbers.at("bare")), cell(found.now),
               times(bench, found.before), "1.25"});
  }
}

void print_resets(const Bench& bench) {
  print_head("Putting the database back after a history, in ms of CPU time",
             {"protocol", "items", "before", "now", "times less", "goal"});
  Turns turns = bench.turns();
  for (const char* protocol : {"hardened", "kukuri-fenced", "corpus/B33-river-fixed"})
    for (const int items : {4, 40}) {
      const Compared found =
          turns.measure({What::resets,
                         bundled(protocol),
                         scenario_file("quiet-day"),
                         10,
                         Answers::drawn,
                         {{"items", items}}},
                        [](const Figures& figures) {
                          return figures.numbers.at("cpu") / figures.numbers.at("resets");
                        },
                        {5});
      print_row({protocol, fmt::to_string(items), cell(found.before / 1e6), cell(found.now / 1e6),
                 times(bench, found.ratio), "1"});
    }
}

}  // namespace fencepost
