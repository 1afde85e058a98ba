// A folder of a user's files for one test, and what reading them answers.
#pragma once

#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <utility>

#include "sim/error.hpp"
#include "sim/protocol.hpp"
#include "sim/scenario.hpp"

namespace fencepost {

/// Gone with all its files when the test is over.
class InputFolder {
 public:
  InputFolder() {
    std::string name = (std::filesystem::temp_directory_path() / "fencepost-input-XXXXXX").string();
    path_ = mkdtemp(name.data());
  }
  ~InputFolder() { std::filesystem::remove_all(path_); }
  InputFolder(const InputFolder&) = delete;
  InputFolder& operator=(const InputFolder&) = delete;

  const std::filesystem::path& path() const { return path_; }
  InputFolder& file(const std::string& name, const std::string& text) {
    std::filesystem::create_directories((path_ / name).parent_path());
    std::ofstream(path_ / name, std::ios::binary) << text;
    return *this;
  }

  /// What InputError says, with the folder itself taken out; "" when the reading works.
  template <typename Read>
  std::string refusal(Read read) const {
    try {
      read(path_);
    } catch (const InputError& error) {
      std::string text = error.what();
      const std::string prefix = path_.string() + "/";
      for (std::size_t at; (at = text.find(prefix)) != std::string::npos;)
        text.erase(at, prefix.size());
      return text;
    }
    return "";
  }
  std::string protocol_refusal() const {
    return refusal([](const auto& path) { read_protocol(path); });
  }
  std::string scenario_refusal(const std::string& text) {
    file("x.toml", text);
    return refusal([](const auto& path) { read_scenario(path / "x.toml"); });
  }
  Scenario scenario(const std::string& text) {
    file("x.toml", text);
    return read_scenario(path_ / "x.toml");
  }

 private:
  std::filesystem::path path_;
};

/// tests/protocols/NAME, or anything else beside the tests.
inline std::filesystem::path beside_the_tests(const std::string& name) {
  return std::filesystem::path(FENCEPOST_SOURCE_DIR) / "tests" / name;
}

}  // namespace fencepost
