#include "sim/mending/mending.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <iterator>
#include <mutex>
#include <optional>
#include <utility>

#include "model/properties/property.hpp"
#include "sim/repairs/diff.hpp"
#include "sim/repairs/operators.hpp"
#include "sim/text/error.hpp"
#include "sim/text/files.hpp"

namespace fencepost {
namespace {

/// How many histories of the failing ones show each row.
constexpr int kTelling = 3;
/// So many histories are one piece of work.
constexpr std::size_t kTogether = 25;
/// Of those that close all in the failing histories, so many at most get all of them, and once some
/// hold there, no more.
constexpr std::size_t kMostConfirmed = 24;
constexpr std::size_t kEnough = 3;
/// So many that close something are tried with each other, and so many of these with all others.
constexpr std::size_t kPartners = 16;
constexpr std::size_t kOfAll = 3;

/// A repair as far as it was tried.
struct Candidate {
  Repair repair;
  std::string diff{};
  std::set<std::string> open{};     ///< of what the protocol violates, in the failing histories
  bool helps = false;               ///< it closes something there, and opens nothing
  std::set<std::string> without{};  ///< open there but for its settings

  bool is_setting() const {
    return std::all_of(repair.changes.begin(), repair.changes.end(), fencepost::is_setting);
  }
  bool has_setting() const {
    return std::any_of(repair.changes.begin(), repair.changes.end(), fencepost::is_setting);
  }
  std::set<std::string> unclosed() const {
    std::set<std::string> all = hidden_by(without, open);
    all.insert(open.begin(), open.end());
    return all;
  }
};

class Mender {
 public:
  Mender(Lanes& lanes, const Subject& subject, const MendPlan& plan, const Meanwhile& meanwhile,
         const std::function<bool()>& enough)
      : lanes_(lanes), subject_(subject), meanwhile_(meanwhile), enough_(enough) {
    const auto scenarios = subject.scenarios.size();
    const auto wanted = static_cast<std::size_t>(std::max(1, plan.histories));
    std::uint64_t seed = 1;
    for (; all_.size() < wanted && scenarios > 0; ++seed)
      for (std::size_t i = 0; i < scenarios; ++i) all_.emplace_back(i, seed);
    for (; seed <= plan.seeds; ++seed)
      for (std::size_t i = 0; i < scenarios; ++i) fresh_.emplace_back(i, seed);
  }

  Mending run() && {
    before_ = *all_of(protocol(), all_, "checking the protocol");
    count(before_);
    mending_.kept = kept_;
    if (rows_.empty() || stop_) return finish();
    screening_ = telling(before_, kTelling);
    std::vector<Candidate> singles;
    for (Repair& repair : repairs_of(protocol())) singles.push_back({std::move(repair)});
    const std::vector<Candidate> ones = screen(std::move(singles), "trying repairs");
    confirm(ones);
    if (!closed()) pairs(ones);
    return finish();
  }

 private:
  const Protocol& protocol() const { return subject_.protocol.protocol; }

  /// Whether some repair closes all.
  bool closed() const {
    return std::any_of(mending_.mends.begin(), mending_.mends.end(),
                       [](const Mend& mend) { return mend.unclosed().empty(); });
  }
  /// What histories of the protocol violate.
  void count(const Sample& sample) {
    mending_.histories += sample.histories();
    for (const auto& [at, names] : sample.violated)
      for (const std::string& name : names) {
        rows_.insert(name);
        ++mending_.violated.try_emplace(name, Violated{at}).first->second.histories;
      }
  }
  template <typename Tried>
  static void sort(std::vector<Tried>& all) {
    const auto rank = [](const Tried& each) {
      return rank_of(each.unclosed().size(), each.repair, each.diff);
    };
    std::stable_sort(all.begin(), all.end(),
                     [&](const Tried& a, const Tried& b) { return rank(a) < rank(b); });
  }

  /// Where some close all, those that don't are of no interest; else one for each set of what is
  /// left open is enough.
  Mending finish() {
    sort(mending_.mends);
    sort(mending_.lesser);
    std::vector<Mend>& mends = mending_.mends;
    const bool whole = mending_.closed();
    std::set<std::set<std::string>> told;
    std::erase_if(mends, [&](const Mend& mend) {
      return whole ? !mend.unclosed().empty() : !told.insert(mend.unclosed()).second;
    });
    std::set<std::vector<std::string>> said;
    std::erase_if(mending_.lesser,
                  [&](const Mend& mend) { return whole || !said.insert(mend.lost).second; });
    mending_.whole = !stop_;
    return std::move(mending_);
  }

  /// Throws the InputError of a history, as where a parameter has no value.
  void add_history(Lane& lane, const Protocol& of, HistoryPlace at, Sample& into) const {
    const Scenario& scenario = subject_.scenarios[at.first].scenario;
    into.add(at, scenario.name, run_seed(lane, of, scenario, at.second));
  }

  /// The same of a repaired protocol; false where it can't be run so, as where a parameter has no
  /// value, or its workers connect more often than the server allows: then the protocol itself
  /// runs. False, too, where the history has to be cut, and none of the protocol's had to be: it
  /// proves nothing of what is to go on, and each such one takes long.
  bool try_history(Lane& lane, const Protocol& of, HistoryPlace at, Sample& into) const {
    try {
      add_history(lane, of, at, into);
      return into.cut() == 0 || before_.cut() > 0;
    } catch (const InputError&) {
      return false;
    } catch (const EnvironmentError&) {
      Sample unused;
      add_history(lane, protocol(), at, unused);
      return false;
    }
  }

  void work(const std::vector<LaneTask>& tasks, std::string_view what, std::string_view unit) {
    done_ = 0;
    lanes_.run(tasks, [&] {
      const auto count = static_cast<std::int64_t>(tasks.size());
      if (!meanwhile_({what, unit, done_, count}) || enough_()) stop_ = true;
      return !stop_;
    });
  }

  /// These histories of a protocol, or of the same repaired; what is left out for want of time is
  /// missing. nullopt where it can't be run so.
  std::optional<Sample> all_of(const Protocol& of, const std::vector<HistoryPlace>& places,
                               std::string_view what) {
    std::vector<Sample> parts((places.size() + kTogether - 1) / kTogether);
    std::vector<LaneTask> tasks;
    std::atomic<bool> refused = false;
    for (std::size_t i = 0; i < parts.size(); ++i)
      tasks.push_back([&, i](Lane& lane) {
        const std::size_t last = std::min(places.size(), (i + 1) * kTogether);
        for (std::size_t k = i * kTogether; k < last && !stop_ && !refused; ++k)
          if (&of == &protocol())
            add_history(lane, of, places[k], parts[i]);
          else if (!try_history(lane, of, places[k], parts[i]))
            refused = true;
        ++done_;
      });
    work(tasks, what, "parts");
    if (refused) return std::nullopt;
    Sample sample;
    for (const Sample& part : parts) sample.merge(part);
    return sample;
  }

  std::shared_ptr<const Protocol> keep(Protocol protocol) {
    auto made = std::make_shared<const Protocol>(std::move(protocol));
    const std::lock_guard guard(mutex_);
    kept_->push_back(made);
    return made;
  }

  /// Tries each on the failing histories.
  std::vector<Candidate> screen(std::vector<Candidate> candidates, std::string_view what) {
    std::vector<LaneTask> tasks;
    for (Candidate& candidate : candidates)
      tasks.push_back([&](Lane& lane) {
        if (!stop_) screen_one(lane, candidate);
        ++done_;
      });
    work(tasks, what, "repairs");
    mending_.tried += static_cast<int>(done_);
    std::erase_if(candidates, [&](Candidate& each) {
      if (!each.has_setting()) each.without = each.open;
      if (each.is_setting()) each.without = rows_;
      return !each.helps || each.unclosed() == rows_;
    });
    for (Candidate& each : candidates) each.diff = diff_of(protocol(), each.repair);
    sort(candidates);
    return candidates;
  }

  void screen_one(Lane& lane, Candidate& candidate) {
    try {
      const auto now = keep(mended(protocol(), candidate.repair));
      Sample sample;
      for (const HistoryPlace& at : screening_) {
        if (!try_history(lane, *now, at, sample)) return;
        const std::set<std::string>& seen = sample.violated[at];
        if (!std::includes(rows_.begin(), rows_.end(), seen.begin(), seen.end())) return;
        candidate.open.insert(seen.begin(), seen.end());
        if (candidate.open == rows_ || stop_) return;
      }
      candidate.helps = true;
    } catch (const InputError&) {
      // It can't be read so: no repair.
    } catch (const HarnessError& error) {
      throw HarnessError(
          fmt::format("{}\nthis came of the repair {}", error.what(), to_text(candidate.repair)));
    }
  }

  /// Gives all histories to those that leave nothing open, until some hold; and where none does, to
  /// one for each set of what is left open.
  void confirm(const std::vector<Candidate>& candidates) {
    std::size_t given = 0, held = 0;
    std::set<std::set<std::string>> left;
    for (const Candidate& each : candidates) {
      const std::set<std::string> unclosed = each.unclosed();
      if (stop_ || given == kMostConfirmed || held >= kEnough) return;
      if (!unclosed.empty() && (held > 0 || left.contains(unclosed))) continue;
      ++given;
      if (!confirm_one(each)) continue;
      if (unclosed.empty()) ++held;
      left.insert(unclosed);
    }
  }
  /// Whether it closes all that it seemed to, and less is not done by it.
  bool confirm_one(const Candidate& candidate) {
    const auto now = keep(mended(protocol(), candidate.repair));
    const std::optional<Sample> after = all_of(*now, all_, "confirming a repair");
    if (stop_ || !after) return false;
    Mend mend{candidate.repair,   candidate.diff,          after->rows(), {},
              after->histories(), lost_by(before_, *after)};
    mend.hidden = hidden_by(candidate.without, mend.open);
    const bool seems_to_close_all = mend.unclosed().empty();
    if (seems_to_close_all && mend.lost.empty() && !confirm_afresh(*now, mend)) return false;
    if (!seems_to_close_all) mend.open.insert(seldom_.begin(), seldom_.end());
    if (!std::includes(rows_.begin(), rows_.end(), mend.open.begin(), mend.open.end()) ||
        mend.unclosed().size() == rows_.size())
      return false;
    const bool does_less = !mend.lost.empty();
    const bool as_it_seemed = mend.unclosed().size() <= candidate.unclosed().size();
    if (!does_less)
      mending_.mends.push_back(std::move(mend));
    else if (seems_to_close_all && mending_.lesser.size() < kEnough)
      mending_.lesser.push_back(std::move(mend));
    return as_it_seemed && !does_less;
  }
  /// Gives it what `check` would look at, too: histories that no repair was chosen by. False where
  /// that could not be done.
  bool confirm_afresh(const Protocol& now, Mend& mend) {
    const std::optional<Sample> after = all_of(now, fresh_, "confirming it with fresh seeds");
    if (stop_ || !after) return false;
    mend.histories += after->histories();
    mend.open = after->rows();
    if (std::includes(rows_.begin(), rows_.end(), mend.open.begin(), mend.open.end())) return true;
    if (!std::exchange(looked_afresh_, true)) look_afresh();
    return !stop_;
  }
  /// What shows too seldom to have been seen may be the protocol's own.
  void look_afresh() {
    const std::set<std::string> known = rows_;
    Sample all = *all_of(protocol(), fresh_, "checking the protocol with fresh seeds");
    count(all);
    std::set_difference(rows_.begin(), rows_.end(), known.begin(), known.end(),
                        std::inserter(seldom_, seldom_.end()));
    for (Mend& mend : mending_.mends)
      if (!mend.open.empty()) mend.open.insert(seldom_.begin(), seldom_.end());
    all.merge(before_);
    screening_ = telling(all, kTelling);
  }

  /// Two at a time: those that close something with each other, then the best of them with all.
  void pairs(const std::vector<Candidate>& ones) {
    std::vector<Candidate> twos;
    const auto add = [&](const Candidate& one, const Candidate& other) {
      auto two = both(one.repair, other.repair);
      if (!two) return;
      twos.push_back({std::move(*two)});
      twos.back().without = one.is_setting() ? other.open : one.open;
    };
    const std::size_t partners = std::min(ones.size(), kPartners);
    for (std::size_t i = 0; i < partners; ++i)
      for (std::size_t k = i + 1; k < partners; ++k) add(ones[i], ones[k]);
    confirm(screen(std::exchange(twos, {}), "trying two repairs together"));
    if (stop_ || closed()) return;
    for (std::size_t i = 0; i < std::min(ones.size(), kOfAll); ++i)
      for (Repair& repair : repairs_of(protocol())) {
        Candidate other{std::move(repair)};
        other.open = rows_;  // those that close something have been tried
        add(ones[i], other);
      }
    confirm(screen(std::move(twos), "trying two repairs together"));
  }

  Lanes& lanes_;
  const Subject& subject_;
  const Meanwhile& meanwhile_;
  const std::function<bool()>& enough_;
  std::vector<HistoryPlace> all_, fresh_;
  std::vector<HistoryPlace> screening_;
  std::set<std::string> rows_;
  std::set<std::string> seldom_;  ///< of these, what only fresh histories have shown
  bool looked_afresh_ = false;
  Sample before_;
  std::mutex mutex_;
  std::shared_ptr<std::vector<std::shared_ptr<const Protocol>>> kept_ =
      std::make_shared<std::vector<std::shared_ptr<const Protocol>>>();
  Mending mending_;
  std::atomic<std::int64_t> done_ = 0;
  std::atomic<bool> stop_ = false;
};

}  // namespace

std::set<std::string> Mend::unclosed() const {
  std::set<std::string> all = open;
  all.insert(hidden.begin(), hidden.end());
  return all;
}

MendRank rank_of(std::size_t unclosed, const Repair& repair, const std::string& diff) {
  const auto rows = repair_operators();
  std::size_t sum = 0;
  for (const std::string_view change : repair.changes)
    sum += static_cast<std::size_t>(
        std::find_if(rows.begin(), rows.end(),
                     [&](const RepairOperator& row) { return row.name == change; }) -
        rows.begin());
  return {unclosed, repair.changes.size(), sum, changed_lines(diff)};
}

std::set<std::string> hidden_by(const std::set<std::string>& without,
                                const std::set<std::string>& open) {
  std::set<std::string> hidden;
  for (const std::string& row : without) {
    const Property* property = find_property(row.substr(0, row.find('.')));
    if (!open.contains(row) && (property == nullptr || !property->liveness)) hidden.insert(row);
  }
  return hidden;
}

std::string diff_of(const Protocol& protocol, const Repair& repair) {
  std::string text;
  for (const auto& [file, now] : texts_with(protocol, repair))
    text += unified_diff(protocol.files.at(file), now,
                         file.lexically_relative(protocol.folder).generic_string());
  return text;
}

Mending mend_protocol(Lanes& lanes, const Subject& subject, const MendPlan& plan,
                      const Meanwhile& meanwhile, const std::function<bool()>& enough) {
  return Mender(lanes, subject, plan, meanwhile, enough).run();
}

}  // namespace fencepost
