#include "sim/repairs/repair.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <tuple>

#include "sim/repairs/repair_facts.hpp"
#include "sim/text/error.hpp"
#include "sim/text/files.hpp"

namespace fencepost {
namespace {

using Order = FileEdit::Order;

bool is_same(const FileEdit& one, const FileEdit& other) {
  return one.file == other.file && one.order == other.order &&
         one.splice.at.begin == other.splice.at.begin && one.splice.at.end == other.splice.at.end &&
         one.splice.text == other.splice.text;
}
/// What makes a table, which two may need.
bool makes_table(const FileEdit& edit) {
  return edit.order != Order::entry && edit.order != Order::around;
}
bool meet(const FileEdit& one, const FileEdit& other) {
  if (one.file != other.file) return false;
  if (is_same(one, other)) return !makes_table(one);
  const Clause a = one.splice.at, b = other.splice.at;
  return a.begin < b.end && b.begin < a.end;
}

/// Where lines end as on Windows.
std::string with_line_ends(const std::string& text) {
  std::string out;
  for (const char c : text) out += c == '\n' ? std::string("\r\n") : std::string(1, c);
  return out;
}

/// What decides whether a protocol holds is the user's word, and no repair's to change.
void demand_same_judge(const Protocol& before, const Protocol& after) {
  for (const auto& [name, statement] : before.statements) {
    const Statement* now = after.find(name);
    if (!is_own(statement)) continue;
    SIM_CHECK(now != nullptr && now->text == statement.text, "a repair changed {}", name);
  }
}

}  // namespace

std::string to_text(const Repair& repair) {
  std::string text;
  for (std::size_t i = 0; i < repair.changes.size(); ++i)
    text += fmt::format("{}{} of {}", i == 0 ? "" : ", ", repair.changes[i], repair.of[i]);
  return text;
}

std::vector<Repair> repairs_of(const Protocol& protocol) {
  const RepairFacts facts(protocol);
  std::vector<Repair> all;
  repair_conditions(facts, all);
  repair_statements(facts, all);
  repair_locks(facts, all);
  repair_steps(facts, all);
  repair_handlers(facts, all);
  std::set<FileTexts> seen;
  std::erase_if(
      all, [&](const Repair& repair) { return !seen.insert(texts_with(protocol, repair)).second; });
  return all;
}

std::optional<Repair> both(const Repair& one, const Repair& other) {
  for (const FileEdit& mine : one.edits)
    for (const FileEdit& its : other.edits)
      if (meet(mine, its)) return std::nullopt;
  for (const std::string& statement : other.numbered)
    if (one.numbered.contains(statement)) return std::nullopt;
  Repair two = one;
  two.numbered.insert(other.numbered.begin(), other.numbered.end());
  two.changes.insert(two.changes.end(), other.changes.begin(), other.changes.end());
  two.of.insert(two.of.end(), other.of.begin(), other.of.end());
  two.edits.insert(two.edits.end(), other.edits.begin(), other.edits.end());
  return two;
}

FileTexts texts_with(const Protocol& protocol, const Repair& repair) {
  std::vector<FileEdit> edits = repair.edits;
  // What is put in somewhere stands before what replaces the bytes behind it.
  std::stable_sort(edits.begin(), edits.end(), [](const FileEdit& a, const FileEdit& b) {
    return std::tuple(a.splice.at.begin, a.splice.at.end, a.order) <
           std::tuple(b.splice.at.begin, b.splice.at.end, b.order);
  });
  edits.erase(std::unique(edits.begin(), edits.end(),
                          [](const FileEdit& a, const FileEdit& b) {
                            return is_same(a, b) && makes_table(a);
                          }),
              edits.end());
  std::map<std::filesystem::path, std::vector<Splice>> splices;
  for (const FileEdit& edit : edits) splices[edit.file].push_back(edit.splice);
  FileTexts texts;
  for (auto& [file, each] : splices) {
    const std::string& text = protocol.files.at(file);
    if (text.find("\r\n") != text.npos)
      for (Splice& splice : each) splice.text = with_line_ends(splice.text);
    texts[file] = spliced(text, each);
  }
  return texts;
}

Protocol mended(const Protocol& protocol, const Repair& repair) {
  FileTexts files = texts_with(protocol, repair);
  files.insert(protocol.files.begin(), protocol.files.end());
  Protocol now = read_protocol(protocol.folder, files);
  demand_same_judge(protocol, now);
  return now;
}

void demand_unchanged(const Protocol& protocol) {
  for (const auto& [file, text] : protocol.files)
    if (read_text_file(file, "a file of the protocol") != text)
      throw InputError(
          fmt::format("{} has changed since it was read, so that what was found is not about it; "
                      "run mend again",
                      file.string()));
}

}  // namespace fencepost
