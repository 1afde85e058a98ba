// Who lived when, and who held what when: the stretches along the columns of a diagram.
#include <map>

#include "reports/diagram.hpp"

namespace fencepost {
namespace {

/// One attempt's bar by the database.
struct Holding {
  std::size_t column = 0;
  std::size_t since = 0;
  JobId job;
  Hold hold = Hold::database;
};

/// One worker's belief in one job.
struct Belief {
  std::size_t column = 0;
  std::size_t since = 0;
  AttemptId attempt;
  Hold hold = Hold::belief;
};

class Bars {
 public:
  Bars(Diagram& diagram, const JobId& violated_job) : diagram_(diagram), job_(violated_job) {
    for (row_ = 0; row_ < diagram.rows.size(); ++row_) {
      if (diagram.rows[row_].shape == Shape::lease_ends) run_out({diagram.rows[row_].on});
      for (const Event* event : diagram.rows[row_].events) follow(*event);
      for (auto& [who, belief] : beliefs_) turn(belief, who.second, backed(belief));
    }
    row_ = diagram.rows.size();
    for (const auto& [attempt, holding] : holdings_) draw(holding);
    for (const auto& [who, belief] : beliefs_) draw(belief, who.second);
  }

 private:
  void follow(const Event& event) {
    switch (event.kind) {
      case EventKind::granted:
        holdings_[event.attempt] = {column_of_row(), row_, event.job, Hold::database};
        break;
      case EventKind::renewed:
        if (const auto found = holdings_.find(event.attempt); found != holdings_.end())
          turn(found->second, Hold::database);
        break;
      case EventKind::released:
      case EventKind::revoked:
        if (const auto found = holdings_.find(event.attempt); found != holdings_.end()) {
          draw(found->second);
          holdings_.erase(found);
        }
        break;
      case EventKind::believed:
        beliefs_[{event.worker, event.job}] = {column_of_row(), row_, event.attempt, Hold::belief};
        break;
      case EventKind::let_go:
        if (const auto found = beliefs_.find({event.worker, event.job}); found != beliefs_.end()) {
          draw(found->second, event.job);
          beliefs_.erase(found);
        }
        break;
      default:
        break;
    }
  }
  std::size_t column_of_row() const { return diagram_.rows[row_].column.value_or(0); }
  void run_out(const JobId& job) {
    for (auto& [attempt, holding] : holdings_)
      if (holding.job == job) turn(holding, Hold::run_out);
  }
  Hold backed(const Belief& belief) const {
    const auto found = holdings_.find(belief.attempt);
    return found != holdings_.end() && found->second.hold == Hold::database ? Hold::belief
                                                                            : Hold::mere_belief;
  }
  void turn(Holding& holding, Hold hold) {
    if (holding.hold == hold) return;
    draw(holding);
    holding.since = row_;
    holding.hold = hold;
  }
  void turn(Belief& belief, const JobId& job, Hold hold) {
    if (belief.hold == hold) return;
    if (belief.since < row_) draw(belief, job);
    belief.since = row_;
    belief.hold = hold;
  }
  void draw(const Holding& holding) {
    add(holding.column, holding.since, holding.hold, holding.job);
  }
  void draw(const Belief& belief, const JobId& job) {
    add(belief.column, belief.since, belief.hold, job);
  }
  void add(std::size_t column, std::size_t from, Hold hold, const JobId& job) {
    diagram_.bars.push_back({{column, from, row_}, hold, job, job_.empty() || job == job_});
  }

  Diagram& diagram_;
  const JobId& job_;
  std::size_t row_ = 0;
  std::map<AttemptId, Holding> holdings_;
  std::map<std::pair<WorkerId, JobId>, Belief> beliefs_;
};

/// One column's worker, from row to row.
struct Living {
  std::size_t since = 0;
  std::optional<Life> life;  ///< nullopt: not born, or dead
  bool born = false;
};

class Lives {
 public:
  explicit Lives(Diagram& diagram) : diagram_(diagram), columns_(diagram.columns.size()) {
    turn(server_column(diagram), Life::awake);
    for (row_ = 0; row_ < diagram.rows.size(); ++row_)
      for (const Event* event : diagram.rows[row_].events) follow(*event);
    row_ = diagram.rows.size();
    for (std::size_t column = 0; column < columns_.size(); ++column) turn(column, std::nullopt);
  }

 private:
  void follow(const Event& event) {
    const Fault* const fault = fault_in(event);
    const Fate fate = fault != nullptr ? fault->fate : Fate::goes_on;
    if (event.worker.empty() && fate == Fate::stands_still)
      for (std::size_t column = 0; column < server_column(diagram_); ++column)
        if (columns_[column].life) turn(column, Life::stalled);
    const std::optional<std::size_t> column = diagram_.rows[row_].column;
    if (event.worker.empty() || !column || *column == server_column(diagram_)) return;
    if (!columns_[*column].born) turn(*column, Life::awake);
    switch (event.kind) {
      case EventKind::worker_started:
      case EventKind::resumed:
        return turn(*column, Life::awake);
      case EventKind::blocked:
      case EventKind::parked:
      case EventKind::queued:
        return turn(*column, Life::waiting);
      case EventKind::statement:
        if (columns_[*column].life == Life::waiting) turn(*column, Life::awake);
        return;
      case EventKind::fault:
        if (fate == Fate::stands_still) turn(*column, Life::stalled);
        if (fate == Fate::ends) turn(*column, std::nullopt);
        return;
      default:
        return;
    }
  }
  void turn(std::size_t column, std::optional<Life> life) {
    Living& living = columns_[column];
    if (living.life == life) return;
    if (living.life && living.since < row_)
      diagram_.lives.push_back({{column, living.since, row_}, *living.life});
    living = {row_, life, true};
  }

  Diagram& diagram_;
  std::vector<Living> columns_;
  std::size_t row_ = 0;
};

}  // namespace

void add_stretches(Diagram& diagram, const JobId& violated_job) {
  Bars(diagram, violated_job);
  Lives{diagram};
}

std::string column_name(const WorkerId& worker) {
  return worker.text.substr(0, worker.text.find_first_of("./"));
}

}  // namespace fencepost
