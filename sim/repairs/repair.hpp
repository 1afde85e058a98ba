// A protocol's repairs: what might make it hold, each as a few bytes of the user's own files.
#pragma once

#include <filesystem>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "sim/input/protocol.hpp"
#include "sim/mutants/sql_edits.hpp"

namespace fencepost {

/// Bytes of a file, and what stands there instead.
struct FileEdit {
  std::filesystem::path file;  ///< as the protocol's statements name it
  Splice splice;
  /// In which order what is put in at one place stands there.
  enum class Order {
    heading,  ///< of a table that has none
    entry,    ///< of a table
    end,      ///< of a step that becomes a table
    around,   ///< steps, or anything else
    begin     ///< of a step that becomes a table
  } order = Order::around;
};

/// One change, or two together.
struct Repair {
  std::vector<std::string_view> changes;  ///< the operators' names (operators.hpp)
  std::vector<std::string> of;       ///< for each: a statement's name, "worker.claim", a table's
  std::vector<FileEdit> edits;       ///< none within another
  std::set<std::string> numbered{};  ///< statements that get parameters by number
};
/// "compare of finish_job, lost of worker.succeed".
std::string to_text(const Repair& repair);

/// All single repairs of a protocol, those of statements first, no text twice. Nothing is ever
/// changed in observe, applied, insert_job, insert_item, :never statements, in what a person's role
/// does, in work and sleep, or outside of [role.X]. What a new parameter stands for is known to
/// whoever runs the statement as far as the text says it.
std::vector<Repair> repairs_of(const Protocol& protocol);
/// Two together; nullopt where both change the same bytes, or bytes around the other's, or put in
/// the same, or number parameters of one statement.
std::optional<Repair> both(const Repair& one, const Repair& other);

/// The changed files as they are then, if they were what the protocol was read from.
FileTexts texts_with(const Protocol& protocol, const Repair& repair);
/// The protocol with it. Throws InputError where it would not be read as it is then.
Protocol mended(const Protocol& protocol, const Repair& repair);
/// Throws InputError where a file of the protocol is not any more what it was read from.
void demand_unchanged(const Protocol& protocol);

}  // namespace fencepost
