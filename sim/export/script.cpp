#include "sim/export/script.hpp"

#include <optional>
#include <set>

#include "model/polling.hpp"
#include "sim/export/drawn_uuids.hpp"
#include "sim/export/script_parts.hpp"
#include "sim/export/sql_splice.hpp"
#include "sim/text/error.hpp"

namespace fencepost {
namespace {

class ScriptMaker {
 public:
  explicit ScriptMaker(const Exported& exported)
      : in_(exported),
        shadows_(shadows_of(exported.protocol, exported.history)),
        cut_(exported.violation != nullptr ? up_to(exported.history, exported.violation->step)
                                           : exported.history) {
    refuse_what_no_script_can_tell(cut_);
    const IdleSteps idle = idle_polls(cut_);
    dropped_ = idle.hidden;
    for (const auto& [step, polls] : idle.first) dropped_.insert(step);
    for (const auto& statement : in_.protocol.statements) look_at(statement.second.text);
  }

  Script all() {
    prepare();
    for (const Event& event : cut_.events) tell(event);
    const std::vector<std::string> story = std::exchange(comments_, {});
    if (in_.violation != nullptr) comments_.push_back("✗ " + in_.violation->sentence);
    comments_.insert(comments_.begin(), story.begin(), story.end());
    observe("after");
    come_to_an_end();
    finish_sessions();
    return std::move(out_);
  }

 private:
  void look_at(const std::string& sql) {
    advisory_ = advisory_ || sql.find("advisory") != std::string::npos;
    names_sessions_ = names_sessions_ || sql.find("fencepost.sessions") != std::string::npos;
    draws_ = draws_ || sql.find("random()") != std::string::npos;
  }

  /// As the script's form needs it.
  std::string written(const std::string& sql, const std::string& where) const {
    const std::string timed = shadows_.time ? with_simulated_time(sql) : sql;
    return in_.braces == Braces::may_stand ? timed : without_braces(timed, where);
  }

  void prepare() {
    std::vector<std::string>& set_up = out_.set_up;
    set_up.push_back("SET TimeZone = 'UTC'");
    if (shadows_.any()) set_up.push_back(set_search_path("public"));
    Instant at = Instant{} - 1s;
    if (shadows_.time) set_up.push_back(set_clock(at));
    if (shadows_.any()) out_.schema.push_back(simulated_schema(shadows_));
    if (names_sessions_)
      out_.schema.push_back(
          "CREATE SCHEMA fencepost;\n"
          "  CREATE TABLE fencepost.sessions (pid int PRIMARY KEY, worker text, session text)");
    for (std::size_t i = 0; i < in_.protocol.schema.size(); ++i)
      out_.schema.push_back(written(in_.protocol.schema[i], in_.protocol.schema_files[i].string()));
    insert("insert_job", in_.load.jobs, at);
    insert("insert_item", in_.load.items, at);
  }

  void insert(const std::string& name, int count, Instant& at) {
    const Statement* statement = in_.protocol.find(name);
    if (statement == nullptr) return;
    for (int number = 1; number <= count; ++number) {
      at += 1us;
      if (shadows_.time) out_.workload.push_back(set_clock(at));
      out_.workload.push_back(
          filled(*statement, load_arguments(in_.protocol, *statement, in_.load, number)));
    }
  }

  std::string filled(const Statement& statement,
                     const std::vector<std::optional<std::string>>& values) const {
    const auto shape = in_.shapes.find(statement.name);
    ParameterTypes types;
    if (shape != in_.shapes.end()) types.names = shape->second.parameters;
    return written(spliced(statement, values, types), to_text(statement.where));
  }

  Seen& seen(const SessionId& id) {
    const auto [found, is_new] = sessions_.try_emplace(id);
    if (is_new) {
      found->second.index = out_.sessions.size();
      ids_.push_back(id);
      std::string name = id.text;
      if (name.ends_with("/main")) name.resize(name.size() - 5);
      add_session(plain_name(name));
    }
    return found->second;
  }

  void add_session(std::string name) {
    out_.sessions.push_back({unused_name(std::move(name), out_.sessions), {}, false});
  }

  void tell(const Event& event) {
    comment_on(event);
    now_ = event.at;
    if (dropped_.contains(event.step) || event.note == kInWorker) return;
    if (event.kind == EventKind::fault && event.fault && !event.session.empty())
      seen(event.session).injected = fault_of(*event.fault).sqlstate;
    if (event.kind == EventKind::blocked || event.kind == EventKind::parked) {
      if (const Event* done = completion_of(in_.history, event)) wait(event, *done);
    } else if (event.kind == EventKind::statement) {
      Seen& session = seen(event.session);
      if (in_.violation != nullptr && event.step == in_.violation->step && !session.waiting) {
        const std::vector<std::string> story = std::exchange(comments_, {});
        observe("before");
        comments_ = story;
      }
      if (session.commits_late && !session.waiting)
        commit_late(session, event);
      else if (session.waiting)
        complete(session, event);
      else if (!session.ended)
        send(event, event);
    } else if (event.kind == EventKind::session_ended) {
      end(event);
    }
  }

  /// The trace's lines of a step stand above the first thing that came of it.
  void comment_on(const Event& event) {
    if (event.step == commented_) return;
    commented_ = event.step;
    if (dropped_.contains(event.step)) {
      left_out_ = true;
      return;
    }
    if (std::exchange(left_out_, false)) comments_.push_back("… polling that found nothing");
    for (std::string& line : trace_lines(cut_, event.step)) comments_.push_back(std::move(line));
  }

  ScriptStep& add(Deed deed, std::size_t session, const std::string& name) {
    ScriptStep& step = out_.steps.emplace_back();
    step.deed = deed;
    step.session = session;
    step.name = name;
    step.comments = std::exchange(comments_, {});
    return step;
  }

  /// With the number that the step has in the history.
  std::string step_name(const std::string& who, int step, const std::string& what) {
    std::string name = fmt::format("{}_{}_{}", who, step, what);
    while (!names_.insert(name).second) name += "_";
    return name;
  }
  std::string step_name(const Seen& session, const std::string& what) {
    return step_name(out_.sessions[session.index].name, commented_, what);
  }

  /// It waits for a lock, or stands before its commit: then a transaction stands around it here. A
  /// procedure that commits can't stand in one, and is told where it is done.
  void wait(const Event& event, const Event& done) {
    Seen& session = seen(event.session);
    const Statement* statement = in_.protocol.find(event.statement);
    const Event* const late = late_commit_of(in_.history, event);
    const bool around = late != nullptr && statement != nullptr && !session.in_transaction &&
                        !session.commits_late && !may_commit_inside(statement->sql);
    if (around) {
      session.commits_late = session.in_transaction = true;
      begin_late(add(Deed::statement, session.index, step_name(session, "begin")),
                 shadows_.time ? set_began(event.at) : "");
    }
    Event without_end = done;
    if (session.commits_late) without_end.sqlstate.clear();
    if (event.kind == EventKind::parked && session.waiting)
      complete(session, without_end);
    else if (event.kind == EventKind::blocked || around)
      send(event, without_end);
  }

  void commit_late(Seen& session, const Event& done) {
    ScriptStep& step = add(Deed::statement, session.index, step_name(session, "commit"));
    step.sql = "COMMIT";
    step.fails = !done.sqlstate.empty();
    session.commits_late = session.in_transaction = false;
  }

  /// `done` is where its values and its result are told.
  void send(const Event& event, const Event& done) {
    const bool waits = event.kind == EventKind::blocked;
    Seen& session = seen(event.session);
    const Statement* statement = in_.protocol.find(event.statement);
    std::string sql;
    if (!session.injected.empty() && done.sqlstate == session.injected)
      sql = failing_statement(session.injected);
    else
      sql = statement != nullptr ? bound(*statement, done) : control(event);
    session.injected.clear();
    ScriptStep& step =
        add(Deed::statement, session.index, step_name(session, plain_name(event.statement)));
    step.sql = sql;
    step.waits = waits;
    step.fails = !done.sqlstate.empty();
    if (statement != nullptr) step.columns = columns_of(in_.shapes, event.statement);
    const bool begins = begins_transaction(sql);
    const bool controls = begins || ends_transaction(sql) || leading_words(sql) == "ROLLBACK TO";
    if (shadows_.time && !controls && done.sqlstate != "25P02")
      step.before.push_back(set_clock(event.at));
    if (shadows_.time && begins) step.behind.push_back(set_began(event.at));
    if (statement != nullptr) draw_uuid(session, done, step);
    if (waits)
      session.waiting = out_.steps.size() - 1;
    else
      after(session, sql, done, out_.steps.back());
  }

  std::string bound(const Statement& statement, const Event& done) const {
    std::vector<std::optional<std::string>> values;
    for (const Bound& one : done.bound) values.push_back(one.value);
    return filled(statement, values);
  }

  std::string control(const Event& event) const {
    if (event.statement == "commit") return "COMMIT";
    if (event.statement == "rollback") return "ROLLBACK";
    return begin_of(in_.protocol, event.operation);
  }

  /// The server drew a uuid that the history shows: here it draws the same one.
  void draw_uuid(Seen& session, const Event& done, ScriptStep& step) {
    if (!shadows_.uuid) return;
    const auto uuid = uuids_.drawn_by(done);
    if (uuid) step.before.push_back(fmt::format("SET simulated.uuid = '{}'", *uuid));
    if (!uuid && session.has_uuid) step.before.push_back("SET simulated.uuid = ''");
    session.has_uuid = uuid.has_value();
  }

  void after(Seen& session, const std::string& sql, const Event& done, ScriptStep& step) {
    if (done.sqlstate.empty() && begins_transaction(sql)) session.in_transaction = true;
    if (ends_transaction(sql)) session.in_transaction = false;
    step.in_transaction = session.in_transaction;
  }

  /// A statement that waited is done: because of the step before, or because something gave it up.
  void complete(Seen& session, const Event& done) {
    const std::set<std::string> given_up = {"55P03", "57014", "57P01", "57P05",
                                            "25P03", "25P04", "08006"};
    if (given_up.contains(done.sqlstate)) cancel(session, done.sqlstate);
    if (shadows_.shared_clock && !session.cancelled) move_clock(done.at);
    const ScriptStep waited = out_.steps[*session.waiting];
    ScriptStep& step = add(Deed::completion, session.index, waited.name);
    step.columns = waited.columns;
    step.fails = !done.sqlstate.empty();
    session.waiting.reset();
    session.cancelled = false;
    if (done.sqlstate == "40P01") victims_.insert(session.index);
    after(session, waited.sql, done, step);
  }

  void cancel(Seen& session, const std::string& sqlstate) {
    if (std::exchange(session.cancelled, true)) return;
    const std::string& name = out_.sessions[session.index].name;
    ScriptStep& step = add(Deed::cancel, observer(), step_name(session, "is_given_up"));
    step.whose = session.index;
    step.comments.push_back(why_cancelled(sqlstate));
    step.sql = cancelling(name);
  }

  /// In front of the step that ends the wait, so that who waited finds the time as it was then.
  void move_clock(Instant at) {
    std::size_t place = out_.steps.size();
    while (place > 0 && out_.steps[place - 1].deed == Deed::completion) --place;
    if (place > 0) --place;
    ScriptStep step;
    step.deed = Deed::clock;
    step.session = observer();
    step.name = step_name("clock", commented_, "goes_on");
    step.sql = move_shared_clock(at);
    step.columns = {{"setval", "bigint"}};
    for (auto& [id, session] : sessions_)
      if (session.waiting && *session.waiting >= place) ++*session.waiting;
    out_.steps.insert(out_.steps.begin() + static_cast<std::ptrdiff_t>(place), step);
  }

  /// What the end of a backend does: its transaction is rolled back, its advisory locks are free.
  void end(const Event& event) {
    Seen& session = seen(event.session);
    if (session.waiting) cancel(session, event.sqlstate);
    if (session.waiting) {
      Event lost = event;
      if (lost.sqlstate.empty()) lost.sqlstate = "08006";
      complete(session, lost);
    }
    session.ended = true;
    give_back(session, "The server ended this session (" + event.note + "): so its transaction");
  }

  void give_back(Seen& session, const std::string& why) {
    if (session.in_transaction) {
      ScriptStep& step = add(Deed::ended, session.index, step_name(session, "rollback"));
      step.comments.push_back(why + " is rolled back.");
      step.sql = "ROLLBACK";
      session.in_transaction = false;
    }
    if (!advisory_) return;
    ScriptStep& step = add(Deed::ended, session.index, step_name(session, "unlock_all"));
    step.sql = "SELECT pg_advisory_unlock_all()";
    step.columns = {{"pg_advisory_unlock_all", "text"}};
  }

  std::size_t observer() {
    if (!observer_) {
      observer_ = out_.sessions.size();
      add_session("observer");
    }
    return *observer_;
  }

  void observe(const std::string& when) {
    const std::size_t session = observer();
    for (const std::string name : {"observe", "applied"}) {
      const Statement* statement = in_.protocol.find(name);
      if (statement == nullptr) continue;
      ScriptStep& step = add(Deed::statement, session, step_name(name, commented_, when));
      if (shadows_.time) step.before.push_back(set_clock(now_));
      step.sql = filled(*statement, {});
      step.columns = columns_of(in_.shapes, name);
    }
  }

  /// Nobody may wait for ever: open transactions end, whoever still waits is done.
  void come_to_an_end() {
    std::vector<SessionId> waiting;
    for (const SessionId& id : ids_) {
      Seen& session = sessions_.at(id);
      if (session.waiting)
        waiting.push_back(id);
      else
        give_back(session, "The story is over: the open transaction");
    }
    for (const SessionId& id : waiting) {
      Seen& session = sessions_.at(id);
      const ScriptStep waited = out_.steps[*session.waiting];
      ScriptStep& step = add(Deed::completion, session.index, waited.name);
      step.columns = waited.columns;
      session.waiting.reset();
      give_back(session, "The story is over: the open transaction");
    }
  }

  void finish_sessions() {
    for (std::size_t i = 0; i < out_.sessions.size(); ++i) {
      ScriptSession& session = out_.sessions[i];
      const bool is_observer = observer_ && i == *observer_;
      const SessionId id =
          is_observer ? SessionId{} : ids_[i - (observer_ && i > *observer_ ? 1 : 0)];
      set_up_session(session, is_observer ? nullptr : role_of(in_.protocol, cut_, id), shadows_);
      // The deadlock's victim is the one that it was in the history.
      if (!victims_.empty() && !victims_.contains(i))
        session.set_up.push_back("SET deadlock_timeout = '100s'");
      if (is_observer) continue;
      session.keeps_state = session.keeps_state || advisory_ || names_sessions_;
      if (names_sessions_) session.set_up.push_back(name_backend(id));
    }
    if (draws_)
      out_.about.push_back(
          "random() draws other numbers here than it did in the history, so what it decides may "
          "differ.");
  }

  const Exported& in_;
  Shadows shadows_;
  History cut_;  ///< as far as it is told
  Script out_;
  std::map<SessionId, Seen> sessions_;
  std::vector<SessionId> ids_;  ///< in the order of out_.sessions, the observer left out
  std::optional<std::size_t> observer_;
  std::set<int> dropped_;
  std::set<std::size_t> victims_;
  std::set<std::string> names_;
  DrawnUuids uuids_;
  std::vector<std::string> comments_;
  Instant now_{};
  int commented_ = -1;
  bool left_out_ = false;
  bool advisory_ = false;
  bool names_sessions_ = false;
  bool draws_ = false;
};

}  // namespace

Script script_of(const Exported& exported) { return ScriptMaker(exported).all(); }

}  // namespace fencepost
