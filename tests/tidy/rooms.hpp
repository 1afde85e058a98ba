// The house: its rooms, which of them a room may see, and how large one may be. What a room may see
// is what its target in CMakeLists.txt links. Text in, complaints out.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "tests/tidy/tidy.hpp"

namespace fencepost {

/// A folder with a target of its own.
struct Room {
  std::string name;            ///< of its target: "engine"
  std::string folder;          ///< "sim/engine"
  std::set<std::string> sees;  ///< names of the rooms whose headers it may include, itself too
};
/// The rooms that the build names (a library `add_library(NAME STATIC …)` in a CMakeLists.txt that
/// stands beside its sources), with everything that they link, directly or through another room.
std::vector<Room> rooms_of(const std::vector<ProjectFile>& files);

/// Includes that go where there is no arrow. Tests, and the program's main, may see all rooms.
std::vector<std::string> wrong_arrows(const std::vector<ProjectFile>& files);
/// Rooms with more modules or lines than a head holds.
std::vector<std::string> crowded_rooms(const std::vector<ProjectFile>& files);
/// Sources that no CMakeLists.txt beside or above them lists.
std::vector<std::string> not_listed(const std::vector<ProjectFile>& files);
/// That more files than a few know single faults.
std::vector<std::string> scattered_faults(const std::vector<ProjectFile>& files);
/// Functions that are longer than a screen; what a constant table in them takes does not count.
std::vector<std::string> long_functions(const ProjectFile& file);

}  // namespace fencepost
