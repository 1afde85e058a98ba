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

/// Includes that go where there is no arrow, arrows both ways, and code that stands in no room.
/// Tests, and the program's main, may see all rooms.
std::vector<std::string> wrong_arrows(const std::vector<ProjectFile>& files);
/// Tests that stand in no room's folder, and rooms without any: in a folder of their name, or of
/// that of the room they stand in.
std::vector<std::string> unmirrored_tests(const std::vector<ProjectFile>& files);
/// Rooms of which docs/house.md does not say what the build says that they see.
std::vector<std::string> untold_rooms(const std::vector<ProjectFile>& files);
/// Rooms with more modules or lines than a head holds.
std::vector<std::string> crowded_rooms(const std::vector<ProjectFile>& files);
/// Sources that no CMakeLists.txt beside or above them lists.
std::vector<std::string> not_listed(const std::vector<ProjectFile>& files);
/// Rooms in which a history's state changes and too seldom says when it may.
std::vector<std::string> unchecked_rooms(const std::vector<ProjectFile>& files);
/// Types of one name in two files, outside of unnamed namespaces: the linker takes one's functions
/// for the other's, and says nothing.
std::vector<std::string> doubled_types(const std::vector<ProjectFile>& files);
/// That more files than a few know single faults.
std::vector<std::string> scattered_faults(const std::vector<ProjectFile>& files);

}  // namespace fencepost
