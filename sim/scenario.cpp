#include "sim/scenario.hpp"
#include <toml++/toml.h>
#include "sim/error.hpp"
namespace fencepost {
Duration Length::resolve(const Declared& d) const { if (unit == Unit::absolute) return absolute; return Duration{(unit == Unit::lease ? d.lease : d.poll).count() * millionths / 1'000'000}; }
bool glob_matches(std::string_view p, std::string_view t) { if (p.empty()) return t.empty(); if (p[0] == '*') return glob_matches(p.substr(1), t) || (!t.empty() && glob_matches(p, t.substr(1))); return !t.empty() && (p[0] == '?' || p[0] == t[0]) && glob_matches(p.substr(1), t.substr(1)); }
namespace {
Length length(const std::string& s) { Length l; if (auto d = duration_from_text(s)) { l.absolute = *d; return l; } auto sp = s.find(' '); l.unit = s.substr(sp + 1) == "poll" ? Length::Unit::poll : Length::Unit::lease; l.millionths = static_cast<std::int64_t>(std::stod(s.substr(0, sp)) * 1e6 + 0.5); return l; }
Chance chance(const std::string& s) { auto sl = s.find('/'); if (sl == std::string::npos) return {static_cast<std::uint32_t>(std::stoi(s)), 1}; return {static_cast<std::uint32_t>(std::stoi(s.substr(0, sl))), static_cast<std::uint32_t>(std::stoi(s.substr(sl + 1)))}; }
}
Scenario read_scenario(const std::filesystem::path& file) {
  toml::table root = toml::parse_file(file.string()); const toml::table& t = root; Scenario s; s.name = t["name"].value_or(std::string()); s.file = file;
  if (auto* l = t["load"].as_table()) for (auto& [k, v] : *l) { auto n = std::string(k.str()); if (n == "workers") s.load.workers = static_cast<int>(v.value_or(2LL)); else if (n == "jobs") s.load.jobs = static_cast<int>(v.value_or(1LL)); else if (n == "items") s.load.items = static_cast<int>(v.value_or(4LL)); else if (n == "poison") s.load.poison = static_cast<int>(v.value_or(0LL)); else if (n == "slow") { const auto& st = *v.as_table(); s.load.slow_chance = chance(st["chance"].value_or(std::string("0"))); for (auto& x : *st["lasts"].as_array()) s.load.slow_lasts.push_back(length(x.value_or(std::string()))); } else s.load.constants[n] = v.is_string() ? v.value_or(std::string()) : std::to_string(v.value_or(0LL)); }
  if (auto* f = t["faults"].as_table()) for (auto& [k, v] : *f) { FaultRule r; r.kind = *fault_from_text(std::string(k.str())); const auto& ft = *v.as_table(); if (auto* a = ft["at"].as_array()) for (auto& x : *a) r.at.push_back(x.value_or(std::string())); r.chance = chance(ft["chance"].value_or(std::string("1/10"))); r.at_most = static_cast<int>(ft["at_most"].value_or(3LL)); if (auto* a = ft["lasts"].as_array()) for (auto& x : *a) r.lasts.push_back(length(x.value_or(std::string()))); r.restarts = ft["restarts"].value_or(true); r.same_identity = ft["same_identity"].value_or(false); s.faults.push_back(r); }
  if (auto* r = t["reach"].as_table()) for (auto& [k, v] : *r) s.reach[std::string(k.str())] = static_cast<int>(v.value_or(1LL));
  s.hurt_steps = static_cast<int>(t["run"]["hurt_steps"].value_or(100LL)); s.steps = static_cast<int>(t["run"]["steps"].value_or(2000LL));
  return s;
}
}
