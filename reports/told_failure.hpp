// A failure that is told, as reports show it.
#pragma once

#include <string>

#include "model/told.hpp"
#include "reports/gate_text.hpp"
#include "reports/step_text.hpp"

namespace fencepost {

/// A failure as reports show it: told, and where else it is to be had.
struct ToldFailure {
  std::string protocol;
  std::string scenario;
  std::uint64_t seed = 0;
  std::string name;  ///< full name of the violated part
  int shrunk_from = 0;
  std::string digest;
  Told told;
  std::string replay;  ///< the command that shows it again
  std::string file;    ///< its saved run, from where the report is; empty: not saved there
  std::string page;    ///< its page, likewise
  std::string saved;   ///< the text of that file
};

/// As the text and page of one failure take it; it refers to the failure.
FailureReport report_of(const ToldFailure& failure);
/// The SQL of a statement.
FindSource sources_of(const Told& told);
/// The SQL that did it: of the violated step, or where that is none (what did not happen has no
/// statement) of the last statement before it that concerns its job, or any; nullptr where there is
/// none.
const SqlSource* violating_source(const Told& told);

/// "queries.sql:14" as its parts; line 0 where none is named.
struct FileLine {
  std::string file;
  int line = 0;
};
FileLine file_line(const std::string& where);

}  // namespace fencepost
