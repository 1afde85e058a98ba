#include "model/property.hpp"

#include <algorithm>

#include "model/judges.hpp"

namespace fencepost {

void Findings::add(const Event& event, std::string part, std::string sentence) {
  const bool known =
      std::any_of(violations_.begin(), violations_.end(),
                  [&](const Violation& violation) { return violation.part == part; });
  if (known) return;
  violations_.push_back(
      {std::move(part), event.step, event.at, event.job, event.attempt, std::move(sentence)});
}

Verdict Findings::verdict() const {
  if (violations_.empty()) return {};
  return {Outcome::violated, violations_, ""};
}

void Disturbed::follow(const Event& event) {
  if (event.kind == EventKind::resumed) stalled_.erase(event.worker);
  if (event.kind == EventKind::heal_started) refused_until_ = Instant::min();
  const Fault* const fault = fault_in(event);
  if (fault == nullptr) return;
  if (fault->fate == Fate::stands_still && !event.worker.empty()) stalled_.insert(event.worker);
  if (by(event, {}) && event.lasts > 0us)
    refused_until_ = std::max(refused_until_, event.at + event.lasts);
}

bool Disturbed::by(const Event& event, const WorkerId& worker) const {
  if (event.kind == EventKind::session_ended) return event.worker == worker;
  const Fault* const fault = fault_in(event);
  if (fault == nullptr || !fault->disturbs) return false;
  return event.worker == worker || strikes_everybody(fault->kind);
}

bool Disturbed::from_the_start(const Event& granted) const {
  return stalled_.contains(granted.worker) || granted.at < refused_until_;
}

bool is_terminal(const JobRecord& record) {
  return record.state == JobState::succeeded || record.state == JobState::failed;
}

bool breaks(const Event& event, Guarantee guarantee) {
  const Fault* const fault = fault_in(event);
  return fault != nullptr && fault->breaks == guarantee;
}

bool sets_clock(const Event& event) {
  const Fault* const fault = fault_in(event);
  return fault != nullptr && fault->strikes == Strikes::clock &&
         fault->keys == FaultKeys::signed_lasts;
}

bool is_forgetting(const Event& event) {
  return event.fault && fault_of(*event.fault).breaks == Guarantee::commits;
}

bool observes(const History& history, const std::string& column) {
  return history.declared.columns.contains(column);
}

Verdict not_applicable(std::string why) { return {Outcome::not_applicable, {}, std::move(why)}; }

bool was_cut(const History& history) {
  return history.events.empty() || history.events.back().kind != EventKind::finished ||
         history.events.back().note == "cut";
}

std::string name_of(const WorkerId& worker) { return worker.empty() ? "the harness" : worker.text; }

const std::vector<Property>& properties() {
  static const std::vector<Property> table = {
      {"single_owner",
       "A claim is granted only when no other attempt holds the job.",
       "For each granted(k', j, t): if an attempt k holds j (granted, and since then neither "
       "released nor ended by a commit that "
       "left j unowned), then lease_until(k) as committed before t, renewals counted, has been "
       "reached by the server's clock at or before t. An attempt without lease_until holds for "
       "ever. Nor does a worker believe in a job that was never granted to it while another one "
       "holds it. Where [lease] is strict: no two awake workers believe in j for longer than "
       "notices_within after the one of them lost it.",
       {},
       Guarantee::nothing,
       false,
       single_owner},
      {"fenced_writes",
       "Once an attempt is revoked, nothing that it does changes the job, its cursor or its "
       "applied work.",
       "For each changed or applied event of attempt k on job j: no revoked(k) and no granted(k', "
       "j) with k' > k lies before it. "
       "Parts: state (also token, owner, lease and attempts), progress, cursor, applied.",
       {"state", "progress", "cursor", "applied"},
       Guarantee::nothing,
       false,
       fenced_writes},
      {"belief_granted",
       "What a worker was told that it holds was committed for it.",
       "For each believed event of w on j: some claim of j by w was committed in this round, or w "
       "holds j still.",
       {},
       Guarantee::nothing,
       false,
       belief_granted},
      {"belief_ends",
       "Nobody who is awake believes in a lost lease for longer than the declared notices_within.",
       "For each revoked(k) at t: the worker of k has let go of j by the latest of t and its last "
       "resumption, plus notices_within (and a second of grace).",
       {},
       Guarantee::nothing,
       false,
       belief_ends},
      {"claim_limit",
       "A claim takes the jobs that it returns, at most its limit, and no group is over its cap.",
       "returned: when the worker of a claim believes, every job that it was granted since is one "
       "that it believes in; answers that never came are left out. limit: one statement is granted "
       "at most the declared [lease] limit. cap: after each commit, at most cap jobs of a group "
       "are "
       "owned.",
       {"returned", "limit", "cap"},
       Guarantee::nothing,
       false,
       claim_limit},
      {"token_order",
       "The tokens of a job are unique, and increase where that is declared.",
       "For any two granted events of j: their tokens differ; with order = increasing, each token "
       "is greater than the one before "
       "(numbers by value, timestamps by time, else by text). A grant that a crash made forgotten "
       "does not count.",
       {},
       Guarantee::nothing,
       false,
       token_order},
      {"progress_monotone",
       "The progress and the cursor of a job never fall.",
       "For each changed event with a value before, other than the loss of commits in a crash: the "
       "value after is at least that. Parts: progress, cursor.",
       {"progress", "cursor"},
       Guarantee::nothing,
       false,
       progress_monotone},
      {"progress_accounts",
       "The progress of a job equals the number of items at or before its cursor.",
       "At each granted event, each change into a terminal state, and at the end of heal for jobs "
       "that nobody holds: progress = cursor, null being 0.",
       {},
       Guarantee::nothing,
       false,
       progress_accounts},
      {"work_applied",
       "A job that succeeded has every item in scope applied.",
       "At each commit after which j is succeeded for the first time: every item that applied "
       "lists for j has a count of at least 1.",
       {},
       Guarantee::nothing,
       false,
       work_applied},
      {"applied_once",
       "Where it is declared, no item is applied twice.",
       "For [jobs] applied = \"once\": no applied event has a count above 1.",
       {},
       Guarantee::nothing,
       false,
       applied_once},
      {"ack_is_durable",
       "What a worker was told is done is in every later state.",
       "For each let_go(j) for the reason succeed: j is succeeded then, and no later changed event "
       "leads elsewhere, unless an operator did it. A crash that loses acknowledged commits "
       "excuses it.",
       {},
       Guarantee::commits,
       false,
       ack_is_durable},
      {"terminal_sticks",
       "A job that succeeded or failed stays that way, unless an operator acts.",
       "No changed event leads from succeeded or failed to another state, but for those of "
       "operator "
       "roles and the loss of commits in a crash.",
       {},
       Guarantee::nothing,
       false,
       terminal_sticks},
      {"job_not_lost",
       "An inserted job, or its terminal record, is in every later state.",
       "No changed event, other than the loss of commits in a crash, has a state before and none "
       "after, where [jobs] absent says what else absence means.",
       {},
       Guarantee::nothing,
       false,
       job_not_lost},
      {"lease_not_born_expired",
       "When a claim is granted, its lease still runs.",
       "For each granted event at t by the server's clock with a lease_until: lease_until > t.",
       {},
       Guarantee::nothing,
       false,
       lease_not_born_expired},
      {"no_self_fencing",
       "A fenced write that found no row had a reason.",
       "For each refused event of attempt k at t: before it lies a later grant of the job, a "
       "terminal state, a release or revocation of k, or the server's clock has reached "
       "lease_until(k).",
       {},
       Guarantee::nothing,
       false,
       no_self_fencing},
      {"healthy_keeps_lease",
       "An attempt that no fault touched is not taken over, however slow its work.",
       "For each granted(k', j) while k holds j: between granted(k) and it lies a fault of k's "
       "worker, the end of one of its sessions, or its letting go; "
       "k counts from when its worker believed in it. A server's clock that jumps or stands still "
       "excuses it, because a lease then ends at another time than the worker was told.",
       {},
       Guarantee::clock,
       false,
       healthy_keeps_lease},
      {"no_deadlock",
       "A deadlock does not happen, or its victim tries again.",
       "For each statement that fails with 40P01: the next statement on its session, rollback "
       "apart, is of the same operation and for the same attempt, if it was for one.",
       {},
       Guarantee::nothing,
       false,
       no_deadlock},
      {"never",
       "A :never statement of the protocol returns no row in any committed state.",
       "No forbidden event. Each :never statement is a part of its own.",
       {},
       Guarantee::nothing,
       false,
       never},
      {"attempts_bounded",
       "A job is not claimed again and again without limit, and not before its backoff ends.",
       "At most the declared attempts grants of a job, else at most 25 within one simulated hour, "
       "grants that a crash made forgotten not counted; no grant before the server's clock has "
       "reached the ready_at of the state before it.",
       {},
       Guarantee::nothing,
       false,
       attempts_bounded},
      {"no_livelock",
       "Takeovers from healthy workers lead somewhere.",
       "Of 4 takeovers of j in a row from attempts that no fault touched, at least one was "
       "followed by an advance (progress grew, or a terminal state) of the attempt that held j "
       "then.",
       {},
       Guarantee::nothing,
       false,
       no_livelock},
      {"job_not_stuck",
       "In heal, a job that can be claimed is claimed within the declared bound.",
       "For each non-terminal job that no live, believing worker holds: let t0 be the latest of "
       "heal's start, the last fault or resumption, the last worker's start, its lease_until, its "
       "ready_at, its last change "
       "and the moment "
       "since which some live worker is free; then no event lies after t0 + bound, where bound is "
       "freed_within, else lease + poll (and a second of grace for the statements themselves). A "
       "server's clock that jumps or stands still excuses it; a scenario that demands it anyway "
       "counts lease_until and ready_at as they stood in simulated time when they were written.",
       {},
       Guarantee::clock,
       true,
       job_not_stuck},
      {"locks_released",
       "At the end of heal, nobody without a job holds a lock.",
       "No lock_held event without a live attempt.",
       {},
       Guarantee::nothing,
       true,
       locks_released},
  };
  return table;
}

const Property* find_property(std::string_view name) {
  for (const Property& property : properties())
    if (property.name == name) return &property;
  return nullptr;
}

std::vector<Judgement> judge_all(const History& history) {
  std::vector<Judgement> judgements;
  const bool cut = was_cut(history);
  for (const Property& property : properties()) {
    const bool excused =
        !history.declared.anyway.contains(std::string(property.name)) &&
        property.rests_on != Guarantee::nothing &&
        std::any_of(history.events.begin(), history.events.end(),
                    [&](const Event& event) { return breaks(event, property.rests_on); });
    Verdict verdict;
    if (excused)
      verdict = {Outcome::not_judged, {}, "a fault excuses it"};
    else
      verdict = property.judge(history);
    if (cut && property.liveness && verdict.outcome == Outcome::holds)
      verdict = {Outcome::not_judged, {}, "the run was cut"};
    judgements.push_back({&property, std::move(verdict)});
  }
  return judgements;
}

std::string full_name(const Property& property, const Violation& violation) {
  std::string name(property.name);
  if (!violation.part.empty()) name += "." + violation.part;
  return name;
}

}  // namespace fencepost
