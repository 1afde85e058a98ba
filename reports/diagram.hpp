// A history as rows and columns: what every picture of it shows, before anybody decides how it
// looks.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "model/history.hpp"
#include "model/verdict.hpp"

namespace fencepost {

/// What stands in a row, each with a shape of its own.
enum class Shape {
  statement,   ///< a statement came back
  commit,      ///< a statement that committed something
  failed,      ///< a statement with an SQLSTATE
  waits,       ///< a statement began to wait for a lock
  polls,       ///< polling that found nothing, drawn together
  fault,       ///< the harness did something
  goes_on,     ///< a stalled worker runs again
  work,        ///< a worker worked
  lease_ends,  ///< no statement: the time came to which a lease was given
  note,        ///< anything else: beginnings, ends, beliefs that changed by themselves
  pause,       ///< nothing happened for long: time is compressed here
};

/// One row, from top to bottom in order of time.
struct DiagramRow {
  Shape shape = Shape::note;
  int step = 0;
  Instant at{};
  Duration passed{};                  ///< pause: how long
  std::optional<std::size_t> column;  ///< whose; nullopt: nobody's or everybody's
  WorkerId worker;                    ///< its full name, "w1.2"
  std::string what;                   ///< "advance.save_checkpoint", "stall for 301 s, at …"
  std::string on;                     ///< the job, where it is about one
  std::string result;
  std::vector<std::string> notes;    ///< what it meant, one sentence each
  std::vector<const Event*> events;  ///< all that happened in it; they belong to the history
  bool violated = false;
};

/// From the row where it begins to the row where it ends.
struct Stretch {
  std::size_t column = 0;
  std::size_t from = 0;
  std::size_t to = 0;
};

/// How a worker's column looks: dead workers have none.
enum class Life { awake, stalled, waiting };
struct LifeLine {
  Stretch where;
  Life life = Life::awake;
};

/// In which sense somebody holds a job.
enum class Hold {
  database,    ///< the database says that it holds, and its lease runs
  run_out,     ///< the database still names it, but the lease has ended
  belief,      ///< the worker believes so, and rightly
  mere_belief  ///< the worker believes so, and the database says otherwise
};
/// For how long somebody holds a job, beside its column.
struct Bar {
  Stretch where;
  Hold hold = Hold::database;
  JobId job;
  bool of_violated_job = true;
};

/// A history as columns, rows and bars.
struct Diagram {
  std::vector<std::string>
      columns;  ///< workers in order of their beginning; the last is the server
  std::vector<DiagramRow> rows;
  std::vector<LifeLine> lives;
  std::vector<Bar> bars;
  std::size_t violated_row = 0;
};

/// The server's column.
inline std::size_t server_column(const Diagram& diagram) { return diagram.columns.size() - 1; }

/// Draws a history up; it must outlive the diagram. Lives of one worker share its column; where
/// there are more than a dozen workers, those that have nothing to do with the violated job share
/// one.
Diagram diagram_of(const History& history, const Violation& violation);

/// Fills in `lives` and `bars` of a diagram whose columns and rows are complete.
void add_stretches(Diagram& diagram, const JobId& violated_job);

/// "w1" for "w1", "w1.2" and "w1/beat": whose column it is.
std::string column_name(const WorkerId& worker);

}  // namespace fencepost
