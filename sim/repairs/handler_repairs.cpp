// What runs beside a program or behind its end: heartbeats, handlers, and the server's own limits.
#include <fmt/format.h>

#include <algorithm>

#include "sim/repairs/new_parameters.hpp"

namespace fencepost {
namespace {

/// A lease is renewed so often while it holds.
constexpr int kRenewals = 3;
constexpr Duration kShort = std::chrono::seconds{10};

class HandlerRepairs {
 public:
  HandlerRepairs(const RepairFacts& facts, const Role& role, const TomlNode& table,
                 std::vector<Repair>& into)
      : facts_(facts), role_(role), table_(table), into_(into) {}

  void all() {
    if (const TomlNode* beat = table_.find("heartbeat"))
      better_heartbeat(*beat);
    else if (role_.claims())
      new_heartbeat();
    for (const char* key : {"on", "disconnect"})
      if (const TomlNode* handlers = table_.find(key))
        for (const TomlEntry& entry : handlers->entries)
          no_going_on(entry.value, key == std::string_view("on") ? "end_round" : "stop");
    timeouts();
  }

 private:
  void add(std::string_view change, std::vector<FileEdit> edits) {
    into_.push_back({{change}, {role_.name}, std::move(edits)});
  }
  FileEdit replaced(const TomlNode& value, std::string_view by) const {
    return facts_.in_toml(facts_.bytes(value), fmt::format("\"{}\"", by));
  }
  static std::string in_seconds(Duration duration) {
    return fmt::format("{}s", std::chrono::duration_cast<std::chrono::seconds>(duration).count());
  }
  Duration lease() const { return facts_.protocol().declared.lease; }
  /// A part of the lease in whole seconds, where one is declared.
  std::optional<Duration> often() const {
    const auto part = std::chrono::duration_cast<std::chrono::seconds>(lease() / kRenewals);
    if (part < std::chrono::seconds{1}) return std::nullopt;
    return part;
  }

  void better_heartbeat(const TomlNode& beat) {
    const TomlNode* every = beat.find("every");
    if (const auto part = often(); every != nullptr && part && role_.heartbeat->every > *part)
      add("heartbeat", {replaced(*every, in_seconds(*part))});
    const TomlNode* at_shutdown = beat.find("at_shutdown");
    if (at_shutdown != nullptr && role_.heartbeat->stops_at_shutdown)
      add("heartbeat", {replaced(*at_shutdown, "go_on")});
  }

  /// The claim's own statement says what a lease is; the token says whose it is.
  void new_heartbeat() {
    const auto part = often();
    const std::string name = "renew_lease";
    if (!part || facts_.protocol().find(name) != nullptr) return;
    for (const ReadStatement* read : facts_.statements()) {
      const bool claims =
          std::any_of(read->uses.begin(), read->uses.end(), [&](const StatementUse& use) {
            return use.role == &role_ && use.part == StatementUse::Part::claim;
          });
      for (const Query& query : read->queries) {
        if (!claims || query.kind != Query::Kind::update) continue;
        NewParameters parameters = NewParameters::as_in(facts_, *read);
        const std::string sets = renewed(*read, query, parameters);
        const std::string where = own_row(query, parameters);
        if (sets.empty() || where.empty()) continue;
        std::vector<FileEdit> edits = {facts_.appended(
            *read, fmt::format("-- name: {} :execrows\nUPDATE {} SET {}\n WHERE {};\n", name,
                               sql_table(query.target), sets, where))};
        const std::string session =
            role_.sessions.size() > 1 ? role_.sessions.front() : std::string("beat");
        const std::string with =
            parameters.with().empty()
                ? ""
                : fmt::format("with = {{ {} }}, ", fmt::join(parameters.with(), ", "));
        const std::string beat = fmt::format(
            "heartbeat = {{ every = \"{}\", session = \"{}\", program = [{{ run = \"{}\", {}empty "
            "= \"lost\" }}] }}",
            in_seconds(*part), session, name, with);
        const TomlNode* sessions = table_.find("sessions");
        add_entry(beat, edits);
        if (sessions == nullptr)
          add_entry("sessions = [\"beat\", \"main\"]", edits);
        else if (role_.sessions.size() == 1)
          edits.push_back(facts_.in_toml({facts_.bytes(sessions->items.front()).begin,
                                          facts_.bytes(sessions->items.front()).begin},
                                         "\"beat\", "));
        return add("heartbeat", std::move(edits));
      }
    }
  }
  void add_entry(const std::string& entry, std::vector<FileEdit>& into) const {
    for (FileEdit& edit : facts_.with_entry(table_, entry)) into.push_back(std::move(edit));
  }
  /// "expire_on = clock_timestamp() + :lease": the times that a claim sets and nobody proves it by.
  std::string renewed(const ReadStatement& read, const Query& query,
                      NewParameters& parameters) const {
    std::vector<std::string> sets;
    const std::vector<std::string>& tokens = facts_.protocol().lease_token;
    for (const Assignment& set : query.sets) {
      if (std::find(tokens.begin(), tokens.end(), set.column) != tokens.end() ||
          !asks_time(set.value.node) || read.own_text(set.span).find('.') != std::string::npos)
        continue;
      if (const auto text = parameters.expression(read, set.span)) sets.push_back(*text);
    }
    return fmt::format("{}", fmt::join(sets, ", "));
  }
  /// The job and its token, as the claim returns them; empty where it returns neither.
  std::string own_row(const Query& query, NewParameters& parameters) const {
    std::vector<std::string> asked;
    std::vector<std::string> names = facts_.protocol().lease_job;
    const auto& tokens = facts_.protocol().lease_token;
    names.insert(names.end(), tokens.begin(), tokens.end());
    for (const std::string& name : names)
      for (const Output& output : query.outputs)
        if (output.name == name && output.value.kind == Operand::Kind::column)
          if (const auto parameter = parameters.parameter(name, output.value.text))
            asked.push_back(fmt::format("{} = {}", sql_name(output.value.text), *parameter));
    return asked.size() < names.size() ? "" : fmt::format("{}", fmt::join(asked, " AND "));
  }

  void no_going_on(const TomlNode& handler, std::string_view instead) {
    const TomlNode* then = handler.kind == TomlNode::Kind::table ? handler.find("then") : &handler;
    if (then != nullptr && then->text == "go_on") add("no-going-on", {replaced(*then, instead)});
  }

  void timeouts() {
    const TomlNode* settings = table_.find("settings");
    for (const char* name :
         {"idle_in_transaction_session_timeout", "idle_session_timeout", "lock_timeout"}) {
      if (role_.settings.contains(name)) continue;
      const std::string entry =
          fmt::format("{} = \"{}\"", name, in_seconds(often().value_or(kShort)));
      add("timeout", {settings == nullptr
                          ? facts_.with_entry(table_, fmt::format("settings = {{ {} }}", entry))
                          : facts_.with_entry(*settings, entry)});
    }
  }

  const RepairFacts& facts_;
  const Role& role_;
  const TomlNode& table_;
  std::vector<Repair>& into_;
};

}  // namespace

void repair_handlers(const RepairFacts& facts, std::vector<Repair>& into) {
  for (const Role& role : facts.protocol().roles)
    if (const TomlNode* table = facts.toml().find("role")->find(role.name);
        table != nullptr && !role.operates)
      HandlerRepairs(facts, role, *table, into).all();
}

}  // namespace fencepost
