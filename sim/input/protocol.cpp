#include "sim/input/protocol.hpp"

#include <algorithm>
#include <set>

#include "model/hash.hpp"
#include "sim/input/protocol_declared.hpp"
#include "sim/input/protocol_program.hpp"
#include "sim/input/query_file.hpp"
#include "sim/text/error.hpp"
#include "sim/text/files.hpp"
#include "sim/text/listed_files.hpp"
#include "sim/text/toml.hpp"
#include "sim/text/words.hpp"
#include "sql/schema_text.hpp"

namespace fencepost {
namespace {

namespace fs = std::filesystem;

/// Stands before the names of the previous version's statements in a history.
constexpr const char* kPrevious = "previous:";

/// A predecessor's own predecessor is of no interest, and may be a circle.
enum class Predecessor { read, ignored };

class ProtocolReader {
 public:
  ProtocolReader(const fs::path& folder, Predecessor predecessor, const FileTexts& instead)
      : folder_(folder), predecessor_(predecessor) {
    out_.files = instead;
    std::error_code error;
    if (!fs::is_directory(folder, error))
      throw InputError(fmt::format(
          "{}: this is not a folder; give the folder of a protocol, which holds a protocol.toml",
          folder.string()));
    file_ = (folder / "protocol.toml").string();
    std::string& text = out_.files[folder / "protocol.toml"];
    if (text.empty()) text = read_text_file(file_, "a protocol's protocol.toml");
    toml_ = toml_tree(text, file_);
    out_.folder = folder;
  }

  Protocol read() {
    only_keys(toml_, "protocol.toml",
              {"name", "about", "schema", "queries", "constants", "names", "jobs", "lease", "role",
               "server", "pooler", "superuser", "versions", "check", "expect", "init", "mutants"});
    read_head();
    read_schema();
    read_queries();
    read_constants();
    read_names();
    read_jobs(toml_, out_);
    read_lease(toml_, out_);
    read_server(toml_, out_);
    with(toml_, "pooler",
         [&](const TomlNode& node) { out_.pooler = pooling_in(node, "[pooler]"); });
    read_roles();
    keep_what_is_run();
    check_own_statements();
    check_reach(out_);
    read_versions();
    out_.declared.expects = named_errors(out_);
    allow_two_phase_commit(out_);
    if (out_.previous) out_.declared.expects.merge(named_errors(*out_.previous, kPrevious));
    read_check();
    read_mutants(toml_, out_);
    read_expectation();
    read_unconfirmed();
    out_.scenarios = files_in(folder_ / "scenarios", ".toml");
    seal();
    return std::move(out_);
  }

 private:
  void read_head() {
    out_.name = fs::absolute(folder_).lexically_normal().filename().string();
    if (out_.name.empty())
      out_.name = fs::absolute(folder_).lexically_normal().parent_path().filename().string();
    with(toml_, "name", [&](const TomlNode& node) { out_.name = text_in(node, "name"); });
    const TomlNode* name = toml_.find("name");
    check_file_name(name == nullptr ? toml_ : *name, "the protocol's name", out_.name);
    with(toml_, "about", [&](const TomlNode& node) { out_.about = text_in(node, "about"); });
    out_.declared.protocol = out_.name;
    with(toml_, "superuser",
         [&](const TomlNode& node) { out_.superuser = boolean_in(node, "superuser"); });
  }

  /// Calls `each_text` with the texts of the files that a list names, and those.
  template <typename Each>
  void read_listed(const TomlNode& node, std::string_view key, const Each& each_text) {
    for (const std::string& name : texts_in(node, std::string(key))) {
      std::vector<ListedText> files = [&] {
        try {
          return listed_texts(folder_, name, key);
        } catch (const InputError& error) {
          node.fail(error.what());
        }
      }();
      for (ListedText& each : files) {
        const std::string& text = out_.files.try_emplace(each.file, each.text).first->second;
        hashed_ += text + '\0';
        each_text(text, each.file);
      }
    }
  }

  void read_schema() {
    with(toml_, "schema", [&](const TomlNode& node) {
      read_listed(node, "schema", [&](const std::string& text, const fs::path& file) {
        SchemaText read = schema_text(text);
        if (read.refusal)
          throw InputError(
              fmt::format("{}:{}: {}", file.string(), read.refusal->line, read.refusal->text));
        out_.schema.push_back(std::move(read.sql));
        out_.schema_files.push_back(file);
      });
    });
  }

  void read_queries() {
    const TomlNode& node =
        needed(toml_, "protocol.toml", "queries", "queries = [\"queries.sql\", \"fencepost.sql\"]");
    queries_line_ = node.line;
    read_listed(node, "queries", [&](const std::string& text, const fs::path& file) {
      for (Statement& statement : statements_of(text, file)) add(std::move(statement));
    });
  }
  void add(Statement statement) {
    const auto [place, is_new] = out_.statements.emplace(statement.name, statement);
    if (is_new || !place->second.why_not_run.empty()) return;
    place->second.why_not_run = fmt::format(
        "{}: the statement \"{}\" is already defined at {}; give one of them another name",
        to_text(statement.where), statement.name, to_text(place->second.where));
  }

  void read_constants() {
    with(toml_, "constants", [&](const TomlNode& table) {
      for (const TomlEntry& entry : table_in(table, "[constants]").entries) {
        if (!is_plain_name(entry.key))
          entry.fail(fmt::format("{} can't be the name of a constant; take letters, digits and _",
                                 in_quotes(entry.key)));
        out_.constants.emplace(entry.key, value_in(entry.value, entry.key + " in [constants]"));
      }
    });
  }

  void read_names() {
    std::set<std::string> bound;
    for (const auto& [name, statement] : out_.statements)
      bound.insert(statement.parameters.begin(), statement.parameters.end());
    const std::vector<std::string> parameters(bound.begin(), bound.end());
    with(toml_, "names", [&](const TomlNode& table) {
      for (const TomlEntry& entry : table_in(table, "[names]").entries) {
        if (!bound.contains(entry.key))
          entry.fail(fmt::format(
              "[names] gives a value to {}, which no statement binds; bound are {}{}",
              parameter_text(entry.key), listed(parameters), did_you_mean(entry.key, parameters)));
        out_.names.emplace(entry.key,
                           read_source(entry.value, entry.key + " in [names]", out_.statements));
      }
    });
  }

  void read_roles() {
    const TomlNode& table =
        table_in(needed(toml_, "protocol.toml", "role", "[role.worker] with a program"), "[role]");
    for (const TomlEntry& entry : table.entries) {
      if (!is_plain_name(entry.key))
        entry.fail(fmt::format("{} can't be the name of a role; take letters, digits and _",
                               in_quotes(entry.key)));
      const TomlNode& role = table_in(entry.value, "[role." + entry.key + "]");
      out_.roles.push_back(read_role(entry.key, role, out_.statements, out_.names));
      const Role& read = out_.roles.back();
      if (read.operates) out_.declared.operators.insert(entry.key);
      if (read.preempts) out_.declared.preempts.insert(entry.key);
      if (read.retains) out_.declared.retention.insert(entry.key);
      if (read.claims() || out_.declared.lease_kind == LeaseKind::none)
        out_.declared.poll = std::max(out_.declared.poll, read.poll);
    }
    for (const Role& role : out_.roles)
      if (role.poll > std::max(out_.declared.poll, out_.declared.longest_poll.value_or(0us)))
        out_.declared.longest_poll = role.poll;
    check_final();
    if (out_.roles.empty()) table.fail("there is no role; write [role.worker] with a program");
    const bool any = std::any_of(out_.roles.begin(), out_.roles.end(),
                                 [](const Role& role) { return role.claims(); });
    if (!any && out_.declared.lease_kind != LeaseKind::none)
      table.fail(
          "no role has an operation called claim, so nothing would ever be held; call the "
          "operation that claims claim, or write kind = \"none\" in [lease]");
  }

  void check_final() const {
    std::set<std::string> operations;
    for (const Role& role : out_.roles)
      for (const auto& [operation, steps] : role.operations) operations.insert(operation);
    const std::vector<std::string> known(operations.begin(), operations.end());
    for (const std::string& name : out_.declared.final)
      if (!operations.contains(name))
        throw InputError(fmt::format(
            "{}:{}: final in [jobs] names {}, which is no operation of any role; known "
            "are {}{}",
            file_, out_.final_line, in_quotes(name), listed(known), did_you_mean(name, known)));
  }

  // A query file is the user's whole, and most of it is none of our business.
  void keep_what_is_run() {
    const std::set<std::string> run = statements_run(out_);
    std::erase_if(out_.statements, [&](const auto& each) {
      static const std::set<std::string> own = {"observe", "applied", "insert_job", "insert_item"};
      const bool kept = own.contains(each.first) || run.contains(each.first) ||
                        each.second.command == Command::never;
      if (kept && !each.second.why_not_run.empty()) throw InputError(each.second.why_not_run);
      if (!kept) out_.not_run.push_back(each.first);
      return !kept;
    });
  }

  void check_own_statements() {
    const Statement* observe = out_.find("observe");
    if (observe == nullptr)
      throw InputError(fmt::format(
          "{}:{}: no statement is named observe; add \"-- name: observe :many\", a query "
          "that maps your tables to job and state",
          file_, queries_line_));
    for (const auto& [name, statement] : out_.statements) {
      const bool asked = name == "observe" || name == "applied";
      if (asked && statement.command != Command::many)
        throw InputError(fmt::format("{}: {} returns all rows, so it must be :many",
                                     to_text(statement.where), name));
      if ((asked || statement.command == Command::never) && !statement.parameters.empty())
        throw InputError(fmt::format(
            "{}: statement \"{}\" binds {}, but fencepost asks it after each commit, outside any "
            "worker, and has no values; take the parameter out",
            to_text(statement.where), name, parameter_text(statement.parameters.front())));
      if (statement.command == Command::never) out_.declared.never.insert(name);
      if (name == "insert_job" || name == "insert_item") check_workload(statement);
    }
  }
  void check_workload(const Statement& statement) const {
    if (statement.command == Command::let || statement.command == Command::never)
      throw InputError(fmt::format("{}: {} inserts the load, so it must be :exec",
                                   to_text(statement.where), statement.name));
    std::vector<std::string> known = {"job", "item", "$1"};
    for (const auto& [name, value] : out_.constants) known.push_back(name);
    for (const std::string& parameter : statement.parameters) {
      if (std::find(known.begin(), known.end(), parameter) != known.end()) continue;
      throw InputError(fmt::format(
          "{}: statement \"{}\" binds {}, which the workload does not know; known here: {}{}",
          to_text(statement.where), statement.name, parameter_text(parameter), listed(known),
          did_you_mean(parameter, known)));
    }
  }

  // The version before this one runs on this one's schema, as in a deployment.
  void read_versions() {
    with(toml_, "versions", [&](const TomlNode& table) {
      only_keys(table_in(table, "[versions]"), "[versions]", {"previous"});
      if (predecessor_ == Predecessor::ignored) return;
      with(table, "previous", [&](const TomlNode& node) {
        const std::string name = text_in(node, "previous in [versions]");
        const fs::path folder = (folder_ / name).lexically_normal();
        if (fs::exists(folder / "protocol.toml") && fs::equivalent(folder, folder_))
          node.fail(
              "previous in [versions] names this protocol itself; name the version before it");
        Protocol previous = [&] {
          try {
            return ProtocolReader(folder, Predecessor::ignored, out_.files).read();
          } catch (const InputError& error) {
            node.fail(fmt::format("previous in [versions] names {}, but {}", in_quotes(name),
                                  error.what()));
          }
        }();
        hashed_ += previous.hash + '\0';
        out_.files = previous.files;
        for (auto& [plain, statement] : previous.statements)
          statement.name = std::string(kPrevious) + plain;
        out_.previous = std::make_shared<const Protocol>(std::move(previous));
      });
    });
  }

  void read_check() {
    with(toml_, "check", [&](const TomlNode& table) {
      only_keys(table_in(table, "[check]"), "[check]", {"scenarios", "open"});
      with(table, "scenarios", [&](const TomlNode& node) {
        out_.checked_under = texts_in(node, "scenarios in [check]");
        out_.checked_under_line = node.line;
      });
      with(table, "open", [&](const TomlNode& open) {
        for (const TomlEntry& entry : table_in(open, "[check.open]").entries)
          out_.left_open[entry.key] = {reason_in(entry.value, entry.key + " in [check.open]"),
                                       entry.value.line};
      });
    });
  }

  void read_unconfirmed() {
    with(toml_, "init", [&](const TomlNode& table) {
      only_keys(table_in(table, "[init]"), "[init]", {"unconfirmed"});
      with(table, "unconfirmed", [&](const TomlNode& node) {
        out_.unconfirmed = texts_in(node, "unconfirmed in [init]");
        out_.unconfirmed_line = node.line;
      });
    });
  }

  // A pooler turns nobody away.
  void read_expectation() {
    with(toml_, "expect", [&](const TomlNode& table) {
      only_keys(table_in(table, "[expect]"), "[expect]", {"violates", "unreachable"});
      out_.expect.declared = true;
      with(table, "violates", [&](const TomlNode& node) {
        out_.expect.violates = texts_in(node, "violates in [expect]");
      });
      with(table, "unreachable", [&](const TomlNode& node) {
        out_.expect.unreachable = texts_in(node, "unreachable in [expect]");
      });
      out_.expect.line = table.line;
    });
    if (out_.pooler.mode == Pooling::Mode::none) return;
    for (const char* turned_away : {"connection_refused", "connections_ran_out"})
      if (std::find(out_.expect.unreachable.begin(), out_.expect.unreachable.end(), turned_away) ==
          out_.expect.unreachable.end())
        out_.expect.unreachable.emplace_back(turned_away);
  }

  // Roles start in the order of the file, so that order counts too; keys have none.
  void seal() {
    TomlNode effective = toml_;
    std::erase_if(effective.entries, [](const TomlEntry& entry) {
      return entry.key == "about" || entry.key == "expect" || entry.key == "check" ||
             entry.key == "init" || entry.key == "mutants";
    });
    std::string order = out_.name + '\0';
    for (const Role& role : out_.roles) order += role.name + '\0';
    out_.hash = fingerprint(order + hashed_ + canonical(effective));
  }

  fs::path folder_;
  Predecessor predecessor_;
  std::string file_;
  int queries_line_ = 0;
  TomlNode toml_;
  std::string hashed_;
  Protocol out_;
};

}  // namespace

const std::vector<Step>& Step::inside() const {
  static const std::vector<Step> none;
  return std::visit(
      [](const auto& step) -> const std::vector<Step>& {
        if constexpr (requires { step.steps; })
          return step.steps;
        else
          return none;
      },
      what);
}

std::string to_text(const Span& span) {
  return fmt::format("{}:{}", span.file.string(), span.line);
}

const Statement* Protocol::find(std::string_view statement) const {
  if (statement.starts_with(kPrevious) && previous)
    return previous->find(statement.substr(std::string_view(kPrevious).size()));
  const auto found = statements.find(std::string(statement));
  return found == statements.end() ? nullptr : &found->second;
}

std::string unconfirmed_in(const Protocol& protocol) {
  if (protocol.unconfirmed.empty()) return "";
  const bool one = protocol.unconfirmed.size() == 1;
  return fmt::format(
      "{} {} guessed, and nobody has confirmed {}; where a guess is right take it out of "
      "unconfirmed ({}:{})",
      listed(protocol.unconfirmed), one ? "is" : "are", one ? "it" : "them",
      (protocol.folder / "protocol.toml").string(), protocol.unconfirmed_line);
}

Protocol read_protocol(const fs::path& folder, const FileTexts& instead) {
  return ProtocolReader(folder, Predecessor::read, instead).read();
}

}  // namespace fencepost
