// Laws for RapidCheck, as Catch2 sees them.
#pragma once

#include <errno.h>
#include <rapidcheck.h>

#include <iostream>
#include <optional>
#include <sstream>
#include <string>

#include "tests/catch.hpp"

namespace fencepost {

/// Keeps RapidCheck's own listener from printing a second time.
class QuietListener : public rc::detail::TestListener {
  void onTestCaseFinished(const rc::detail::CaseDescription&) override {}
  void onShrinkTried(const rc::detail::CaseDescription&, bool) override {}
  void onTestFinished(const rc::detail::TestMetadata&, const rc::detail::TestResult&) override {}
};

/// A law that some case breaks.
struct BrokenLaw {
  std::string smallest_case;
  std::string replay;  ///< what RC_PARAMS must be for that case alone to be tried again
};

/// Tries a law; nullopt when it holds.
template <typename Testable>
std::optional<BrokenLaw> broken_law(const std::string& name, Testable&& testable) {
  rc::detail::TestMetadata metadata;
  metadata.id = metadata.description = name;
  QuietListener quiet;
  const rc::detail::Configuration& configured = rc::detail::configuration();
  const rc::detail::TestResult result =
      rc::detail::checkProperty(rc::detail::toProperty(std::forward<Testable>(testable)), metadata,
                                configured.testParams, quiet, configured.reproduce);
  if (result.template is<rc::detail::SuccessResult>()) return std::nullopt;
  std::ostringstream smallest;
  rc::detail::printResultMessage(result, smallest);
  BrokenLaw broken{smallest.str(), ""};
  if (result.template is<rc::detail::FailureResult>()) {
    rc::detail::Configuration again;
    again.testParams = configured.testParams;
    again.reproduce.emplace(name, result.template get<rc::detail::FailureResult>().reproduce);
    broken.replay = rc::detail::configToMinimalString(again);
  }
  return broken;
}

/// A sentence that is true of every made-up case. Where it is not, the smallest case is shown, and
/// the command that tries it again stands on stderr in one line, which Catch2 would break.
template <typename Testable>
void law(const std::string& name, Testable&& testable) {
  const auto broken = broken_law(name, std::forward<Testable>(testable));
  if (broken && !broken->replay.empty())
    std::cerr << "to try this case again: RC_PARAMS='" << broken->replay << "' "
              << program_invocation_name << " '" << Catch::getResultCapture().getCurrentTestName()
              << "'\n";
  INFO("law: " << name);
  if (broken) FAIL(broken->smallest_case);
  SUCCEED();
}

}  // namespace fencepost
