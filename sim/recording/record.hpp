// A real worker, run in simulated time until it has nothing more to do.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "sim/recording/recorder.hpp"
#include "sim/server/cluster.hpp"

namespace fencepost {

/// What is recorded.
struct RecordOptions {
  ClusterOptions server;
  std::vector<std::string> schema;   ///< files, folders and globs, from the working directory on
  std::vector<std::string> enqueue;  ///< the same: SQL that brings work in
  std::vector<std::string> command;  ///< the worker
  Duration at_most{std::chrono::hours{1}};  ///< of simulated time
};

/// What was seen.
struct Recording {
  Recorder recorder;
  std::vector<std::string> lines;  ///< each request and answer, with its moment
  bool is_idle = false;            ///< three rounds alike, without a commit that changed anything
  std::optional<int> status;       ///< the worker's, where it has ended
  Duration lasted{};
  std::vector<std::string> strange;  ///< what of it is not in simulated time
  std::string printed;               ///< by the worker: the last of it
};

/// Runs it. Throws InputError for a schema or work that the server does not take, with file and
/// line, and for a worker that never connects, with what it printed.
Recording record(const RecordOptions& options);

/// Its statements as a query file, which `init` reads: under names, with their parameters as $1.
std::string recorded_statements(const Recording& recording);
/// What it made its schema of, as a file; empty: it made none.
std::string recorded_schema(const Recording& recording);
/// What was seen, for people: statements with their parameters' sources, rounds, and questions.
std::string recording_text(const Recording& recording);

}  // namespace fencepost
