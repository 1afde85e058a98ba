#include "tests/tidy/pattern.hpp"

#include <regex>

namespace fencepost {
namespace {

Groups groups_of(const std::smatch& found) { return {found.begin(), found.end()}; }

}  // namespace

struct Pattern::Compiled {
  std::regex expression;
};

Pattern::Pattern(const std::string& expression)
    : compiled_(std::make_shared<Compiled>(std::regex(expression))) {}

std::vector<Groups> Pattern::all_in(const std::string& text) const {
  std::vector<Groups> all;
  for (std::sregex_iterator each(text.begin(), text.end(), compiled_->expression), end; each != end;
       ++each)
    all.push_back(groups_of(*each));
  return all;
}

Groups Pattern::whole(const std::string& text) const {
  std::smatch found;
  return std::regex_match(text, found, compiled_->expression) ? groups_of(found) : Groups{};
}

}  // namespace fencepost
