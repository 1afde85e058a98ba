// A check as workflow commands of GitHub Actions, which it shows beside the SQL in a review.
#include <fmt/format.h>

#include <vector>

#include "reports/culprit.hpp"
#include "reports/escaped.hpp"
#include "reports/forms.hpp"
#include "reports/plain_times.hpp"

namespace fencepost {
namespace {

constexpr std::size_t kLongestMessage = 2000;
constexpr std::size_t kLongestTitle = 200;

struct Annotation {
  FileLine at;
  std::string title;
  std::string message;
};

Annotation annotation_of(const FailureReport& failure, const InRepository& in_repository) {
  Annotation annotation;
  if (const auto culprit = culprit_of(failure.told)) {
    annotation.at = file_line(culprit->source->where);
    annotation.at.file = in_repository(annotation.at.file);
  }
  annotation.title = fmt::format("{} is violated in {} under {}", failure.property,
                                 failure.protocol, failure.scenario);
  annotation.message =
      fmt::format("{}\nreplay: {}", shortened(plain_times(failure.told.story), kLongestMessage),
                  shortened(failure.replay, kLongestMessage));
  return annotation;
}

std::vector<Annotation> errors_of(const CheckReport& report, const InRepository& in_repository) {
  std::vector<Annotation> all;
  for (const ProtocolReport& protocol : report.protocols)
    for (const FailureReport& failure : protocol.failures)
      all.push_back(annotation_of(failure, in_repository));
  for (const ProtocolReport& protocol : report.protocols) {
    const std::string& name = protocol.name;
    for (const std::string& promised : protocol.verdict.not_found)
      all.push_back(
          {{},
           fmt::format("{} is not as expected", name),
           fmt::format("[expect] says that {} is violated, but no history did so", promised)});
    for (const std::string& line : vacuous_lines(protocol))
      all.push_back({{}, fmt::format("{} is vacuous", name), line});
    for (const Unproved& unproved : protocol.verdict.unproved)
      all.push_back({{}, fmt::format("{} is not proved", name), sentence_of(unproved)});
    for (const SavedNote& saved : protocol.saved)
      if (saved.leaves_open())
        all.push_back({{}, fmt::format("{} is not proved", name), saved.says});
      else if (saved.is_red() && saved.came == Came::holds_now)
        all.push_back({{}, fmt::format("{} is not as expected", name), saved.says});
  }
  return all;
}

std::string line_of(std::string_view command, const Annotation& annotation) {
  std::string where;
  if (!annotation.at.file.empty() && annotation.at.line > 0)
    where =
        fmt::format("file={},line={},", github_property(annotation.at.file), annotation.at.line);
  return fmt::format("::{} {}title={}::{}\n", command, where,
                     github_property(shortened(annotation.title, kLongestTitle)),
                     github_message(shortened(annotation.message, 2 * kLongestMessage + 20)));
}

}  // namespace

std::string annotations(const CheckReport& report, const InRepository& in_repository) {
  std::vector<Annotation> errors = errors_of(report, in_repository);
  if (errors.size() > kMostAnnotations) {
    const std::size_t more = errors.size() - kMostAnnotations + 1;
    errors.resize(kMostAnnotations - 1);
    errors.push_back({{}, "fencepost", fmt::format("{} more are in the summary of the job", more)});
  }
  std::string text;
  for (const Annotation& error : errors) text += line_of("error", error);
  if (verdict_of(report) == CheckVerdict::unfinished)
    text += line_of("notice", {{}, "fencepost", verdict_line(report)});
  return text;
}

}  // namespace fencepost
