#include "sim/commands/kill_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "reports/escaped.hpp"
#include "sim/text/fields_json.hpp"

namespace fencepost {
namespace {

std::string seconds(std::chrono::milliseconds took) {
  return fmt::format("{}.{} s", took.count() / 1000, took.count() % 1000 / 100);
}

std::string place_of(const Mutant& mutant) {
  return fmt::format("{}:{}", mutant.where.file.filename().string(), mutant.where.line);
}

/// What is changed into what, in a line.
std::string change_line(const Mutant& mutant) {
  return fmt::format("      {} -> {}\n", shortened(visible(mutant.clause), 80),
                     mutant.instead.empty() ? "nothing" : shortened(visible(mutant.instead), 80));
}

/// What stands where, on lines of their own.
std::string in_full(const TriedMutant& tried) {
  const Mutant& mutant = tried.mutant;
  std::string text = fmt::format("  {} {}: {}\n      - {}\n", to_text(mutant.where), mutant.of,
                                 mutant.change, shortened(visible(mutant.clause), 300));
  if (!mutant.instead.empty())
    text += fmt::format("      + {}\n", shortened(visible(mutant.instead), 300));
  if (!tried.why.empty()) text += fmt::format("      {}\n", shortened(visible(tried.why), 300));
  if (tried.histories > 0 && tried.fate != Became::refused)
    text += fmt::format("      {} histories, {}\n", tried.histories, seconds(tried.took));
  return text;
}

std::string caught_line(const TriedMutant& tried) {
  const Mutant& mutant = tried.mutant;
  return fmt::format("  {:<20} {:<20} {:<20} {:<28} {:<30} {:>7} {:>5}\n", place_of(mutant),
                     shortened(mutant.of, 20), mutant.change, tried.property,
                     fmt::format("{} {}", tried.scenario, tried.seed), seconds(tried.took),
                     tried.histories) +
         change_line(mutant);
}

int count_of(const Killing& killing, Became fate) {
  return static_cast<int>(
      std::count_if(killing.mutants.begin(), killing.mutants.end(),
                    [&](const TriedMutant& tried) { return tried.fate == fate; }));
}

/// In the order of their interest.
constexpr std::array kFates = {Became::caught,    Became::refused,      Became::equivalent,
                               Became::not_tried, Became::not_promised, Became::survived};

std::string_view heading(Became fate) {
  switch (fate) {
    case Became::caught:
      return "Caught: where, of what, the change, by which property, under which scenario and "
             "seed, how soon, after how many histories";
    case Became::refused:
      return "Refused: can't be loaded, or fails each time";
    case Became::equivalent:
      return "Equivalent: does the same";
    case Became::not_tried:
      return "Not tried: there was no time";
    case Became::not_promised:
      return "Not promised: not caught, and nothing declared forbids it";
    case Became::survived:
      return "Survived: not caught, though what it breaks is promised";
  }
  return "";
}

}  // namespace

std::string to_text(const Score& score) {
  if (score.of == 0) return "-";
  const int tenths = score.caught * 1000 / score.of;
  return fmt::format("{}.{} %", tenths / 10, tenths % 10);
}

std::string killing_text(const std::string& protocol, const Killing& killing) {
  std::string text;
  for (const Became fate : kFates) {
    if (count_of(killing, fate) == 0) continue;
    text += fmt::format("{}\n", heading(fate));
    for (const TriedMutant& tried : killing.mutants)
      if (tried.fate == fate) text += fate == Became::caught ? caught_line(tried) : in_full(tried);
    text += "\n";
  }
  for (const TriedMutant& tried : killing.mutants)
    if (tried.declared && tried.fate == Became::caught)
      text += fmt::format("{}: declared to be equivalent (\"{}\"), but {} fails\n\n",
                          to_text(tried.mutant), tried.why, tried.property);
  if (!killing.violated.empty())
    text += fmt::format("{} itself violates {}, so no mutant is caught by that\n", protocol,
                        fmt::join(killing.violated, ", "));
  const Score score = score_of(killing);
  text += fmt::format("{}: {} mutants", protocol, killing.mutants.size());
  for (const Became fate : kFates)
    if (const int count = count_of(killing, fate); count > 0)
      text += fmt::format(", {} {}", count, to_text(fate));
  return text + fmt::format("; {} of {} that are promised against are caught: {}\n", score.caught,
                            score.of, to_text(score));
}

std::string killing_json(const std::string& protocol, const Killing& killing) {
  std::string lines;
  for (const TriedMutant& tried : killing.mutants) {
    const Mutant& mutant = tried.mutant;
    lines += fmt::format(
        R"({{"kind": "mutant", "protocol": {}, "file": {}, "line": {}, "of": {}, "change": {}, "clause": {}, "instead": {}, "fate": {}, "declared": {}, "property": {}, "scenario": {}, "seed": {}, "histories": {}, "milliseconds": {}, "why": {}}})"
        "\n",
        json_of(protocol), json_of(mutant.where.file.string()), mutant.where.line,
        json_of(mutant.of), json_of(std::string(mutant.change)), json_of(mutant.clause),
        json_of(mutant.instead), json_of(std::string(to_text(tried.fate))), tried.declared,
        json_of(tried.property), json_of(tried.scenario), tried.seed, tried.histories,
        tried.took.count(), json_of(tried.why));
  }
  const Score score = score_of(killing);
  return lines + fmt::format(R"({{"kind": "score", "protocol": {}, "caught": {}, "of": {}}})"
                             "\n",
                             json_of(protocol), score.caught, score.of);
}

std::string killing_junit(const std::vector<std::pair<std::string, Killing>>& all) {
  std::string suites;
  int tests = 0, failures = 0;
  for (const auto& [protocol, killing] : all) {
    std::string cases;
    const int survived = count_of(killing, Became::survived);
    const int caught = count_of(killing, Became::caught);
    const int mutants = static_cast<int>(killing.mutants.size());
    for (const TriedMutant& tried : killing.mutants) {
      const std::string open =
          fmt::format(R"(    <testcase classname="{}" name="{}")", xml_attribute(protocol),
                      xml_attribute(to_text(tried.mutant)));
      if (tried.fate == Became::caught)
        cases += open + "/>\n";
      else if (tried.fate == Became::survived)
        cases += fmt::format(
            "{}>\n      <failure message=\"{} histories violate nothing\"/>\n    </testcase>\n",
            open, tried.histories);
      else
        cases += fmt::format("{}>\n      <skipped message=\"{}: {}\"/>\n    </testcase>\n", open,
                             to_text(tried.fate), xml_attribute(tried.why));
    }
    suites += fmt::format(
        "  <testsuite name=\"{}\" tests=\"{}\" failures=\"{}\" errors=\"0\" skipped=\"{}\">\n{}  "
        "</testsuite>\n",
        xml_attribute(protocol), mutants, survived, mutants - survived - caught, cases);
    tests += mutants;
    failures += survived;
  }
  return fmt::format(
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"fencepost mutate\" "
      "tests=\"{}\" "
      "failures=\"{}\" errors=\"0\">\n{}</testsuites>\n",
      tests, failures, suites);
}

}  // namespace fencepost
