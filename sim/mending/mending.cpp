#include "sim/mending/mending.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <mutex>
#include <optional>

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
  std::set<std::string> open{};  ///< of what the protocol violates, in the failing histories
  bool helps = false;            ///< it closes something there, and opens nothing
};

class Mender {
 public:
  Mender(Lanes& lanes, const Subject& subject, const MendPlan& plan, const Meanwhile& meanwhile,
         const std::function<bool()>& enough)
      : lanes_(lanes), subject_(subject), meanwhile_(meanwhile), enough_(enough) {
    const auto scenarios = subject.scenarios.size();
    const auto wanted = static_cast<std::size_t>(std::max(1, plan.histories));
    for (std::uint64_t seed = 1; all_.size() < wanted && scenarios > 0; ++seed)
      for (std::size_t i = 0; i < scenarios; ++i) all_.emplace_back(i, seed);
  }

  Mending run() && {
    before_ = *all_of(protocol(), "checking the protocol");
    rows_ = before_.rows();
    mending_.histories = before_.histories();
    for (const auto& [at, names] : before_.violated)
      for (const std::string& name : names)
        ++mending_.violated.try_emplace(name, Violated{at}).first->second.histories;
    mending_.kept = kept_;
    if (rows_.empty() || stop_) return finish();
    screening_ = telling(before_, kTelling);
    std::vector<Repair> singles = repairs_of(protocol());
    std::vector<Candidate> ones = screen(std::move(singles), "trying repairs");
    confirm(ones);
    if (!closed()) pairs(ones);
    return finish();
  }

 private:
  const Protocol& protocol() const { return subject_.protocol.protocol; }

  /// Whether some repair closes all.
  bool closed() const {
    return std::any_of(mending_.mends.begin(), mending_.mends.end(),
                       [](const Mend& mend) { return mend.open.empty(); });
  }
  /// Those that leave least open first, then small ones, then by the order of the operators.
  template <typename Tried>
  static void sort(std::vector<Tried>& all) {
    const auto rank = [](const Tried& each) {
      const auto rows = repair_operators();
      std::size_t sum = 0;
      for (const std::string_view change : each.repair.changes)
        sum += static_cast<std::size_t>(
            std::find_if(rows.begin(), rows.end(),
                         [&](const RepairOperator& row) { return row.name == change; }) -
            rows.begin());
      return std::tuple(each.open.size(), each.repair.changes.size(), changed_lines(each.diff),
                        sum);
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
    const bool whole = !mends.empty() && mends.front().open.empty();
    std::set<std::set<std::string>> told;
    std::erase_if(mends, [&](const Mend& mend) {
      return whole ? !mend.open.empty() : !told.insert(mend.open).second;
    });
    if (whole) mending_.lesser.clear();
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

  /// All histories of a protocol, or of the same repaired; what is left out for want of time is
  /// missing. nullopt where it can't be run so.
  std::optional<Sample> all_of(const Protocol& of, std::string_view what) {
    std::vector<Sample> parts((all_.size() + kTogether - 1) / kTogether);
    std::vector<LaneTask> tasks;
    std::atomic<bool> refused = false;
    for (std::size_t i = 0; i < parts.size(); ++i)
      tasks.push_back([&, i](Lane& lane) {
        const std::size_t last = std::min(all_.size(), (i + 1) * kTogether);
        for (std::size_t k = i * kTogether; k < last && !stop_ && !refused; ++k)
          if (&of == &protocol())
            add_history(lane, of, all_[k], parts[i]);
          else if (!try_history(lane, of, all_[k], parts[i]))
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
  std::vector<Candidate> screen(std::vector<Repair> repairs, std::string_view what) {
    std::vector<Candidate> candidates;
    for (Repair& repair : repairs) candidates.push_back({std::move(repair)});
    std::vector<LaneTask> tasks;
    for (Candidate& candidate : candidates)
      tasks.push_back([&](Lane& lane) {
        if (!stop_) screen_one(lane, candidate);
        ++done_;
      });
    work(tasks, what, "repairs");
    mending_.tried += static_cast<int>(done_);
    std::erase_if(candidates, [](const Candidate& each) { return !each.helps; });
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
      if (stop_ || given == kMostConfirmed || held >= kEnough) return;
      if (!each.open.empty() && (held > 0 || left.contains(each.open))) continue;
      ++given;
      if (!confirm_one(each)) continue;
      if (each.open.empty()) ++held;
      left.insert(each.open);
    }
  }
  /// Whether it closes all that it seemed to, and less is not done by it.
  bool confirm_one(const Candidate& candidate) {
    const auto now = keep(mended(protocol(), candidate.repair));
    const std::optional<Sample> after = all_of(*now, "confirming a repair");
    if (stop_ || !after) return false;
    Mend mend{candidate.repair, candidate.diff, after->rows(), lost_by(before_, *after)};
    if (!std::includes(rows_.begin(), rows_.end(), mend.open.begin(), mend.open.end()) ||
        mend.open.size() == rows_.size())
      return false;
    const bool does_less = !mend.lost.empty();
    const bool as_it_seemed = mend.open.size() <= candidate.open.size();
    if (!does_less)
      mending_.mends.push_back(std::move(mend));
    else if (mend.open.empty() && mending_.lesser.size() < kEnough)
      mending_.lesser.push_back(std::move(mend));
    return as_it_seemed && !does_less;
  }

  /// Two at a time: those that close something with each other, then the best of them with all.
  void pairs(const std::vector<Candidate>& ones) {
    std::vector<Repair> twos;
    const std::size_t partners = std::min(ones.size(), kPartners);
    for (std::size_t i = 0; i < partners; ++i)
      for (std::size_t k = i + 1; k < partners; ++k)
        if (auto two = both(ones[i].repair, ones[k].repair)) twos.push_back(std::move(*two));
    confirm(screen(std::move(twos), "trying two repairs together"));
    if (stop_ || closed()) return;
    std::vector<Repair> others;
    for (std::size_t i = 0; i < std::min(ones.size(), kOfAll); ++i)
      for (const Repair& repair : repairs_of(protocol()))
        if (auto two = both(ones[i].repair, repair)) others.push_back(std::move(*two));
    confirm(screen(std::move(others), "trying two repairs together"));
  }

  Lanes& lanes_;
  const Subject& subject_;
  const Meanwhile& meanwhile_;
  const std::function<bool()>& enough_;
  std::vector<HistoryPlace> all_;
  std::vector<HistoryPlace> screening_;
  std::set<std::string> rows_;
  Sample before_;
  std::mutex mutex_;
  std::shared_ptr<std::vector<std::shared_ptr<const Protocol>>> kept_ =
      std::make_shared<std::vector<std::shared_ptr<const Protocol>>>();
  Mending mending_;
  std::atomic<std::int64_t> done_ = 0;
  std::atomic<bool> stop_ = false;
};

}  // namespace

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
