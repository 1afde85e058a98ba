#include "sim/search/tape.hpp"

#include "sim/search/strategies.hpp"
#include "tests/fixtures/catch.hpp"
#include "tests/fixtures/law.hpp"

namespace fencepost {
namespace {

struct Question {
  ChoicePoint point;
  Alternatives alternatives;
};

/// Different questions, as a run asks them: no choice comes up twice.
std::vector<Question> any_questions() {
  std::vector<Question> questions;
  std::map<std::string, std::int64_t> ordinals;
  const int count = any_number(60);
  for (int i = 0; i < count; ++i) {
    Question question;
    question.point.kind =
        any_text_of({"next", "stall", "stall.lasts", "crash", "slow", "poison", "start"});
    question.point.who = any_text_of({"w1", "w2", "w1/beat", "time"});
    question.point.ordinal = ordinals[question.point.kind + question.point.who]++;
    question.point.where = any_text_of({"", "claim.take_job:before", "advance.tally:after"});
    const int most = any_number(1, 5);
    for (int value = 0; value < most; ++value) question.alternatives.values.push_back(value * 100);
    question.alternatives.odds = any_of({Chance{1, 1}, Chance{1, 3}, Chance{0, 1}});
    question.alternatives.open = question.point.kind.ends_with(".lasts");
    questions.push_back(question);
  }
  return questions;
}

std::string misfit(const Tape& tape, const std::vector<Question>& questions) {
  TapeChoices choices(tape);
  for (const Question& question : questions) choices.choose(question.point, question.alternatives);
  return choices.misfit();
}

const ChoicePoint kStall = {"stall", "w1", 3, "advance.tally:after"};

}  // namespace

TEST_CASE("tape: what is not on it is answered quietly", "[sim]") {
  TapeChoices choices({{kStall, 1}});
  CHECK(choices.choose({"stall", "w1", 2, ""}, {{0, 1}}) == 0);
  CHECK(choices.choose({"stall", "w2", 3, ""}, {{0, 1}}) == 0);
  CHECK(choices.choose({"crash", "w1", 3, ""}, {{7, 1}}) == 7);
  CHECK(choices.choose(kStall, {{0, 1}}) == 1);
  CHECK(choices.misfit().empty());
}

TEST_CASE("tape: a value that is not offered is taken only where the choice is open", "[sim]") {
  TapeChoices choices({{kStall, 5}});
  CHECK(choices.choose(kStall, {{0, 1}, std::nullopt, true}) == 5);
  CHECK(choices.misfit().empty());
  CHECK(choices.choose(kStall, {{0, 1}}) == 0);
}

TEST_CASE("tape: what no longer fits is said in one sentence", "[sim]") {
  CHECK(misfit({}, {}).empty());
  CHECK(misfit({{kStall, 1}}, {}) ==
        "its choice \"w1 stall #3\" at advance.tally:after was never asked for");
  CHECK(misfit({{kStall, 5}}, {{kStall, {{0, 1}}}}) ==
        "its choice \"w1 stall #3\" at advance.tally:after wants 5, but only 0, 1 can be chosen "
        "there");
  CHECK(misfit({{kStall, 1}}, {{{"stall", "w1", 3, "claim.pick_job:before"}, {{0, 1}}}}) ==
        "its choice \"w1 stall #3\" belongs to advance.tally:after, but came up at "
        "claim.pick_job:before");
  CHECK(misfit({{{"stall", "w1", 3, ""}, 1}}, {{kStall, {{0, 1}}}}).empty());
}

TEST_CASE("tape: the first misfit in the order of the tape is named", "[sim]") {
  const ChoicePoint other = {"crash", "w2", 0, "claim.pick_job:before"};
  CHECK(misfit({{kStall, 1}, {other, 1}}, {}).starts_with("its choice \"w1 stall #3\""));
  CHECK(misfit({{other, 1}, {kStall, 1}}, {}).starts_with("its choice \"w2 crash #0\""));
}

TEST_CASE("tape: where what can be chosen has names, it holds and means those", "[sim]") {
  const ChoicePoint next = {"next", "w1", 0, "here"};
  const Alternatives before = {{102, 202}, std::nullopt, false, {"w1", "w2"}};
  TapeChoices loud({{next, 0, "w2"}});
  RecordingChoices recorded(loud);
  CHECK(recorded.choose(next, before) == 202);
  CHECK(recorded.tape() == Tape{{next, 0, "w2"}});
  TapeChoices other(recorded.tape());
  CHECK(other.choose(next, {{7, 8, 9}, std::nullopt, false, {"w1", "w3", "w2"}}) == 9);
  CHECK(other.misfit().empty());
}

TEST_CASE("tape: a name that can't be chosen, and a number where there are names, are misfits",
          "[sim]") {
  const ChoicePoint next = {"next", "w1", 0, ""};
  const Alternatives names = {{102, 202}, std::nullopt, false, {"w1", "w2"}};
  CHECK(misfit({{next, 0, "w3/beat"}}, {{next, names}}) ==
        "its choice \"w1 next #0\" at  wants w3/beat, but only w1, w2 can be chosen there");
  CHECK(misfit({{next, 202}}, {{next, names}}) ==
        "its choice \"w1 next #0\" at  wants 202, but only w1, w2 can be chosen there");
}

TEST_CASE("recording: only what was not quiet is written down, in order", "[sim]") {
  TapeChoices quiet({});
  RecordingChoices recorded(quiet);
  recorded.choose(kStall, {{0, 1}});
  CHECK(recorded.tape().empty());
  TapeChoices loud({{kStall, 1}, {{"next", "w1", 0, ""}, 200}});
  RecordingChoices both(loud);
  both.choose({"next", "w1", 0, "here"}, {{100, 200}});
  both.choose(kStall, {{0, 1}});
  CHECK(both.tape() == Tape{{{"next", "w1", 0, "here"}, 200}, {kStall, 1}});
  CHECK(both.tape().front().point.where == "here");
}

TEST_CASE("tape: what was recorded is replayed", "[sim]") {
  law("for any strategy, seed and questions", [] {
    const std::vector<Question> questions = any_questions();
    const auto strategy = any_text_of({"random_walk", "priorities", "targeted_stall"});
    const auto drawn = find_strategy(strategy)->make(any_seed());
    RecordingChoices recording(*drawn);
    std::vector<std::int64_t> answers;
    for (const Question& question : questions)
      answers.push_back(recording.choose(question.point, question.alternatives));
    TapeChoices replay(recording.tape());
    RecordingChoices again(replay);
    for (std::size_t i = 0; i < questions.size(); ++i)
      HOLDS(again.choose(questions[i].point, questions[i].alternatives) == answers[i]);
    HOLDS(replay.misfit() == "");
    HOLDS(again.tape() == recording.tape());
  });
}

TEST_CASE("tape: taking a deviation out leaves all other answers in place", "[sim]") {
  law("for any questions", [] {
    const std::vector<Question> questions = any_questions();
    const auto drawn = find_strategy("random_walk")->make(any_seed());
    RecordingChoices recording(*drawn);
    for (const Question& question : questions)
      recording.choose(question.point, question.alternatives);
    Tape tape = recording.tape();
    if (tape.empty()) return;
    const auto out = any_number<std::size_t>(tape.size());
    TapeChoices whole(tape);
    const Deviation gone = tape[out];
    tape.erase(tape.begin() + static_cast<long>(out));
    TapeChoices rest(tape);
    for (const auto& [point, alternatives] : questions) {
      const std::int64_t before = whole.choose(point, alternatives);
      const bool is_gone = point.kind == gone.point.kind && point.who == gone.point.who &&
                           point.ordinal == gone.point.ordinal;
      HOLDS(rest.choose(point, alternatives) == (is_gone ? alternatives.values.front() : before));
    }
  });
}

}  // namespace fencepost
