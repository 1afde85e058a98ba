#include "reports/check_report.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>

#include "reports/escaped.hpp"

namespace fencepost {
namespace {

constexpr std::array<std::string_view, 7> kVerdicts = {
    "holds", "violated", "vacuous", "not_judged", "not_applicable", "not_reached", "not_proved"};

std::string property_of(const std::string& full_name) {
  return full_name.substr(0, full_name.find('.'));
}

const FailureReport* find_failure(const ProtocolReport& report, const std::string& scenario,
                                  const std::string& name) {
  for (const FailureReport& failure : report.failures)
    if (failure.property == name && (scenario.empty() || failure.scenario == scenario))
      return &failure;
  return nullptr;
}

/// What was missed in that scenario, as one sentence; empty if nothing.
std::string missed_in(const std::vector<Missed>& all, const std::string& scenario) {
  std::string text;
  for (const Missed& missed : all)
    if (missed.scenario == scenario) text += (text.empty() ? "" : "; ") + sentence_of(missed);
  return text;
}

/// Whether a situation was, rather than only a property left unproved.
bool anything_missed(const CheckReport& report) {
  return std::any_of(report.protocols.begin(), report.protocols.end(),
                     [](const ProtocolReport& each) { return !each.verdict.missed.empty(); });
}

/// Whether a property was left unproved, rather than only a guess unconfirmed.
bool anything_open(const CheckReport& report) {
  return std::any_of(
      report.protocols.begin(), report.protocols.end(), [](const ProtocolReport& each) {
        return each.tallies.empty() || std::ranges::any_of(each.saved, &SavedNote::leaves_open) ||
               std::any_of(each.verdict.unproved.begin(), each.verdict.unproved.end(),
                           [](const Unproved& unproved) { return !unproved.scenario.empty(); });
      });
}

class Rows {
 public:
  explicit Rows(const CheckReport& report) : report_(report) {
    for (const ProtocolReport& protocol : report.protocols) {
      for (const Tally& tally : protocol.tallies) add(protocol, tally);
      for (const std::string& scenario : protocol.skipped)
        for (const Property& property : properties())
          start(protocol, scenario, property.name, RowVerdict::not_applicable).why =
              "this scenario needs a previous version or items, and the protocol has none";
      for (const OpenNote& open : protocol.open)
        for (const Property& property : properties())
          start(protocol, open.scenario, property.name, RowVerdict::not_applicable).why =
              "[check.open] says: " + open.why;
      for (const std::string& name : protocol.verdict.not_found) {
        VerdictRow& row = start(protocol, "*", property_of(name), RowVerdict::holds);
        row.surprise = true;
        row.names = {name};
        row.why = fmt::format("[expect] says that {} is violated, but no history did so", name);
      }
      for (const FailureReport& failure : protocol.failures) add_saved(protocol, failure);
    }
  }
  std::vector<VerdictRow> take() { return std::move(rows_); }

 private:
  VerdictRow& start(const ProtocolReport& protocol, std::string_view scenario,
                    std::string_view property, RowVerdict verdict) {
    VerdictRow& row = rows_.emplace_back();
    row.protocol = &protocol;
    row.scenario = scenario;
    row.property = property;
    row.verdict = verdict;
    row.planned = protocol.planned;
    return row;
  }

  void add(const ProtocolReport& protocol, const Tally& tally) {
    for (const Property& property : properties()) {
      const auto judged = tally.judged.find(std::string(property.name));
      // What was never judged at all is no part of this report: it tells single failures.
      if (judged == tally.judged.end() && tally.histories > 0) continue;
      VerdictRow& row = start(protocol, tally.scenario, property.name, RowVerdict::not_judged);
      row.histories = tally.histories;
      row.planned = std::max(row.planned, tally.histories);
      if (judged == tally.judged.end())
        row.why = "not run: the time budget was used up";
      else
        judge(row, tally, judged->second);
    }
  }

  void judge(VerdictRow& row, const Tally& tally, const Outcomes& outcomes) {
    const auto count = [&](Outcome outcome) {
      const auto found = outcomes.find(outcome);
      return found == outcomes.end() ? 0 : found->second;
    };
    const ProtocolVerdict& verdict = row.protocol->verdict;
    row.violated = count(Outcome::violated);
    row.judged = judged_in(outcomes);
    for (const auto& [excuse, histories] : tally.excused)
      if (excuse.property == row.property)
        row.excused_by.push_back(fmt::format("{}: {}", excuse.declaration, histories));
    if (row.violated > 0) return describe(row, tally);
    if (row.judged == 0 && count(Outcome::open) > 0) {
      row.verdict = RowVerdict::not_proved;
      row.why = tally.open.at(row.property);
      row.surprise =
          std::any_of(verdict.unproved.begin(), verdict.unproved.end(), [&](const auto& each) {
            return each.scenario == tally.scenario && each.property == row.property;
          });
    } else if (row.judged == 0 && count(Outcome::not_judged) > 0) {
      row.verdict = RowVerdict::not_judged;
      row.why = "a fault excused it in every history";
    } else if (row.judged == 0 && count(Outcome::not_reached) > 0) {
      row.verdict = RowVerdict::not_reached;
      row.why = fmt::format("in no history {}", find_property(row.property)->judged_when.what);
    } else if (row.judged == 0) {
      row.verdict = RowVerdict::not_applicable;
      row.why = "the protocol does not observe or declare what it needs";
    } else if (std::string why = missed_in(verdict.missed, tally.scenario); !why.empty()) {
      row.verdict = RowVerdict::vacuous;
      row.surprise = true;
      row.why = std::move(why);
    } else if (why = missed_in(verdict.not_reached_yet, tally.scenario); !why.empty()) {
      row.verdict = RowVerdict::not_judged;
      row.why =
          fmt::format("not finished, {} of {} histories: {}", tally.histories, row.planned, why);
    } else {
      row.verdict = RowVerdict::holds;
    }
  }

  void describe(VerdictRow& row, const Tally& tally) {
    const ProtocolReport& protocol = *row.protocol;
    const ProtocolVerdict& verdict = protocol.verdict;
    row.verdict = RowVerdict::violated;
    for (const bool surprise : {true, false})
      for (const std::string& name : verdict.violated)
        if (property_of(name) == row.property && tally.found.contains(name) &&
            (std::ranges::count(verdict.unexpected, name) > 0) == surprise)
          row.names.push_back(name);
    if (row.names.empty()) return;
    const std::string& name = row.names.front();
    const Find& find = tally.found.at(name);
    row.surprise = std::ranges::count(verdict.unexpected, name) > 0;
    row.seed = find.seed;
    row.step = find.violation.step;
    row.sentence = find.violation.sentence;
    row.why = fmt::format("{}: {}", name, find.violation.sentence);
    row.failure = find_failure(protocol, tally.scenario, name);
    if (row.failure == nullptr) row.elsewhere = find_failure(protocol, "", name);
    row.replay = fmt::format("{} run {} {} --seed {}", report_.program, protocol.called,
                             tally.scenario, find.seed);
    if (row.failure != nullptr) tell(row, *row.failure);
  }

  static void tell(VerdictRow& row, const FailureReport& failure) {
    row.failure = &failure;
    row.seed = failure.seed;
    row.step = failure.told.violation.step;
    row.sentence = failure.told.violation.sentence;
    row.replay = failure.replay;
    row.why = fmt::format("{}: {}", failure.property, row.sentence);
  }

  /// A saved failure that fails again is red where no history of this check showed it.
  void add_saved(const ProtocolReport& protocol, const FailureReport& failure) {
    const auto found = std::ranges::find_if(rows_, [&](const VerdictRow& row) {
      return row.protocol == &protocol && row.scenario == failure.scenario &&
             row.property == property_of(failure.property);
    });
    VerdictRow& row =
        found != rows_.end()
            ? *found
            : start(protocol, failure.scenario, property_of(failure.property), RowVerdict::holds);
    if (std::ranges::count(row.names, failure.property) > 0) return;
    row.names.push_back(failure.property);
    if (row.verdict == RowVerdict::violated) return;
    row.verdict = RowVerdict::violated;
    row.surprise = true;
    tell(row, failure);
  }

  const CheckReport& report_;
  std::vector<VerdictRow> rows_;
};

}  // namespace

std::string_view to_text(RowVerdict verdict) {
  return kVerdicts[static_cast<std::size_t>(verdict)];
}

std::vector<VerdictRow> verdict_rows(const CheckReport& report) { return Rows(report).take(); }

CheckVerdict verdict_of(const CheckReport& report) {
  CheckVerdict verdict = report.trouble.empty() ? CheckVerdict::holds : CheckVerdict::vacuous;
  for (const ProtocolReport& protocol : report.protocols) {
    const Share share = share_of(protocol);
    const ProtocolVerdict& each = protocol.verdict;
    if (each.failed || std::ranges::any_of(protocol.saved, &SavedNote::is_red))
      return CheckVerdict::violated;
    if (!each.missed.empty() || !each.unproved.empty() || protocol.tallies.empty() ||
        std::ranges::any_of(protocol.saved, &SavedNote::leaves_open))
      verdict = CheckVerdict::vacuous;
    else if (share.run < share.planned)
      verdict = std::min(verdict, CheckVerdict::unfinished);
  }
  return verdict;
}

std::string verdict_line(const CheckReport& report) {
  if (!report.trouble.empty())
    return fmt::format("{}the check came to no end: {}",
                       verdict_of(report) == CheckVerdict::violated ? "violated, and " : "",
                       report.trouble);
  const bool as_expected =
      std::any_of(report.protocols.begin(), report.protocols.end(),
                  [](const ProtocolReport& each) { return each.promise.as_expected; });
  switch (verdict_of(report)) {
    case CheckVerdict::violated:
      return as_expected ? "not as expected" : "violated";
    case CheckVerdict::vacuous:
      return anything_missed(report)
                 ? "vacuous: nothing was violated, but not everything that must be reached was "
                   "reached"
             : anything_open(report)
                 ? "not proved: nothing was violated, but not everything that was to be judged "
                   "could be"
                 : "not proved: nothing was violated, but what was judged is guessed";
    case CheckVerdict::unfinished:
      return fmt::format("{} as far as it was run: {}", as_expected ? "as expected" : "held",
                         to_text(share_of(report)));
    case CheckVerdict::holds:
      return as_expected ? "as expected" : "holds";
  }
  return "";
}

Share share_of(const ProtocolReport& report) {
  Share share;
  for (const Tally& tally : report.tallies) {
    share.run += tally.histories;
    share.planned += std::max(report.planned, tally.histories);
  }
  return share;
}

Share share_of(const CheckReport& report) {
  Share share;
  for (const ProtocolReport& protocol : report.protocols) {
    share.run += share_of(protocol).run;
    share.planned += share_of(protocol).planned;
  }
  return share;
}

std::string to_text(Share share) {
  if (share.run < share.planned) return fmt::format("{} of {} histories", share.run, share.planned);
  return counted(share.run, "history", "histories");
}

std::string sentence_of(const Missed& missed) {
  const auto times = [](int count) {
    return count == 1 ? std::string("once") : fmt::format("{} times", count);
  };
  return fmt::format(
      "{} reached {} {}, but must do so at least {}", missed.scenario, missed.situation,
      missed.reached == 0 ? "never" : "only " + times(missed.reached), times(missed.demanded));
}

std::vector<std::string> vacuous_lines(const ProtocolReport& report) {
  if (!report.jobless.empty()) return {report.jobless};
  constexpr std::size_t most_named = 3;
  std::vector<std::string> lines;
  std::set<std::string> told;
  for (const Missed& first : report.verdict.missed) {
    if (!told.insert(first.situation).second) continue;
    std::size_t demanded = 0, missed = 0;
    for (const auto& [scenario, demands] : report.demands)
      demanded += demands.count(first.situation);
    std::string names;
    for (const Missed& each : report.verdict.missed)
      if (each.situation == first.situation && ++missed <= most_named)
        names += (names.empty() ? "" : ", ") + each.scenario;
    if (missed == 1) {
      lines.push_back(sentence_of(first));
      continue;
    }
    if (missed > most_named) names += fmt::format(" and {} more", missed - most_named);
    lines.push_back(fmt::format("{}: not reached often enough in {} of {} scenarios ({})",
                                first.situation, missed, std::max(missed, demanded), names));
  }
  return lines;
}

std::string sentence_of(const Unproved& unproved) {
  if (unproved.scenario.empty()) return unproved.why;
  const auto remedy = [&] {
    if (unproved.why == "the run was cut")
      return "give it more steps under [run], or take out what repeats for ever";
    if (unproved.why == kNothingListed)
      return "let it return each item of a job, with a count of 0 until it is applied";
    return "let it come to an end, or declare what lasts: [jobs] ends_within, fixed, [lease] "
           "freed_within";
  };
  return fmt::format("{} could not judge {} in any history ({}); {}", unproved.scenario,
                     unproved.property, unproved.why, remedy());
}

std::vector<std::string> excuses_of(const std::vector<Tally>& tallies) {
  std::vector<std::string> lines;
  for (const auto& [declaration, properties] : all_excused(tallies)) {
    std::string what;
    for (const auto& [property, count] : properties)
      what += fmt::format("{}{} in {}", what.empty() ? "" : ", ", property,
                          to_text(Share{count, count}));
    lines.push_back(fmt::format("by {}: {}", declaration, what));
  }
  return lines;
}

std::string file_stem(const FailureReport& failure) {
  return fmt::format("{}-{}-{}", failure.protocol, failure.scenario, failure.property);
}

}  // namespace fencepost
