#include "model/fault.hpp"

#include <set>
#include <string>

#include "model/history.hpp"
#include "tests/fixtures/catch.hpp"

namespace fencepost {
namespace {

/// "one crash, two stall, …" of all faults for which a question has that answer.
template <typename Asked>
std::string those_with(Asked asked) {
  std::string names;
  for (const Fault& fault : faults())
    if (asked(fault)) names += (names.empty() ? "" : " ") + std::string(fault.name);
  return names;
}

std::string striking_at(std::string_view boundary) {
  return those_with([&](const Fault& fault) {
    return fault.where != Where::anywhere && may_strike(fault.kind, boundary);
  });
}

}  // namespace

TEST_CASE("fault: every kind has one row, and names are told apart", "[model]") {
  std::set<std::string_view> names;
  std::set<FaultKind> kinds;
  for (const Fault& fault : faults()) {
    INFO(fault.name);
    CHECK(names.insert(fault.name).second);
    CHECK(kinds.insert(fault.kind).second);
    CHECK(&fault_of(fault.kind) == &fault);
    CHECK(fault_from_text(to_text(fault.kind)) == fault.kind);
    CHECK_FALSE(fault.meaning.empty());
  }
  for (std::size_t number = 0; number < faults().size(); ++number)
    CHECK(kinds.contains(static_cast<FaultKind>(number)));
  CHECK(fault_from_text("crash_half") == std::nullopt);
}

TEST_CASE("fault: what a scenario can't draw says what to write instead", "[model]") {
  CHECK(those_with([](const Fault& fault) { return fault.keys == FaultKeys::undrawn; }) ==
        "restart poison");
  for (const Fault& fault : faults())
    CHECK(fault.instead.empty() == (fault.keys != FaultKeys::undrawn));
}

TEST_CASE("fault: a length is in its texts only where there is one", "[model]") {
  for (const Fault& fault : faults()) {
    INFO(fault.name);
    const bool told = fault.length.find("{}") != std::string_view::npos ||
                      fault.story.find("{}") != std::string_view::npos;
    CHECK((has_lasts(fault.keys) || !told));
    CHECK(fault.length.empty() == (fault.length.find("{}") == std::string_view::npos));
  }
  CHECK(with_length(" for {}", FaultKind::stall, 1500ms) == " for 1.5 s");
  CHECK(with_length(" by {}", FaultKind::clock_step, 2s) == " by +2 s");
  CHECK(with_length(" by {}", FaultKind::clock_step, -2s) == " by -2 s");
  CHECK(with_length("crashed", FaultKind::crash, 2s) == "crashed");
}

TEST_CASE("fault: each strikes only where it makes sense", "[model]") {
  CHECK(striking_at("claim.take:before") ==
        "connection_lost late_statement serialization_failure lock_timeout");
  CHECK(striking_at("claim.begin:before") == "connection_lost late_statement");
  CHECK(striking_at("claim.rollback:before") == "connection_lost late_statement");
  CHECK(striking_at("claim.commit:before") ==
        "connection_lost late_statement serialization_failure");
  CHECK(striking_at("claim.commit:after_commit") == "ack_lost answer_unheard");
  CHECK(striking_at("claim.take:after") == "ack_lost answer_unheard");
  // A statement of that ending is not the word itself.
  CHECK(striking_at("claim.do_commit:before") == striking_at("claim.take:before"));
  CHECK(may_strike(FaultKind::stall, "claim.begin:before"));
}

TEST_CASE("fault: one that strikes everybody is told as a sentence of its own", "[model]") {
  for (const Fault& fault : faults()) {
    INFO(fault.name);
    const bool sentence = !fault.story.empty() && fault.story[0] >= 'A' && fault.story[0] <= 'Z';
    CHECK(sentence == strikes_everybody(fault.kind));
  }
}

TEST_CASE("fault: what the harness lets fail has its SQLSTATE and a message", "[model]") {
  CHECK(those_with([](const Fault& fault) { return !fault.error.empty(); }) ==
        "serialization_failure lock_timeout");
  CHECK(fault_of(FaultKind::serialization_failure).sqlstate == "40001");
  CHECK(fault_of(FaultKind::lock_timeout).sqlstate == "55P03");
}

TEST_CASE("fault: an event has one only where it is a fault and says which", "[model]") {
  Event event;
  event.fault = FaultKind::commits_lost;
  event.kind = EventKind::changed;
  CHECK(fault_in(event) == nullptr);
  event.kind = EventKind::fault;
  CHECK(fault_in(event) == &fault_of(FaultKind::commits_lost));
  event.fault.reset();
  CHECK(fault_in(event) == nullptr);
}

}  // namespace fencepost
