#include "sim/wide/joined.hpp"

#include <fmt/ranges.h>

#include <algorithm>

#include "sim/text/error.hpp"
#include "sim/text/fields_json.hpp"
#include "sim/text/files.hpp"
#include "sim/text/words.hpp"

namespace fencepost {
namespace {

namespace fs = std::filesystem;

/// One thing that a label says, and how.
struct Fact {
  std::string what;
  std::string value;
};

/// Visits fields, and writes down what they say.
struct Facts {
  std::string of;  ///< behind each key: ` of queue`
  std::vector<Fact> all{};

  template <typename T>
  void operator()(std::string_view key, const T& value, Written) {
    all.push_back({fmt::format("\"{}\"{}", key, of), json_of(value)});
  }
  // Its parts are facts of their own.
  void operator()(std::string_view, const std::map<std::string, std::string>& scenarios, Written) {
    for (const auto& [name, hash] : scenarios)
      all.push_back({fmt::format("the scenario {}{}", name, of), json_of(hash)});
  }
  void operator()(std::string_view, const std::vector<CheckedProtocol>& protocols, Written) {
    for (const CheckedProtocol& each : protocols) {
      Facts facts{fmt::format(" of {}", each.name)};
      CheckedProtocol::fields(each, facts);
      all.insert(all.end(), facts.all.begin(), facts.all.end());
    }
  }
};

std::vector<Fact> facts_of(const WorkLabel& label) {
  Facts facts;
  WorkLabel::fields(label, facts);
  return facts.all;
}

/// As a sentence says it.
std::string said_in(const std::vector<Fact>& facts, const std::string& what) {
  const auto found =
      std::find_if(facts.begin(), facts.end(), [&](const Fact& fact) { return fact.what == what; });
  return found == facts.end() ? "not there" : found->value;
}

std::vector<fs::path> files_of(const std::string& named) {
  std::error_code error;
  if (!fs::is_directory(named, error)) return {named};
  std::vector<fs::path> files = files_in(named, ".json");
  if (files.empty())
    throw InputError(fmt::format(
        "{} holds no *.json, but must hold the results of shards; name another folder", named));
  return files;
}

/// All of them, each once. They are in order.
void demand_all(const std::vector<GivenResult>& results) {
  const int of = results.front().result.label.of;
  for (std::size_t i = 1; i < results.size(); ++i)
    if (results[i].result.number == results[i - 1].result.number)
      throw InputError(fmt::format("{} and {} are both shard {}; leave one of them out",
                                   results[i - 1].file.string(), results[i].file.string(),
                                   to_text(results[i].result.shard())));
  std::vector<std::string> missing;
  auto next = results.begin();
  for (int number = 1; number <= of; ++number)
    if (next != results.end() && next->result.number == number)
      ++next;
    else
      missing.push_back(to_text(Shard{number, of}));
  if (missing.empty()) return;
  const std::size_t all = missing.size();
  constexpr std::size_t kMostNamed = 10;
  if (all > kMostNamed) missing.resize(kMostNamed);
  throw InputError(fmt::format(
      "{} missing: {}{}; run \"{} --shard {}\", and merge then",
      all == 1 ? "a shard is" : fmt::format("{} shards are", all), fmt::join(missing, ", "),
      all > kMostNamed ? fmt::format(" … and {} more", all - kMostNamed) : "",
      results.front().result.label.command, missing.front()));
}

}  // namespace

std::vector<GivenResult> read_results(const std::vector<std::string>& named) {
  std::vector<GivenResult> results;
  for (const std::string& each : named)
    for (const fs::path& file : files_of(each))
      results.push_back(
          {file, shard_result_from_json(read_text_file(file, "the result of a shard"), file)});
  return results;
}

void demand_one_check(const std::string& first, const WorkLabel& one, const std::string& second,
                      const WorkLabel& other) {
  if (one == other) return;
  const std::vector<Fact> ones = facts_of(one), others = facts_of(other);
  for (const std::vector<Fact>* facts : {&ones, &others})
    for (const Fact& fact : *facts) {
      const std::string here = said_in(ones, fact.what), there = said_in(others, fact.what);
      if (here == there) continue;
      throw InputError(
          fmt::format("{} and {} do not belong together: {} is {} in the first, but {} in the "
                      "second; run one of them again as the other was",
                      first, second, fact.what, here, there));
    }
  SIM_CHECK(false, "labels differ in no fact, of {} and {}", first, second);
}

ShardResult joined(std::vector<GivenResult> results) {
  const GivenResult& first = results.front();
  for (const GivenResult& each : results)
    demand_one_check(first.file.string(), first.result.label, each.file.string(),
                     each.result.label);
  std::stable_sort(results.begin(), results.end(), [](const GivenResult& a, const GivenResult& b) {
    return a.result.number < b.result.number;
  });
  demand_all(results);
  ShardResult all = std::move(results.front().result);
  all.label.of = 1;
  for (std::size_t i = 1; i < results.size(); ++i) {
    const ShardResult& each = results[i].result;
    for (std::size_t subject = 0; subject < all.tallies.size(); ++subject)
      for (std::size_t scenario = 0; scenario < all.tallies[subject].size(); ++scenario)
        all.tallies[subject][scenario].merge(each.tallies[subject][scenario]);
    for (std::size_t subject = 0; subject < all.tried.size(); ++subject)
      add_tried(all.tried[subject], each.tried[subject]);
  }
  return all;
}

}  // namespace fencepost
