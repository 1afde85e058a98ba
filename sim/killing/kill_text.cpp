#include "sim/killing/kill_text.hpp"

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
std::string in_full(const MutantFate& fate) {
  const Mutant& mutant = fate.mutant;
  std::string text = fmt::format("  {} {}: {}\n      - {}\n", to_text(mutant.where), mutant.of,
                                 mutant.change, shortened(visible(mutant.clause), 300));
  if (!mutant.instead.empty())
    text += fmt::format("      + {}\n", shortened(visible(mutant.instead), 300));
  if (!fate.why.empty()) text += fmt::format("      {}\n", shortened(visible(fate.why), 300));
  if (fate.histories > 0 && fate.became != Became::refused)
    text += fmt::format("      {} histories, {}\n", fate.histories, seconds(fate.took));
  return text;
}

std::string caught_line(const MutantFate& fate) {
  const Mutant& mutant = fate.mutant;
  return fmt::format("  {:<20} {:<20} {:<20} {:<28} {:<30} {:>7} {:>5}\n", place_of(mutant),
                     shortened(mutant.of, 20), mutant.change, fate.property,
                     fmt::format("{} {}", fate.scenario, fate.seed), seconds(fate.took),
                     fate.histories) +
         change_line(mutant);
}

int count_of(const Killing& killing, Became became) {
  return static_cast<int>(
      std::count_if(killing.mutants.begin(), killing.mutants.end(),
                    [&](const MutantFate& fate) { return fate.became == became; }));
}

/// In the order of their interest.
constexpr std::array kFates = {Became::caught,    Became::refused,      Became::equivalent,
                               Became::not_tried, Became::not_promised, Became::survived};

std::string_view heading(Became became) {
  switch (became) {
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

/// What is changed, as JSON without its braces.
std::string fields_of(const std::string& protocol, const Mutant& mutant) {
  return fmt::format(
      R"("kind": "mutant", "protocol": {}, "file": {}, "line": {}, "of": {}, "change": {}, "clause": {}, "instead": {})",
      json_of(protocol), json_of(mutant.where.file.string()), mutant.where.line, json_of(mutant.of),
      json_of(std::string(mutant.change)), json_of(mutant.clause), json_of(mutant.instead));
}

}  // namespace

std::string to_text(const Score& score) {
  if (score.of == 0) return "-";
  const int tenths = score.caught * 1000 / score.of;
  return fmt::format("{}.{} %", tenths / 10, tenths % 10);
}

std::string killing_text(const std::string& protocol, const Killing& killing) {
  std::string text;
  for (const Became became : kFates) {
    if (count_of(killing, became) == 0) continue;
    text += fmt::format("{}\n", heading(became));
    for (const MutantFate& fate : killing.mutants)
      if (fate.became == became)
        text += became == Became::caught ? caught_line(fate) : in_full(fate);
    text += "\n";
  }
  for (const MutantFate& fate : killing.mutants)
    if (fate.declared && fate.became == Became::caught)
      text += fmt::format("{}: declared to be equivalent (\"{}\"), but {} fails\n\n",
                          to_text(fate.mutant), fate.why, fate.property);
  if (!killing.violated.empty())
    text += fmt::format("{} itself violates {}, so no mutant is caught by that\n", protocol,
                        fmt::join(killing.violated, ", "));
  const Score score = score_of(killing);
  text += fmt::format("{}: {} mutants", protocol, killing.mutants.size());
  for (const Became became : kFates)
    if (const int count = count_of(killing, became); count > 0)
      text += fmt::format(", {} {}", count, to_text(became));
  return text + fmt::format("; {} of {} that are promised against are caught: {}\n", score.caught,
                            score.of, to_text(score));
}

std::string mutant_json(const std::string& protocol, const Mutant& mutant) {
  return fmt::format("{{{}}}", fields_of(protocol, mutant));
}

std::string killing_json(const std::string& protocol, const Killing& killing) {
  std::string lines;
  for (const MutantFate& fate : killing.mutants)
    lines += fmt::format(
        R"({{{}, "fate": {}, "declared": {}, "property": {}, "scenario": {}, "seed": {}, "histories": {}, "milliseconds": {}, "why": {}}})"
        "\n",
        fields_of(protocol, fate.mutant), json_of(std::string(to_text(fate.became))), fate.declared,
        json_of(fate.property), json_of(fate.scenario), fate.seed, fate.histories,
        fate.took.count(), json_of(fate.why));
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
    const auto is_declared = [](const MutantFate& fate) {
      return fate.declared && fate.became == Became::caught;
    };
    const int wrong = static_cast<int>(
        std::count_if(killing.mutants.begin(), killing.mutants.end(), is_declared));
    const int survived = count_of(killing, Became::survived);
    const int caught = count_of(killing, Became::caught);
    const int mutants = static_cast<int>(killing.mutants.size());
    for (const MutantFate& fate : killing.mutants) {
      const std::string open =
          fmt::format(R"(    <testcase classname="{}" name="{}")", xml_attribute(protocol),
                      xml_attribute(to_text(fate.mutant)));
      if (is_declared(fate))
        cases += fmt::format(
            "{}>\n      <failure message=\"it is declared to be equivalent, but {} "
            "fails\"/>\n    </testcase>\n",
            open, fate.property);
      else if (fate.became == Became::caught)
        cases += open + "/>\n";
      else if (fate.became == Became::survived)
        cases += fmt::format(
            "{}>\n      <failure message=\"{} histories violate nothing\"/>\n    </testcase>\n",
            open, fate.histories);
      else
        cases += fmt::format("{}>\n      <skipped message=\"{}: {}\"/>\n    </testcase>\n", open,
                             to_text(fate.became), xml_attribute(fate.why));
    }
    suites += fmt::format(
        "  <testsuite name=\"{}\" tests=\"{}\" failures=\"{}\" errors=\"0\" skipped=\"{}\">\n{}  "
        "</testsuite>\n",
        xml_attribute(protocol), mutants, survived + wrong, mutants - survived - caught, cases);
    tests += mutants;
    failures += survived + wrong;
  }
  return fmt::format(
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"fencepost mutate\" "
      "tests=\"{}\" "
      "failures=\"{}\" errors=\"0\">\n{}</testsuites>\n",
      tests, failures, suites);
}

}  // namespace fencepost
