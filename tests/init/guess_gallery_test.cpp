// The whole gallery: what is guessed of each protocol's own SQL, against what its protocol.toml
// and its observe say.
#include <fmt/ranges.h>

#include <algorithm>
#include <cstdlib>
#include <set>

#include "sim/init/guess.hpp"
#include "sim/input/gallery.hpp"
#include "sim/input/protocol_program.hpp"
#include "tests/fixtures/catch.hpp"

namespace fencepost {
namespace {

/// What a protocol says of itself, in the words of guesses; a subject that it says nothing of is
/// not asked.
struct Truth {
  std::map<std::string, std::set<std::string>> accepted;  ///< by subject: any of these is right
  std::map<std::string, JobState> labels;
};

std::vector<std::string> statements_in(const std::vector<Step>& steps, const Protocol& protocol) {
  std::vector<std::string> names;
  for_each_run(steps, [&](const RunStep& run) {
    const Statement* statement = run.is_operation ? nullptr : protocol.find(run.name);
    if (statement != nullptr && statement->command != Command::let) names.push_back(run.name);
  });
  return names;
}

/// The labels of a column that observe's CASE names.
std::map<std::string, JobState> labels_of(const Query& observe, const std::string& column) {
  std::map<std::string, JobState> found;
  for (const Output& output : observe.outputs) {
    if (output.name != "state") continue;
    const TreeNode of = output.value.node["arg"];
    for (const TreeNode& when : output.value.node["args"].items()) {
      const Operand result = operand_of(when["result"]);
      for (const JobState state :
           {JobState::ready, JobState::owned, JobState::succeeded, JobState::failed})
        if (result.kind == Operand::Kind::constant && to_text(state) == result.text)
          when["expr"].for_each([&](const TreeNode& node) {
            const TreeNode compared = of ? of : when["expr"]["lexpr"];
            if (operand_of(compared).text != column) return;
            if (node.kind() == "A_Const" && node["sval"]) found[operand_of(node).text] = state;
          });
    }
  }
  return found;
}

Truth truth_of(const Protocol& protocol, const std::string& state) {
  Truth truth;
  auto& accepted = truth.accepted;
  for (const Role& role : protocol.roles) {
    if (!role.claims()) continue;
    const auto operation = [&](const std::string& name) {
      const auto found = role.operations.find(name);
      return found == role.operations.end() ? std::vector<std::string>()
                                            : statements_in(found->second, protocol);
    };
    const std::vector<std::string> claim = operation("claim");
    accepted["claim"].insert(claim.begin(), claim.end());
    for (const char* subject : {"succeed", "fail", "release"})
      for (const std::string& name : operation(subject)) accepted[subject].insert(name);
    if (role.heartbeat)
      for (const std::string& name : statements_in(role.heartbeat->steps, protocol))
        accepted["heartbeat"].insert(name);
    for (const char* name : {"renew", "chunk", "advance"})
      for (const std::string& each : operation(name)) accepted["heartbeat"].insert(each);
  }
  if (accepted["succeed"].empty()) accepted.erase("succeed");
  accepted["heartbeat"].insert("");
  accepted["job"] = {fmt::format("{}", fmt::join(protocol.lease_job, ", "))};
  if (!protocol.fixed_jobs.empty()) {
    accepted["job"].insert(protocol.fixed_jobs.front());
    accepted["job"].insert("leader");
  }
  accepted["token"] = {fmt::format("{}", fmt::join(protocol.lease_token, ", "))};
  if (protocol.declared.lease > 0us) accepted["lasts"] = {to_text(protocol.declared.lease)};
  if (const Statement* observe = protocol.find("observe")) {
    auto tree = ParseTree::of(observe->sql);
    const auto* parsed = std::get_if<ParseTree>(&tree);
    REQUIRE(parsed != nullptr);
    const Query query = statement_views(*parsed).front().queries.front();
    truth.labels = labels_of(query, state);
    for (const Output& output : query.outputs)
      if (output.value.kind == Operand::Kind::column &&
          (output.name == "attempts" || output.name == "owner" || output.name == "ready_at"))
        accepted[output.name] = {output.value.text};
  }
  return truth;
}

/// What one guess came to.
struct Scored {
  std::string text;
  bool right = false, asked = false;
};

/// The state that a guess gives a label.
JobState state_of(const QueueGuess& guess, const std::string& label) {
  for (const StateRule& rule : guess.states)
    if (rule.condition.find("'" + label + "'") != std::string::npos) return rule.state;
  return JobState::ready;
}

std::vector<Scored> scores(const Protocol& protocol) {
  std::vector<Statement> statements;
  for (const auto& [name, statement] : protocol.statements) statements.push_back(statement);
  const InitFiles files = init_files_of(protocol.schema, std::move(statements));
  const QueueGuess guess = guess_queue(files, {});
  const Truth truth = truth_of(protocol, guess.state);
  std::vector<Scored> all;
  for (const Guess& each : guess.guesses) {
    const bool asked = !each.question.empty();
    if (each.subject == "states") {
      for (const auto& [label, state] : truth.labels)
        all.push_back({fmt::format("{} is {}, guessed {}", label, to_text(state),
                                   to_text(state_of(guess, label))),
                       state == state_of(guess, label), asked});
      continue;
    }
    const auto accepted = truth.accepted.find(each.subject);
    if (accepted == truth.accepted.end()) continue;
    std::string value = each.value;
    if (each.subject == "heartbeat") value = value.substr(0, value.find(','));
    bool right = accepted->second.contains(value);
    if (each.subject == "claim")
      right = std::all_of(guess.claim.begin(), guess.claim.end(),
                          [&](const std::string& name) { return accepted->second.contains(name); });
    all.push_back({fmt::format("{} is {}, guessed {}", each.subject,
                               fmt::join(accepted->second, " or "), value.empty() ? "none" : value),
                   right, asked});
  }
  return all;
}

}  // namespace

TEST_CASE("guess: of the gallery four of five are right, and none is wrong without its question",
          "[init]") {
  const Gallery gallery(FENCEPOST_SOURCE_DIR);
  std::size_t right = 0, all = 0;
  std::string wrong, wrong_and_sure;
  for (const std::string& name : gallery.protocol_names()) {
    INFO(name);
    const Protocol protocol = gallery.protocol(name).protocol;
    if (protocol.declared.lease_kind == LeaseKind::none) continue;
    for (const Scored& each : scores(protocol)) {
      ++all;
      right += each.right ? 1 : 0;
      if (!each.right) (each.asked ? wrong : wrong_and_sure) += name + ": " + each.text + "\n";
    }
  }
  INFO(right << " of " << all << "\nwrong, and asked:\n" << wrong);
  CHECK(wrong_and_sure == "");
  CHECK(right * 5 >= all * 4);
}

}  // namespace fencepost
