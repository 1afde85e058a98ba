// How a seed becomes answers is a file format: a saved seed must mean the same run next year. The
// exact values here were drawn once; if one changes, every seed that anyone wrote down means
// another run.
#include "sim/search/strategies.hpp"

#include <set>

#include "tests/fixtures/catch.hpp"
#include "tests/fixtures/law.hpp"

namespace fencepost {
namespace {

using Answers = std::vector<std::int64_t>;

Answers draws(std::uint64_t seed, std::string_view strategy, const std::string& kind,
              const Alternatives& alternatives, int count) {
  const auto choices = find_strategy(strategy)->make(seed);
  Answers answers;
  for (int i = 0; i < count; ++i)
    answers.push_back(choices->choose({kind, "w1", i, ""}, alternatives));
  return answers;
}

Answers schedule(std::uint64_t seed, std::string_view strategy) {
  return draws(seed, strategy, "next", {{102, 202, 302}}, 16);
}
/// How often each answer comes in a row: {302, 16}.
std::vector<std::pair<std::int64_t, int>> stretches(const Answers& answers) {
  std::vector<std::pair<std::int64_t, int>> out;
  for (const std::int64_t answer : answers) {
    if (out.empty() || out.back().first != answer) out.emplace_back(answer, 0);
    ++out.back().second;
  }
  return out;
}
Answers faults(std::uint64_t seed, std::string_view strategy) {
  return draws(seed, strategy, "stall", {{0, 1}, Chance{1, 4}}, 24);
}
Answers lengths(std::uint64_t seed, std::string_view strategy) {
  return draws(seed, strategy, "stall.lasts", {{0, 10, 20, 30}, std::nullopt, true}, 12);
}

}  // namespace

TEST_CASE("strategies: known schedules of known seeds", "[sim]") {
  CHECK(schedule(1, "random_walk") ==
        Answers{102, 102, 102, 102, 102, 202, 102, 102, 102, 102, 102, 102, 102, 302, 102, 102});
  CHECK(schedule(8413, "random_walk") ==
        Answers{102, 102, 102, 202, 102, 302, 102, 202, 102, 202, 302, 102, 102, 102, 102, 102});
  Answers long_and_who;
  for (const auto& [who, times] : stretches(draws(1, "priorities", "next", {{102, 202, 302}}, 400)))
    long_and_who.insert(long_and_who.end(), {who, times});
  CHECK(long_and_who == Answers{302, 27, 202, 46, 102, 43, 302, 284});
  CHECK(schedule(1, "targeted_stall") ==
        Answers{102, 102, 102, 102, 102, 202, 102, 102, 102, 102, 102, 102, 102, 302, 102, 102});
  CHECK(schedule(8413, "targeted_stall") ==
        Answers{102, 102, 102, 102, 102, 102, 102, 102, 102, 202, 102, 102, 102, 102, 102, 102});
}

TEST_CASE("strategies: known faults of known seeds", "[sim]") {
  CHECK(faults(1, "random_walk") ==
        Answers{1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 1, 0, 1, 1, 0, 0, 0, 0, 0, 0, 0, 1, 1, 0});
  CHECK(faults(3, "priorities") ==
        Answers{0, 0, 1, 0, 1, 0, 0, 0, 0, 0, 1, 0, 1, 0, 0, 0, 1, 0, 1, 0, 0, 0, 0, 0});
  CHECK(faults(14, "targeted_stall") ==
        Answers{0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0});
}

TEST_CASE("strategies: known lengths of known seeds", "[sim]") {
  CHECK(lengths(1, "random_walk") == Answers{10, 10, 20, 30, 0, 30, 0, 20, 0, 20, 30, 20});
  CHECK(lengths(UINT64_MAX, "random_walk") == Answers{30, 10, 0, 20, 10, 10, 10, 30, 0, 0, 20, 0});
  CHECK(lengths(1, "priorities") == lengths(1, "random_walk"));
}

TEST_CASE("strategies: none has other odds than those that are meant for a place", "[sim]") {
  Alternatives always{{0, 1}, Chance{1, 1}}, never{{0, 1}, Chance{0, 1}};
  always.as_given = never.as_given = true;
  for (const Strategy& strategy : strategies())
    for (const std::uint64_t seed : {1, 2, 3, 4, 8413}) {
      INFO(strategy.name << " " << seed);
      CHECK(draws(seed, strategy.name, "stall", always, 300) == Answers(300, 1));
      CHECK(draws(seed, strategy.name, "stall", never, 300) == Answers(300, 0));
    }
}

TEST_CASE("strategies: a single alternative is the answer", "[sim]") {
  for (const Strategy& strategy : strategies())
    for (const std::string kind : {"next", "stall", "crash.lasts", "start"})
      CHECK(draws(7, strategy.name, kind, {{42}}, 3) == Answers{42, 42, 42});
}

TEST_CASE("strategies: of eight seeds two walk, and two aim a stall", "[sim]") {
  for (std::uint64_t first = 0; first < 400; first += 8) {
    std::map<std::string_view, int> count;
    for (std::uint64_t seed = first; seed < first + 8; ++seed) ++count[portfolio(seed).name];
    CHECK(count == std::map<std::string_view, int>{{"random_walk", 2},
                                                   {"targeted_stall", 2},
                                                   {"two_stalls", 1},
                                                   {"one_fault", 1},
                                                   {"priorities", 1},
                                                   {"late_start", 1}});
  }
}

TEST_CASE("strategies: each is in the list once, and is called by its own name", "[sim]") {
  std::set<std::string_view> names;
  for (const Strategy& strategy : strategies()) {
    names.insert(strategy.name);
    CHECK(find_strategy(strategy.name) == &strategy);
    CHECK(!strategy.meaning.empty());
  }
  CHECK(find_strategy("random") == nullptr);
  CHECK(names == std::set<std::string_view>{"random_walk", "priorities", "targeted_stall",
                                            "two_stalls", "one_fault", "late_start"});
  CHECK(strategies().size() == 6);
}

TEST_CASE("strategies: an answer does not depend on what else was asked", "[sim]") {
  law("faults, lengths and load of any seed", [] {
    const auto seed = any_seed();
    const auto strategy =
        any_text_of({"random_walk", "priorities", "targeted_stall", "late_start"});
    const auto kind =
        any_text_of({"crash", "crash.lasts", "slow", "stall.lasts", "poison", "clock"});
    const Alternatives alternatives = {{0, 1, 2}, Chance{1, 3}};
    const ChoicePoint point = {kind, "w2", any_number(50), ""};
    const auto alone = find_strategy(strategy)->make(seed);
    const auto after_others = find_strategy(strategy)->make(seed);
    for (int others = any_number(60); others > 0; --others)
      after_others->choose(
          {any_text_of({"next", "stall", "crash", "slow"}), "w1", any_number(9), ""}, alternatives);
    HOLDS(alone->choose(point, alternatives) == after_others->choose(point, alternatives));
  });
  law("schedules of a random walk", [] {
    const std::uint64_t seed = any_seed();
    const ChoicePoint point = {"next", "w2", any_number(50), ""};
    const auto alone = find_strategy("random_walk")->make(seed);
    const auto after_others = find_strategy("random_walk")->make(seed);
    after_others->choose({"next", "w1", 0, ""}, {{102, 202}});
    HOLDS(alone->choose(point, {{102, 202}}) == after_others->choose(point, {{102, 202}}));
  });
}

TEST_CASE("strategies: every answer is one of the alternatives", "[sim]") {
  law("of any seed", [] {
    const std::uint64_t seed = any_seed();
    const Strategy& strategy = strategies()[any_number<std::size_t>(strategies().size())];
    const auto kind = any_text_of({"next", "stall", "crash", "crash.lasts", "slow"});
    Answers values = {any_number<std::int64_t>(1000)};
    for (const int each : any_numbers(1000))
      if (std::find(values.begin(), values.end(), each) == values.end()) values.push_back(each);
    for (const std::int64_t answer :
         draws(seed, strategy.name, kind,
               {values, any_of({Chance{1, 1}, Chance{1, 2}, Chance{0, 1}})}, 20))
      HOLDS(std::find(values.begin(), values.end(), answer) != values.end());
  });
}

TEST_CASE("strategies: a chance of one in six strikes about as often", "[sim]") {
  int hits = 0;
  for (std::uint64_t seed = 1; seed <= 100; ++seed)
    for (const std::int64_t answer : draws(seed, "random_walk", "slow", {{0, 1}, Chance{1, 6}}, 60))
      hits += answer != 0 ? 1 : 0;
  CHECK(hits > 6000 * 12 / 100);
  CHECK(hits < 6000 * 21 / 100);
}

TEST_CASE("strategies: a fault is off in about an eighth of the seeds", "[sim]") {
  for (const std::string kind : {"crash", "stall", "ack_lost"}) {
    int off = 0;
    for (std::uint64_t seed = 1; seed <= 1000; ++seed) {
      const Answers answers = draws(seed, "random_walk", kind, {{0, 1}, Chance{1, 1}}, 60);
      off += std::find(answers.begin(), answers.end(), 1) == answers.end() ? 1 : 0;
    }
    CHECK(off > 90);
    CHECK(off < 165);
  }
}

TEST_CASE(
    "strategies: a fault that is on is as likely as the scenario says, or a third, or a ninth",
    "[sim]") {
  std::map<int, int> seeds;  // tenths of the draws that struck → how many seeds
  for (std::uint64_t seed = 1; seed <= 1000; ++seed) {
    int hits = 0;
    for (const std::int64_t answer :
         draws(seed, "random_walk", "crash", {{0, 1}, Chance{1, 1}}, 200))
      hits += answer != 0 ? 1 : 0;
    ++seeds[hits == 200 ? 1 : hits > 40 ? 3 : hits > 0 ? 9 : 0];
  }
  CHECK(seeds[1] > 380);
  CHECK(seeds[1] < 500);
  for (const int rarer : {3, 9}) {
    CHECK(seeds[rarer] > 165);
    CHECK(seeds[rarer] < 275);
  }
}

TEST_CASE("strategies: two faults of one scenario are on and off by themselves", "[sim]") {
  std::map<std::pair<bool, bool>, int> seeds;
  const auto on = [](std::uint64_t seed, const std::string& kind) {
    const Answers answers = draws(seed, "priorities", kind, {{0, 1}, Chance{1, 1}}, 60);
    return std::find(answers.begin(), answers.end(), 1) != answers.end();
  };
  for (std::uint64_t seed = 1; seed <= 1000; ++seed)
    ++seeds[{on(seed, "crash"), on(seed, "stall")}];
  CHECK(seeds[{true, true}] > 700);
  CHECK(seeds[{true, false}] > 35);
  CHECK(seeds[{false, true}] > 35);
  CHECK(seeds[{false, false}] > 35);
}

TEST_CASE("strategies: what is certain always happens", "[sim]") {
  for (std::uint64_t seed = 1; seed <= 50; ++seed)
    CHECK(draws(seed, "random_walk", "slow", {{0, 1}, Chance{1, 1}}, 4) == Answers{1, 1, 1, 1});
}

TEST_CASE("strategies: what is load is never off", "[sim]") {
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    const Answers answers = draws(seed, "random_walk", "slow", {{0, 1}, Chance{1, 2}}, 40);
    CHECK(std::find(answers.begin(), answers.end(), 1) != answers.end());
  }
}

TEST_CASE("strategies: no alternative is starved", "[sim]") {
  const Answers values = {0, 1, 2, 3, 4, 5, 6};
  for (const std::string kind : {"stall.lasts", "next"}) {
    std::map<std::int64_t, int> count;
    for (std::uint64_t seed = 1; seed <= 200; ++seed)
      for (const std::int64_t answer : draws(seed, "random_walk", kind, {values, std::nullopt}, 35))
        ++count[answer];
    for (const std::int64_t value : values) CHECK(count[value] > 200);
  }
}

TEST_CASE(
    "strategies: priorities let the same one go on until they are lowered, 2 to 5 times in 400 "
    "choices",
    "[sim]") {
  for (std::uint64_t seed = 1; seed <= 100; ++seed) {
    const Answers answers = draws(seed, "priorities", "next", {{102, 202, 302}}, 400);
    CHECK(stretches(answers).size() <= 6);
  }
}

namespace {

/// At which asking, from 0, faults strike when three workers are asked for two kinds in turn.
std::vector<int> struck_at(std::uint64_t seed, std::string_view strategy,
                           std::set<std::string>& kinds) {
  const auto choices = find_strategy(strategy)->make(seed);
  std::vector<int> struck;
  int asked = 0;
  for (int i = 0; i < 60; ++i)
    for (const std::string who : {"w1", "w2", "w3"})
      for (const std::string kind : {"crash", "stall"}) {
        if (choices->choose({kind, who, i, ""}, {{0, 1}, Chance{1, 1'000'000}}) != 0) {
          struck.push_back(asked);
          kinds.insert(kind);
        }
        ++asked;
      }
  return struck;
}

}  // namespace

TEST_CASE("strategies: a targeted stall strikes once, also where a stall is unlikely", "[sim]") {
  std::set<std::string> struck;
  for (std::uint64_t seed = 1; seed <= 60; ++seed) {
    const auto choices = find_strategy("targeted_stall")->make(seed);
    int hits = 0;
    for (int i = 0; i < 100; ++i)
      for (const std::string who : {"w1", "w2", "w3"}) {
        if (choices->choose({"stall", who, i, ""}, {{0, 1}, Chance{1, 1000}}) == 0) continue;
        ++hits;
        struck.insert(who);
      }
    CHECK(hits == 1);
  }
  CHECK(struck == std::set<std::string>{"w1", "w2", "w3"});
}

TEST_CASE("strategies: one fault is one fault, of every kind in turn", "[sim]") {
  std::set<std::string> kinds;
  for (std::uint64_t seed = 1; seed <= 200; ++seed)
    CHECK(struck_at(seed, "one_fault", kinds).size() == 1);
  CHECK(kinds == std::set<std::string>{"crash", "stall"});
}

TEST_CASE("strategies: the places of one fault leave no gap", "[sim]") {
  std::set<std::string> kinds;
  std::map<int, int> count;
  for (std::uint64_t seed = 1; seed < 3200; seed += 8)
    for (const int at : struck_at(seed, "one_fault", kinds)) ++count[at];
  for (int place = 0; place < 32; ++place) CHECK(count[place] >= 1);
  int far = 0;
  for (const auto& [place, times] : count) far += place >= 64 ? times : 0;
  CHECK(far > 30);
}

TEST_CASE(
    "strategies: an aimed fault lasts as long as can be in half of the seeds, or some seconds "
    "longer",
    "[sim]") {
  const Alternatives known = {{0, 10'000'000, 330'000'000, 7'000'000}, std::nullopt, true};
  for (const std::string_view strategy : {"targeted_stall", "one_fault"}) {
    int longest = 0, longer = 0;
    for (std::uint64_t seed = 1; seed <= 400; ++seed) {
      const std::int64_t lasts =
          find_strategy(strategy)->make(seed)->choose({"stall.lasts", "w1", 0, ""}, known);
      longest += lasts == 330'000'000 ? 1 : 0;
      longer += lasts > 330'000'000 ? 1 : 0;
      CHECK(lasts < 350'000'000);
      CHECK(lasts % 1'000'000 == 0);
    }
    CHECK(longest > 140);
    CHECK(longest < 260);
    CHECK(longer > 60);
    CHECK(longer < 140);
  }
}

TEST_CASE("strategies: every second length is one of those that were written", "[sim]") {
  Alternatives known = {{10, 20, 31, 32, 33, 34, 35, 36, 37, 38}, std::nullopt, true, {}, 2};
  for (const std::string_view strategy : {"random_walk", "priorities", "late_start"}) {
    std::map<std::int64_t, int> count;
    for (std::uint64_t seed = 1; seed <= 2000; ++seed)
      ++count[find_strategy(strategy)->make(seed)->choose({"stall.lasts", "w1", 0, ""}, known)];
    CHECK(count[10] + count[20] > 1000);
    CHECK(count[10] > 400);
    CHECK(count[20] > 400);
    for (std::int64_t aimed = 31; aimed <= 38; ++aimed) CHECK(count[aimed] > 60);
  }
}

TEST_CASE(
    "strategies: where a fault can strike at three places only, of the first few aims most "
    "strike",
    "[sim]") {
  int struck = 0;
  for (std::uint64_t rank = 0; rank < 4; ++rank) {
    const auto choices = find_strategy("targeted_stall")->make(4 * rank + 2);
    for (int i = 0; i < 3; ++i)
      struck += choices->choose({"stall", "w1", i, ""}, {{0, 1}, Chance{1, 8}}) != 0 ? 1 : 0;
  }
  CHECK(struck >= 3);
}

TEST_CASE("strategies: only late starts are late, by whole seconds, up to two minutes", "[sim]") {
  const Alternatives quiet = {{0}, std::nullopt, true};
  int at_once = 0, over_half_a_minute = 0;
  for (std::uint64_t seed = 1; seed <= 400; ++seed)
    for (const Strategy& strategy : strategies()) {
      const std::int64_t at = strategy.make(seed)->choose({"start", "w1", 0, ""}, quiet);
      if (strategy.name != "late_start") {
        CHECK(at == 0);
        continue;
      }
      CHECK(at >= 0);
      CHECK(at <= 120'000'000);
      CHECK(at % 1'000'000 == 0);
      at_once += at == 0 ? 1 : 0;
      over_half_a_minute += at > 30'000'000 ? 1 : 0;
    }
  CHECK(at_once > 60);
  CHECK(at_once < 140);
  CHECK(over_half_a_minute > 45);
}

}  // namespace fencepost
