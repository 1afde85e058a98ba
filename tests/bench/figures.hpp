// The figures of fencepost's speed: each prints one table in Markdown, with its goals as ratios of
// what was measured in the same run.
#pragma once

#include <filesystem>
#include <optional>
#include <vector>

#include "tests/bench/turns.hpp"

namespace fencepost {

/// Who measures what.
struct Bench {
  std::filesystem::path now;                    ///< this program
  std::optional<std::filesystem::path> before;  ///< another commit's
  std::vector<int> cores;                       ///< those we may use
  Turns turns() const { return {now, before, cores.front()}; }
};

/// CPU time of a statement, in three protocols under three scenarios.
void print_lanes(const Bench& bench);
/// Three claims in transactions, beside isolationtester.
void print_claims(const Bench& bench);
/// begin, update, commit, beside pgbench.
void print_transactions(const Bench& bench);
/// A history over its own statements.
void print_own_statements(const Bench& bench);
/// What puts a database back.
void print_resets(const Bench& bench);
/// CPU time of a statement by workers, jobs and items.
void print_growth(const Bench& bench);
/// Memory and disk over 100,000 histories.
void print_memory(const Bench& bench);
/// What checks of the program take side by side, and when the first red is there. In real time.
void print_checks(const Bench& bench);

/// A table's head and first lines.
void print_head(const std::string& title, const std::vector<std::string>& columns);
/// One of its rows.
void print_row(const std::vector<std::string>& cells);
/// A number as a cell: three digits that count.
std::string cell(double number);
/// A ratio as a cell; empty without another program.
std::string times(const Bench& bench, double ratio);
/// A bundled protocol's folder, a bundled scenario's file, and one of the bench's own folders.
std::filesystem::path bundled(const std::string& protocol);
std::filesystem::path scenario_file(const std::string& name);
std::filesystem::path own(const std::string& protocol);
/// Nanoseconds of a lane and its server per statement.
double per_statement(const Figures& figures);
double per_history(const Figures& figures);

}  // namespace fencepost
