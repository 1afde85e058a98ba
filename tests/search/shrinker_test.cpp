#include "sim/search/shrinker.hpp"

#include <algorithm>
#include <set>

#include "sim/search/shrink_moves.hpp"
#include "sim/text/error.hpp"
#include "tests/fixtures/catch.hpp"
#include "tests/fixtures/law.hpp"

namespace fencepost {
namespace {

using namespace std::chrono_literals;

Deviation deviation(const std::string& who, const std::string& kind, std::int64_t nth,
                    std::int64_t value) {
  return {{kind, who, nth, ""}, value};
}
Deviation goes_on(const std::string& after, std::int64_t nth, const std::string& name) {
  return {{"next", after, nth, ""}, 0, name};
}
Deviation stall(int nth) { return deviation("w1", "stall", nth, 1); }
Deviation stall_lasts(int nth, Duration lasts) {
  return deviation("w1", "stall.lasts", nth, lasts.count());
}

bool has(const Tape& tape, const Deviation& one) {
  return std::find(tape.begin(), tape.end(), one) != tape.end();
}

/// A made-up system: it fails when all of these deviations are made; each worker, item, job and
/// deviation makes one step.
TryCandidate fails_with(const Tape& needed, int& tries) {
  return [needed, &tries](const Candidate& candidate) {
    ++tries;
    Attempted attempted;
    attempted.fails_alike = std::all_of(needed.begin(), needed.end(), [&](const Deviation& one) {
      return has(candidate.tape, one);
    });
    attempted.used = candidate.tape;
    const Load& load = candidate.load;
    attempted.steps =
        10 + load.workers + load.jobs + load.items + static_cast<int>(candidate.tape.size());
    return attempted;
  };
}

Load big_load() {
  Load load;
  load.workers = 4;
  load.jobs = 3;
  load.items = 20;
  load.poison = 2;
  load.slow.chance = {1, 2};
  load.slow.lasts = {{Length::Unit::lease, {}, 1'100'000}};
  load.clock_offsets = {0s, 2s};
  load.constants = {{"chunk", "2"}};
  return load;
}

Tape noise(int count) {
  Tape tape;
  for (int i = 0; i < count; ++i) tape.push_back(goes_on(i % 2 == 0 ? "w1" : "time", i, "w2"));
  return tape;
}

Tape any_deviations() {
  Tape tape;
  const int length = any_number(40);
  for (int i = 0; i < length; ++i) {
    const auto kind = any_text_of({"next", "stall", "crash", "slow"});
    const auto who = any_text_of({"w1", "w2", "w3", "w2/beat", "w1.2", "time"});
    if (kind == "next") {
      tape.push_back(
          goes_on(who, i, any_text_of({"w1", "w2.2", "w3/beat", "w1/main at the barrier"})));
      continue;
    }
    tape.push_back(deviation(who, kind, i, 1));
    tape.push_back(deviation(who, kind + ".lasts", i, any_number<std::int64_t>(1, 700'000'000)));
  }
  return tape;
}

Tape any_part_of(const Tape& tape) {
  Tape part;
  for (const Deviation& one : tape)
    if (any_number(8) == 0) part.push_back(one);
  return part;
}

}  // namespace

TEST_CASE("shrinker: only what is needed is left", "[sim]") {
  int tries = 0;
  Tape tape = noise(40);
  tape.insert(tape.begin() + 17, stall(3));
  tape.insert(tape.begin() + 29, deviation("w2", "crash", 1, 1));
  const Shrunk shrunk = shrink({big_load(), tape},
                               fails_with({stall(3), deviation("w2", "crash", 1, 1)}, tries), 1000);
  CHECK(shrunk.candidate.tape == Tape{stall(3), deviation("w2", "crash", 1, 1)});
  Load least;
  least.workers = 2;
  least.jobs = 1;
  least.items = 1;
  CHECK(shrunk.candidate.load == least);
  CHECK(shrunk.steps == 16);
  CHECK(shrunk.tries == tries);
  CHECK(tries < 250);
}

TEST_CASE("shrinker: a run that fails without any deviation loses all of them", "[sim]") {
  int tries = 0;
  const Shrunk shrunk = shrink({Load{}, noise(200)}, fails_with({}, tries), 1000);
  CHECK(shrunk.candidate.tape.empty());
  CHECK(shrunk.candidate.load.workers == 1);
  CHECK(tries < 15);
}

TEST_CASE("shrinker: what was never asked for is gone after the first run", "[sim]") {
  const auto attempt = [](const Candidate& candidate) {
    Attempted attempted{true, 5, {}, {}};
    if (has(candidate.tape, stall(0))) attempted.used = {stall(0)};
    attempted.fails_alike = !attempted.used.empty();
    return attempted;
  };
  Tape tape = noise(30);
  tape.push_back(stall(0));
  const Shrunk shrunk = shrink({Load{}, tape}, attempt, 1);
  CHECK(shrunk.candidate.tape == Tape{stall(0)});
  CHECK(shrunk.tries == 1);
}

TEST_CASE("shrinker: an idle worker is taken out, and the one behind it takes its place", "[sim]") {
  const auto attempt = [](const Candidate& candidate) {
    Attempted attempted;
    attempted.used = candidate.tape;
    attempted.steps = 10 + candidate.load.workers;
    const std::string last = "w" + std::to_string(candidate.load.workers);
    attempted.fails_alike = candidate.load.workers >= 2 &&
                            has(candidate.tape, deviation(last, "stall", 5, 1)) &&
                            has(candidate.tape, goes_on("time", 2, last));
    return attempted;
  };
  Load load;
  load.workers = 3;
  load.items = 1;
  const Shrunk shrunk =
      shrink({load, {deviation("w3", "stall", 5, 1), goes_on("time", 2, "w3")}}, attempt, 100);
  CHECK(shrunk.candidate.load.workers == 2);
  CHECK(shrunk.candidate.tape == Tape{deviation("w2", "stall", 5, 1), goes_on("time", 2, "w2")});
}

TEST_CASE("shrinker: whoever goes on keeps its name's rest when a worker before it is taken out",
          "[sim]") {
  const Candidate candidate{{},
                            {goes_on("w3", 0, "w3.51"), goes_on("w3/beat", 1, "w2/beat"),
                             goes_on("gate", 2, "w3/main#2 at the barrier"),
                             goes_on("time", 3, "w1"), goes_on("time", 4, "operator1")}};
  CHECK(without_worker(candidate, 2).tape ==
        Tape{goes_on("w2", 0, "w2.51"), goes_on("gate", 2, "w2/main#2 at the barrier"),
             goes_on("time", 3, "w1"), goes_on("time", 4, "operator1")});
}

TEST_CASE("shrinker: a worker starts when it first has something to claim", "[sim]") {
  const auto attempt = [](const Candidate& candidate) {
    Attempted attempted{true, 20, candidate.tape, {{"w1", 1us}, {"w2", 305s + 1us}}};
    if (has(candidate.tape, deviation("w2", "start", 0, Duration{305s}.count())))
      attempted.steps = 15;
    attempted.fails_alike = candidate.load.workers == 2 && candidate.load.items == 4;
    return attempted;
  };
  const Shrunk shrunk = shrink({Load{}, {}}, attempt, 100);
  CHECK(shrunk.candidate.tape == Tape{deviation("w2", "start", 0, Duration{305s}.count())});
  CHECK(shrunk.steps == 15);
}

TEST_CASE("shrinker: durations become round, but never longer", "[sim]") {
  const auto shortest_that_fails_from = [](Duration found, Duration least) {
    const auto attempt = [&](const Candidate& candidate) {
      Attempted attempted;
      attempted.used = candidate.tape;
      attempted.fails_alike =
          candidate.tape.size() == 2 && candidate.tape[1].value >= least.count();
      return attempted;
    };
    return Duration{
        shrink({Load{}, {stall(0), stall_lasts(0, found)}}, attempt, 200).candidate.tape[1].value};
  };
  CHECK(shortest_that_fails_from(630s, 300s + 1us) == 400s);
  CHECK(shortest_that_fails_from(330s + 1us, 300s + 1us) == 310s);
  CHECK(shortest_that_fails_from(330s + 1us, 300s) == 300s);
  CHECK(shortest_that_fails_from(300s + 1us, 300s + 1us) == 300s + 1us);
  CHECK(shortest_that_fails_from(1h, 5s) == 5s);
  CHECK(shortest_that_fails_from(7us, 7us) == 7us);
}

TEST_CASE("shrinker: a fault that strikes a little earlier may need no others", "[sim]") {
  const auto attempt = [](const Candidate& candidate) {
    Attempted attempted;
    attempted.used = candidate.tape;
    attempted.steps = 10 + static_cast<int>(candidate.tape.size());
    attempted.fails_alike =
        has(candidate.tape, stall(21)) ||
        (has(candidate.tape, stall(23)) && has(candidate.tape, deviation("w2", "stall", 109, 1)));
    return attempted;
  };
  CHECK(shrink({Load{}, {stall(23), deviation("w2", "stall", 109, 1)}}, attempt, 500)
            .candidate.tape == Tape{stall(21)});
}

TEST_CASE("shrinker: faults of a late worker strike at the same places, counted from its start",
          "[sim]") {
  const Deviation start = deviation("w2", "start", 0, Duration{305s}.count());
  const auto attempt = [&](const Candidate& candidate) {
    const bool late = has(candidate.tape, start);
    Attempted attempted{true, late ? 15 : 20, candidate.tape, {{"w2", 305s + 1us}}};
    attempted.fails_alike = candidate.load.items == 4 && candidate.load.workers == 2 &&
                            has(candidate.tape, deviation("w2", "crash", late ? 7 : 107, 1));
    return attempted;
  };
  CHECK(shrink({Load{}, {deviation("w2", "crash", 107, 1)}}, attempt, 500).candidate.tape ==
        Tape{start, deviation("w2", "crash", 7, 1)});
}

TEST_CASE("shrinker: one fault of the first worker is tried alone, on one job", "[sim]") {
  const auto attempt = [](const Candidate& candidate) {
    Attempted attempted;
    attempted.used = candidate.tape;
    attempted.steps = 10 * candidate.load.jobs + candidate.load.items;
    attempted.fails_alike =
        (candidate.load.jobs == 5 && has(candidate.tape, deviation("w2", "stall", 12, 1))) ||
        (candidate.load.jobs == 1 && candidate.load.items >= 3 && has(candidate.tape, stall(9)));
    return attempted;
  };
  Load load;
  load.jobs = 5;
  const Shrunk shrunk = shrink({load, {deviation("w2", "stall", 12, 1)}}, attempt, 500);
  CHECK(shrunk.candidate.tape == Tape{stall(9)});
  CHECK(shrunk.candidate.load.jobs == 1);
  CHECK(shrunk.candidate.load.items == 3);
}

/// It fails where the worker stalls for no less and no more than that; a stall of 300 s makes a
/// shorter story where `long_is_short`.
TryCandidate fails_between(Duration least, Duration most, bool long_is_short) {
  return [=](const Candidate& candidate) {
    Duration lasts = 0s;
    for (const Deviation& each : candidate.tape)
      if (each.point.kind == "stall.lasts") lasts = Duration{each.value};
    Attempted attempted;
    attempted.fails_alike = has(candidate.tape, stall(0)) && lasts >= least && lasts <= most;
    attempted.used = candidate.tape;
    attempted.lengths = {stall_lasts(0, lasts)};
    attempted.steps = long_is_short && lasts < 300s ? 20 : 10;
    return attempted;
  };
}

TEST_CASE("shrinker: says for how long a fault may last, too, as far as it was tried", "[sim]") {
  const auto alike = [](Duration least, Duration most, bool long_is_short) {
    const Shrunk shrunk = shrink({Load{}, {stall(0), stall_lasts(0, 300s)}},
                                 fails_between(least, most, long_is_short), 200);
    REQUIRE(!shrunk.candidate.tape.empty());
    return shrunk.candidate.tape.front().alike;
  };
  CHECK(alike(20s, 100h, false) == "anything longer");
  CHECK(alike(20s, 30s, false).empty());
  CHECK(alike(20s, 100h, true) == "anything from 24 s on");
  CHECK(alike(20s, 400s, true) == "anything from 24 s to 300 s");
}

TEST_CASE(
    "shrinker: a fault that lasts as long as it does quietly is shortened where that makes the "
    "story shorter",
    "[sim]") {
  const auto attempt = [](const Candidate& candidate) {
    Attempted attempted;
    attempted.used = candidate.tape;
    const bool said = candidate.tape.size() == 2;
    const Duration lasts = said ? Duration{candidate.tape[1].value} : 330s;
    attempted.lengths = {stall_lasts(0, lasts)};
    attempted.fails_alike =
        !candidate.tape.empty() && candidate.tape[0] == stall(0) && lasts >= 299s;
    attempted.steps = lasts < 300s ? 20 : 40;
    return attempted;
  };
  Deviation fault = stall(0);
  fault.alike = "anything longer";
  CHECK(shrink({Load{}, {stall(0)}}, attempt, 500).candidate.tape ==
        Tape{fault, stall_lasts(0, 299s)});
}

TEST_CASE("shrinker: a run that fails no more when it is run again is left as it is", "[sim]") {
  int tries = 0;
  const Shrunk left = shrink({Load{}, {stall(1)}}, fails_with({stall(0)}, tries), 10);
  CHECK(left.candidate.tape == Tape{stall(1)});
  CHECK(left.tries == 1);
}

TEST_CASE("shrinker: the laws", "[sim]") {
  law("the result fails, is no larger, within the budget, the same each time", [] {
    const Tape tape = any_deviations();
    const Tape needed = any_part_of(tape);
    const int budget = any_number(1, 200);
    int tries = 0, tries_again = 0;
    const Shrunk shrunk = shrink({big_load(), tape}, fails_with(needed, tries), budget);
    HOLDS(tries <= budget);
    HOLDS(shrunk.tries == tries);
    const Candidate& result = shrunk.candidate;
    for (const Deviation& one : needed) HOLDS(has(result.tape, one));
    HOLDS(!(size_of({big_load(), tape}, 10 + 4 + 3 + 20 + static_cast<int>(tape.size())) <
            size_of(result, shrunk.steps)));
    const Shrunk again = shrink({big_load(), tape}, fails_with(needed, tries_again), budget);
    HOLDS(again.candidate.tape == result.tape);
    HOLDS(again.candidate.load == result.load);
  });
  law("with budget enough, nothing is left that is not needed", [] {
    const Tape tape = any_deviations();
    const Tape needed = any_part_of(tape);
    int tries = 0;
    HOLDS(shrink({big_load(), tape}, fails_with(needed, tries), 100'000).candidate.tape == needed);
  });
  law("nothing is ever lengthened, in any run that is tried", [] {
    const Tape tape = any_deviations();
    const Tape needed = any_part_of(tape);
    const auto attempt = [&](const Candidate& candidate) {
      Attempted attempted{candidate.tape.size() >= needed.size(),
                          static_cast<int>(candidate.tape.size()),
                          candidate.tape,
                          {}};
      HOLDS(candidate.load.workers <= 4);
      HOLDS(candidate.load.jobs <= 3);
      HOLDS(candidate.load.items <= 20);
      HOLDS(candidate.load.poison <= 2);
      HOLDS(candidate.tape.size() <= tape.size());
      Duration before{}, after{};
      for (const Deviation& one : tape)
        before += Duration{one.point.kind.ends_with(".lasts") ? one.value : 0};
      for (const Deviation& one : candidate.tape) {
        if (!one.point.kind.ends_with(".lasts")) continue;
        after += Duration{one.value};
        HOLDS(one.value > 0);
        HOLDS(std::any_of(tape.begin(), tape.end(), [&](const Deviation& d) {
          return d.point.kind == one.point.kind && d.value >= one.value;
        }));
      }
      HOLDS(after <= before);
      return attempted;
    };
    shrink({big_load(), tape}, attempt, 300);
  });
  law("rounder durations are shorter, above zero and not the same twice", [] {
    const Duration duration{any_number<std::int64_t>(1, 10'000'000'000'000)};
    std::set<Duration> seen;
    for (const Duration shorter : rounder(duration)) {
      HOLDS(shorter > 0us);
      HOLDS(shorter < duration);
      HOLDS(seen.insert(shorter).second);
    }
  });
}

}  // namespace fencepost
