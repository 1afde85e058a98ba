#include "sim/input/protocol.hpp"

#include "tests/fixtures/catch.hpp"
#include "tests/fixtures/input_folder.hpp"

using namespace fencepost;

namespace {

using Texts = std::vector<std::string>;

Protocol fixture(const std::string& name) {
  return read_protocol(beside_the_tests("protocols/" + name));
}

template <typename Kind>
const Kind& as(const Step& step) {
  return std::get<Kind>(step.what);
}

/// A copy of the minimal fixture's files, with protocol.toml changed.
std::string minimal_hash(const std::string& from, const std::string& to,
                         const std::string& file = "protocol.toml") {
  const auto origin = beside_the_tests("protocols/minimal");
  InputFolder folder;
  for (const char* name : {"protocol.toml", "schema.sql", "queries.sql"}) {
    std::ifstream in(origin / name);
    std::string text{std::istreambuf_iterator<char>(in), {}};
    if (name == file && !from.empty()) text.replace(text.find(from), from.size(), to);
    folder.file(name, text);
  }
  return read_protocol(folder.path()).hash;
}

}  // namespace

TEST_CASE("protocol: the least that can be said is a whole protocol", "[sim]") {
  const Protocol protocol = fixture("minimal");
  CHECK(protocol.name == "minimal");
  CHECK(
      protocol.about ==
      "The least that can be said: one table, one claim with a lease of a minute, one fenced end.");
  CHECK(protocol.schema.size() == 1);
  CHECK(protocol.statements.size() == 4);
  CHECK(protocol.lease_job == std::vector<std::string>{"task"});
  CHECK(protocol.lease_token == Texts{"epoch"});
  Declared declared;
  declared.protocol = "minimal";
  declared.token_order = TokenOrder::increasing;
  declared.lease = 60s;
  declared.poll = 1s;
  CHECK(protocol.declared == declared);
  REQUIRE(protocol.roles.size() == 1);
  const Role& role = protocol.roles[0];
  CHECK(role.name == "worker");
  CHECK(role.poll == 1s);
  CHECK(role.sessions == Texts{"main"});
  CHECK(role.claims());
  CHECK_FALSE(role.count);
  REQUIRE(role.program.size() == 2);
  CHECK(as<RunStep>(role.program[0]).is_operation);
  CHECK(role.program[0].line == 11);
  const RunStep& claim = as<RunStep>(role.operations.at("claim")[0]);
  CHECK(claim.name == "take_task");
  CHECK_FALSE(claim.is_operation);
  CHECK(claim.empty->kind == Reaction::Kind::nothing);
  CHECK(as<RunStep>(role.operations.at("succeed")[0]).empty->kind == Reaction::Kind::lost);
  CHECK_FALSE(protocol.expect.declared);
  CHECK(protocol.scenarios.empty());
  CHECK(protocol.hash.size() == 16);
}

TEST_CASE("protocol: a leader election has a fixed job, trust, settings and handlers", "[sim]") {
  const Protocol protocol = fixture("leader");
  CHECK(protocol.fixed_jobs == Texts{"seat"});
  CHECK(protocol.declared.absent == AbsentMeans::ready);
  CHECK(protocol.trust == Duration{15s});
  CHECK(protocol.constants == std::map<std::string, std::string>{{"term", "20s"}});
  CHECK(protocol.names.at("holder").name == "worker");
  CHECK(protocol.find("stay")->parameters == Texts{"term", "holder", "since"});
  const Role& node = protocol.roles[0];
  CHECK(node.count == 3);
  CHECK(node.settings ==
        std::map<std::string, std::string>{{"lock_timeout", "2s"},
                                           {"idle_in_transaction_session_timeout", "5000"},
                                           {"jit", "off"}});
  CHECK(node.on_error.then == Handler::Then::go_on);
  CHECK(node.on_error.operation.empty());
  CHECK(node.on_lost.then == Handler::Then::end_round);
  CHECK(node.on_unknown.then == Handler::Then::go_on);
  CHECK(node.on_unknown.operation == "renew");
  CHECK(node.on_shutdown.operation == "release");
  const LoopStep& loop = as<LoopStep>(node.program[1]);
  CHECK(as<SleepStep>(loop.steps[0]).lasts == 4s);
  CHECK(as<RunStep>(loop.steps[1]).is_operation);
  CHECK(as<WorkStep>(loop.steps[2]).lasts == std::vector<Duration>{500ms});
  CHECK(as<WorkStep>(loop.steps[2]).job == "seat");
}

TEST_CASE("protocol: advisory locks have sessions, held columns and disconnects", "[sim]") {
  const Protocol protocol = fixture("advisory");
  CHECK(protocol.declared.lease_kind == LeaseKind::session);
  CHECK(protocol.declared.freed_within == Duration{20min});
  CHECK(protocol.declared.absent == AbsentMeans::succeeded);
  const Role& role = protocol.roles[0];
  CHECK(role.sessions == Texts{"locks", "main"});
  const RunStep& lock = as<RunStep>(role.operations.at("claim")[0]);
  CHECK(lock.session == "locks");
  CHECK(lock.with.at("taken").kind == Source::Kind::held);
  CHECK(lock.with.at("taken").name == "id");
  CHECK(lock.empty->kind == Reaction::Kind::nothing);
  CHECK(lock.empty_columns.at("locked").kind == Reaction::Kind::nothing);
  const RunStep& there = as<RunStep>(role.operations.at("claim")[1]);
  CHECK(there.empty->kind == Reaction::Kind::operation);
  CHECK(there.empty->operation == "release");
  CHECK(role.on_error.operation == "release");
  CHECK(role.on_unknown.operation == "release");
  REQUIRE(role.disconnect.size() == 1);
  CHECK(role.disconnect.at("locks").then == Handler::Then::end_round);
}

TEST_CASE("protocol: claim, work and end fit into one transaction", "[sim]") {
  const Protocol protocol = fixture("one-transaction");
  CHECK(protocol.declared.lease_kind == LeaseKind::transaction);
  CHECK(protocol.declared.lease == 0s);
  CHECK(protocol.find("sign_for")->parameters == Texts{"$1", "$2"});
  const TxStep& tx = as<TxStep>(protocol.roles[0].program[0]);
  REQUIRE(tx.steps.size() == 3);
  CHECK(as<RunStep>(tx.steps[0]).is_operation);
  CHECK(as<RunStep>(tx.steps[2]).with.at("$2").name == "worker");
  CHECK(tx.isolation.empty());
}

TEST_CASE("protocol: groups retry, try one claim first, and beat on a session of their own",
          "[sim]") {
  const Protocol protocol = fixture("groups");
  CHECK(protocol.declared.max_attempts == 5);
  CHECK(protocol.find("boats_never_sink")->command == Command::never);
  const Role& role = protocol.roles[0];
  const FirstStep& first = as<FirstStep>(role.operations.at("claim")[0]);
  CHECK(as<RunStep>(first.steps[0]).sqlstate.at("40001").kind == Reaction::Kind::otherwise);
  CHECK(as<RunStep>(first.steps[1]).name == "fresh");
  const TxStep& tx = as<TxStep>(role.operations.at("fresh")[0]);
  CHECK(tx.isolation == "serializable");
  CHECK(tx.retry == std::map<std::string, int>{{"40001", 3}, {"40P01", 2}});
  REQUIRE(role.heartbeat);
  CHECK(role.heartbeat->every == 15s);
  CHECK(role.heartbeat->per == Heartbeat::Per::worker);
  CHECK(role.heartbeat->session == "beat");
  CHECK(as<RunStep>(role.heartbeat->steps[0]).is_operation);
}

TEST_CASE("protocol: a folder's own scenarios are listed in the order of their names", "[sim]") {
  const Protocol protocol = fixture("groups");
  REQUIRE(protocol.scenarios.size() == 2);
  CHECK(protocol.scenarios[0].filename() == "calm.toml");
  CHECK(protocol.scenarios[1].filename() == "two-boats.toml");
}

TEST_CASE(
    "protocol: an outbox has two roles, literals, last rows, counts and the worker's own "
    "arithmetic",
    "[sim]") {
  const Protocol protocol = fixture("outbox");
  CHECK(protocol.declared.lease_kind == LeaseKind::none);
  CHECK(protocol.lease_job.empty());
  REQUIRE(protocol.roles.size() == 2);
  const Role& writer = protocol.roles[0];
  CHECK(writer.name == "writer");
  CHECK(writer.rounds_are_jobs);
  CHECK(writer.makes == "job");
  const Role& carrier = protocol.roles[1];
  CHECK(carrier.poll == 1s);
  REQUIRE(carrier.program.size() == 6);
  const RunStep& fetch = as<RunStep>(carrier.program[1]);
  CHECK(fetch.with.at("$2").kind == Source::Kind::literal);
  CHECK(fetch.with.at("$2").name == "50");
  CHECK(as<EachStep>(carrier.program[3]).statement == "new_letters");
  const Source& last = as<RunStep>(carrier.program[4]).with.at("$1");
  CHECK(last.kind == Source::Kind::last);
  CHECK(last.statement == "new_letters");
  CHECK(last.name == "number");
  CHECK(as<SleepStep>(carrier.program[5]).lasts == 1s);
  CHECK(protocol.names.at("carried").kind == Source::Kind::rows);
  CHECK(protocol.names.at("carried").statement == "new_letters");
  CHECK(protocol.find("count_them")->command == Command::let);
  CHECK(protocol.expect.declared);
  CHECK(protocol.expect.violates == Texts{"work_applied"});
  CHECK(protocol.expect.unreachable == Texts{"takeover"});
}

TEST_CASE("protocol: a heartbeat is a grant's, under either name, or the worker's", "[sim]") {
  using Per = Heartbeat::Per;
  for (const auto& [word, per] : {std::pair{"grant", Per::grant}, std::pair{"attempt", Per::grant},
                                  std::pair{"worker", Per::worker}}) {
    InputFolder folder;
    folder
        .file("protocol.toml",
              fmt::format("queries = \"q.sql\"\n[lease]\njob = \"id\"\n[role.worker]\nsessions = "
                          "[\"beat\", \"main\"]\nprogram = "
                          "[\"claim\"]\nclaim = [\"claim\"]\n[role.worker.heartbeat]\nevery = "
                          "\"5s\"\nsession = \"beat\"\nper = "
                          "\"{}\"\nprogram = [\"renew\"]\n",
                          word))
        .file("q.sql",
              "-- name: claim :one\nSELECT 1 AS id;\n-- name: renew :exec\nSELECT 1;\n-- name: "
              "observe :many\nSELECT 1 AS job, "
              "'ready' AS state");
    CHECK(read_protocol(folder.path()).roles[0].heartbeat->per == per);
  }
}

TEST_CASE("protocol: an operation that has a statement's name runs that statement", "[sim]") {
  InputFolder folder;
  folder
      .file("protocol.toml",
            "name = \"p\"\nqueries = \"q.sql\"\n[lease]\njob = \"id\"\n[role.worker]\nprogram = "
            "[\"claim\"]\nclaim = [\"claim\"]\n")
      .file("q.sql",
            "-- name: claim :one\nSELECT 1 AS id;\n-- name: observe :many\nSELECT 1 AS job, "
            "'ready' AS state");
  const Role role = read_protocol(folder.path()).roles[0];
  CHECK(as<RunStep>(role.program[0]).is_operation);
  CHECK_FALSE(as<RunStep>(role.operations.at("claim")[0]).is_operation);
}

TEST_CASE("protocol: its hash changes with what can change a run, and with nothing else", "[sim]") {
  const std::string hash = minimal_hash("", "");
  CHECK(hash == fixture("minimal").hash);
  CHECK(minimal_hash("about = \"The least", "about = \"The very least") == hash);
  CHECK(minimal_hash("schema = ", "# a comment\nschema   =   ") == hash);
  CHECK(minimal_hash("[role.worker]", "[expect]\nviolates = []\n[role.worker]") == hash);
  CHECK(minimal_hash("job = \"task\"\ntoken = \"epoch\"", "token = \"epoch\"\njob = \"task\"") ==
        hash);
  CHECK(minimal_hash("1min", "60s") != hash);
  CHECK(minimal_hash("name = \"minimal\"", "name = \"maximal\"") != hash);
  CHECK(minimal_hash("epoch + 1", "epoch + 2", "queries.sql") != hash);
  CHECK(minimal_hash("DEFAULT 0", "DEFAULT 1", "schema.sql") != hash);
}

TEST_CASE("protocol: whose SQL prepares transactions has a server that holds some", "[sim]") {
  const auto server = [](const std::string& more, const std::string& end) {
    InputFolder folder;
    folder
        .file("protocol.toml",
              "queries = \"q.sql\"\n[lease]\nkind = \"none\"\n[role.worker]\nprogram = "
              "[\"go\"]\n" +
                  more)
        .file("q.sql", "-- name: go :exec\n" + end +
                           ";\n-- name: observe :many\nSELECT 1 AS job, 'ready' AS state");
    return read_protocol(folder.path()).server;
  };
  using Settings = std::map<std::string, std::string>;
  CHECK(server("", "prepare TRANSACTION 'x'") == Settings{{"max_prepared_transactions", "64"}});
  CHECK(server("[server]\nmax_prepared_transactions = 2\n", "PREPARE TRANSACTION 'x'") ==
        Settings{{"max_prepared_transactions", "2"}});
  CHECK(server("", "PREPARE x AS SELECT 1").empty());
}

TEST_CASE("protocol: without a name it is called like its folder", "[sim]") {
  InputFolder folder;
  folder
      .file("mine/protocol.toml",
            "queries = \"q.sql\"\n[lease]\nkind = \"none\"\n[role.worker]\nprogram = [\"go\"]\n")
      .file("mine/q.sql",
            "-- name: go :exec\nSELECT 1;\n-- name: observe :many\nSELECT 1 AS job, 'ready' AS "
            "state");
  CHECK(read_protocol(folder.path() / "mine").name == "mine");
  CHECK(read_protocol(folder.path() / "mine/").name == "mine");
}
