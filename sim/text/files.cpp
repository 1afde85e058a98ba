#include "sim/text/files.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>

#include "sim/text/error.hpp"

namespace fencepost {

std::optional<std::string> bytes_of(const std::filesystem::path& file) {
  errno = 0;
  std::ifstream in(file, std::ios::binary);
  std::string bytes{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
  if (!in || in.bad()) return std::nullopt;
  return bytes;
}

std::string read_text_file(const std::filesystem::path& file, std::string_view what) {
  std::error_code error;
  const auto status = std::filesystem::status(file, error);
  if (!std::filesystem::exists(status))
    throw InputError(fmt::format(
        "{}: there is no such file, but {} is expected here; create it, or mend its name",
        file.string(), what));
  if (!std::filesystem::is_regular_file(status))
    throw InputError(
        fmt::format("{}: this is not a file, but {} is expected here", file.string(), what));
  std::optional<std::string> read = bytes_of(file);
  if (!read)
    throw InputError(
        fmt::format("{}: the file can't be read; check its permissions", file.string()));
  std::string& text = *read;
  const std::size_t nul = text.find('\0');
  if (nul != std::string::npos)
    throw InputError(fmt::format(
        "{}:{}: a NUL byte stands here, but {} is text; take it out", file.string(),
        1 + std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(nul), '\n'), what));
  return text;
}

bool try_write(const std::filesystem::path& file, const std::string& text) {
  errno = 0;
  std::ofstream stream(file, std::ios::binary);
  stream << text;
  stream.close();
  return stream.good();
}

void write_text_file(const std::filesystem::path& file, const std::string& text,
                     std::string_view what) {
  if (!try_write(file, text))
    throw InputError(fmt::format("{} can't be written to {} ({}); name another file", what,
                                 file.string(), std::strerror(errno)));
}

std::optional<std::string> below_here(const std::filesystem::path& path) {
  const std::filesystem::path way = std::filesystem::proximate(path);
  if (way.begin() == way.end() || way.is_absolute() || *way.begin() == "..") return std::nullopt;
  return way.string();
}

}  // namespace fencepost
