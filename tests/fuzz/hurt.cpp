#include "tests/fuzz/hurt.hpp"

#include <algorithm>
#include <cctype>
#include <vector>

namespace fencepost {
namespace {

/// A text gets no longer than this by one thing alone.
constexpr std::size_t kLongest = 1'000'000;

/// What means something to one of the readers, or is hard for any.
const std::vector<std::string>& strange() {
  static const std::vector<std::string> all = {"",
                                               std::string(1, '\0'),
                                               "\xff",
                                               "\xef\xbb\xbf",
                                               "é",
                                               "\r\n",
                                               "\n",
                                               "\t",
                                               "\"",
                                               "\"\"\"",
                                               "'",
                                               "''",
                                               "$$",
                                               "$a$",
                                               "/*",
                                               "*/",
                                               "--",
                                               "\\",
                                               "\\.\n",
                                               "\\restrict x\n",
                                               "{",
                                               "}",
                                               "[",
                                               "]",
                                               "[[",
                                               "]]",
                                               "=",
                                               ",",
                                               ".",
                                               "..",
                                               "#",
                                               ";",
                                               ":",
                                               "::",
                                               ":x",
                                               "$1",
                                               "$0",
                                               "$99999999999",
                                               "?",
                                               "%s",
                                               "%(x)s",
                                               "@x",
                                               "-- name: x :one\n",
                                               "-- name:\n",
                                               "-- +goose Down\n",
                                               "COPY t FROM stdin;\n1\t2\n",
                                               "null",
                                               "true",
                                               "nan",
                                               "inf",
                                               "-0",
                                               "1e999",
                                               "-1",
                                               "0",
                                               "99999999999999999999",
                                               "9223372036854775807",
                                               "0.1 lease",
                                               "1.1 lease",
                                               "30s",
                                               "-30s",
                                               "1e9d",
                                               "1/0",
                                               "1/3",
                                               "0/1",
                                               "*",
                                               "**",
                                               "a*b",
                                               "../..",
                                               "/",
                                               "queries.sql",
                                               "nonce",
                                               "w1",
                                               "w2/beat",
                                               "random_walk",
                                               "[role.worker]\n",
                                               "[lease]\n",
                                               "[[never]]\n",
                                               "{ run = \"x\" }",
                                               "{ loop = [] }",
                                               "loop = [\"work\"]",
                                               "SELECT 1;",
                                               "E'\\'",
                                               "U&'\\0000'"};
  return all;
}

std::vector<std::size_t> line_starts(const std::string& text) {
  std::vector<std::size_t> starts = {0};
  for (std::size_t at = 0; (at = text.find('\n', at)) != std::string::npos;) starts.push_back(++at);
  return starts;
}

/// A part of a text.
struct Stretch {
  std::size_t from = 0;
  std::size_t length = 0;
};

Stretch some_lines(const std::string& text, Draws& draws) {
  const std::vector<std::size_t> starts = line_starts(text);
  const std::size_t first = draws.below(starts.size());
  const std::size_t last = std::min(starts.size() - 1, first + 1 + draws.below(6));
  return {starts[first], starts[last] - starts[first]};
}

/// A word, a number, or what stands between two of them.
Stretch some_word(const std::string& text, Draws& draws) {
  if (text.empty()) return {};
  const auto kind = [&](std::size_t at) {
    const auto sign = static_cast<unsigned char>(text[at]);
    return std::isalnum(sign) || sign == '_' ? 0 : std::isspace(sign) ? 1 : 2;
  };
  std::size_t from = draws.below(text.size());
  std::size_t end = from;
  while (from > 0 && kind(from - 1) == kind(end)) --from;
  while (end < text.size() && kind(end) == kind(from)) ++end;
  return {from, end - from};
}

Stretch some_place(const std::string& text, Draws& draws) {
  switch (draws.below(4)) {
    case 0:
      return {draws.below(text.size() + 1), draws.below(2)};
    case 1:
      return {draws.below(text.size() + 1), draws.below(20) == 0 ? text.size() : 0};
    case 2:
      return some_lines(text, draws);
    default:
      return some_word(text, draws);
  }
}

std::string of(const std::string& text, Stretch place) {
  return text.substr(place.from, place.length);
}

/// What comes in the place of that part.
std::string instead_of(const std::string& part, const std::string& other, Draws& draws) {
  switch (draws.below(6)) {
    case 0:
      return "";
    case 1:
      return part + part;
    case 2:
      return std::string(1, static_cast<char>(draws.below(256)));
    case 3:
      return of(other, some_place(other, draws));
    case 4: {
      const std::size_t most = kLongest / (part.size() + 1);
      std::string many;
      for (std::size_t i = draws.below(most < 5000 ? most : 5000); i > 0; --i) many += part;
      return many;
    }
    default:
      return draws.one_of(strange());
  }
}

}  // namespace

void hurt(std::string& text, const std::string& other, Draws& draws) {
  const Stretch place = some_place(text, draws);
  const std::string part = of(text, place);
  text.replace(place.from, place.length, instead_of(part, other, draws));
  if (draws.below(8) == 0) text.insert(draws.below(text.size() + 1), part);
}

}  // namespace fencepost
