// The list of a load's knobs: what walks it treats every field alike.
#include "sim/input/load.hpp"

#include "sim/input/scenario.hpp"
#include "sim/text/error.hpp"
#include "sim/text/json.hpp"
#include "tests/fixtures/catch.hpp"
#include "tests/fixtures/input_folder.hpp"
#include "tests/fixtures/law.hpp"

namespace fencepost {
namespace {

/// Becomes whatever is asked for, so that the compiler can count the fields of a struct.
struct Anything {
  template <typename Value>
  operator Value() const;
};
template <typename Struct, typename... Fields>
constexpr std::size_t count_fields() {
  if constexpr (requires { Struct{Fields{}..., Anything{}}; })
    return count_fields<Struct, Fields..., Anything>();
  else
    return sizeof...(Fields);
}
static_assert(count_fields<Load>() == std::tuple_size_v<decltype(kKnobs)>,
              "every field of Load has one row in kKnobs");

Duration any_duration(std::int64_t least) {
  return Duration{any_number<std::int64_t>(least, 10'000'000'000'000)};
}

Load any_load() {
  const auto count = [] { return any_number(9); };
  Load load;
  load.workers = any_number(1, 9);
  load.previous = count();
  load.roles = {{"operator", count()}, {"reaper", count()}};
  load.jobs = any_number(1, 9);
  load.items = count();
  load.poison = count();
  if (count() > 4) load.constants = {{"chunk", "2"}, {"batch", any_text()}};
  if (count() > 4) load.slow = {{1, 3}, {{Length::Unit::poll, {}, 1'500'000}}};
  for (int i = count(); i > 6; --i) load.clock_offsets.push_back(any_duration(-1'000'000));
  for (int i = count(); i > 6; --i) load.clock_drifts.push_back({any_number(-9, 9)});
  if (count() > 4) load.clock_tick = any_duration(1);
  if (count() > 4)
    load.pooler = {any_bool() ? Pooling::Mode::session : Pooling::Mode::transaction,
                   any_number(1, 9)};
  return load;
}

TEST_CASE("load: what a saved run holds is the load, whatever it is", "[sim]") {
  law("any load", [] {
    const Load load = any_load();
    const std::string json = to_json(load);
    const Load read = load_in(json_tree(json, "a.json"));
    HOLDS(read == load);
    HOLDS(to_json(read) == json);
  });
}

TEST_CASE("load: every smaller one has less of one knob and as much of the others", "[sim]") {
  law("any load", [] {
    const Load load = any_load();
    const std::vector<std::int64_t> amounts = amounts_of(load);
    for (const Load& smaller : smaller_loads(load)) {
      HOLDS(smaller != load);
      HOLDS(smaller.workers == load.workers);
      const std::vector<std::int64_t> left = amounts_of(smaller);
      int changed = 0;
      for (std::size_t i = 0; i < left.size(); ++i) {
        HOLDS(left[i] <= amounts[i]);
        changed += left[i] < amounts[i] ? 1 : 0;
      }
      // Of a role's workers there may be fewer, but there are as many roles.
      HOLDS((changed == 1 || smaller.roles != load.roles));
    }
  });
}

TEST_CASE("load: the boldest steps come first", "[sim]") {
  Load load;
  load.jobs = 4;
  load.items = 1;
  load.poison = 2;
  load.clock_tick = 1s;
  std::vector<std::string> tries;
  for (const Load& smaller : smaller_loads(load))
    tries.push_back(fmt::format("{} {} {}", smaller.jobs, smaller.poison,
                                smaller.clock_tick > 0us ? "coarse" : "exact"));
  CHECK(tries == std::vector<std::string>{"4 2 exact", "4 1 coarse", "4 1 coarse", "1 2 coarse",
                                          "2 2 coarse", "3 2 coarse"});
}

TEST_CASE("load: what would take minutes to insert is refused, also in a saved run", "[sim]") {
  const auto refusal = [](int jobs, int items) {
    Load load;
    load.jobs = jobs;
    load.items = items;
    try {
      load_in(json_tree(to_json(load), "run.json"));
    } catch (const InputError& error) {
      return std::string(error.what());
    }
    return std::string();
  };
  CHECK(refusal(2, 5'000) == "");
  CHECK(refusal(10'000, 0) == "");
  CHECK(refusal(2, 5'001) ==
        "run.json:1: jobs are 2, with 5001 items each, which is 10002, but a history has at most "
        "10000 of them; lower jobs or items");
  CHECK(refusal(10'000, 100'000) != "");
}

TEST_CASE("load: a key that is nearly a knob's is a mistake, any other one a constant", "[sim]") {
  InputFolder folder;
  CHECK(folder.scenario("[load]\nchunk = 7\n").load.constants == Constants{{"chunk", "7"}});
  CHECK(folder.scenario_refusal("[load]\nclock_tik = \"1s\"\n") ==
        "x.toml:2: unknown key \"clock_tik\" in [load]; known are workers, previous, roles, jobs, "
        "items, slow, poison, clock_offsets, clock_drifts, clock_tick and pooler, and the names of "
        "the protocol's constants; did you mean \"clock_tick\"?");
}

TEST_CASE("load: a pooler has a mode and a size, or is told what is missing", "[sim]") {
  InputFolder folder;
  const Load load = folder.scenario("[load.pooler]\nmode = \"transaction\"\nsize = 3\n").load;
  CHECK(load.pooler == Pooling{Pooling::Mode::transaction, 3});
  CHECK(folder.scenario("[load]\npooler = { size = 1, mode = \"session\" }\n").load.pooler ==
        Pooling{Pooling::Mode::session, 1});
  CHECK(folder.scenario("[load.pooler]\nmode = \"session\"\nsize = 1\nlifetime = \"1h\"\n")
            .load.pooler == Pooling{Pooling::Mode::session, 1, 1h});
  const auto refusal = [&](const std::string& text) {
    return folder.scenario_refusal("[load.pooler]\n" + text);
  };
  CHECK(refusal("size = 2\n") ==
        "x.toml:1: [load.pooler] has no mode; write mode = \"transaction\", or \"session\"");
  CHECK(refusal("mode = \"session\"\n") ==
        "x.toml:1: [load.pooler] has no size; write how many backends there are: size = 2");
  CHECK(refusal("mode = \"statement\"\nsize = 2\n") ==
        "x.toml:2: mode in [load.pooler] is the text \"statement\", but must be one of session and "
        "transaction");
  CHECK(
      refusal("mode = \"transactions\"\nsize = 2\n").ends_with("; did you mean \"transaction\"?"));
  CHECK(
      refusal("mode = \"session\"\nsize = 0\n") ==
      "x.toml:3: size in [load.pooler] is the whole number 0, but must be a whole number from 1 to "
      "1000");
  CHECK(refusal("mode = \"session\"\nsize = 2\nwait = \"1s\"\n") ==
        "x.toml:4: unknown key \"wait\" in [load.pooler]; known are lifetime, mode and size");
  CHECK(folder.scenario_refusal("[load]\npooler = 2\n") ==
        "x.toml:2: [load.pooler] is the whole number 2, but must be a table");
}

TEST_CASE("load: what a saved run says of a pooler must be one", "[sim]") {
  Load load;
  load.pooler = {Pooling::Mode::session, 4};
  std::string json = to_json(load);
  CHECK(json.find("\"pooler\": {\"mode\": \"session\", \"size\": 4}") != std::string::npos);
  load.pooler.lifetime = 30s;
  CHECK(load_in(json_tree(to_json(load), "a.json")) == load);
  json.replace(json.find("\"session\""), 9, "\"none\"");
  CHECK_THROWS_AS(load_in(json_tree(json, "a.json")), InputError);
}

}  // namespace
}  // namespace fencepost
