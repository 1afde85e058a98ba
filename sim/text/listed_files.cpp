#include "sim/text/listed_files.hpp"

#include <fnmatch.h>

#include <algorithm>
#include <fstream>
#include <map>
#include <optional>

#include "model/token.hpp"
#include "sim/text/error.hpp"
#include "sim/text/files.hpp"
#include "sim/text/words.hpp"

namespace fencepost {
namespace {

namespace fs = std::filesystem;

/// A whole number of any length, comparable as text is: its length, then its digits.
std::pair<std::size_t, std::string> number_at(const std::string& text, std::size_t& at) {
  while (at < text.size() && text[at] == '0') ++at;
  const std::size_t begin = at;
  while (at < text.size() && is_digit(text[at])) ++at;
  return {at - begin, text.substr(begin, at - begin)};
}

/// Letters as they are, numbers by value.
int natural_order(const std::string& a, const std::string& b) {
  std::size_t i = 0;
  std::size_t j = 0;
  while (i < a.size() && j < b.size()) {
    if (is_digit(a[i]) && is_digit(b[j])) {
      const auto left = number_at(a, i);
      const auto right = number_at(b, j);
      if (left != right) return left < right ? -1 : 1;
    } else if (a[i] != b[j]) {
      return a[i] < b[j] ? -1 : 1;
    } else {
      ++i, ++j;
    }
  }
  const bool a_goes_on = i < a.size();
  const bool b_goes_on = j < b.size();
  return a_goes_on == b_goes_on ? a.compare(b) : b_goes_on ? -1 : 1;
}

/// Flyway's names: V1.2__x, U1.2__x, B1.2__x, and R__x without a version.
struct FlywayName {
  char kind = ' ';
  std::vector<std::pair<std::size_t, std::string>> version;
};
std::optional<FlywayName> flyway_name(const std::string& stem) {
  const std::size_t end = stem.find("__");
  if (end == stem.npos || end == 0) return std::nullopt;
  FlywayName out;
  out.kind = stem[0] >= 'a' ? static_cast<char>(stem[0] - 'a' + 'A') : stem[0];
  if (out.kind == 'R' && end == 1) return out;
  if (out.kind != 'V' && out.kind != 'U' && out.kind != 'B') return std::nullopt;
  for (std::size_t at = 1; at < end; ++at) {
    if (!is_digit(stem[at])) return std::nullopt;
    out.version.push_back(number_at(stem, at));
    if (at < end && stem[at] != '.' && stem[at] != '_') return std::nullopt;
  }
  if (out.version.empty()) return std::nullopt;
  while (out.version.size() > 1 && out.version.back().first == 0) out.version.pop_back();
  return out;
}

/// Whether it only undoes what another file does, or looks whether that was done.
bool undoes(const fs::path& path) {
  const std::string stem = path.stem().string();
  const auto flyway = flyway_name(stem);
  if (flyway && flyway->kind == 'U') return true;
  for (const std::string_view end : {".down", ".undo", ".rollback", "_down", "-down"})
    if (stem.ends_with(end)) return true;
  // postgrator puts it in the middle: 001.undo.some-words.sql
  if (stem.find(".undo.") != stem.npos) return true;
  if (stem == "down" || stem == "undo" || stem == "rollback") return true;
  for (const fs::path& part : path.parent_path())
    if (part == "revert" || part == "verify" || part == "down" || part == "rollback") return true;
  return false;
}

/// The changes of a sqitch.plan, in order.
std::map<std::string, int> sqitch_plan(const fs::path& folder) {
  std::map<std::string, int> order;
  std::ifstream plan(folder / "sqitch.plan");
  for (std::string line; std::getline(plan, line);) {
    const std::string name = line.substr(0, line.find_first_of(" \t\r"));
    if (!name.empty() && name[0] != '%' && name[0] != '@' && name[0] != '#')
      order.emplace(name, static_cast<int>(order.size()));
  }
  return order;
}

std::vector<fs::path> files_below(const fs::path& folder) {
  std::vector<fs::path> files;
  std::error_code error, none;
  if (fs::status(folder, none).type() == fs::file_type::not_found) return files;
  for (fs::recursive_directory_iterator at(folder, error), end; !error && at != end;
       at.increment(error))
    if (at->is_regular_file(none) && at->path().extension() == ".sql")
      files.push_back(at->path().lexically_relative(folder));
  demand_readable(folder, error);
  return files;
}

/// Without its detours, unless a link makes that another file: each is called by one name.
fs::path without_detours(const fs::path& path) {
  std::error_code error;
  const fs::path direct = path.lexically_normal();
  const bool detours = std::find(path.begin(), path.end(), "..") != path.end();
  return detours && fs::equivalent(path, direct, error) ? direct : path;
}

bool is_glob(const std::string& name) { return name.find_first_of("*?[") != name.npos; }

/// The folder that stands before the first part with a mark.
fs::path before_glob(const fs::path& name) {
  fs::path out;
  for (const fs::path& part : name) {
    if (is_glob(part.string())) break;
    out /= part;
  }
  return out;
}

bool fits(const std::string& glob, const fs::path& path) {
  const std::size_t deep = glob.find("**/");
  if (deep != glob.npos) {
    if (fits(glob.substr(0, deep) + glob.substr(deep + 3), path)) return true;
    return fnmatch((glob.substr(0, deep) + "*/" + glob.substr(deep + 3)).c_str(), path.c_str(),
                   0) == 0;
  }
  return fnmatch(glob.c_str(), path.c_str(), FNM_PATHNAME) == 0;
}

}  // namespace

bool comes_before(const fs::path& a, const fs::path& b) {
  const std::string left = a.stem().string();
  const std::string right = b.stem().string();
  const auto flyway_left = flyway_name(left);
  const auto flyway_right = flyway_name(right);
  if (flyway_left && flyway_right) {
    const bool last_left = flyway_left->kind == 'R';
    const bool last_right = flyway_right->kind == 'R';
    if (last_left != last_right) return last_right;
    if (flyway_left->version != flyway_right->version)
      return flyway_left->version < flyway_right->version;
  }
  if (const int folders =
          natural_order(a.parent_path().generic_string(), b.parent_path().generic_string()))
    return folders < 0;
  return natural_order(left, right) < 0;
}

std::vector<ListedText> listed_texts(const fs::path& folder, const std::string& name,
                                     std::string_view key) {
  if (name.empty())
    throw InputError(fmt::format("an empty name stands where {} is expected; take it out", key));
  std::vector<ListedText> read;
  for (const fs::path& file : listed_files(folder, name)) {
    if (const std::string way = way_to_sql(file); !way.empty())
      throw InputError(fmt::format("{} names {}, which is not SQL; {}", key, in_quotes(name), way));
    try {
      read.push_back({file, read_text_file(file, key)});
    } catch (const InputError& error) {
      throw InputError(fmt::format("{} names {}, but {}", key, in_quotes(name), error.what()));
    }
  }
  if (read.empty())
    throw InputError(
        fmt::format("{} names {}, but no .sql file is there; name a file, a folder of them, or a "
                    "glob such as \"migrations/*.up.sql\"",
                    key, in_quotes(name)));
  return read;
}

std::string way_to_sql(const fs::path& file) {
  static const std::map<std::string, std::string> ways = {
      {".rb", "of Rails, take db/structure.sql (config.active_record.schema_format = :sql)"},
      {".py", "write its SQL with Django's sqlmigrate, or alembic upgrade head --sql"},
      {".prisma",
       "write its SQL with: prisma migrate diff --from-empty --to-schema-datamodel FILE --script"},
      {".hcl", "write its SQL with: atlas schema inspect --format '{{ sql . }}'"},
      {".xml", "write its SQL with: liquibase update-sql"},
      {".yaml", "write its SQL with: liquibase update-sql"},
      {".yml", "write its SQL with: liquibase update-sql"},
      {".js", "run it on a database, and take pg_dump --schema-only"},
      {".ts", "run it on a database, and take pg_dump --schema-only"},
      {".go", "run it on a database, and take pg_dump --schema-only"},
      {".java", "run it on a database, and take pg_dump --schema-only"},
      {".ex", "run it on a database, and take pg_dump --schema-only"},
      {".exs", "run it on a database, and take pg_dump --schema-only"}};
  const auto way = ways.find(file.extension().string());
  return way == ways.end() ? "" : way->second;
}

std::vector<fs::path> listed_files(const fs::path& folder, const std::string& name) {
  std::error_code error;
  const bool is_folder = fs::is_directory(folder / name, error);
  if (!is_folder && (fs::exists(folder / name, error) || !is_glob(name)))
    return {without_detours(folder / name)};
  const fs::path base = is_folder ? fs::path(name) : before_glob(name);
  const std::string glob =
      is_folder ? ""
                : fs::path(name).lexically_relative(base.empty() ? "." : base).generic_string();
  std::vector<fs::path> found = files_below(folder / base);
  std::erase_if(found, [&](const fs::path& path) {
    return undoes(path) || (!is_folder && !fits(glob, path.generic_string()));
  });
  const std::map<std::string, int> plan = sqitch_plan(folder / base);
  std::sort(found.begin(), found.end(), [&](const fs::path& a, const fs::path& b) {
    const auto left = plan.find(a.stem().string());
    const auto right = plan.find(b.stem().string());
    if (left != plan.end() && right != plan.end()) return left->second < right->second;
    return comes_before(a, b);
  });
  for (fs::path& path : found) path = without_detours(folder / base / path);
  return found;
}

}  // namespace fencepost
