#include "reports/told_failure.hpp"

#include <algorithm>
#include <charconv>

namespace fencepost {
namespace {

const SqlSource* source_of(const Told& told, const std::string& statement) {
  const auto source =
      std::find_if(told.sources.begin(), told.sources.end(),
                   [&](const SqlSource& each) { return each.statement == statement; });
  return source == told.sources.end() ? nullptr : &*source;
}

}  // namespace

FailureReport report_of(const ToldFailure& failure) {
  FailureReport report;
  report.protocol = failure.protocol;
  report.scenario = failure.scenario;
  report.seed = failure.seed;
  report.name = failure.name;
  report.violation = failure.told.violation;
  report.history = &failure.told.history;
  report.shrunk_from = failure.shrunk_from;
  report.replay = failure.replay;
  report.digest = failure.digest;
  report.token = failure.told.token;
  return report;
}

FindSource sources_of(const Told& told) {
  return [&told](const std::string& statement) -> std::optional<SourceText> {
    const SqlSource* source = source_of(told, statement);
    if (source == nullptr) return std::nullopt;
    return SourceText{source->where, source->text};
  };
}

const SqlSource* violating_source(const Told& told) {
  const SqlSource* of_job = nullptr;
  const SqlSource* any = nullptr;
  for (const Event& event : told.history.events) {
    if (event.step > told.violation.step) break;
    if (event.kind != EventKind::statement) continue;
    const SqlSource* source = source_of(told, event.statement);
    if (source == nullptr) continue;
    if (event.step == told.violation.step) return source;
    any = source;
    if (event.job == told.violation.job) of_job = source;
  }
  return of_job != nullptr ? of_job : any;
}

FileLine file_line(const std::string& where) {
  const std::size_t colon = where.rfind(':');
  FileLine place{where, 0};
  if (colon == std::string::npos) return place;
  const char* const end = where.data() + where.size();
  int line = 0;
  const auto [stopped, error] = std::from_chars(where.data() + colon + 1, end, line);
  if (error != std::errc{} || stopped != end || line < 1) return place;
  return {where.substr(0, colon), line};
}

}  // namespace fencepost
