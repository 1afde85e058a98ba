#include "sim/repairs/diff.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

namespace fencepost {
namespace {

constexpr std::size_t kAround = 3;

/// With their ends.
std::vector<std::string_view> lines_of(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size() - 1) + 1;
    lines.push_back(text.substr(0, end));
    text.remove_prefix(end);
  }
  return lines;
}

struct DiffLine {
  char sign = ' ';
  std::string_view text;
};

/// Both as one: what is gone before what is new. The longest common subsequence of what is between
/// the first and the last difference.
std::vector<DiffLine> merged(const std::vector<std::string_view>& a,
                             const std::vector<std::string_view>& b) {
  std::size_t head = 0, tail = 0;
  while (head < a.size() && head < b.size() && a[head] == b[head]) ++head;
  while (tail + head < a.size() && tail + head < b.size() &&
         a[a.size() - 1 - tail] == b[b.size() - 1 - tail])
    ++tail;
  const std::size_t n = a.size() - head - tail, m = b.size() - head - tail;
  std::vector<std::vector<std::size_t>> common(n + 1, std::vector<std::size_t>(m + 1));
  for (std::size_t i = n; i-- > 0;)
    for (std::size_t j = m; j-- > 0;)
      common[i][j] = a[head + i] == b[head + j] ? common[i + 1][j + 1] + 1
                                                : std::max(common[i + 1][j], common[i][j + 1]);
  std::vector<DiffLine> lines;
  for (std::size_t i = 0; i < head; ++i) lines.push_back({' ', a[i]});
  for (std::size_t i = 0, j = 0; i < n || j < m;) {
    if (i < n && j < m && a[head + i] == b[head + j])
      lines.push_back({' ', a[head + i]}), ++i, ++j;
    else if (j == m || (i < n && common[i + 1][j] >= common[i][j + 1]))
      lines.push_back({'-', a[head + i++]});
    else
      lines.push_back({'+', b[head + j++]});
  }
  for (std::size_t i = a.size() - tail; i < a.size(); ++i) lines.push_back({' ', a[i]});
  return lines;
}

}  // namespace

std::string unified_diff(std::string_view before, std::string_view after, std::string_view name) {
  if (before == after) return "";
  const std::vector<DiffLine> lines = merged(lines_of(before), lines_of(after));
  const auto differs = [](const DiffLine& line) { return line.sign != ' '; };
  std::string text = fmt::format("--- {0}\n+++ {0}\n", name);
  std::size_t first_before = 1, first_after = 1;  // the numbers of line `at`
  std::size_t at = 0;
  const auto pass = [&](std::size_t to) {
    for (; at < to; ++at) {
      if (lines[at].sign != '+') ++first_before;
      if (lines[at].sign != '-') ++first_after;
    }
  };
  while (true) {
    const auto next =
        std::find_if(lines.begin() + static_cast<std::ptrdiff_t>(at), lines.end(), differs);
    if (next == lines.end()) return text;
    const auto changed = static_cast<std::size_t>(next - lines.begin());
    pass(changed > at + kAround ? changed - kAround : at);
    std::size_t last = changed;
    for (std::size_t i = changed; i < lines.size() && i <= last + 2 * kAround; ++i)
      if (differs(lines[i])) last = i;
    const std::size_t end = std::min(lines.size(), last + kAround + 1);
    std::string hunk;
    std::size_t old_lines = 0, new_lines = 0;
    for (std::size_t i = at; i < end; ++i) {
      hunk += lines[i].sign;
      hunk += lines[i].text;
      if (!lines[i].text.ends_with('\n')) hunk += "\n\\ No newline at end of file\n";
      if (lines[i].sign != '+') ++old_lines;
      if (lines[i].sign != '-') ++new_lines;
    }
    text += fmt::format("@@ -{},{} +{},{} @@\n{}", first_before, old_lines, first_after, new_lines,
                        hunk);
    pass(end);
  }
}

int changed_lines(std::string_view diff) {
  int count = 0;
  for (const std::string_view line : lines_of(diff))
    if ((line.starts_with('+') && !line.starts_with("+++ ")) ||
        (line.starts_with('-') && !line.starts_with("--- ")))
      ++count;
  return count;
}

}  // namespace fencepost
