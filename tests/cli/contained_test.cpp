// A protocol is code, and is contained: whatever it tries, nothing outside is touched, and it is
// told in one sentence, or as what its history came to.
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/cli/acting.hpp"

namespace fencepost {
namespace {

namespace fs = std::filesystem;

/// A file that everybody may write and nobody does, and a port on which nobody calls.
struct Outside {
  fs::path folder;
  int listening = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
  int port = 0;

  Outside() {
    std::string name = "/tmp/fencepost-test-XXXXXX";
    folder = mkdtemp(name.data());
    chmod(name.c_str(), 0777);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    auto* const plain = reinterpret_cast<sockaddr*>(&address);
    socklen_t length = sizeof address;
    REQUIRE(bind(listening, plain, length) == 0);
    REQUIRE(listen(listening, 1) == 0);
    REQUIRE(getsockname(listening, plain, &length) == 0);
    port = ntohs(address.sin_port);
  }
  ~Outside() {
    CHECK(fs::is_empty(folder));
    CHECK(accept(listening, nullptr, nullptr) < 0);
    close(listening);
    fs::remove_all(folder);
  }
  Outside(const Outside&) = delete;
  Outside& operator=(const Outside&) = delete;

  std::string file() const { return "'" + (folder / "file").string() + "'"; }
  std::string program() const { return "COPY (SELECT 1) TO PROGRAM 'touch " + file().substr(1); }
  std::string copy() const { return "COPY (SELECT 1) TO " + file(); }
  std::string address() const { return "'host=127.0.0.1 port=" + std::to_string(port) + "'"; }
  std::string subscription() const {
    return "CREATE SUBSCRIPTION s CONNECTION " + address() + " PUBLICATION p";
  }
  std::string call() const { return "SELECT dblink_connect(" + address() + ")"; }
};

const std::string kNative = "CREATE FUNCTION f() RETURNS int LANGUAGE C AS '/nowhere/x', 'f'";
const std::string kOfSuperusers =
    ", which only superusers may, and workers are none; take it out, or say superuser = true in "
    "protocol.toml\n";

void check_wrong_input(const Ran& ran, const std::string& sentence) {
  INFO(ran.out << ran.err);
  CHECK(ran.status == 2);
  CHECK(ran.err == "fencepost: " + sentence);
}

}  // namespace

TEST_CASE("contained: a statement that reaches out of its database is refused by name", "[cli]") {
  const Outside outside;
  const std::string where = "./queries.sql:6: statement \"act\" ";
  check_wrong_input(run_acting(outside.program()),
                    where +
                        "runs a program on the server (COPY … PROGRAM), but a private server "
                        "starts none; take it out\n");
  check_wrong_input(run_acting(outside.copy()),
                    where + "uses a file of the server (COPY … '…')" + kOfSuperusers);
  check_wrong_input(run_acting(outside.subscription()),
                    where +
                        "calls another server (CREATE SUBSCRIPTION), but a private server "
                        "calls nobody; take it out\n");
  check_wrong_input(
      run_acting(kNative),
      where + "makes a function in a language that may do anything (c)" + kOfSuperusers);
}

TEST_CASE("contained: a schema that reaches out of the server is refused by its line", "[cli]") {
  const Outside outside;
  const auto said = [](const std::string& sql) {
    const Ran ran = run_acting("SELECT 1", sql + ";");
    INFO(ran.err);
    CHECK(ran.status == 2);
    CHECK(ran.err.find('\n') == ran.err.size() - 1);
    return ran.err;
  };
  CHECK(said(outside.program()) ==
        "fencepost: ./schema.sql:2: this runs a program on the server (COPY … PROGRAM), but a "
        "private server "
        "starts none; take it out\n");
  const std::string copied = said(outside.copy());
  CHECK(copied.starts_with("fencepost: ./schema.sql:2: the schema fails on PostgreSQL "));
  CHECK(copied.ends_with(
      "for writing: Permission denied (SQLSTATE 42501); a private server writes in its own folder "
      "only: leave it out\n"));
  const std::string called = said("\n\n" + outside.subscription());
  CHECK(called.starts_with("fencepost: ./schema.sql:4: the schema fails on PostgreSQL "));
  CHECK(called.ends_with("; a private server calls nobody: leave it out\n"));
  CHECK(contains(said(kNative), "(SQLSTATE 58P01); mend the file, or leave out "));
  CHECK(contains(said("DO $$ BEGIN\nEXECUTE $x$" + outside.copy() + "$x$; END $$"),
                 "./schema.sql:3: the schema fails"));
}

TEST_CASE("contained: what is only known when it runs is an error of the history", "[cli]") {
  const Outside outside;
  for (const std::string& sql : {outside.program(), outside.copy(), outside.call(), kNative}) {
    const std::string schema =
        "CREATE EXTENSION dblink;\nCREATE FUNCTION act() RETURNS void LANGUAGE plpgsql AS $f$BEGIN"
        " EXECUTE $x$" +
        sql + "$x$; END$f$;";
    for (const std::string& settings : {std::string(), std::string("superuser = true\n")}) {
      const Ran ran = run_acting("SELECT act()", schema, "", settings);
      INFO(sql << ran.out << ran.err);
      CHECK(ran.status == 1);
      CHECK(contains(ran.out, "      error "));
      CHECK(ran.err.empty() == settings.empty());
      if (!settings.empty())
        CHECK(ran.err ==
              "fencepost: acting: workers are superusers, because protocol.toml says so\n");
    }
  }
}

TEST_CASE("contained: workers are an ordinary role that owns what the schema made", "[cli]") {
  const Ran ran = run_acting(
      "SELECT rolname, rolsuper, rolcreaterole, (SELECT tableowner FROM pg_tables WHERE tablename ="
      " 'tasks') AS owner, (SELECT n FROM of_app) AS n, of_definer() AS definer FROM pg_roles WHERE"
      " rolname = current_user",
      "CREATE ROLE app SUPERUSER;\nCREATE TABLE of_app AS SELECT 7 AS n;\n"
      "ALTER TABLE of_app OWNER TO app;\nREVOKE ALL ON of_app FROM PUBLIC;\n"
      "CREATE FUNCTION of_definer() RETURNS boolean SECURITY DEFINER LANGUAGE sql AS $$SELECT"
      " rolsuper FROM pg_roles WHERE rolname = current_user$$;\n"
      "ALTER FUNCTION of_definer() OWNER TO app;\n"
      "CREATE FUNCTION nothing() RETURNS event_trigger LANGUAGE plpgsql AS $$BEGIN END$$;\n"
      "CREATE EVENT TRIGGER nothing ON ddl_command_end EXECUTE FUNCTION nothing();\n",
      "--repeat 3");
  INFO(ran.out << ran.err);
  CHECK(ran.status == 0);
  CHECK(contains(
      ran.out, "rolname=fencepost, rolsuper=f, rolcreaterole=f, owner=fencepost, n=7, definer=f"));
  CHECK(ran.err.empty());
}

}  // namespace fencepost
