#include "sim/saved_run.hpp"
namespace fencepost { std::string to_json(const SavedRun&) { return "{}"; } SavedRun saved_run_from_json(const std::string&, const std::filesystem::path&) { return {}; } }
