// A history as a table for a terminal: one column for each worker and one for the server.
#pragma once

#include <string>

#include "reports/trace.hpp"

namespace fencepost {

/// The steps of trace(), each in the column of who made it, and what they meant in the server's;
/// fitted to options.width (0: as wide as the texts are, but workers' at most 48). Left
/// of a worker's texts: ┃ the database says that it holds a job, │ its lease has ended; ┊ it
/// believes so, ╎ and the database does not. Where the width is too little for the columns, it is
/// trace() itself.
std::string column_table(const History& history, const TraceOptions& options);

/// trace() or column_table(), as options.layout says.
std::string laid_out(const History& history, const TraceOptions& options);

}  // namespace fencepost
