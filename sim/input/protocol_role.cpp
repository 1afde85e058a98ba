// Reads one [role.X] of protocol.toml.
#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "sim/input/protocol_program.hpp"
#include "sim/text/toml.hpp"
#include "sim/text/words.hpp"

namespace fencepost {
namespace {

constexpr int kMostWorkers = 1000;
constexpr int kMostRounds = 1'000'000;
constexpr Duration kDefaultPoll = 1s;

const std::vector<std::string> kKeys = {
    "count",     "every",    "poll",    "listen",   "rounds",     "makes",     "operator",
    "sessions",  "settings", "program", "on",       "disconnect", "heartbeat", "preempts",
    "retention", "expects",  "skip",    "schedule", "per_host",   "repeats"};
/// What an operation can't be called, because steps and handlers mean something else by it.
const std::set<std::string> kTaken = {"nothing", "done",  "lost",      "ok",  "error",
                                      "else",    "go_on", "end_round", "stop"};

class RoleReader {
 public:
  RoleReader(const std::string& name, const TomlNode& table,
             const std::map<std::string, Statement>& statements,
             const std::map<std::string, Source>& names)
      : title_("[role." + name + "]"),
        table_(table),
        known_{statements, names, name, {}, {"main"}} {
    role_.name = name;
  }

  Role read() {
    for (const TomlEntry& entry : table_.entries) note_operation(entry);
    read_sessions();
    read_rounds();
    read_settings();
    role_.program =
        read_steps(needed(table_, title_, "program", "program = [\"claim\", …]"), "", known_);
    for (const std::string& operation : known_.operations)
      role_.operations.emplace(operation, read_steps(*table_.find(operation), operation, known_));
    read_handlers();
    read_disconnect();
    read_heartbeat();
    sleep_between_rounds();
    check_steps(role_, known_.statements, *table_.file);
    return std::move(role_);
  }

 private:
  std::string in_title(const std::string& key) const { return key + " in " + title_; }

  // Whatever is a list of steps under a name of its own is an operation.
  void note_operation(const TomlEntry& entry) {
    if (std::find(kKeys.begin(), kKeys.end(), entry.key) != kKeys.end()) return;
    if (entry.value.kind != TomlNode::Kind::array)
      entry.fail(fmt::format(
          "unknown key {} in {}; known are {}, and operations, which are arrays of steps{}",
          in_quotes(entry.key), title_, listed(kKeys), did_you_mean(entry.key, kKeys)));
    if (!is_plain_name(entry.key) || kTaken.contains(entry.key))
      entry.fail(
          fmt::format("an operation can't be called {}; take a name of letters, digits and _ that "
                      "is no outcome",
                      in_quotes(entry.key)));
    known_.operations.push_back(entry.key);
  }

  void read_sessions() {
    if (const TomlNode* node = table_.find("sessions")) {
      known_.sessions.clear();
      for (const TomlNode& item : array_in(*node, in_title("sessions")).items) {
        const std::string session = name_in(item, "a session in " + title_);
        if (std::find(known_.sessions.begin(), known_.sessions.end(), session) !=
            known_.sessions.end())
          item.fail(fmt::format("the session \"{}\" is named twice in {}; take one out", session,
                                title_));
        known_.sessions.push_back(session);
      }
      if (known_.sessions.empty())
        node->fail(fmt::format("sessions in {} is empty; write sessions = [\"main\"]", title_));
    }
    role_.sessions = known_.sessions;
  }

  void read_rounds() {
    if (const TomlNode* node = table_.find("count"))
      role_.count = integer_in(*node, in_title("count"), {0, kMostWorkers});
    with(table_, "per_host", [&](const TomlNode& node) {
      role_.per_host = integer_in(node, in_title("per_host"), {1, kMostWorkers});
    });
    role_.poll = kDefaultPoll;
    const TomlNode* said = nullptr;
    for (const char* key : {"poll", "every", "schedule"}) {
      const TomlNode* const node = table_.find(key);
      if (node == nullptr) continue;
      if (said != nullptr)
        node->fail(
            fmt::format("{} has two of poll, every and schedule; poll waits when there was nothing "
                        "to do, every waits behind each round, schedule until its clock shows the "
                        "next whole one: keep one",
                        title_));
      said = node;
      if (key == std::string_view("poll") && node->kind == TomlNode::Kind::table)
        read_poll(*node);
      else
        role_.poll = positive_duration_in(*node, in_title(key));
    }
    if (const TomlNode* node = table_.find("listen"))
      role_.listen = name_in(*node, in_title("listen"));
    if (const TomlNode* node = table_.find("operator"))
      role_.operates = boolean_in(*node, in_title("operator"));
    if (const TomlNode* node = table_.find("skip"))
      role_.skip = boolean_in(*node, in_title("skip"));
    if (const TomlNode* node = table_.find("preempts"))
      role_.preempts = boolean_in(*node, in_title("preempts"));
    if (const TomlNode* node = table_.find("retention"))
      role_.retains = boolean_in(*node, in_title("retention"));
    if (const TomlNode* node = table_.find("expects")) read_expects(*node);
    if (const TomlNode* makes = table_.find("makes"))
      role_.makes = name_in(*makes, in_title("makes"));
    with(table_, "repeats", [&](const TomlNode& node) {
      role_.repeats = boolean_in(node, in_title("repeats"));
      if (role_.makes.empty())
        node.fail(fmt::format("{} says repeats, but makes nothing; write makes = \"job\"", title_));
    });
    const TomlNode* rounds = table_.find("rounds");
    if (rounds == nullptr) return;
    role_.rounds_are_jobs = rounds->kind == TomlNode::Kind::text && rounds->text == "jobs";
    if (role_.rounds_are_jobs) return;
    if (rounds->kind != TomlNode::Kind::integer)
      wrong(*rounds, in_title("rounds"),
            "a whole number, or \"jobs\" for one round per job of the load");
    role_.rounds = integer_in(*rounds, in_title("rounds"), {1, kMostRounds});
  }

  /// { lasts = "last next_due.seconds", most = "1min" }
  void read_poll(const TomlNode& node) {
    const std::string title = in_title("poll");
    only_keys(node, title, {"lasts", "most"});
    const TomlNode& lasts = needed(node, title, "lasts", "lasts = \"last next_due.seconds\"");
    role_.poll_from = read_source(lasts, "lasts of " + title, known_.statements);
    const TomlNode& most = needed(node, title, "most", "most = \"1min\"");
    role_.poll = positive_duration_in(most, "most of " + title);
  }

  void read_expects(const TomlNode& node) {
    for (const TomlNode& item : array_in(node, in_title("expects")).items) {
      const std::string state = text_in(item, "an error in " + in_title("expects"));
      if (!is_sqlstate(state))
        item.fail(
            fmt::format("{} names {}, but an SQLSTATE has five digits and capital letters, "
                        "such as \"23505\"",
                        in_title("expects"), in_quotes(state)));
      role_.expects.insert(state);
    }
  }

  void read_settings() {
    const TomlNode* settings = table_.find("settings");
    if (settings == nullptr) return;
    for (const TomlEntry& entry : table_in(*settings, in_title("settings")).entries) {
      const std::size_t dot = entry.key.find('.');
      const bool plain = is_plain_name(entry.key.substr(0, dot)) &&
                         (dot == std::string::npos || is_plain_name(entry.key.substr(dot + 1)));
      if (!plain)
        entry.fail(fmt::format("{} is not the name of a setting; write one such as lock_timeout",
                               in_quotes(entry.key)));
      const std::string what = in_title("settings." + entry.key);
      if (entry.value.kind == TomlNode::Kind::boolean)
        role_.settings.emplace(entry.key, entry.value.boolean ? "on" : "off");
      else
        role_.settings.emplace(entry.key, value_in(entry.value, what));
    }
  }

  void read_handlers() {
    role_.on_shutdown.then = Handler::Then::go_on;
    const TomlNode* on = table_.find("on");
    if (on == nullptr) return;
    table_in(*on, in_title("on"));
    only_keys(*on, in_title("on"), {"error", "lost", "unknown", "shutdown"});
    const auto read = [&](const char* key, Handler otherwise) {
      const TomlNode* node = on->find(key);
      return node == nullptr ? otherwise : handler(*node, in_title("on." + std::string(key)));
    };
    role_.on_error = read("error", {});
    role_.on_lost = read("lost", {});
    role_.on_unknown = read("unknown", role_.on_error);
    const TomlNode* shutdown = on->find("shutdown");
    const bool finishes = shutdown != nullptr && shutdown->text == "finish";
    if (!finishes) role_.on_shutdown = read("shutdown", role_.on_shutdown);
  }
  Handler handler(const TomlNode& node, const std::string& what) const {
    if (node.kind != TomlNode::Kind::table) {
      std::vector<std::string> words = {"go_on", "end_round"};
      words.insert(words.end(), known_.operations.begin(), known_.operations.end());
      const std::size_t found = word_in(node, what, words);
      if (found == 0) return {Handler::Then::go_on, ""};
      return {Handler::Then::end_round, found == 1 ? "" : node.text};
    }
    only_keys(node, what, {"run", "then"});
    Handler out;
    if (const TomlNode* run = node.find("run"))
      out.operation = known_.operations.empty()
                          ? text_in(*run, "run of " + what)
                          : known_.operations[word_in(*run, "run of " + what, known_.operations)];
    if (const TomlNode* then = node.find("then"))
      out.then = word_in(*then, "then of " + what, {"end_round", "go_on"}) == 1
                     ? Handler::Then::go_on
                     : Handler::Then::end_round;
    return out;
  }

  // "error" is what follows without a word too, so it leaves no entry behind.
  void read_disconnect() {
    const TomlNode* node = table_.find("disconnect");
    if (node == nullptr) return;
    only_keys(table_in(*node, in_title("disconnect")), in_title("disconnect"), role_.sessions);
    for (const TomlEntry& entry : node->entries) {
      const std::string what = in_title("disconnect." + entry.key);
      const std::size_t found = word_in(entry.value, what, {"error", "go_on", "stop"});
      if (found == 1) role_.disconnect[entry.key] = {Handler::Then::go_on, ""};
      if (found == 2) role_.disconnect[entry.key] = {Handler::Then::end_round, ""};
    }
  }

  void read_heartbeat() {
    const TomlNode* node = table_.find("heartbeat");
    if (node == nullptr) return;
    const std::string title = "[role." + role_.name + ".heartbeat]";
    only_keys(table_in(*node, title), title, {"every", "per", "session", "program", "at_shutdown"});
    Heartbeat beat;
    beat.every =
        positive_duration_in(needed(*node, title, "every", "every = \"10s\""), "every in " + title);
    if (const TomlNode* per = node->find("per"))
      // "attempt" is what a grant was called before; files that say so stay as they are.
      beat.per = word_in(*per, "per in " + title, {"worker", "grant", "attempt"}) == 0
                     ? Heartbeat::Per::worker
                     : Heartbeat::Per::grant;
    if (const TomlNode* session = node->find("session"))
      beat.session = role_.sessions[word_in(*session, "session in " + title, role_.sessions)];
    if (const TomlNode* at = node->find("at_shutdown"))
      beat.stops_at_shutdown = word_in(*at, "at_shutdown in " + title, {"go_on", "stop"}) == 1;
    beat.steps = read_steps(needed(*node, title, "program", "program = [\"renew\"]"), "", known_);
    role_.heartbeat = std::move(beat);
  }

  // `every` is a wait behind each round, whatever came of it, and so is `schedule`.
  void sleep_between_rounds() {
    for (const char* key : {"every", "schedule"}) {
      const TomlNode* const node = table_.find(key);
      if (node == nullptr) continue;
      role_.paced = true;
      SleepStep sleep{role_.poll, {}};
      sleep.to_the_clock = key == std::string_view("schedule");
      role_.program.push_back({std::move(sleep), node->line});
    }
  }

  std::string title_;
  const TomlNode& table_;
  Vocabulary known_;
  Role role_;
};

}  // namespace

Role read_role(const std::string& name, const TomlNode& table,
               const std::map<std::string, Statement>& statements,
               const std::map<std::string, Source>& names) {
  return RoleReader(name, table, statements, names).read();
}

}  // namespace fencepost
