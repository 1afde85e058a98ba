#include "sim/text/files.hpp"

#include "tests/fixtures/catch.hpp"
#include "tests/fixtures/input_folder.hpp"

namespace fencepost {
namespace {

/// What is said of a file with these bytes; "" where it can be read.
std::string file_refusal(const std::string& bytes) {
  return InputFolder().file("f", bytes).refusal([](const auto& path) {
    read_text_file(path / "f", "a query file");
  });
}

TEST_CASE("files: text is read byte by byte", "[text]") {
  InputFolder folder;
  const std::string text = "SELECT 'é';\r\n\n";
  CHECK(read_text_file(folder.file("f", text).path() / "f", "a query file") == text);
  CHECK(file_refusal("") == "");
}

TEST_CASE("files: what is no text is named with its line and what to do", "[text]") {
  CHECK(file_refusal(std::string("a\nb\0c", 5)) ==
        "f:2: a NUL byte stands here, but a query file is text; take it out");
  CHECK(file_refusal("a\n\nb\xE9") ==
        "f:3: the byte E9 is not UTF-8; if the file is Latin-1, write it anew with: iconv -f "
        "LATIN1 -t UTF-8");
  CHECK(file_refusal("\xC0\x80").starts_with("f:1: the byte C0 is not UTF-8"));
  CHECK(file_refusal("\xF4\x8F\xBF").starts_with("f:1: the byte F4 is not UTF-8"));
  CHECK(file_refusal(std::string("a\0b\0", 4)) ==
        "f: this is UTF-16, but a query file is UTF-8 text; write it anew with: iconv -f UTF-16LE "
        "-t UTF-8");
  CHECK(file_refusal("\x1F\x8B\x08") ==
        "f: this is compressed, but a query file is UTF-8 text; unpack it with: gunzip");
}

TEST_CASE("files: what is not there, or is a folder, is said so", "[text]") {
  const InputFolder folder;
  CHECK(folder.refusal([](const auto& path) { read_text_file(path / "f", "a query file"); }) ==
        "f: there is no such file, but a query file is expected here; create it, or mend its "
        "name");
  CHECK(InputFolder().file("f/g", "").refusal([](const auto& path) {
    read_text_file(path / "f", "a query file");
  }) == "f: this is not a file, but a query file is expected here");
}

TEST_CASE("files: what can't be looked into is not taken for what is not there", "[text]") {
  const InputFolder folder;
  std::filesystem::create_symlink("loop", folder.path() / "loop");
  CHECK(folder.refusal([](const auto& path) { read_text_file(path / "loop", "a baseline"); }) ==
        "loop: the file can't be read (Too many levels of symbolic links); check its folder's "
        "permissions");
  CHECK(folder.refusal([](const auto& path) { files_in(path / "loop", ".json"); }) ==
        "the folder loop can't be read (Too many levels of symbolic links); make it readable");
  CHECK(files_in(folder.path() / "none", ".json").empty());
}

TEST_CASE("files: what can't be written says which and why", "[text]") {
  InputFolder folder;
  folder.file("f", "");
  CHECK_FALSE(try_write_whole(folder.path() / "f/page", "x"));
  CHECK(folder.refusal([](const auto& path) {
    write_text_file(path / "f/page", "x", "the page");
  }) == "the page can't be written to f/page (Not a directory); name another file");
  write_text_file(folder.path() / "page", "x\ny", "the page");
  CHECK(bytes_of(folder.path() / "page") == "x\ny");
  CHECK(bytes_of(folder.path() / "none") == std::nullopt);
}

TEST_CASE("files: why a file can't be written is known before, and nothing is made", "[text]") {
  const InputFolder folder;
  CHECK(why_not_writable(folder.path() / "new") == "");
  CHECK(why_not_writable("new") == "");
  CHECK(why_not_writable("/dev/null") == "");
  CHECK(why_not_writable(folder.path()) == "Is a directory");
  CHECK(why_not_writable(folder.path() / "no/new") == "No such file or directory");
  CHECK_FALSE(std::filesystem::exists(folder.path() / "no"));
}

TEST_CASE("files: a path below the present folder is called from there", "[text]") {
  const std::filesystem::path here = std::filesystem::current_path();
  CHECK(below_here(here / "a/b") == "a/b");
  CHECK(below_here("a") == "a");
  CHECK(below_here(here / "../a") == std::nullopt);
}

}  // namespace
}  // namespace fencepost
