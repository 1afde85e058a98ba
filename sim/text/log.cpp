// The only file that knows spdlog. Its default logger is the program's one log: it belongs to the
// process, as stderr does.
#include "sim/text/log.hpp"

#include <spdlog/sinks/basic_file_sink.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include "sim/text/error.hpp"

namespace fencepost {
namespace {

constexpr const char* kName = "fencepost";

using Sink = std::shared_ptr<spdlog::sinks::sink>;

void add(std::vector<Sink> sinks, Sink sink, spdlog::level::level_enum from, const char* pattern) {
  sink->set_level(from);
  sink->set_pattern(pattern);
  sinks.push_back(std::move(sink));
  const auto logger = std::make_shared<spdlog::logger>(kName, sinks.begin(), sinks.end());
  logger->set_level(spdlog::level::debug);
  logger->flush_on(spdlog::level::debug);
  spdlog::set_default_logger(logger);
}

/// A program that has not begun a log has none.
void say(spdlog::level::level_enum level, std::string_view line) {
  if (const auto logger = spdlog::get(kName))
    logger->log(level, spdlog::string_view_t(line.data(), line.size()));
}

}  // namespace

void log_to_stderr(Loudness loudness) {
  // A line takes the place of the progress bar, which is drawn again below it.
  add({}, std::make_shared<spdlog::sinks::stderr_sink_mt>(),
      loudness == Loudness::verbose ? spdlog::level::debug : spdlog::level::warn,
      isatty(STDERR_FILENO) == 1 ? "\r\x1b[Kfencepost: %v" : "fencepost: %v");
}

void log_to_file(const std::filesystem::path& file) {
  try {
    add(spdlog::default_logger()->sinks(),
        std::make_shared<spdlog::sinks::basic_file_sink_mt>(file.string(), true),
        spdlog::level::debug, "%Y-%m-%d %H:%M:%S.%e  %-7l  %v");
  } catch (const spdlog::spdlog_ex&) {
    throw InputError(fmt::format("{} can't be written; make its folder writable, or name another",
                                 file.string()));
  }
}

void log_debug(std::string_view line) { say(spdlog::level::debug, line); }
void log_info(std::string_view line) { say(spdlog::level::info, line); }
void log_warning(std::string_view line) { say(spdlog::level::warn, line); }

}  // namespace fencepost
