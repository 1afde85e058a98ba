#include "sim/export/script_sessions.hpp"

#include <fmt/format.h>

#include "sim/export/sql_splice.hpp"

namespace fencepost {

const Role* role_of(const Protocol& protocol, const History& history, const SessionId& session) {
  const std::string worker = session.text.substr(0, session.text.find('/'));
  for (const Event& event : history.events)
    if (event.kind == EventKind::worker_started && event.worker.text == worker)
      for (const Role& role : protocol.roles)
        if (role.name == event.note) return &role;
  return nullptr;
}

void set_up_session(ScriptSession& session, const Role* role, const Shadows& shadows) {
  session.set_up.push_back("SET TimeZone = 'UTC'");
  std::string path = "public";
  for (const auto& [name, value] :
       role == nullptr ? std::map<std::string, std::string>{} : role->settings) {
    if (name.ends_with("_timeout")) continue;
    session.keeps_state = true;
    if (name == "search_path")
      path = value;
    else
      session.set_up.push_back(fmt::format("SET {} = {}", name, sql_literal(value)));
  }
  if (shadows.any())
    session.set_up.push_back(set_search_path(path));
  else if (path != "public")
    session.set_up.push_back("SET search_path = " + path);
  if (shadows.time) session.set_up.push_back(set_clock(Instant{}));
}

std::string name_backend(const SessionId& session) {
  const std::size_t slash = session.text.find('/');
  const std::string name = session.text.substr(slash + 1);
  return fmt::format("INSERT INTO fencepost.sessions VALUES (pg_backend_pid(), {}, {})",
                     sql_literal(session.text.substr(0, slash)),
                     sql_literal(name.substr(0, name.find('#'))));
}

}  // namespace fencepost
