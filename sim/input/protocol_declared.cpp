#include "sim/input/protocol_declared.hpp"

#include <algorithm>
#include <array>

#include "sim/input/protocol_program.hpp"
#include "sim/input/sql_words.hpp"
#include "sim/text/error.hpp"
#include "sim/text/toml.hpp"
#include "sim/text/words.hpp"

namespace fencepost {
namespace {

constexpr int kMostAttempts = 1'000'000;

/// One duration, or a list of at least one.
std::set<Duration> durations_in(const TomlNode& node, const std::string& what) {
  if (node.kind != TomlNode::Kind::array) return {positive_duration_in(node, what)};
  std::set<Duration> all;
  for (const TomlNode& item : node.items) all.insert(positive_duration_in(item, "one of " + what));
  if (all.empty())
    node.fail(fmt::format("{} is empty; name at least one length, or leave it out", what));
  return all;
}

/// What the private server must have as it has it, by how such settings' names begin.
bool is_one_of_ours(const std::string& setting) {
  constexpr std::array<std::string_view, 30> beginnings = {"listen_",
                                                           "unix_",
                                                           "port",
                                                           "max_connections",
                                                           "shared_",
                                                           "dynamic_",
                                                           "huge_",
                                                           "fsync",
                                                           "full_page",
                                                           "min_wal_size",
                                                           "max_wal_size",
                                                           "wal_",
                                                           "autovacuum",
                                                           "bgwriter_",
                                                           "checkpoint_",
                                                           "max_parallel",
                                                           "max_logical",
                                                           "track_counts",
                                                           "jit",
                                                           "log_",
                                                           "logging_",
                                                           "io_",
                                                           "data_directory",
                                                           "config_file",
                                                           "hba_file",
                                                           "ident_file",
                                                           "external_pid",
                                                           "archive_",
                                                           "session_preload",
                                                           "local_preload"};
  return std::any_of(beginnings.begin(), beginnings.end(),
                     [&](std::string_view each) { return setting.starts_with(each); });
}

/// Collects what the steps of one role name.
class Names {
 public:
  Names(const Role& role, const std::string& stem) : role_(role), stem_(stem) {}

  std::set<std::string> all() {
    for (const std::string& state : role_.expects) name("*", state);
    steps(role_.program, "program", {});
    for (const auto& [operation, body] : role_.operations) steps(body, operation, {});
    if (role_.heartbeat) steps(role_.heartbeat->steps, "heartbeat", {});
    return std::move(named_);
  }

 private:
  using States = std::set<std::string>;

  void name(const std::string& statement, const std::string& state) {
    named_.insert(fmt::format("{}/{} {}", role_.name, statement, state));
  }
  /// `retried`: by the transaction around them.
  void steps(const std::vector<Step>& list, const std::string& operation, const States& retried) {
    for (const Step& step : list) {
      if (const auto* run = std::get_if<RunStep>(&step.what)) called(*run, operation, retried);
      if (const auto* tx = std::get_if<TxStep>(&step.what))
        transaction(*tx, operation);
      else
        steps(step.inside(), operation, retried);
    }
  }
  void transaction(const TxStep& tx, const std::string& operation) {
    States states;
    for (const auto& [state, times] : tx.retry) states.insert(state);
    for (const std::string& state : states)
      for (const char* control : {"begin", "commit"}) name(operation + "." + control, state);
    steps(tx.steps, operation, states);
  }
  // Operations never run each other in a circle: that was checked.
  void called(const RunStep& run, const std::string& operation, const States& retried) {
    if (run.is_operation) {
      if (!retried.empty()) steps(role_.operations.at(run.name), run.name, retried);
      return;
    }
    const std::string statement = operation + "." + stem_ + run.name;
    for (const std::string& state : retried) name(statement, state);
    for (const auto& [state, reaction] : run.sqlstate) name(statement, state);
  }

  const Role& role_;
  const std::string& stem_;
  std::set<std::string> named_;
};

/// Whether somebody sets a lock_timeout: the role, a statement, or the schema.
bool sets_lock_timeout(const Protocol& protocol, const Role& role) {
  const auto mentions = [](const std::string& sql) {
    return sql.find("lock_timeout") != std::string::npos;
  };
  return role.settings.contains("lock_timeout") ||
         std::any_of(protocol.schema.begin(), protocol.schema.end(), mentions) ||
         std::any_of(protocol.statements.begin(), protocol.statements.end(),
                     [&](const auto& each) { return mentions(each.second.sql); });
}

}  // namespace

void read_jobs(const TomlNode& toml, Protocol& into) {
  with(toml, "jobs", [&](const TomlNode& table) {
    only_keys(table_in(table, "[jobs]"), "[jobs]",
              {"fixed", "absent", "applied", "ends_within", "order", "final"});
    with(table, "applied", [&](const TomlNode& node) {
      into.declared.applied_once = word_in(node, "applied in [jobs]", {"often", "once"}) == 1;
    });
    with(table, "fixed", [&](const TomlNode& node) {
      into.fixed_jobs = texts_in(node, "fixed in [jobs]");
      into.declared.fixed = {into.fixed_jobs.begin(), into.fixed_jobs.end()};
    });
    with(table, "ends_within", [&](const TomlNode& node) {
      into.declared.ends_within = positive_duration_in(node, "ends_within in [jobs]");
    });
    with(table, "order", [&](const TomlNode& node) {
      into.declared.in_order = word_in(node, "order in [jobs]", {"any", "strict"}) == 1;
    });
    with(table, "final", [&](const TomlNode& node) {
      const std::vector<std::string> operations = texts_in(node, "final in [jobs]");
      into.declared.final = {operations.begin(), operations.end()};
      into.final_line = node.line;
    });
    with(table, "absent", [&](const TomlNode& node) {
      constexpr std::array meanings = {AbsentMeans::lost, AbsentMeans::ready,
                                       AbsentMeans::succeeded};
      into.declared.absent =
          meanings[word_in(node, "absent in [jobs]", {"lost", "ready", "succeeded"})];
    });
  });
}

void read_lease(const TomlNode& toml, Protocol& into) {
  const TomlNode& table = table_in(needed(toml, "protocol.toml", "lease",
                                          "[lease] with job = \"the_column_that_names_the_job\""),
                                   "[lease]");
  only_keys(table, "[lease]",
            {"kind", "job", "token", "order", "lasts", "freed_within", "attempts", "trust",
             "claimed_within", "notices_within", "strict", "limit", "clock", "within", "backoff",
             "may_run_out"});
  Declared& declared = into.declared;
  with(table, "kind", [&](const TomlNode& node) {
    constexpr std::array kinds = {LeaseKind::row, LeaseKind::session, LeaseKind::transaction,
                                  LeaseKind::none};
    declared.lease_kind =
        kinds[word_in(node, "kind in [lease]", {"row", "session", "transaction", "none"})];
  });
  with(table, "order", [&](const TomlNode& node) {
    constexpr std::array orders = {TokenOrder::unique, TokenOrder::increasing};
    declared.token_order = orders[word_in(node, "order in [lease]", {"unique", "increasing"})];
  });
  with(table, "job", [&](const TomlNode& node) {
    into.lease_job = columns_in(node, "job in [lease]");
    into.lease_job_line = node.line;
  });
  with(table, "token", [&](const TomlNode& node) {
    into.lease_token = texts_in(node, "token in [lease]");
    into.lease_token_line = node.line;
  });
  with(table, "lasts", [&](const TomlNode& node) {
    const std::set<Duration> lengths = durations_in(node, "lasts in [lease]");
    declared.lease = *lengths.rbegin();
    if (lengths.size() > 1) declared.leases = lengths;
  });
  with(table, "freed_within", [&](const TomlNode& node) {
    declared.freed_within = duration_in(node, "freed_within in [lease]");
  });
  with(table, "claimed_within", [&](const TomlNode& node) {
    declared.claimed_within = duration_in(node, "claimed_within in [lease]");
  });
  with(table, "within",
       [&](const TomlNode& node) { declared.within = duration_in(node, "within in [lease]"); });
  with(table, "backoff", [&](const TomlNode& node) {
    const std::set<Duration> rests = durations_in(node, "backoff in [lease]");
    declared.backoff = *rests.begin();
    if (rests.size() > 1) declared.backoff_most = *rests.rbegin();
  });
  with(table, "attempts", [&](const TomlNode& node) {
    declared.max_attempts = integer_in(node, "attempts in [lease]", {1, kMostAttempts});
  });
  with(table, "trust",
       [&](const TomlNode& node) { into.trust = positive_duration_in(node, "trust in [lease]"); });
  with(table, "notices_within", [&](const TomlNode& node) {
    declared.notices_within = duration_in(node, "notices_within in [lease]");
  });
  with(table, "limit", [&](const TomlNode& node) {
    declared.claim_limit = integer_in(node, "limit in [lease]", {1, kMostAttempts});
  });
  with(table, "strict", [&](const TomlNode& node) {
    declared.strict = boolean_in(node, "strict in [lease]");
    if (declared.strict && !declared.notices_within)
      node.fail(
          "a strict lease needs notices_within: how long a worker may believe that it holds what "
          "it has lost, such as notices_within = \"15s\"");
  });
  with(table, "may_run_out", [&](const TomlNode& node) {
    declared.may_run_out = boolean_in(node, "may_run_out in [lease]");
  });
  with(table, "clock", [&](const TomlNode& node) {
    declared.workers_clock = word_in(node, "clock in [lease]", {"server", "worker"}) == 1;
  });
  if (declared.lease_kind != LeaseKind::none)
    needed(table, "[lease]", "job",
           "job = \"the column that names the job\", or kind = \"none\" if nothing is ever held");
}

void read_server(const TomlNode& toml, Protocol& into) {
  with(toml, "server", [&](const TomlNode& table) {
    for (const TomlEntry& entry : table_in(table, "[server]").entries) {
      const TomlNode& node = entry.value;
      if (!is_plain_name(entry.key))
        node.fail(
            fmt::format("\"{}\" in [server] is no setting's name; write it as postgresql.conf "
                        "does, such as max_prepared_transactions = 10",
                        entry.key));
      if (is_one_of_ours(entry.key))
        node.fail(
            fmt::format("{} in [server] is fencepost's own to set: histories would no longer be "
                        "the same each time, or the server not private; leave it out",
                        entry.key));
      into.server.emplace(entry.key, node.kind == TomlNode::Kind::boolean
                                         ? (node.boolean ? "on" : "off")
                                         : value_in(node, entry.key + " in [server]"));
    }
  });
}

void read_mutants(const TomlNode& toml, Protocol& into) {
  with(toml, "mutants", [&](const TomlNode& table) {
    only_keys(table_in(table, "[mutants]"), "[mutants]", {"equivalent"});
    with(table, "equivalent", [&](const TomlNode& list) {
      const std::string title = "an equivalent mutant";
      for (const TomlNode& node : array_in(list, "equivalent in [mutants]").items) {
        only_keys(table_in(node, title), title, {"of", "change", "clause", "instead", "because"});
        const auto value = [&](const char* key) -> const TomlNode& {
          return needed(node, title, key,
                        "what mutate tells: of, change and clause, and because = \"why it "
                        "does the same\"");
        };
        const auto text = [&](const char* key) { return text_in(value(key), key); };
        EquivalentMutant& each = into.equivalent_mutants.emplace_back();
        each = {
            text("of"), text("change"), text("clause"), {}, reason_in(value("because"), "because"),
            node.line};
        with(node, "instead",
             [&](const TomlNode& instead) { each.instead = text_in(instead, "instead"); });
      }
    });
  });
}

std::set<std::string> named_errors(const Protocol& protocol, const std::string& stem) {
  std::set<std::string> named;
  for (const Role& role : protocol.roles) {
    named.merge(Names(role, stem).all());
    if (sets_lock_timeout(protocol, role)) named.insert(role.name + "/* 55P03");
  }
  return named;
}

void allow_two_phase_commit(Protocol& protocol) {
  for_each_word(protocol, [&](const SqlWord& word) {
    if (word.is == "prepare" && word.next == "transaction")
      protocol.server.emplace("max_prepared_transactions", "64");
  });
}

}  // namespace fencepost
