// What machines leave of one check, read again and put together.
#include "sim/wide/joined.hpp"

#include <functional>
#include <regex>

#include "sim/text/error.hpp"
#include "sim/text/files.hpp"
#include "sim/text/sealed_json.hpp"
#include "tests/fixtures/hostile.hpp"
#include "tests/fixtures/input_folder.hpp"
#include "tests/fixtures/law.hpp"
#include "tests/fixtures/report_example.hpp"

namespace fencepost {
namespace {

/// Shard `number` of `of`: what it came to under two scenarios.
ShardResult shard(int number, int of) {
  ShardResult result;
  result.number = number;
  WorkLabel& label = result.label;
  label.of = of;
  label.build = "0123456789abcdef";
  label.server = "15.18";
  label.last_seed = 100;
  label.named = {"./mine"};
  label.protocols = {{"mine", "00ff", {"single_owner"}, {{"stall", "1234"}, {"calm", "5678"}}}};
  result.tallies = {example_report().protocols[0].tallies};
  if (number == 1)
    result.saved = {{{"a.json", "stall", "single_owner", Came::not_judged, true, "no longer fits"},
                     0,
                     std::nullopt}};
  return result;
}

/// The same of `mutate`, which has tried none yet.
ShardResult shard_of_mutants(int number, int of) {
  ShardResult result = shard(number, of);
  result.label.command = "mutate";
  result.tallies.clear();
  result.saved.clear();
  result.tried = {{{"single_owner"}, {}}};
  return result;
}

TriedMutant any_tried(int mutant) {
  return {mutant,
          any_of({Became::caught, Became::survived, Became::refused}),
          hostile_text(),
          hostile_text(),
          any_seed(),
          any_number(0, 400),
          any_number<std::int64_t>(0, 90'000),
          hostile_text()};
}

std::vector<GivenResult> shards(const std::vector<int>& numbers, int of) {
  std::vector<GivenResult> all;
  for (const int number : numbers)
    all.push_back({std::to_string(all.size() + 1) + ".json", shard(number, of)});
  return all;
}

std::string refusal_of(const std::function<void()>& action) {
  try {
    action();
  } catch (const InputError& error) {
    return error.what();
  }
  return "";
}

std::string joining(const std::vector<GivenResult>& results) {
  return refusal_of([&] { joined(results); });
}

/// What is said of two shards of which the second has this changed.
std::string against(const std::function<void(WorkLabel&)>& change) {
  std::vector<GivenResult> two = shards({1, 2}, 2);
  change(two[1].result.label);
  return joining(two);
}

std::string reading(const std::string& text) {
  return refusal_of([&] { shard_result_from_json(text, "a.json"); });
}

/// One history's tally that says of everything which seed it is of.
Tally tally_of(std::uint64_t seed) {
  Tally tally;
  tally.scenario = "stall";
  tally.histories = 1;
  tally.steps = 10;
  const std::string name = std::to_string(seed);
  if (any_bool()) tally.open["single_owner"] = "left open by seed " + name;
  if (any_bool()) tally.statements["claim.take"] = {0, 1, "40001 (seed " + name + ")"};
  if (any_bool())
    tally.found["single_owner"] = {
        1, "stall", seed, {"", any_number(1, 4), Instant{}, {"1"}, {1}, "seed " + name}};
  tally.judged["single_owner"] = {{any_of({Outcome::holds, Outcome::violated, Outcome::open}), 1}};
  tally.reached["takeover"] = any_number(0, 3);
  return tally;
}

}  // namespace

TEST_CASE("shard result: any comes back from its file", "[wide]") {
  law("reading what was written and writing it again gives the same", [] {
    ShardResult result = shard(1, 3);
    result.label.build = hostile_text();
    result.label.named = {hostile_text(), hostile_text()};
    result.label.only = {hostile_text()};
    result.label.first_seed = any_seed();
    result.label.as_expected = any_bool();
    result.label.protocols = {{hostile_text(), hostile_text(), {hostile_text()}, {}}};
    result.tallies = {any_report().protocols[0].tallies};
    for (const Tally& tally : result.tallies[0])
      result.label.protocols[0].scenarios[tally.scenario] = hostile_text();
    static_cast<SavedNote&>(result.saved[0]) = any_saved();
    const ShardResult read = shard_result_from_json(to_json(result), "a.json");
    HOLDS(to_json(read) == to_json(result));
    HOLDS(read.label == result.label);
    HOLDS(read.number == 1);
  });
}

TEST_CASE("shard result: cut off, edited, newer and foreign files are refused with what to do",
          "[wide]") {
  const std::string text = to_json(shard(1, 2));
  CHECK(reading(text) == "");
  for (std::size_t part = 1; part < 16; ++part)
    CHECK(reading(text.substr(0, text.size() * part / 16))
              .find(": the file is cut off: its JSON ends too early") != std::string::npos);
  CHECK(reading(std::regex_replace(text, std::regex("\n"), "\r\n")) == "");
  std::string edited = text;
  edited.replace(edited.find("\"histories\": 10"), 15, "\"histories\": 11");
  CHECK(reading(edited).find(": this file was edited: its digest is ") != std::string::npos);
  CHECK(reading(edited).ends_with("; restore the file, or run that shard again"));
  std::string newer = text;
  newer.replace(newer.find("\"format\": 1"), 11, "\"format\": 2, \"more\": []");
  CHECK(reading(newer) ==
        "a.json:2: format 2 is not known; this fencepost reads format 1: take the fencepost that "
        "wrote the file, or run that shard again");
  CHECK(reading("{\"a\": 1}") ==
        "a.json:1: this is not the result of a shard: its kind is not said, but must be \"shard\"; "
        "name another file");
  CHECK(reading("[]").starts_with("a.json:1: this is not the result of a shard: "));
  CheckReport report = example_report();
  report.protocols.clear();
  const std::string whole = sealed({"results", "", "", {}}, {json_entry("protocols", "[]")});
  CHECK(reading(whole) ==
        "a.json:1: this is not the result of a shard: its kind is \"results\", but must be "
        "\"shard\"; name another file");
  ShardResult other = shard(1, 2);
  other.label.protocols[0].scenarios.erase("calm");
  CHECK(reading(to_json(other)).ends_with(": these tallies are not those of the protocols above"));
  other = shard_of_mutants(1, 2);
  other.tried.clear();
  CHECK(reading(to_json(other)).ends_with(": these mutants are not those of the protocols above"));
  other = shard(3, 2);
  CHECK(reading(to_json(other)).starts_with("a.json:4: \"shard\""));
}

TEST_CASE("shard result: any bytes are read or refused", "[wide]") {
  law("a file with a part cut out or replaced", [] {
    std::string text = to_json(shard(1, 2));
    const auto at = any_number<std::size_t>(text.size());
    text.replace(at, any_number<std::size_t>(40), hostile_text());
    const std::string said = reading(text);
    HOLDS((said.empty() || said.starts_with("a.json:")));
  });
}

TEST_CASE("shard result: it is written whole, with its folder, or not at all", "[wide]") {
  const InputFolder folder;
  const auto file = folder.path() / "deep" / "1-of-2.json";
  write_whole_file(file, "one", "the shard's result");
  write_whole_file(file, "two", "the shard's result");
  CHECK(bytes_of(file) == "two");
  CHECK(std::distance(std::filesystem::directory_iterator(file.parent_path()), {}) == 1);
  CHECK(folder.refusal([&](const auto& path) {
    write_whole_file(path / "deep", "three", "the shard's result");
  }) == "the shard's result can't be written to deep (Is a directory); name another file");
  CHECK(std::distance(std::filesystem::directory_iterator(folder.path()), {}) == 1);
}

TEST_CASE("joined: shards in any order are what one machine would have left", "[wide]") {
  law("for any seeds, dealt to any number of machines", [] {
    const int of = any_number(1, 6);
    const SeedRange all{1, any_number<std::uint64_t>(1, 20)};
    ShardResult whole = shard(1, 1);
    Tally& sum = (whole.tallies = {{Tally{}}}).front().front();
    sum.scenario = "stall";
    whole.label.protocols[0].scenarios = {{"stall", "1234"}};
    std::vector<GivenResult> given;
    for (int number = 1; number <= of; ++number) {
      ShardResult each = shard(number, of);
      each.label.protocols = whole.label.protocols;
      Tally own;
      own.scenario = "stall";
      const SeedRange seeds = seeds_of({number, of}, all);
      for (std::uint64_t seed = seeds.first; seed <= seeds.last; ++seed) {
        const Tally one = tally_of(seed);
        own.merge(one);
        sum.merge(one);
      }
      each.tallies = {{own}};
      given.insert(given.begin() + any_number<std::ptrdiff_t>(number),
                   {"a.json", shard_result_from_json(to_json(each), "a.json")});
    }
    HOLDS(to_json(joined(given)) == to_json(whole));
  });
}

TEST_CASE("joined: mutants that were dealt come together in their order", "[wide]") {
  law("for any number of machines, each tried mutant once", [] {
    const int of = any_number(1, 6);
    ShardResult whole = shard_of_mutants(1, 1);
    std::vector<GivenResult> given;
    for (int number = of; number > 0; --number)
      given.push_back({"a.json", shard_of_mutants(number, of)});
    for (int mutant = 0; mutant < 20; ++mutant) {
      const TriedMutant tried = any_tried(mutant);
      whole.tried[0].mutants.push_back(tried);
      given[any_number<std::size_t>(given.size() - 1)].result.tried[0].mutants.push_back(tried);
    }
    for (GivenResult& each : given)
      each.result = shard_result_from_json(to_json(each.result), "a.json");
    HOLDS(to_json(joined(given)) == to_json(whole));
  });
}

TEST_CASE("joined: what shards tried is told of the mutants that are here", "[wide]") {
  Killing here;
  here.mutants.resize(3);
  here.mutants[2].became = Became::equivalent;
  const TriedMutants tried{{"single_owner"},
                           {{1, Became::caught, "fenced_writes", "stall", 7, 12, 340, ""}}};
  const Killing all = with_tried(here, tried);
  CHECK(all.violated == tried.violated);
  CHECK(all.mutants[0].became == Became::not_tried);
  CHECK(all.mutants[1].property == "fenced_writes");
  CHECK(all.mutants[1].took == std::chrono::milliseconds(340));
  CHECK(tried_of(all).mutants == tried.mutants);
  CHECK(refusal_of([&] {
          with_tried(here, {{}, {{3}}});
        }) == "the shards tried mutant 3 of a protocol that has 3 here; run them again");
}

TEST_CASE("joined: a shard that is missing or there twice is named", "[wide]") {
  CHECK(joining(shards({2, 1, 3}, 3)) == "");
  CHECK(joining(shards({1, 3}, 3)) ==
        "a shard is missing: 2/3; run \"check --shard 2/3\", and merge then");
  CHECK(joining(shards({2}, 3)) ==
        "2 shards are missing: 1/3, 3/3; run \"check --shard 1/3\", and merge then");
  CHECK(joining(shards({40}, 40)) ==
        "39 shards are missing: 1/40, 2/40, 3/40, 4/40, 5/40, 6/40, 7/40, 8/40, 9/40, 10/40 … and "
        "29 more; run \"check --shard 1/40\", and merge then");
  CHECK(joining({{"2.json", shard_of_mutants(2, 2)}}) ==
        "a shard is missing: 1/2; run \"mutate --shard 1/2\", and merge then");
  CHECK(joining(shards({1, 2, 1}, 2)) ==
        "1.json and 3.json are both shard 1/2; leave one of them out");
}

TEST_CASE("joined: shards of two checks are refused, with both files and what differs", "[wide]") {
  const auto said = [](const std::string& what, const std::string& one, const std::string& other) {
    return "1.json and 2.json do not belong together: " + what + " is " + one +
           " in the first, but " + other + " in the second; run one of them again as the other was";
  };
  CHECK(against([](WorkLabel&) {}) == "");
  CHECK(against([](WorkLabel& label) { label.command = "mutate"; }) ==
        said("\"command\"", "\"check\"", "\"mutate\""));
  CHECK(against([](WorkLabel& label) { label.changes = {"claim"}; }) ==
        said("\"changes\"", "[]", "[\"claim\"]"));
  CHECK(against([](WorkLabel& label) { label.last_of_two = 9; }) ==
        said("\"last_of_two\"", "0", "9"));
  CHECK(against([](WorkLabel& label) { label.tries_declared = true; }) ==
        said("\"tries_declared\"", "false", "true"));
  CHECK(against([](WorkLabel& label) { label.of = 4; }) == said("\"of\"", "2", "4"));
  CHECK(against([](WorkLabel& label) { label.build = "ff"; }) ==
        said("\"build\"", "\"0123456789abcdef\"", "\"ff\""));
  CHECK(against([](WorkLabel& label) { label.server = "16.2"; }) ==
        said("\"server\"", "\"15.18\"", "\"16.2\""));
  CHECK(against([](WorkLabel& label) { label.first_seed = 2; }) ==
        said("\"first_seed\"", "1", "2"));
  CHECK(against([](WorkLabel& label) { label.last_seed = 101; }) ==
        said("\"last_seed\"", "100", "101"));
  CHECK(against([](WorkLabel& label) { label.as_expected = true; }) ==
        said("\"as_expected\"", "false", "true"));
  CHECK(against([](WorkLabel& label) { label.named = {"./other"}; }) ==
        said("\"named\"", "[\"./mine\"]", "[\"./other\"]"));
  CHECK(against([](WorkLabel& label) { label.only = {"stall"}; }) ==
        said("\"only\"", "[]", "[\"stall\"]"));
  CHECK(against([](WorkLabel& label) { label.protocols[0].hash = "0"; }) ==
        said("\"hash\" of mine", "\"00ff\"", "\"0\""));
  CHECK(against([](WorkLabel& label) { label.protocols[0].known = {}; }) ==
        said("\"known\" of mine", "[\"single_owner\"]", "[]"));
  CHECK(against([](WorkLabel& label) { label.protocols[0].scenarios["calm"] = "0"; }) ==
        said("the scenario calm of mine", "\"5678\"", "\"0\""));
  CHECK(against([](WorkLabel& label) { label.protocols[0].scenarios["new"] = "0"; }) ==
        said("the scenario new of mine", "not there", "\"0\""));
}

TEST_CASE("joined: files and folders are read, and an empty folder is refused", "[wide]") {
  const InputFolder folder;
  write_whole_file(folder.path() / "shards" / "1.json", to_json(shard(1, 2)), "a result");
  write_whole_file(folder.path() / "shards" / "2.json.part", "half", "a result");
  write_whole_file(folder.path() / "two.json", to_json(shard(2, 2)), "a result");
  const auto results = read_results({folder.path() / "two.json", folder.path() / "shards"});
  CHECK(results.size() == 2);
  CHECK(results[1].file == folder.path() / "shards" / "1.json");
  CHECK(to_json(results[0].result) == to_json(shard(2, 2)));
  std::filesystem::create_directory(folder.path() / "empty");
  CHECK(folder.refusal([](const auto& path) { read_results({path / "empty"}); }) ==
        "empty holds no *.json, but must hold the results of shards; name another folder");
}

}  // namespace fencepost
