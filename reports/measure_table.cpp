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

bool sooner(const Trial& a, const Trial& b) { return a && (!b || *a < *b); }

/// Of each trial, what the quickest scenario took.
std::vector<Trial> soonest(const MeasuredRow& row) {
  std::vector<Trial> all;
  for (const std::vector<Trial>& scenario : row.trials)
    for (std::size_t i = 0; i < scenario.size(); ++i) {
      if (all.size() <= i) all.emplace_back();
      if (sooner(scenario[i], all[i])) all[i] = scenario[i];
    }
  return all;
}

std::ptrdiff_t scenarios_that_show(const MeasuredRow& row) {
  return std::count_if(row.trials.begin(), row.trials.end(),
                       [](const auto& scenario) { return median(scenario).has_value(); });
}

std::string table_of_violations(const Measured& measured) {
  std::string text =
      "| protocol · property | seeds | at worst | scenarios |\n| --- | ---: | ---: | ---: |\n";
  std::vector<Trial> middles, worsts;
  for (const MeasuredRow& row : measured.rows) {
    const std::vector<Trial> trials = soonest(row);
    const std::vector<Trial> worst = {
        trials.empty() ? Trial{} : *std::max_element(trials.begin(), trials.end(), sooner)};
    text += fmt::format(
        "| {} · {} | {} | {} | {} |\n", row.protocol, row.property, cell(trials, measured.most),
        trials.empty() ? "-" : cell(worst, measured.most), scenarios_that_show(row));
    middles.push_back(median(trials));
    worsts.insert(worsts.end(), worst.begin(), worst.end());
  }
  const auto found = [&](const std::vector<Trial>& trials) {
    return std::count_if(trials.begin(), trials.end(),
                         [](const Trial& trial) { return trial.has_value(); });
  };
  return text + fmt::format("| median over all | {} | {} | |\n| found | {} of {} | {} of {} | |\n",
                            cell(middles, measured.most), cell(worsts, measured.most),
                            found(middles), middles.size(), found(worsts), worsts.size());
}

std::string table_of_scenarios(const Measured& measured) {
  std::string text = "| scenario | shows | alone | none sooner |\n| --- | ---: | ---: | ---: |\n";
  for (std::size_t column = 0; column < measured.columns.size(); ++column) {
    int shows = 0, alone = 0, first = 0;
    for (const MeasuredRow& row : measured.rows) {
      const Trial own = median(row.trials[column]);
      if (!own) continue;
      ++shows;
      if (scenarios_that_show(row) == 1) ++alone;
      if (std::none_of(row.trials.begin(), row.trials.end(),
                       [&](const auto& other) { return sooner(median(other), own); }))
        ++first;
    }
    text += fmt::format("| {} | {} | {} | {} |\n", measured.columns[column], shows, alone, first);
  }
  return text;
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

std::string scenario_tables(const Measured& measured) {
  return table_of_violations(measured) + "\n" + table_of_scenarios(measured);
}

}  // namespace fencepost
