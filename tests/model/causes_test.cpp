#include "model/causes.hpp"

#include "model/story.hpp"
#include "tests/fixtures/catch.hpp"
#include "tests/fixtures/telling.hpp"

namespace fencepost {
namespace {

/// What the story says before its last sentence, of a violation of job 1 at the history's last
/// step.
std::string causes_in(const History& history, int written_at = 0,
                      const std::string& sentence = "it is wrong") {
  Violation violation;
  violation.step = history.events.back().step;
  violation.job = {"1"};
  violation.written_at = written_at;
  violation.sentence = sentence;
  const std::string text = story(history, violation), last = "Then " + sentence + ".";
  return text.ends_with(last) ? text.substr(0, text.size() - last.size()) : text;
}

/// Without the end of the run: the last thing that was told is what was violated.
History so_far(Telling& telling) {
  History history = telling.finished(999s);
  history.events.pop_back();
  return history;
}

/// The event that was told last is of the session that its worker has.
Telling& in_session(Telling& telling) {
  return telling.with([](Event& event) { event.session = {event.worker.text + "/main"}; });
}

constexpr std::string_view kClaimed = "w1 claimed job 1 at 1 s. ";

}  // namespace

TEST_CASE("cause: a takeover lies before, at, or behind the end of the lease", "[model]") {
  const auto taken_over = [](Duration at, Duration server_ahead) {
    Telling telling = claimed();
    telling.granted("w2", 2, at, 90s).with([&](Event& event) {
      event.server_ahead = server_ahead;
    });
    return causes_in(telling.finished(at)).substr(kClaimed.size());
  };
  CHECK(taken_over(41s, 0s) == "w2 took job 1 over at 41 s, 10 s after its lease had ended. ");
  CHECK(taken_over(31s + 3us, 0s) == "w2 took job 1 over at 31.000003 s, as its lease ended. ");
  CHECK(taken_over(21s, 0s) == "w2 took job 1 over at 21 s, 10 s before its lease ended. ");
  CHECK(taken_over(21s, 30s) ==
        "w2 took job 1 over at 21 s, 20 s after its lease had ended by the server's clock. ");
}

TEST_CASE("cause: who put the job back without having been granted it", "[model]") {
  Telling telling = claimed();
  telling.change("r1", 0, 20s, "1", [](JobRecord& job) { job.state = JobState::ready; });
  CHECK(causes_in(telling.finished(30s)) ==
        std::string(kClaimed) + "r1 made job 1 ready at 20 s, with op.sql. ");
}

TEST_CASE("cause: work that outlasts its lease", "[model]") {
  const auto works = [](Duration lasts) {
    Telling telling = claimed();
    telling.then(EventKind::work, "w1", 1, 2s).with([&](Event& event) { event.lasts = lasts; });
    return causes_in(telling.granted("w2", 2, 31s, 61s).finished(31s)).substr(kClaimed.size());
  };
  CHECK(works(40s) ==
        "w1 began work of 40 s at 2 s, and its lease ended at 31 s. "
        "w2 took job 1 over at 31 s, as its lease ended. ");
  CHECK(works(5s) == "w2 took job 1 over at 31 s, as its lease ended. ");
}

TEST_CASE("cause: a transaction that was open while others changed the job", "[model]") {
  const auto committed = [](Duration at) {
    Telling telling = Telling().job("1");
    in_session(telling.sql("w2", "claim", "begin", "", 1s));
    telling.granted("w1", 1, 2s, 32s);
    in_session(telling.sql("w2", "claim", "commit", "", at));
    return causes_in(so_far(telling));
  };
  CHECK(committed(60s) ==
        "w2 began its transaction at 1 s, with claim.begin. w1 claimed job 1 at 2 s. ");
  CHECK(committed(1s + 5us) == "w1 claimed job 1 at 2 s. ");
}

TEST_CASE("cause: a wait for a lock, and a commit that comes late", "[model]") {
  const auto waits = [](EventKind kind) {
    Telling telling = Telling().job("1");
    in_session(telling.then(kind, "w1", 0, 1s));
    telling.sql("w2", "claim", "take", "", 2s);
    in_session(telling.sql("w1", "claim", "take", "", 3s));
    return causes_in(so_far(telling));
  };
  CHECK(waits(EventKind::blocked) ==
        "w1 waited in claim.take from 1 s to 3 s for a lock, with its snapshot from before. ");
  CHECK(waits(EventKind::parked) ==
        "What w1 did in claim.take at 1 s was committed, and seen by others, only at 3 s. ");
  CHECK(waits(EventKind::resumed) == "It is wrong.");
  // Its next session has the same name.
  Telling broken = Telling().job("1");
  in_session(broken.then(EventKind::blocked, "w1", 0, 1s));
  in_session(broken.then(EventKind::session_ended, "w1", 0, 2s));
  in_session(broken.sql("w1", "claim", "take", "", 3s));
  CHECK(causes_in(so_far(broken)) == "It is wrong.");
}

TEST_CASE("cause: what was read before another changed it", "[model]") {
  const auto rescues = [](bool change, const std::string& result,
                          const std::string& sentence = "r1 is wrong") {
    Telling telling = claimed();
    telling.sql("r1", "rescue", "find", "", 20s).with([&](Event& event) { event.result = result; });
    if (change) telling.renewed("w1", 1, 21s, 51s);
    telling.sql("r1", "rescue", "free", "", 22s);
    return causes_in(so_far(telling), 0, sentence).substr(kClaimed.size());
  };
  CHECK(rescues(true, "1 row: id=1") ==
        "r1 read with rescue.find at 20 s, before w1 changed job 1 at 21 s. ");
  CHECK(rescues(false, "1 row: id=1").empty());
  CHECK(rescues(true, "0 rows").empty());
  CHECK(rescues(true, "1 row: id=1", "w1 is wrong").empty());
}

TEST_CASE("cause: a transaction that nobody ends any more", "[model]") {
  const auto dies = [](bool noticed) {
    Telling telling = Telling().job("1");
    in_session(telling.sql("w1", "claim", "begin", "", 1s));
    telling.fault(FaultKind::crash_half_open, "w1", 2s);
    if (noticed) in_session(telling.then(EventKind::session_ended, "w1", 0, 3s));
    return causes_in(telling.finished(60s));
  };
  const std::string vanished = "w1 vanished without the server noticing at 2 s. ";
  CHECK(dies(false) ==
        vanished +
            "The transaction that w1 began at 1 s is still open on the server, with its locks. ");
  CHECK(dies(true) == vanished);
}

TEST_CASE("cause: who committed last before forbidden rows, and who wrote what is wrong",
          "[model]") {
  Telling paying = Telling().job("1");
  for (const char* who : {"w1", "w2", "w3"})
    paying.sql(who, "pay", "insert", "", 2s).with([](Event& event) { event.committed = true; });
  paying.then(EventKind::forbidden, "w3", 0, 2s);
  CHECK(causes_in(so_far(paying)) ==
        "w2 committed pay.insert at 2 s. w3 committed pay.insert at 2 s. ");

  Telling writing = claimed();
  writing.change("w1", 1, 5s, "1", [](JobRecord& job) { job.cursor = 1; });
  const int step = so_far(writing).events.back().step;
  CHECK(causes_in(writing.finished(9s), step) ==
        std::string(kClaimed) + "w1 wrote that last, with op.sql at 5 s. ");
}

TEST_CASE("story: few faults are all told, of many the last of each grant", "[model]") {
  const auto stalls = [](int times) {
    Telling telling = claimed();
    for (int i = 0; i < times; ++i)
      telling.fault(FaultKind::stall, "w1", std::chrono::seconds(2 + i));
    return causes_in(telling.finished(60s)).substr(kClaimed.size());
  };
  CHECK(stalls(2) == "w1 stalled for 0 s at 2 s. w1 stalled for 0 s at 3 s. ");
  CHECK(stalls(9) == "w1 stalled for 0 s at 10 s. ");
}

}  // namespace fencepost
