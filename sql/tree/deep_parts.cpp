#include "sql/tree/deep_parts.hpp"

#include <algorithm>
#include <array>

namespace fencepost {

DeepParts::DeepParts(std::string_view sql) {
  std::vector<std::size_t> open;
  for (SqlPart& part : sql_parts(sql)) {
    if (!part.counts()) continue;
    const std::size_t i = parts_.size();
    partners_.push_back(kNone);
    const bool closes = part.text == ")" || part.text == "]";
    if (closes && !open.empty()) {
      partners_[i] = open.back();
      partners_[open.back()] = i;
      open.pop_back();
    }
    depths_.push_back(static_cast<int>(open.size()));
    if (part.text == "(" || part.text == "[") open.push_back(i);
    parts_.push_back(std::move(part));
  }
}

std::size_t DeepParts::at(std::size_t byte) const {
  const auto behind =
      std::upper_bound(parts_.begin(), parts_.end(), byte,
                       [](std::size_t value, const SqlPart& part) { return value < part.begin; });
  if (parts_.empty()) return kNone;
  return behind == parts_.begin() ? 0 : static_cast<std::size_t>(behind - parts_.begin()) - 1;
}

bool DeepParts::is(std::size_t i, std::string_view word) const {
  return i < parts_.size() && parts_[i].kind == SqlKind::word &&
         parts_[i].text.size() == word.size() && folded(parts_[i].text) == word;
}

std::size_t DeepParts::back_to(std::size_t i, std::initializer_list<std::string_view> words) const {
  int least = depths_[i];
  for (std::size_t k = i; k-- > 0;) {
    if (depths_[k] > least) continue;
    least = depths_[k];
    for (const std::string_view word : words)
      if (is(k, word)) return k;
  }
  return kNone;
}

PartRange DeepParts::up_to(std::size_t first, const std::vector<std::string_view>& words) const {
  std::size_t last = first;
  for (std::size_t i = first + 1; i < parts_.size(); ++i) {
    if (depths_[i] > depths_[first]) {
      last = i;
      continue;
    }
    if (depths_[i] < depths_[first] || parts_[i].kind == SqlKind::semicolon) break;
    if (std::any_of(words.begin(), words.end(),
                    [&](std::string_view word) { return is(i, word) && begins_clause(i); }))
      break;
    last = i;
  }
  return {first, last};
}

bool DeepParts::begins_clause(std::size_t i) const {
  static constexpr std::array<std::string_view, 19> words = {
      "from",   "where",     "group",  "having", "window", "order",     "limit",
      "offset", "fetch",     "values", "set",    "for",    "returning", "on",
      "union",  "intersect", "except", "using",  "when"};
  if (parts_[i].kind != SqlKind::word ||
      std::find(words.begin(), words.end(), folded(parts_[i].text)) == words.end())
    return false;
  if (i == 0) return true;
  // Names may be such words behind AS and a point.
  if (is(i - 1, "as") || parts_[i - 1].text == ".") return false;
  if (is(i, "from")) return !is(i - 1, "distinct");
  if (is(i, "group")) return !is(i - 1, "within");
  if (is(i, "on")) return is(i + 1, "conflict");
  if (is(i, "when")) return is(i + 1, "matched") || is(i + 2, "matched");
  if (is(i, "for"))
    return is(i + 1, "update") || is(i + 1, "no") || is(i + 1, "share") || is(i + 1, "key");
  return true;
}

std::optional<PartRange> DeepParts::clause(PartRange in, std::string_view word,
                                           std::size_t nth) const {
  std::optional<PartRange> found;
  for (std::size_t i = in.first; i <= in.last; ++i) {
    if (depths_[i] != depths_[in.first]) continue;
    const bool begins = begins_clause(i);
    if (found && begins) return PartRange{found->first, i - 1};
    if (!found && begins && is(i, word) && nth-- == 0) found = PartRange{i, in.last};
  }
  return found;
}

std::vector<PartRange> DeepParts::items(PartRange in) const {
  std::vector<PartRange> found;
  std::size_t begin = in.first;
  for (std::size_t i = in.first; i <= in.last; ++i) {
    if (depths_[i] != depths_[in.first] || parts_[i].text != ",") continue;
    if (i > begin) found.push_back({begin, i - 1});
    begin = i + 1;
  }
  if (begin <= in.last) found.push_back({begin, in.last});
  return found;
}

PartRange DeepParts::balanced(PartRange range) const {
  const auto stray = [&](std::size_t i) {
    return (parts_[i].text == "(" || parts_[i].text == ")") &&
           (partners_[i] == kNone || partners_[i] < range.first || partners_[i] > range.last);
  };
  while (range.first < range.last && stray(range.first)) ++range.first;
  while (range.last > range.first && stray(range.last)) --range.last;
  return range;
}

PartRange DeepParts::completed(PartRange range) const {
  while (range.last + 2 < parts_.size() && parts_[range.last].kind == SqlKind::word &&
         parts_[range.last + 1].text == "." && parts_[range.last + 2].kind == SqlKind::word)
    range.last += 2;
  if (range.last + 1 < parts_.size() && parts_[range.last].kind == SqlKind::word &&
      parts_[range.last + 1].text == "(")
    ++range.last;
  for (std::size_t i = range.first; i <= range.last && i < parts_.size(); ++i) {
    if (partners_[i] == kNone) continue;
    range.last = std::max(range.last, partners_[i]);
    if (partners_[i] < range.first) i = range.first = partners_[i];
  }
  return range;
}

}  // namespace fencepost
