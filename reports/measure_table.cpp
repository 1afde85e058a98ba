#include "reports/measure_table.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace fencepost {
namespace {

std::string cell(const std::vector<Trial>& trials, int most) {
  if (trials.empty()) return "-";
  const Trial middle = median(trials);
  return middle ? std::to_string(*middle) : fmt::format("> {}", most);
}

std::vector<Trial> all_trials(const Measured& measured, std::size_t column) {
  std::vector<Trial> all;
  for (const MeasuredRow& row : measured.rows)
    all.insert(all.end(), row.trials[column].begin(), row.trials[column].end());
  return all;
}

std::ptrdiff_t rows_found(const Measured& measured, std::size_t column) {
  return std::count_if(measured.rows.begin(), measured.rows.end(), [&](const MeasuredRow& row) {
    return median(row.trials[column]).has_value();
  });
}

Trial median_story(const std::vector<int>& stories) {
  return median(std::vector<Trial>(stories.begin(), stories.end()));
}

}  // namespace

std::string measure_table(const Measured& measured, Lengths lengths) {
  const std::size_t columns = measured.columns.size();
  std::string head = "| protocol · property |", rule = "| --- |";
  for (const std::string& column : measured.columns) {
    head += fmt::format(" {} |", column);
    rule += " ---: |";
  }
  if (lengths == Lengths::shown) head += " steps of its story |", rule += " ---: |";
  std::string text = head + "\n" + rule + "\n";
  for (const MeasuredRow& row : measured.rows) {
    text += fmt::format("| {} · {} |", row.protocol, row.property);
    for (std::size_t i = 0; i < columns; ++i)
      text += fmt::format(" {} |", cell(row.trials[i], measured.most));
    if (lengths == Lengths::shown) {
      const Trial story = median_story(row.stories);
      text += fmt::format(" {} |", story ? std::to_string(*story) : "-");
    }
    text += "\n";
  }
  text += "| median over all |";
  for (std::size_t i = 0; i < columns; ++i)
    text += fmt::format(" {} |", cell(all_trials(measured, i), measured.most));
  if (lengths == Lengths::shown) {
    std::vector<int> stories;
    for (const MeasuredRow& row : measured.rows)
      stories.insert(stories.end(), row.stories.begin(), row.stories.end());
    const Trial story = median_story(stories);
    text += fmt::format(" {} |", story ? std::to_string(*story) : "-");
  }
  text += "\n| found |";
  for (std::size_t i = 0; i < columns; ++i)
    text += fmt::format(" {} of {} |", rows_found(measured, i), measured.rows.size());
  return text + (lengths == Lengths::shown ? " |\n" : "\n");
}

}  // namespace fencepost
