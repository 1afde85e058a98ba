#include "sim/search/failure.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "model/polling.hpp"
#include "model/story.hpp"
#include "sim/search/shrinker.hpp"
#include "sim/search/strategies.hpp"
#include "sim/text/error.hpp"
#include "sim/text/log.hpp"

namespace fencepost {
namespace {

namespace fs = std::filesystem;

/// When each worker's first granted claim began: at its BEGIN, or with its one statement. Starting
/// the worker then takes its vain polling out of the story.
std::map<std::string, Duration> first_claims(const History& history) {
  std::map<std::string, Duration> claims;
  std::map<WorkerId, Instant> begun;
  std::set<WorkerId> over;  // the grant is told after the statement that commits it
  for (const Event& event : history.events) {
    const bool claiming = event.kind == EventKind::statement && event.operation == "claim";
    if (claiming &&
        (is_begin(event) || over.contains(event.worker) || !begun.contains(event.worker))) {
      begun[event.worker] = event.at;
      over.erase(event.worker);
    }
    if (event.kind == EventKind::granted && begun.contains(event.worker))
      claims.emplace(event.worker.text, begun[event.worker].time_since_epoch());
    if (claiming && (event.committed || is_end_of_transaction(event))) over.insert(event.worker);
  }
  return claims;
}

std::map<std::string, Instant> last_faults(const History& history) {
  std::map<std::string, Instant> faults;
  for (const Event& event : history.events)
    if (event.kind == EventKind::fault) faults[event.worker.text] = event.at;
  return faults;
}

std::map<std::string, std::set<Instant>> deeds(const History& history, int before_step) {
  std::map<std::string, std::set<Instant>> found;
  for (const Event& event : history.events) {
    const bool deed = event.kind == EventKind::changed || event.kind == EventKind::fault;
    if (deed && event.step < before_step && !event.worker.empty())
      found[event.worker.text].insert(event.at);
  }
  return found;
}

Scenario with_load(const Scenario& scenario, const Load& load) {
  Scenario changed = scenario;
  changed.load = load;
  return changed;
}

struct Recorded {
  Played played;
  Tape used;
  Tape lengths;
};

/// Runs a tape and writes down which of its deviations were made.
Recorded play(Lane& lane, const Protocol& protocol, const Scenario& scenario, const Tape& tape,
              Until until) {
  TapeChoices choices(tape);
  RecordingChoices recording(choices);
  Recorded outcomes;
  outcomes.played.history = lane.with(protocol, scenario).run(scenario, recording, until);
  outcomes.played.judgements = judge_all(outcomes.played.history);
  outcomes.played.misfit = choices.misfit();
  outcomes.used = recording.tape();
  outcomes.lengths = recording.lengths();
  return outcomes;
}

/// The statement, or the fault, at whose step something was violated; empty where time did it.
std::string deed_at(const History& history, int step) {
  std::string deed;
  for (const Event& event : history.events) {
    if (event.step != step) continue;
    if (event.kind == EventKind::statement) deed = event.operation + "." + event.statement;
    if (event.kind == EventKind::fault && event.fault && deed.empty())
      deed = std::string(to_text(*event.fault));
  }
  return deed;
}

bool is_liveness(const std::string& name) {
  const Property* property = find_property(name.substr(0, name.find('.')));
  return property != nullptr && property->liveness;
}

std::string place_of(const Protocol& protocol, const Span& span) {
  std::error_code none;
  fs::path file = fs::proximate(span.file, none);
  const bool elsewhere = file.empty() || file.is_absolute() || *file.begin() == "..";
  if (elsewhere) file = span.file.lexically_proximate(protocol.folder);
  return fmt::format("{}:{}", file.string(), span.line);
}

/// Parameters found to stand for a column of the token, and the names they may come from.
class Parameters {
 public:
  explicit Parameters(const std::vector<std::string>& columns) : names_(columns) {}

  void add(const std::string& parameter, const Source& source) {
    const bool named = source.kind == Source::Kind::name || source.kind == Source::Kind::last ||
                       source.kind == Source::Kind::held;
    if (!named || !knows(source.name) || knows(parameter)) return;
    names_.push_back(parameter);
    grew_ = true;
  }
  void add(const std::vector<Step>& steps) {
    for (const Step& step : steps) std::visit([&](const auto& what) { add_from(what); }, step.what);
  }
  bool any_of(const std::vector<std::string>& parameters) const {
    return std::any_of(parameters.begin(), parameters.end(),
                       [&](const std::string& each) { return knows(each); });
  }
  bool grew() { return std::exchange(grew_, false); }
  const std::vector<std::string>& names() const { return names_; }

 private:
  bool knows(const std::string& name) const {
    return std::find(names_.begin(), names_.end(), name) != names_.end();
  }
  void add_from(const RunStep& run) {
    for (const auto& [parameter, source] : run.with) add(parameter, source);
  }
  template <typename Other>
  void add_from(const Other& other) {
    if constexpr (requires { other.steps; }) add(other.steps);
  }

  std::vector<std::string> names_;
  bool grew_ = false;
};

}  // namespace

const Violation* violation_of(const std::vector<Judgement>& judgements, const std::string& name) {
  for (const Judgement& judgement : judgements)
    for (const Violation& violation : judgement.verdict.violations)
      if (full_name(*judgement.property, violation) == name) return &violation;
  return nullptr;
}

SavedRun run_of(const NamedProtocol& protocol, const NamedScenario& scenario, std::uint64_t seed) {
  SavedRun run;
  run.protocol = protocol.protocol.name;
  run.protocol_folder = protocol.folder;
  run.protocol_hash = protocol.protocol.hash;
  run.scenario = scenario.scenario.name;
  run.scenario_file = scenario.file;
  run.scenario_hash = scenario.scenario.hash;
  run.load = scenario.scenario.load;
  run.seed = seed;
  run.strategy = portfolio(seed).name;
  return run;
}

SavedRun record_run(Lane& lane, const NamedProtocol& protocol, const NamedScenario& scenario,
                    std::uint64_t seed, const std::string& property) {
  const std::unique_ptr<Choices> drawn = portfolio(seed).make(seed);
  RecordingChoices recording(*drawn);
  const History history =
      lane.with(protocol.protocol, scenario.scenario).run(scenario.scenario, recording);
  SavedRun run = run_of(protocol, scenario, seed);
  run.tape = recording.tape();
  run.until_step = history.events.back().step;
  run.digest = digest(history);
  if (property.empty()) return run;
  const std::vector<Judgement> judgements = judge_all(history);
  const Violation* violation = violation_of(judgements, property);
  SIM_CHECK(violation != nullptr, "seed {} of {} under {} no longer violates {}", seed,
            run.protocol, run.scenario, property);
  run.property = property;
  run.sentence = violation->sentence;
  run.until_step = violation->step;
  run.digest = digest(up_to(history, violation->step));
  return run;
}

LeaseToken lease_token_of(const Protocol& protocol) {
  if (protocol.declared.lease_kind != LeaseKind::row || protocol.lease_token.empty()) return {};
  Parameters parameters(protocol.lease_token);
  do {
    for (const auto& [parameter, source] : protocol.names) parameters.add(parameter, source);
    for (const Role& role : protocol.roles) {
      for (const auto& [name, steps] : role.operations) parameters.add(steps);
      if (role.heartbeat) parameters.add(role.heartbeat->steps);
    }
  } while (parameters.grew());
  // What a worker computes from its token may stand for it too, and then nothing is certain.
  for (const auto& [name, statement] : protocol.statements)
    if (statement.command == Command::let && parameters.any_of(statement.parameters)) return {};
  return {protocol.lease_token, parameters.names()};
}

std::vector<SqlSource> sources_of(const Protocol& protocol, const History& history) {
  std::set<std::string> used;
  for (const Event& event : history.events) used.insert(event.statement);
  std::vector<SqlSource> sources;
  for (const std::string& name : used)
    if (const Statement* statement = protocol.find(name))
      sources.push_back({name, place_of(protocol, statement->where), statement->text});
  return sources;
}

Told told_of(const Protocol& protocol, const Violation& violation, const History& history,
             const Tape& tape) {
  AlikeLengths alike;
  for (const Event& event : history.events)
    for (const Deviation& each : tape)
      if (event.kind == EventKind::fault && event.fault && !each.alike.empty() &&
          each.point.kind == to_text(*event.fault) && each.point.where == event.boundary &&
          (event.worker.empty() || each.point.who.starts_with(event.worker.text)))
        alike[event.step] = each.alike;
  Told told;
  told.violation = violation;
  told.story = story(history, violation, alike);
  told.history = history;
  told.token = lease_token_of(protocol);
  told.sources = sources_of(protocol, history);
  return told;
}

Failure failure_of(const Protocol& protocol, SavedRun run, const Violation& violation,
                   const History& history) {
  Failure failure{std::move(run), story_steps(history, violation.step)};
  failure.run.told = told_of(protocol, violation, up_to(history, violation.step), failure.run.tape);
  failure.run.until_step = violation.step;
  failure.run.sentence = violation.sentence;
  failure.run.digest = digest(failure.told().history);
  return failure;
}

Played replay(Lane& lane, const Protocol& protocol, const Scenario& scenario, const SavedRun& run) {
  return play(lane, protocol, with_load(scenario, run.load), run.tape, {}).played;
}

Failure shrink(Lane& lane, const Protocol& protocol, const Scenario& scenario, const SavedRun& run,
               const Effort& effort) {
  // A step that is later than the one known is of no use, unless the property judges the end.
  Until until{is_liveness(run.property) ? 0 : run.until_step};
  // It stays the same kind of failure: violated by the same statement as in the run that is given.
  std::optional<std::string> by;
  const auto attempt = [&](const Candidate& candidate) {
    const Recorded outcomes =
        play(lane, protocol, with_load(scenario, candidate.load), candidate.tape, until);
    const Violation* violation = violation_of(outcomes.played.judgements, run.property);
    if (violation != nullptr) {
      const std::string deed = deed_at(outcomes.played.history, violation->step);
      if (!by) by = deed;
      if (*by != deed) violation = nullptr;
    }
    Attempted attempted;
    attempted.fails_alike = violation != nullptr;
    attempted.used = outcomes.used;
    attempted.lengths = outcomes.lengths;
    attempted.struck = last_faults(outcomes.played.history);
    if (violation != nullptr) attempted.deeds = deeds(outcomes.played.history, violation->step);
    attempted.first_claims = first_claims(outcomes.played.history);
    if (violation != nullptr)
      attempted.steps = story_steps(outcomes.played.history, violation->step);
    return attempted;
  };
  // What shows only when the run goes on is looked for in whole runs.
  if (until.step > 0 && !attempt({run.load, run.tape}).fails_alike) until = {};
  log_info(fmt::format("making {} of {} under {} small, from step {}", run.property, run.protocol,
                       run.scenario, run.until_step));
  const Shrunk shrunk = shrink({run.load, run.tape}, attempt, effort);
  SavedRun smallest = run;
  smallest.load = shrunk.candidate.load;
  smallest.tape = shrunk.candidate.tape;
  if (smallest.shrunk_from == 0) smallest.shrunk_from = run.until_step;
  const Played played = replay(lane, protocol, scenario, smallest);
  const Violation* violation = violation_of(played.judgements, run.property);
  SIM_CHECK(violation != nullptr, "the shrunk run of {} under {} no longer violates {}",
            run.protocol, run.scenario, run.property);
  Failure failure = failure_of(protocol, std::move(smallest), *violation, played.history);
  failure.tries = shrunk.tries;
  return failure;
}

}  // namespace fencepost
