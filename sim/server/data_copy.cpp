#include "sim/server/data_copy.hpp"

#include <fmt/format.h>

#include <cstdint>
#include <map>
#include <string>

#include "sim/server/data_directory.hpp"
#include "sim/text/error.hpp"

namespace fencepost {
namespace {

namespace fs = std::filesystem;
constexpr std::uintmax_t kMebibyte = 1024 * 1024;

/// What tells a file from what it was: the kernel notes the time of every write, and a copy has
/// the times of what it was made of.
struct Mark {
  bool is_folder = false;
  bool is_link = false;  ///< never followed, because we may read and write more than the server
  std::uintmax_t size = 0;
  fs::file_time_type written{};
  bool operator==(const Mark&) const = default;
};
using Marks = std::map<std::string, Mark>;

fs::path copy_of(const fs::path& folder, int number) {
  return folder / ("kept-" + std::to_string(number));
}

/// By path within the folder, a folder before what is in it.
Marks marks_of(const fs::path& top) {
  Marks marks;
  const std::size_t prefix = top.string().size() + 1;
  for (const auto& entry : fs::recursive_directory_iterator(top)) {
    Mark mark;
    mark.is_link = entry.is_symlink();
    mark.is_folder = !mark.is_link && entry.is_directory();
    if (!mark.is_link && !mark.is_folder)
      mark = {false, false, entry.file_size(), entry.last_write_time()};
    marks.emplace(entry.path().string().substr(prefix), mark);
  }
  return marks;
}

void copy_file(const fs::path& from, const fs::path& to, fs::file_time_type written) {
  fs::copy_file(from, to, fs::copy_options::overwrite_existing);
  fs::last_write_time(to, written);
}

void demand_room(const fs::path& folder, const Marks& marks) {
  std::uintmax_t wanted = 0;
  for (const auto& [path, mark] : marks) wanted += mark.size;
  const std::uintmax_t free = fs::space(folder).available;
  if (free < wanted + kMebibyte)
    throw EnvironmentError(fmt::format(
        "no room for a copy of a private server's data, which needs {} MB: {} has {} MB; make room "
        "there, or set TMPDIR to a folder that has it and take fewer --jobs",
        wanted / kMebibyte + 1, folder.parent_path().string(), free / kMebibyte));
}

}  // namespace

void keep_data(const fs::path& folder, int number) {
  const fs::path data = data_of(folder), copy = copy_of(folder, number);
  fs::remove_all(copy);
  const Marks marks = marks_of(data);
  demand_room(folder, marks);
  fs::create_directory(copy);
  for (const auto& [path, mark] : marks)
    if (mark.is_folder)
      fs::create_directory(copy / path, data / path);
    else if (!mark.is_link)
      copy_file(data / path, copy / path, mark.written);
}

bool has_kept_data(const fs::path& folder, int number) {
  return fs::exists(copy_of(folder, number));
}

void put_data_back(const fs::path& folder, int number, const std::optional<User>& user) {
  const fs::path data = data_of(folder), copy = copy_of(folder, number);
  const Marks wanted = marks_of(copy);
  Marks there = marks_of(data);
  for (const auto& [path, mark] : there) {
    const auto found = wanted.find(path);
    if (mark.is_link || found == wanted.end() || found->second.is_folder != mark.is_folder)
      fs::remove_all(data / path);
  }
  for (const auto& [path, mark] : wanted) {
    const auto found = there.find(path);
    if (found != there.end() && found->second == mark) continue;
    if (mark.is_folder)
      fs::create_directory(data / path, copy / path);
    else
      copy_file(copy / path, data / path, mark.written);
    give_to(user, data / path);
  }
}

}  // namespace fencepost
