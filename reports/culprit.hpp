// The statement by which a failure happened: the one that every report names, and what its
// condition lacks where the history leaves no doubt.
#pragma once

#include <optional>
#include <string>

#include "model/told.hpp"
#include "sql/sql_clause.hpp"

namespace fencepost {

/// How surely a statement did it.
enum class Blame {
  wrote_it,        ///< what the violated step shows was written by it, at another one
  did_it,          ///< the violated step's own, or the only one that writes of those it commits
  one_of_several,  ///< one of those that the violated step ran or committed
  looked_in_vain,  ///< nobody did it, and by this workers look for the job
  before,          ///< the violated step has none (time came, a fault struck): the last before it
};

/// A statement that is named. Both pointers lead into what was told.
struct Culprit {
  const Event* event = nullptr;
  const SqlSource* source = nullptr;
  Blame blame = Blame::before;
  std::optional<Clause> where;  ///< its WHERE clause
  std::string lacks;  ///< "save_checkpoint (queries.sql:38) has no condition on …"; may be empty
  std::string add;    ///< then what to add to its WHERE, in its own style: "AND epoch = :epoch"
};

/// Of several statements the last that concerns the violated job is named, else the last. nullopt
/// where the text of none is known.
///
/// `lacks` is said of a write that did it, by an attempt that had lost the job, when no parameter
/// of it, nor of any other statement of its transaction, is one of the lease's token; and where
/// there is no token at all, of which neither the lease nor `observe` speaks.
std::optional<Culprit> culprit_of(const Told& told);

/// "queries.sql:14" as its parts; line 0 where none is named.
struct FileLine {
  std::string file;
  int line = 0;
};
FileLine file_line(const std::string& where);

/// "queries.sql:38 (save_checkpoint)".
std::string to_text(const Culprit& culprit);

}  // namespace fencepost
