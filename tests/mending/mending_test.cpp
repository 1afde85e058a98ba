// What a repair closes, what it only hides, and how that is told.
#include "sim/mending/mending_text.hpp"
#include "sim/repairs/operators.hpp"
#include "tests/fixtures/catch.hpp"

namespace fencepost {
namespace {

using Rows = std::set<std::string>;

Subject queue() {
  Subject subject;
  subject.protocol.protocol.name = "queue";
  subject.scenarios.resize(1);
  subject.scenarios[0].scenario.name = "quiet-day";
  return subject;
}
Mending with(Mend mend) {
  Mending mending;
  mending.histories = 310;
  mending.tried = 7;
  mending.violated = {{"fenced_writes.job", {{0, 5}, 17}}, {"locks_released", {{0, 6}, 2}}};
  mending.mends.push_back(std::move(mend));
  return mending;
}

TEST_CASE("mending: a setting mends what is to go on, and hides the rest", "[mending]") {
  const Rows all = {"fenced_writes.job", "job_not_stuck", "never.twice", "single_owner"};
  CHECK(hidden_by(all, {"single_owner"}) == Rows{"fenced_writes.job", "never.twice"});
  CHECK(hidden_by({"fenced_writes.job"}, {"fenced_writes.job"}).empty());
  CHECK(hidden_by({}, {}).empty());
  CHECK(is_setting("timeout"));
  CHECK_FALSE(is_setting("compare"));
  CHECK_FALSE(is_setting("heartbeat"));
  CHECK_FALSE(is_setting("nothing"));
}

TEST_CASE("mending: what is hidden is not closed", "[mending]") {
  const Mending mending =
      with({{{"timeout"}, {"worker"}, {}, {}}, "", {}, {"fenced_writes.job"}, 310, {}});
  CHECK_FALSE(mending.closed());
  CHECK(mending.closes(mending.mends[0]) == 1);
  const std::string text = mending_text(queue(), mending);
  CHECK_THAT(text, ContainsSubstring("closes 1 of 2 in 310 histories, hides fenced_writes.job, "
                                     "which who connects again can do as before\n"));
  CHECK_THAT(text, ContainsSubstring("queue: 7 repairs tried; repair 1 closes 1 of 2\n"));
}

TEST_CASE("mending: of what leaves as much open a fence comes first, whatever it costs",
          "[mending]") {
  const auto rank = [](std::size_t unclosed, std::vector<std::string_view> changes, int lines) {
    std::string diff;
    for (int i = 0; i < lines; ++i) diff += "+x\n";
    return rank_of(unclosed, {std::move(changes), {}, {}, {}}, diff);
  };
  const MendRank fence = rank(0, {"compare"}, 9);
  CHECK(fence < rank(0, {"ask-too"}, 1));
  CHECK(rank(0, {"compare"}, 1) < fence);
  CHECK(fence < rank(0, {"compare", "outcome"}, 1));
  CHECK(rank(0, {"compare", "outcome"}, 9) < rank(0, {"ask-too", "outcome"}, 2));
  CHECK(rank(0, {"timeout"}, 1) < rank(1, {"compare"}, 1));
}

TEST_CASE("mending: where claims give no token, that is why no repair compares one", "[mending]") {
  Mending mending =
      with({{{"outcome"}, {"finish"}, {}, {}}, "", {"fenced_writes.job"}, {}, 3100, {}});
  Subject subject = queue();
  const std::string line = "queue: no repair compares a token, for [lease] token names none; ";
  CHECK_THAT(mending_text(subject, mending), ContainsSubstring(line));
  subject.protocol.protocol.lease_token = {"epoch"};
  CHECK_THAT(mending_text(subject, mending), !ContainsSubstring("names none"));
}

TEST_CASE("mending: a repair says in how many histories it was judged", "[mending]") {
  const Mending mending = with({{{"compare"}, {"finish"}, {}, {}}, "", {}, {}, 3100, {}});
  CHECK(mending.closed());
  const std::string text = mending_text(queue(), mending);
  CHECK_THAT(text, ContainsSubstring("queue violates in 310 histories:\n"));
  CHECK_THAT(text, ContainsSubstring("\ncloses all 2 in 3100 histories\n"));
  CHECK_THAT(text,
             ContainsSubstring("\nlocks_released shows in fewer than 5 of 310 histories, so a "
                               "repair that closes it may do so by chance"));
  CHECK_THAT(mending_json(queue(), mending),
             ContainsSubstring("\"open\": [], \"hidden\": [], \"lost\": [], \"histories\": 3100"));
}

}  // namespace
}  // namespace fencepost
