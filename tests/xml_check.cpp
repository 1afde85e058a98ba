#include "tests/xml_check.hpp"

#include <stdlib.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <stdexcept>

namespace fencepost {
namespace {

/// Runs xmllint over the text; both of its outputs.
std::string xmllint(const std::string& text, const std::string& arguments) {
  std::string name = (std::filesystem::temp_directory_path() / "fencepost-xml-XXXXXX").string();
  const int file = mkstemp(name.data());
  if (file < 0) throw std::runtime_error("no temporary file can be made");
  close(file);
  std::ofstream(name, std::ios::binary) << text;
  std::string said;
  const std::string command = "xmllint --nonet " + arguments + " '" + name + "' 2>&1";
  FILE* const pipe = popen(command.c_str(), "r");
  for (int c = std::fgetc(pipe); c != EOF; c = std::fgetc(pipe)) said += static_cast<char>(c);
  const int status = pclose(pipe);
  std::filesystem::remove(name);
  if (status != 0 && said.empty()) said = "xmllint failed without a word";
  while (!said.empty() && said.back() == '\n') said.pop_back();
  return said;
}

}  // namespace

std::string xml_complaint(const std::string& text) { return xmllint(text, "--noout --huge"); }

std::string xml_value(const std::string& text, const std::string& xpath) {
  return xmllint(text, "--huge --xpath \"" + xpath + "\"");
}

}  // namespace fencepost
