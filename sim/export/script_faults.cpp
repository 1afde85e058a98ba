#include "sim/export/script_faults.hpp"

#include "sim/text/error.hpp"

namespace fencepost {
namespace {

/// What a fault does that no script can do; nullptr for the others.
const char* reason_against(FaultKind fault) {
  switch (fault) {
    case FaultKind::clock_step:
    case FaultKind::clock_freeze:
      return "this story is about the server's own clock, and a script tells the server the time "
             "at "
             "every step instead of having one";
    case FaultKind::commits_lost:
      return "in this story a crash takes back commits that were acknowledged, which no statement "
             "can do";
    case FaultKind::roll_back:
      return "this story runs two versions of the protocol, whose statements share their names";
    default:
      return nullptr;
  }
}

}  // namespace

void refuse_faults_that_no_script_can_tell(const History& history) {
  for (const Event& event : history.events) {
    const char* reason = event.fault ? reason_against(*event.fault) : nullptr;
    if (reason != nullptr)
      throw InputError(fmt::format("step {} is a {}: {}, so it can't be exported; replay shows it",
                                   event.step, to_text(*event.fault), reason));
  }
}

std::string_view injected_sqlstate(FaultKind fault) {
  switch (fault) {
    case FaultKind::serialization_failure:
      return "40001";
    case FaultKind::lock_timeout:
      return "55P03";
    case FaultKind::read_only:
      return "25006";
    default:
      return "";
  }
}

std::string failing_statement(const std::string& sqlstate) {
  return fmt::format(
      "DO $$ BEGIN RAISE EXCEPTION USING ERRCODE = '{}', MESSAGE = 'as in the history'; END $$",
      sqlstate);
}

}  // namespace fencepost
