#include "sim/init/written.hpp"

#include <fmt/ranges.h>

#include <algorithm>

#include "sim/init/guess_words.hpp"
#include "sim/text/words.hpp"

namespace fencepost {
namespace {

bool is_control(char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; }

/// A value in TOML's quotes.
std::string in_toml(std::string_view text) {
  std::string made = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') made += '\\';
    made += is_control(c) ? fmt::format("\\u{:04X}", c) : std::string(1, c);
  }
  return made + '"';
}
/// As a comment may hold it.
std::string in_comment(std::string text) {
  std::replace_if(text.begin(), text.end(), is_control, ' ');
  return text;
}
/// Where a value comes from: a name, or "=literal".
std::string source_in_toml(const std::string& source) {
  const bool said = source.starts_with('=') || is_plain_name(source);
  return in_toml(said ? source : "\"" + source + "\"");
}
/// "30s".
std::string short_length(Duration length) {
  std::string text = to_text(length);
  std::erase(text, ' ');
  return text;
}
std::string list(const std::vector<std::string>& texts) {
  std::vector<std::string> each;
  for (const std::string& text : texts) each.push_back(in_toml(text));
  return fmt::format("[{}]", fmt::join(each, ", "));
}

class ProtocolText {
 public:
  ProtocolText(const InitFiles& files, const QueueGuess& guess, std::filesystem::path folder)
      : files_(files), guess_(guess), folder_(std::move(folder)) {}

  std::string text() {
    head();
    unconfirmed();
    if (guess_.claim.empty()) return text_ + nothing_found();
    constants();
    jobs();
    lease();
    role();
    reaper();
    if (guess_.fixed.empty() && !comes_again()) return std::move(text_);
    line("");
    line("[expect]");
    line("unreachable = [\"succeeded\"]   # {}",
         guess_.fixed.empty() ? "what is done comes again" : "it is held in turn, and never done");
    return std::move(text_);
  }

 private:
  using Kind = QueueGuess::Kind;

  /// Whether the row of a job that is done says nothing of that: it is ready for its next turn.
  bool comes_again() const {
    return guess_.kind == Kind::rows && !guess_.succeeds_by_removal &&
           std::none_of(guess_.states.begin(), guess_.states.end(),
                        [](const StateRule& rule) { return rule.state == JobState::succeeded; });
  }

  template <typename... Values>
  void line(fmt::format_string<Values...> format, Values&&... values) {
    text_ += fmt::format(format, std::forward<Values>(values)...) + "\n";
  }
  std::string from_folder(const std::string& name) const {
    const std::filesystem::path path(name);
    if (path.is_absolute()) return name;
    const auto here = std::filesystem::current_path();
    return (here / path)
        .lexically_normal()
        .lexically_relative(std::filesystem::absolute(folder_).lexically_normal())
        .generic_string();
  }

  /// The folder's, which is the protocol's where that has no other.
  std::string name() const {
    return (std::filesystem::absolute(folder_) / "").lexically_normal().parent_path().filename();
  }
  static std::string as_file_name(std::string name) {
    std::replace_if(
        name.begin(), name.end(), [](char c) { return !is_file_name(std::string("_") + c); }, '-');
    name.erase(0, name.find_first_not_of("-."));
    return name.empty() ? "queue" : name;
  }
  void head() {
    if (!is_file_name(name())) line("name = {}", in_toml(as_file_name(name())));
    std::vector<std::string> schema, queries;
    for (const std::string& name : files_.schema_names) schema.push_back(from_folder(name));
    for (const std::string& name : files_.query_names) queries.push_back(from_folder(name));
    if (!written_rows(files_, guess_).empty()) schema.emplace_back("rows.sql");
    if (!guess_.claim.empty()) queries.emplace_back("fencepost.sql");
    line("schema = {}", list(schema));
    line("queries = {}", list(queries));
  }

  void unconfirmed() {
    const std::vector<std::string> subjects = guess_.unconfirmed();
    if (subjects.empty()) return;
    line("");
    line(
        "# What was guessed and nobody has confirmed: while a line stands here, no green check is "
        "a");
    line(
        "# proof. Where the guess is right take its line out; where it is wrong, mend it below "
        "first.");
    line("[init]");
    line("unconfirmed = [");
    for (const Guess& each : guess_.guesses)
      if (!each.question.empty())
        line("  {:<13} # {}", in_toml(each.subject) + ",",
             in_comment(fmt::format("{} Guessed: {} ({})", capital(each.question),
                                    each.value.empty() ? "nothing" : each.value, each.reason)));
    line("]");
  }
  static std::string capital(std::string text) {
    if (!text.empty() && text[0] >= 'a' && text[0] <= 'z')
      text[0] = static_cast<char>(text[0] - 'a' + 'A');
    return text;
  }
  static std::string nothing_found() {
    return "\n# Which statement claims a job? No statement picks, locks or takes over a row.\n"
           "# [lease]\n"
           "# job = \"id\"             # the column that it returns, and that names the job\n"
           "# [role.worker]\n"
           "# program = [\"claim\", { work = \"10s\" }, \"succeed\"]\n"
           "# claim = [{ run = \"your_claim\", empty = \"nothing\" }]\n"
           "# succeed = [{ run = \"your_end\", empty = \"lost\" }]\n";
  }

  void constants() {
    if (guess_.constants.empty()) return;
    line("");
    line("[constants]");
    for (const auto& [name, value] : guess_.constants) line("{} = {}", name, in_toml(value));
  }

  void jobs() {
    const bool gone = (guess_.succeeds_by_removal && guess_.jobs.empty()) ||
                      (guess_.kind == Kind::transaction && removes(guess_.claim.front()));
    if (guess_.fixed.empty() && !gone) return;
    line("");
    line("[jobs]");
    if (!guess_.fixed.empty()) line("fixed = {}", list({guess_.fixed}));
    line("absent = {}        # what a row that is not there means",
         in_toml(guess_.fixed.empty() ? "succeeded" : "ready"));
  }
  bool removes(const std::string& name) const {
    const InitStatement* statement = files_.find(name);
    const TableUse* use = statement == nullptr ? nullptr : statement->use(guess_.table);
    return use != nullptr && use->removes;
  }

  void lease() {
    line("");
    line("[lease]");
    if (guess_.kind == Kind::session) line("kind = \"session\"");
    if (guess_.kind == Kind::transaction) line("kind = \"transaction\"");
    line("job = {}", in_toml(guess_.job));
    if (!guess_.token.empty()) {
      line("token = {}", list(guess_.token));
      if (guess_.order == TokenOrder::increasing) line("order = \"increasing\"");
    } else if (guess_.kind == Kind::rows || guess_.kind == Kind::leader) {
      line(
          "# token = [\"…\"]   # the columns that prove a claim; without them token_order is not "
          "judged");
    }
    if (guess_.lease > 0us)
      line("lasts = {}", in_toml(short_length(guess_.lease)));
    else if (guess_.kind == Kind::rows)
      line("# lasts = \"30s\"   # no statement takes over what a dead worker holds");
    if (guess_.ends_by_client) line("clock = \"worker\"     # which says when its lease is over");
    if (guess_.kind == Kind::transaction)  // until it is over, the job looks like anybody's
      line("freed_within = {}", in_toml(short_length(2 * guess_.work + 2 * guess_.poll)));
    if (guess_.most_attempts) line("attempts = {}", *guess_.most_attempts);
    if (guess_.kind == Kind::leader && !guess_.heartbeat.empty()) {
      line("strict = true       # never two who believe that they hold it");
      line("notices_within = {}", in_toml(short_length(guess_.every * 2)));
    } else {
      line("# strict = true, notices_within = \"15s\"   # never two who believe, but for so long");
    }
  }

  /// The step that runs a statement, and what the worker makes before it.
  std::string step(const std::string& name, std::string_view empty) const {
    std::string made;
    if (const auto before = guess_.before.find(name); before != guess_.before.end())
      for (const std::string& let : before->second) made += in_toml("new_" + let) + ", ";
    return made + call(name, empty);
  }
  std::string call(const std::string& name, std::string_view empty) const {
    std::string with;
    if (const auto found = guess_.with.find(name); found != guess_.with.end()) {
      for (const auto& [parameter, source] : found->second)
        with += fmt::format("{}{} = {}", with.empty() ? "" : ", ",
                            is_plain_name(parameter) ? parameter : in_toml(parameter),
                            source_in_toml(source));
      with = fmt::format(", with = {{ {} }}", with);
    }
    const InitStatement* statement = files_.find(name);
    const bool counts = statement != nullptr && statement->statement.command != Command::exec &&
                        statement->statement.command != Command::batchexec;
    std::string reaction =
        counts && !empty.empty() ? fmt::format(", empty = {}", in_toml(empty)) : "";
    const std::string lock = statement == nullptr ? "" : lock_in(*statement);
    if (!lock.empty() && statement->returned.size() > 1)
      reaction = fmt::format(", empty = {{ rows = {0}, {1} = {0} }}", in_toml(empty), lock);
    if (with.empty() && reaction.empty()) return in_toml(name);
    return fmt::format("{{ run = {}{}{} }}", in_toml(name), with, reaction);
  }

  /// The column that says whether an advisory lock was taken.
  static std::string lock_in(const InitStatement& statement) {
    if (statement.queries.empty()) return "";
    for (const Output& output : statement.queries.front().outputs)
      if (output.value.kind == Operand::Kind::call &&
          output.value.text.starts_with("pg_try_advisory"))
        return output.name;
    return "";
  }

  void role() {
    line("");
    line("[role.worker]");
    line("poll = {}", in_toml(short_length(guess_.poll)));
    const bool beats = !guess_.heartbeat.empty() && guess_.kind != Kind::leader;
    if (beats) line("sessions = [\"beat\", \"main\"]");
    program();
    claim();
    const bool looked = is_counted();
    if (!guess_.marks_job.empty())
      line("succeed = [{{ tx = [{}, {}] }}]", step(guess_.succeed, looked ? "lost" : ""),
           step(guess_.marks_job, ""));
    else if ((guess_.kind == Kind::session || !guess_.jobs.empty()) && !guess_.succeed.empty() &&
             !guess_.release.empty())
      line("succeed = [{}, {}]", step(guess_.succeed, ""), step(guess_.release, "ok"));
    else if (!guess_.succeed.empty())
      line("succeed = [{}]", step(guess_.succeed, looked ? "lost" : ""));
    if (!guess_.during.empty()) during();
    if (!guess_.fail.empty()) line("fail = [{}]", step(guess_.fail, "ok"));
    const bool releases = !guess_.release.empty() && (guess_.fail.empty() || ends_by_release());
    if (releases) line("release = [{}]", step(guess_.release, "ok"));
    if (!guess_.fail.empty())
      line("on = {{ error = \"fail\" }}");
    else if (releases)
      line("on = {{ error = \"release\" }}");
    else
      line("# on = {{ error = \"fail\" }}   # which statement follows an error?");
    if (!beats) return;
    line("");
    line("[role.worker.heartbeat] # runs beside the work, on a session of its own");
    line("every = {}", in_toml(short_length(guess_.every)));
    line("session = \"beat\"");
    line("program = [{}]", step(guess_.heartbeat, "lost"));
  }
  bool is_counted() const {
    for (const Guess& each : guess_.guesses)
      if (each.subject == "count") return each.value == "looked at";
    return true;
  }
  bool ends_by_release() const {
    return guess_.succeed.empty() && !guess_.release.empty() &&
           !(guess_.kind == Kind::leader && !guess_.heartbeat.empty());
  }

  void during() {
    std::vector<std::string> steps;
    for (const std::string& name : guess_.during) {
      const InitStatement* statement = files_.find(name);
      const bool updates = std::any_of(statement->uses.begin(), statement->uses.end(),
                                       [](const TableUse& use) { return use.updates; });
      steps.push_back(step(name, updates ? "lost" : ""));
    }
    line("during = [{}]", fmt::join(steps, ", "));
  }
  void program() {
    const std::string work = fmt::format("{{ work = {} }}", in_toml(short_length(guess_.work)));
    const std::string during = guess_.during.empty() ? "" : ", \"during\"";
    std::string end = during;
    if (!guess_.succeed.empty())
      end += ", \"succeed\"";
    else if (ends_by_release())
      end += ", \"release\"";
    if (guess_.kind == Kind::transaction) {
      line("program = [{{ tx = [\"claim\", {}{}] }}]", work, end);
    } else if (guess_.kind == Kind::leader && !guess_.heartbeat.empty()) {
      line("program = [\"claim\", {{ loop = [{{ sleep = {} }}, \"renew\"{}] }}]",
           in_toml(short_length(guess_.every)), during);
      line("renew = [{}]", step(guess_.heartbeat, "lost"));
    } else {
      line("program = [\"claim\", {}{}]", work, end);
    }
    if (guess_.succeed.empty() && guess_.kind == Kind::rows)
      line(
          "# succeed = [{{ run = \"…\", empty = \"lost\" }}]   # which statement ends a job that "
          "is done?");
  }

  void claim() {
    std::vector<std::string> steps;
    std::string made;
    for (const auto& [name, sql] : guess_.made) made += in_toml("new_" + name) + ", ";
    for (const std::string& name : guess_.claim)
      steps.push_back(step(name, steps.empty() || guess_.jobs.empty() ? "nothing" : "lost"));
    const std::string all = fmt::format("{}", fmt::join(steps, ", "));
    std::string counted;
    for (const auto& [name, sql] : guess_.counted) counted += ", " + in_toml("next_" + name);
    if (guess_.claim_locks && steps.size() > 1)
      line("claim = [{}{{ tx = [{}] }}{}]", made, all, counted);
    else
      line("claim = [{}{}{}]", made, all, counted);
  }

  void reaper() {
    if (guess_.reapers.empty()) return;
    line("");
    line("[role.reaper]");
    line("count = 1");
    line("every = {}", in_toml(short_length(guess_.poll)));
    std::vector<std::string> steps;
    for (const std::string& name : guess_.reapers) steps.push_back(step(name, ""));
    line("program = [{}]", fmt::join(steps, ", "));
  }

  const InitFiles& files_;
  const QueueGuess& guess_;
  std::filesystem::path folder_;
  std::string text_;
};

}  // namespace

std::string written_protocol(const InitFiles& files, const QueueGuess& guess,
                             const std::filesystem::path& folder) {
  return ProtocolText(files, guess, folder).text();
}

}  // namespace fencepost
