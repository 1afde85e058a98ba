// What many histories come to, and what the verdict makes of it.
#include "model/properties/tally.hpp"

#include <algorithm>

#include "tests/fixtures/law.hpp"
#include "tests/fixtures/telling.hpp"

namespace fencepost {
namespace {

/// Claimed, done.
History quiet() {
  Telling telling;
  telling.job("1")
      .worker("w1")
      .granted("w1", 1, 0s, 30s)
      .released("w1", 1, 5s, JobState::succeeded);
  return telling.finished(60s);
}
/// Its cursor falls at the step after so many renewals, once another has taken over.
History falling(int renewals) {
  Telling telling;
  telling.job("1").worker("w1").worker("w2").granted("w1", 1, 0s, 30s);
  telling.change("w1", 1, 1s, "1", [](JobRecord& job) { job.cursor = 5; });
  for (int i = 0; i < renewals; ++i) telling.renewed("w1", 1, 2s, 31s);
  telling.granted("w2", 2, 40s, 70s);
  telling.change("w2", 2, 41s, "1", [](JobRecord& job) { job.cursor = 3; });
  telling.released("w2", 2, 45s, JobState::succeeded);
  return telling.finished(60s);
}
/// Its lease is longer than is declared, but within what is.
History late_end() {
  Telling telling;
  telling.declared().within = 5s;
  return telling.job("1").granted("w1", 1, 1s, 36s).finished(60s);
}
History cut_off() {
  Telling telling;
  telling.job("1").worker("w1").granted("w1", 1, 0s, 30s);
  return telling.finished(60s, "cut");
}

Tally tally_of(const std::vector<History>& histories, std::uint64_t first_seed = 1,
               const std::string& scenario = "s") {
  Tally tally;
  tally.scenario = scenario;
  for (const History& history : histories) tally.add(first_seed++, history);
  return tally;
}

/// Everything that a tally says.
std::string text_of(const Tally& tally) {
  std::string text = tally.scenario + " " + std::to_string(tally.histories) + " " +
                     std::to_string(tally.cut) + " " + std::to_string(tally.steps) + "\n";
  for (const auto& [name, count] : tally.reached) text += name + " " + std::to_string(count) + "\n";
  for (const auto& [name, outcomes] : tally.judged)
    for (const auto& [outcome, count] : outcomes)
      text += name + " " + std::to_string(static_cast<int>(outcome)) + " " + std::to_string(count) +
              "\n";
  for (const auto& [excuse, count] : tally.excused)
    text += excuse.declaration + " " + excuse.property + " " + std::to_string(count) + "\n";
  for (const auto& [name, find] : tally.found)
    text += name + " " + std::to_string(find.histories) + " " + find.scenario + " " +
            std::to_string(find.seed) + " " + std::to_string(find.violation.step) + "\n";
  return text;
}

const std::string kFalls = "progress_monotone.cursor";

/// A tally that found this in so many histories.
Tally found_in(const std::string& scenario, const std::map<std::string, int>& names) {
  Tally tally;
  tally.scenario = scenario;
  tally.histories = 10;
  for (const auto& [name, histories] : names) tally.found[name] = {histories, scenario, 1, {}};
  return tally;
}

}  // namespace

TEST_CASE("tally: counts histories, cuts, steps, situations and outcomes", "[model]") {
  const Tally tally = tally_of({quiet(), cut_off()});
  CHECK(tally.histories == 2);
  CHECK(tally.cut == 1);
  CHECK(tally.steps == quiet().events.back().step + cut_off().events.back().step);
  CHECK(tally.reached.at("succeeded") == 1);
  CHECK(tally.reached.at("takeover") == 0);
  CHECK(tally.judged.at("single_owner").at(Outcome::holds) == 2);
  CHECK(tally.judged.at("progress_monotone").at(Outcome::not_reached) == 2);
  CHECK(tally.judged.at("job_not_stuck").at(Outcome::not_reached) == 1);
  CHECK(tally.judged.at("job_not_stuck").at(Outcome::open) == 1);
  CHECK(tally.found.empty());
}

TEST_CASE("tally: of several finds the one with the lowest step is kept, then the lowest seed",
          "[model]") {
  const Tally tally = tally_of({falling(2), falling(0), falling(1), falling(0)}, 11);
  REQUIRE(tally.found.contains(kFalls));
  const Find& find = tally.found.at(kFalls);
  CHECK(find.histories == 4);
  CHECK(find.seed == 12);
  CHECK(find.violation.sentence.find("fell from 5 to 3") != std::string::npos);
}

TEST_CASE("tally: a declaration without which a history would be violated is counted", "[model]") {
  const Tally tally = tally_of({late_end(), quiet(), late_end()});
  const std::map<Excuse, int> twice = {{{"[lease] within", "lease_as_declared"}, 2}};
  CHECK(tally.excused == twice);
}

TEST_CASE("tally: merging in any grouping gives the same", "[model]") {
  const std::vector<History> kinds = {quiet(),    falling(0), falling(1),
                                      falling(3), cut_off(),  late_end()};
  law("for any histories and any cuts between them", [&] {
    const auto drawn = any_numbers(static_cast<int>(kinds.size()));
    std::vector<History> histories;
    for (const int kind : drawn) histories.push_back(kinds[static_cast<std::size_t>(kind)]);
    const Tally whole = tally_of(histories);
    Tally left = tally_of({}), right = tally_of({});
    std::vector<Tally> groups;
    for (std::size_t begin = 0; begin < histories.size();) {
      const std::size_t end = any_number<std::size_t>(begin + 1, histories.size() + 1);
      groups.push_back(tally_of({histories.begin() + static_cast<long>(begin),
                                 histories.begin() + static_cast<long>(end)},
                                begin + 1));
      begin = end;
    }
    for (const Tally& group : groups) left.merge(group);
    for (auto group = groups.rbegin(); group != groups.rend(); ++group) {
      Tally earlier = *group;
      earlier.merge(right);
      right = earlier;
    }
    HOLDS(text_of(left) == text_of(whole));
    HOLDS(text_of(right) == text_of(whole));
  });
}

TEST_CASE("finds of several scenarios: all are counted, the scenario that fails most is shown",
          "[model]") {
  const auto all = all_found(
      {found_in("a", {{"p", 2}}), found_in("b", {{"p", 5}, {"q", 1}}), found_in("c", {{"p", 5}})});
  CHECK(all.size() == 2);
  CHECK(all.at("p").histories == 12);
  CHECK(all.at("p").scenario == "b");
  CHECK(all.at("q").histories == 1);
}

TEST_CASE("verdict: nothing violated holds", "[model]") {
  const ProtocolVerdict verdict = judge_protocol({found_in("a", {})}, {}, {});
  CHECK(!verdict.failed);
  CHECK(verdict.violated.empty());
  CHECK(verdict.missed.empty());
}

TEST_CASE("verdict: what is guessed leaves what holds unproved, and what is violated violated",
          "[model]") {
  Promise guessed;
  guessed.unconfirmed = "lasts is guessed";
  const ProtocolVerdict green = judge_protocol({found_in("a", {})}, {}, guessed);
  CHECK(!green.failed);
  REQUIRE(green.unproved.size() == 1);
  CHECK(green.unproved[0].why == "lasts is guessed");
  CHECK(judge_protocol({found_in("a", {{"p", 1}})}, {}, guessed).failed);
}

TEST_CASE("verdict: what applied never lists is not proved, unless another history has it",
          "[model]") {
  Telling listed;
  listed.job("1").worker("w1").applied("", 0, 0s, "a", 0, 1).granted("w1", 1, 0s, 30s);
  listed.released("w1", 1, 5s, JobState::succeeded);
  const auto unproved = [](const std::vector<History>& histories) {
    return judge_protocol({tally_of(histories)}, {}, {}).unproved;
  };
  const std::vector<Unproved> unlisted = unproved({quiet(), quiet()});
  REQUIRE(unlisted.size() == 1);
  CHECK(unlisted[0].property == "work_applied");
  CHECK(unlisted[0].why == kNothingListed);
  CHECK(unproved({quiet(), listed.finished(60s)}).empty());
}

TEST_CASE("verdict: without a promise whatever is violated fails it, most often first", "[model]") {
  const ProtocolVerdict verdict =
      judge_protocol({found_in("a", {{"p", 1}, {"q", 3}, {"o", 1}})}, {}, {false, {"p"}, {}});
  CHECK(verdict.failed);
  CHECK(verdict.violated == std::vector<std::string>{"p", "q", "o"});
  CHECK(verdict.unexpected == verdict.violated);
  CHECK(verdict.not_found.empty());
  CHECK(judge_protocol({found_in("a", {{"p", 1}, {"q", 3}, {"o", 1}})}, {}, {}).violated ==
        std::vector<std::string>{"q", "o", "p"});
}

TEST_CASE("verdict: as expected is exactly what was promised, in the promise's order", "[model]") {
  const ProtocolVerdict verdict =
      judge_protocol({found_in("a", {{"p", 1}, {"q", 3}})}, {}, {true, {"p", "q"}, {}});
  CHECK(!verdict.failed);
  CHECK(verdict.violated == std::vector<std::string>{"p", "q"});
  CHECK(verdict.unexpected.empty());
}

TEST_CASE("verdict: more than promised is a surprise, less was not found, and both fail",
          "[model]") {
  const ProtocolVerdict more =
      judge_protocol({found_in("a", {{"p", 1}, {"q", 1}})}, {}, {true, {"p"}, {}});
  CHECK(more.failed);
  CHECK(more.unexpected == std::vector<std::string>{"q"});
  const ProtocolVerdict less =
      judge_protocol({found_in("a", {{"p", 1}})}, {}, {true, {"p", "q"}, {}});
  CHECK(less.failed);
  CHECK(less.unexpected.empty());
  CHECK(less.not_found == std::vector<std::string>{"q"});
  CHECK(judge_protocol({found_in("a", {{"p", 1}})}, {}, {true, {}, {}}).failed);
}

TEST_CASE("verdict: a situation below its demand is missed, at its demand it is not", "[model]") {
  Tally tally = found_in("a", {});
  tally.reached = {{"takeover", 2}};
  const Demands demands = {{"a", {{"takeover", 3}, {"blocked", 1}}}, {"other", {{"deadlock", 1}}}};
  const ProtocolVerdict verdict = judge_protocol({tally}, demands, {});
  CHECK(!verdict.failed);
  REQUIRE(verdict.missed.size() == 2);
  CHECK(verdict.missed[0].situation == "blocked");
  CHECK(verdict.missed[0].reached == 0);
  CHECK(verdict.missed[1].scenario == "a");
  CHECK(verdict.missed[1].situation == "takeover");
  CHECK(verdict.missed[1].reached == 2);
  CHECK(verdict.missed[1].demanded == 3);
  tally.reached = {{"takeover", 3}, {"blocked", 1}};
  CHECK(judge_protocol({tally}, demands, {}).missed.empty());
}

TEST_CASE("verdict: what the protocol says it can't reach is not missed, but counted", "[model]") {
  const Demands demands = {{"a", {{"takeover", 1}}}};
  const std::vector<Tally> both = {found_in("a", {}), found_in("b", {})};
  const Demands of_both = {{"a", {{"takeover", 1}, {"blocked", 1}}}, {"b", {{"takeover", 1}}}};
  CHECK(judge_protocol(both, of_both, {false, {}, {"takeover"}}).waived ==
        std::map<std::string, int>{{"takeover", 2}});
  CHECK(judge_protocol(both, of_both, {}).waived.empty());
  Tally reached = found_in("a", {}), ruled_out = found_in("a", {});
  reached.reached = {{"takeover", 1}};
  ruled_out.ruled_out = {"takeover"};
  for (const Tally& each : {reached, ruled_out})
    CHECK(judge_protocol({each}, demands, {false, {}, {"takeover"}}).waived.empty());
  CHECK(judge_protocol({found_in("a", {})}, demands, {false, {}, {"takeover"}}).missed.empty());
  CHECK(judge_protocol({found_in("a", {})}, demands, {false, {}, {"blocked"}}).missed.size() == 1);
}

TEST_CASE("verdict: what is violated stays violated when something was missed, too", "[model]") {
  const ProtocolVerdict verdict =
      judge_protocol({found_in("a", {{"p", 1}})}, {{"a", {{"takeover", 1}}}}, {});
  CHECK(verdict.failed);
  CHECK(verdict.missed.size() == 1);
}

}  // namespace fencepost
