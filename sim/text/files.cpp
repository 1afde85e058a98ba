#include "sim/text/files.hpp"

#include <fmt/format.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>

#include "sim/text/error.hpp"

namespace fencepost {
namespace {

/// Texts that are none for us, by their first bytes.
void refuse_other_forms(std::string_view text, const std::filesystem::path& file,
                        std::string_view what) {
  const auto refuse = [&](std::string_view form, std::string_view remedy) {
    throw InputError(
        fmt::format("{}: this is {}, but {} is UTF-8 text; {}", file.string(), form, what, remedy));
  };
  if (text.starts_with("\xFF\xFE") || text.starts_with("\xFE\xFF"))
    refuse("UTF-16", "write it anew with: iconv -f UTF-16 -t UTF-8");
  if (text.size() > 3 && text[1] == 0 && text[3] == 0)
    refuse("UTF-16", "write it anew with: iconv -f UTF-16LE -t UTF-8");
  if (text.starts_with("PGDMP"))
    refuse("a dump in pg_dump's custom format", "make it plain with: pg_restore -f schema.sql");
  if (text.starts_with("\x1F\x8B")) refuse("compressed", "unpack it with: gunzip");
}

/// How many bytes the character has that begins with this one; 0: none does.
std::size_t utf8_length(unsigned char lead) {
  if (lead < 0x80) return 1;
  if (lead < 0xC2 || lead > 0xF4) return 0;
  return lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
}

std::optional<std::size_t> first_not_utf8(std::string_view text) {
  for (std::size_t i = 0; i < text.size();) {
    const std::size_t length = utf8_length(static_cast<unsigned char>(text[i]));
    if (length == 0 || i + length > text.size()) return i;
    for (std::size_t more = 1; more < length; ++more)
      if ((static_cast<unsigned char>(text[i + more]) & 0xC0U) != 0x80U) return i;
    i += length;
  }
  return std::nullopt;
}

[[noreturn]] void refuse_to_write(std::string_view what, const std::filesystem::path& file) {
  throw InputError(fmt::format("{} can't be written to {} ({}); name another file", what,
                               file.string(), std::strerror(errno)));
}

/// All of it, and on the disk before this returns; false where that can't be, and errno says why.
bool write_through(int file, std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = write(file, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return false;
    text.remove_prefix(static_cast<std::size_t>(written));
  }
  return fsync(file) == 0;
}

}  // namespace

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
  if (status.type() == std::filesystem::file_type::none)
    throw InputError(fmt::format("{}: the file can't be read ({}); check its folder's permissions",
                                 file.string(), error.message()));
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
  refuse_other_forms(text, file, what);
  const std::size_t nul = text.find('\0');
  if (nul != std::string::npos)
    throw InputError(fmt::format(
        "{}:{}: a NUL byte stands here, but {} is text; take it out", file.string(),
        1 + std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(nul), '\n'), what));
  if (const auto bad = first_not_utf8(text)) {
    const auto byte = static_cast<unsigned char>(text[*bad]);
    throw InputError(fmt::format(
        "{}:{}: the byte {:02X} is not UTF-8; if the file is Latin-1, write it anew with: iconv -f "
        "LATIN1 -t UTF-8",
        file.string(),
        1 + std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(*bad), '\n'),
        byte));
  }
  return text;
}

std::vector<std::filesystem::path> files_in(const std::filesystem::path& folder,
                                            std::string_view ending) {
  namespace fs = std::filesystem;
  std::vector<fs::path> files;
  std::error_code error, none;
  if (fs::status(folder, none).type() == fs::file_type::not_found) return files;
  for (fs::directory_iterator at(folder, error), end; !error && at != end; at.increment(error))
    if (at->path().extension() == ending && !at->is_directory(none)) files.push_back(at->path());
  demand_readable(folder, error);
  std::sort(files.begin(), files.end());
  return files;
}

void demand_readable(const std::filesystem::path& folder, const std::error_code& error) {
  if (error)
    throw InputError(fmt::format("the folder {} can't be read ({}); make it readable",
                                 folder.string(), error.message()));
}

std::string why_not_writable(const std::filesystem::path& file) {
  std::error_code error;
  const auto type = std::filesystem::status(file, error).type();
  if (type == std::filesystem::file_type::directory) return std::strerror(EISDIR);
  std::filesystem::path needed = file;
  if (type == std::filesystem::file_type::not_found) {
    needed = file.has_parent_path() ? file.parent_path() : std::filesystem::path(".");
    if (!std::filesystem::is_directory(needed, error))
      return std::strerror(std::filesystem::exists(needed, error) ? ENOTDIR : ENOENT);
  }
  return access(needed.c_str(), W_OK) == 0 ? "" : std::strerror(errno);
}

void write_text_file(const std::filesystem::path& file, const std::string& text,
                     std::string_view what) {
  errno = 0;
  std::ofstream stream(file, std::ios::binary);
  stream << text;
  stream.close();
  if (!stream.good()) refuse_to_write(what, file);
}

// The name that it has until then is nobody else's.
bool try_write_whole(const std::filesystem::path& file, const std::string& text) {
  constexpr mode_t kAllMayRead = 0644;
  std::error_code none;
  if (file.has_parent_path()) std::filesystem::create_directories(file.parent_path(), none);
  std::string elsewhere = file.string() + ".XXXXXX";
  const int descriptor = mkstemp(elsewhere.data());
  if (descriptor < 0) return false;
  const bool written = write_through(descriptor, text) && fchmod(descriptor, kAllMayRead) == 0;
  if (close(descriptor) == 0 && written && std::rename(elsewhere.c_str(), file.c_str()) == 0)
    return true;
  const int why = errno;
  std::filesystem::remove(elsewhere, none);
  errno = why;
  return false;
}

void write_whole_file(const std::filesystem::path& file, const std::string& text,
                      std::string_view what) {
  if (!try_write_whole(file, text)) refuse_to_write(what, file);
}

std::optional<std::string> below_here(const std::filesystem::path& path) {
  const std::filesystem::path way = std::filesystem::proximate(path);
  if (way.begin() == way.end() || way.is_absolute() || *way.begin() == "..") return std::nullopt;
  return way.string();
}

std::string from_here(const std::filesystem::path& path) {
  if (const auto below = below_here(path)) return *below == "." ? *below : "./" + *below;
  return std::filesystem::proximate(path).string();
}

}  // namespace fencepost
