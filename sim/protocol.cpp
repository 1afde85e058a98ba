#include "sim/protocol.hpp"
#include <toml++/toml.h>
#include <fstream>
#include <sstream>
#include <regex>
#include "sim/error.hpp"
#include <cctype>
namespace fencepost {
std::string to_text(const Span& s) { return s.file.string() + ":" + std::to_string(s.line); }
const Statement* Protocol::find(std::string_view n) const { auto i = statements.find(std::string(n)); return i == statements.end() ? nullptr : &i->second; }
namespace {
std::string slurp(const std::filesystem::path& p) { std::ifstream f(p); if (!f) throw InputError(p.string() + ": cannot be read"); std::stringstream s; s << f.rdbuf(); return s.str(); }
void rewrite(Statement& st) {
  const std::string& t = st.text; std::string out; auto word = [](char c) { return std::isalnum(static_cast<unsigned char>(c)) || c == '_'; };
  for (std::size_t i = 0; i < t.size();) {
    char c = t[i];
    if (c == '\'' || c == '"') { std::size_t j = i + 1; while (j < t.size() && t[j] != c) ++j; out += t.substr(i, j - i + 1); i = j + 1; continue; }
    if (c == '-' && i + 1 < t.size() && t[i + 1] == '-') { while (i < t.size() && t[i] != '\n') out += t[i++]; continue; }
    if (c == ':' && i + 1 < t.size() && t[i + 1] == ':') { out += "::"; i += 2; continue; }
    if ((c == ':' || c == '@') && i + 1 < t.size() && (std::isalpha(static_cast<unsigned char>(t[i + 1])) || t[i + 1] == '_')) {
      std::size_t j = i + 1; while (j < t.size() && word(t[j])) ++j; std::string n = t.substr(i + 1, j - i - 1);
      std::size_t k = 0; while (k < st.parameters.size() && st.parameters[k] != n) ++k; if (k == st.parameters.size()) st.parameters.push_back(n);
      out += "$" + std::to_string(k + 1); i = j; continue;
    }
    out += c; ++i;
  }
  st.sql = out;
}
void read_sql(Protocol& p, const std::filesystem::path& f) {
  std::string t = slurp(f); std::stringstream in(t); std::string line; Statement cur; int n = 0; bool on = false;
  auto flush = [&] { if (!on) return; while (!cur.text.empty() && (std::isspace(static_cast<unsigned char>(cur.text.back())) || cur.text.back() == ';')) cur.text.pop_back(); rewrite(cur); p.statements[cur.name] = cur; };
  std::regex re("^-- name: (\\w+) :(\\w+).*");
  while (std::getline(in, line)) { ++n; std::smatch m;
    if (std::regex_match(line, m, re)) { flush(); cur = {}; on = true; cur.name = m[1]; std::string c = m[2]; cur.command = c == "one" ? Command::one : c == "many" ? Command::many : c == "execrows" ? Command::execrows : c == "let" ? Command::let : c == "never" ? Command::never : Command::exec; cur.where = {f, n + 1, 0, 0}; continue; }
    cur.text += line + "\n"; }
  flush();
}
Reaction reaction(const std::string& s) { using K = Reaction::Kind; if (s == "nothing") return {K::nothing, ""}; if (s == "done") return {K::done, ""}; if (s == "lost") return {K::lost, ""}; if (s == "ok") return {K::ok, ""}; if (s == "error") return {K::error, ""}; if (s == "else") return {K::otherwise, ""}; return {K::operation, s}; }
Source source(const std::string& s) { if (s.starts_with("=")) return {Source::Kind::literal, s.substr(1), ""}; if (s.starts_with("rows ")) return {Source::Kind::rows, "", s.substr(5)}; if (s.starts_with("last ")) { auto d = s.find('.'); return {Source::Kind::last, s.substr(d + 1), s.substr(5, d - 5)}; } if (s.starts_with("held ")) return {Source::Kind::held, s.substr(5), ""}; return {Source::Kind::name, s, ""}; }
std::vector<Step> steps(const toml::array& a, const Role& r, const Protocol& p);
Step step(const toml::node& n, const Role& r, const Protocol& p) {
  auto runs = [&](std::string s) { RunStep x; x.name = s; x.is_operation = r.operations.contains(s); if (!x.is_operation && !p.find(s)) throw InputError("no statement or operation " + s); return x; };
  if (n.is_string()) return {runs(n.value_or(std::string())), 0};
  const auto& t = *n.as_table();
  if (auto v = t["run"].value<std::string>()) { RunStep x = runs(*v); if (auto e = t["empty"].value<std::string>()) x.empty = reaction(*e); if (auto* et = t["empty"].as_table()) for (auto& [k, w] : *et) { if (k.str() == "rows") x.empty = reaction(w.value_or(std::string())); else x.empty_columns[std::string(k.str())] = reaction(w.value_or(std::string())); } if (auto* w = t["with"].as_table()) for (auto& [k, s] : *w) x.with[std::string(k.str())] = source(s.value_or(std::string())); if (auto* w = t["sqlstate"].as_table()) for (auto& [k, s] : *w) x.sqlstate[std::string(k.str())] = reaction(s.value_or(std::string())); x.session = t["session"].value_or(std::string()); return {x, 0}; }
  if (auto* a = t["tx"].as_array()) { TxStep x; x.steps = steps(*a, r, p); x.isolation = t["isolation"].value_or(std::string()); if (auto* w = t["retry"].as_table()) for (auto& [k, s] : *w) x.retry[std::string(k.str())] = static_cast<int>(s.value_or(0LL)); x.session = t["session"].value_or(std::string()); return {x, 0}; }
  if (auto* a = t["loop"].as_array()) return {LoopStep{steps(*a, r, p)}, 0};
  if (auto v = t["each"].value<std::string>()) return {EachStep{*v, steps(*t["do"].as_array(), r, p)}, 0};
  if (auto* a = t["first"].as_array()) return {FirstStep{steps(*a, r, p)}, 0};
  if (auto v = t["work"].value<std::string>()) return {WorkStep{*duration_from_text(*v), t["job"].value_or(std::string())}, 0};
  if (auto v = t["sleep"].value<std::string>()) return {SleepStep{*duration_from_text(*v)}, 0};
  throw InputError("bad step");
}
std::vector<Step> steps(const toml::array& a, const Role& r, const Protocol& p) { std::vector<Step> v; for (auto& n : a) v.push_back(step(n, r, p)); return v; }
Handler handler(const toml::node_view<const toml::node>& n) { Handler h; if (auto v = n.value<std::string>()) { if (*v == "go_on") h.then = Handler::Then::go_on; else h.operation = *v; } else if (auto* t = n.as_table()) { h.operation = (*t)["run"].value_or(std::string()); if ((*t)["then"].value_or(std::string()) == "go_on") h.then = Handler::Then::go_on; } return h; }
}
Protocol read_protocol(const std::filesystem::path& folder) {
  Protocol p; p.folder = folder; toml::table root = toml::parse_file((folder / "protocol.toml").string()); const toml::table& t = root;
  p.name = t["name"].value_or(std::string()); p.about = t["about"].value_or(std::string());
  for (auto& f : *t["schema"].as_array()) { p.schema_files.push_back(folder / f.value_or(std::string())); p.schema.push_back(slurp(p.schema_files.back())); }
  for (auto& f : *t["queries"].as_array()) read_sql(p, folder / f.value_or(std::string()));
  if (auto* c = t["constants"].as_table()) for (auto& [k, v] : *c) p.constants[std::string(k.str())] = v.is_string() ? v.value_or(std::string()) : std::to_string(v.value_or(0LL));
  if (auto* c = t["names"].as_table()) for (auto& [k, v] : *c) p.names[std::string(k.str())] = source(v.value_or(std::string()));
  auto& d = p.declared; d.protocol = p.name; auto l = t["lease"];
  p.lease_job = l["job"].value_or(std::string()); if (auto v = l["lasts"].value<std::string>()) d.lease = *duration_from_text(*v); if (auto v = l["freed_within"].value<std::string>()) d.freed_within = *duration_from_text(*v); if (auto v = l["attempts"].value<std::int64_t>()) d.max_attempts = *v; if (l["order"].value_or(std::string()) == "increasing") d.token_order = TokenOrder::increasing;
  auto k = l["kind"].value_or(std::string("row")); d.lease_kind = k == "session" ? LeaseKind::session : k == "transaction" ? LeaseKind::transaction : k == "none" ? LeaseKind::none : LeaseKind::row;
  auto ab = t["jobs"]["absent"].value_or(std::string("lost")); d.absent = ab == "ready" ? AbsentMeans::ready : ab == "succeeded" ? AbsentMeans::succeeded : AbsentMeans::lost;
  if (auto* f = t["jobs"]["fixed"].as_array()) for (auto& x : *f) p.fixed_jobs.push_back(x.value_or(std::string()));
  for (auto& [name, node] : *t["role"].as_table()) { const auto& rt = *node.as_table(); Role r; r.name = name.str(); if (auto v = rt["poll"].value<std::string>()) r.poll = *duration_from_text(*v); if (auto v = rt["count"].value<std::int64_t>()) r.count = static_cast<int>(*v);
    if (auto v = rt["rounds"].value<std::int64_t>()) r.rounds = static_cast<int>(*v); if (rt["rounds"].value_or(std::string()) == "jobs") r.rounds_are_jobs = true; r.makes = rt["makes"].value_or(std::string());
    if (auto* s = rt["sessions"].as_array()) for (auto& x : *s) r.sessions.push_back(x.value_or(std::string())); if (r.sessions.empty()) r.sessions = {"main"};
    if (auto* s = rt["settings"].as_table()) for (auto& [a, b] : *s) r.settings[std::string(a.str())] = b.value_or(std::string());
    if (auto* s = rt["disconnect"].as_table()) for (auto& [a, b] : *s) { Handler h; if (b.value_or(std::string()) == "go_on") h.then = Handler::Then::go_on; r.disconnect[std::string(a.str())] = h; }
    for (auto& [a, b] : rt) if (b.is_array() && a.str() != "program" && a.str() != "sessions") r.operations[std::string(a.str())];
    for (auto& [a, b] : rt) if (b.is_array() && a.str() != "program" && a.str() != "sessions") r.operations[std::string(a.str())] = steps(*b.as_array(), r, p);
    r.program = steps(*rt["program"].as_array(), r, p); auto on = rt["on"];
    r.on_error = handler(on["error"]); r.on_lost = handler(on["lost"]); r.on_unknown = on["unknown"] ? handler(on["unknown"]) : r.on_error;
    if (auto* h = rt["heartbeat"].as_table()) { Heartbeat hb; hb.every = *duration_from_text((*h)["every"].value_or(std::string())); hb.session = (*h)["session"].value_or(std::string()); hb.steps = steps(*(*h)["program"].as_array(), r, p); r.heartbeat = hb; }
    p.roles.push_back(r); }
  return p;
}
}
