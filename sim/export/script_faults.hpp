// What faults become in an exported script: most are only seen in who goes on when, some let a
// statement fail, and some no script can tell.
#pragma once

#include <string>
#include <string_view>

#include "model/history.hpp"

namespace fencepost {

/// Throws InputError, in one sentence, for the first fault that no script can tell.
void refuse_faults_that_no_script_can_tell(const History& history);
/// For a fault that lets the session's next statement fail without having run: its SQLSTATE; else
/// empty.
std::string_view injected_sqlstate(FaultKind fault);
/// A statement that fails with it.
std::string failing_statement(const std::string& sqlstate);

}  // namespace fencepost
