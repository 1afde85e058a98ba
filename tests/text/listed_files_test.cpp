#include "sim/text/listed_files.hpp"

#include "tests/fixtures/catch.hpp"
#include "tests/fixtures/input_folder.hpp"

using namespace fencepost;

namespace {

namespace fs = std::filesystem;
using Names = std::vector<std::string>;

/// A folder `m` of these files, as `name` lists them.
Names listed_of(const Names& files, const std::string& name = "m") {
  InputFolder folder;
  for (const std::string& file : files) folder.file("m/" + file, "");
  Names out;
  for (const auto& file : listed_files(folder.path(), name))
    out.push_back(file.lexically_relative(folder.path() / "m").generic_string());
  return out;
}

const std::string kRest = "queries = [\"q.sql\"]\n[role.worker]\nprogram = [\"claim\"]\n";

}  // namespace

TEST_CASE("listed files: numbers count by their value, of any length", "[sim]") {
  CHECK(listed_of({"10_c.sql", "2_b.sql", "1_a.sql"}) == Names{"1_a.sql", "2_b.sql", "10_c.sql"});
  CHECK(listed_of({"20240102030406_b.sql", "20231231235959_a.sql", "readme.md"}) ==
        Names{"20231231235959_a.sql", "20240102030406_b.sql"});
}

TEST_CASE("listed files: what only undoes is left out", "[sim]") {
  CHECK(listed_of({"1_a.up.sql", "1_a.down.sql", "2_b.up.sql", "2_b.down.sql"}) ==
        Names{"1_a.up.sql", "2_b.up.sql"});
  CHECK(listed_of({"001.do.a.sql", "001.undo.a.sql"}) == Names{"001.do.a.sql"});
  CHECK(listed_of({"2024_a/up.sql", "2024_a/down.sql"}) == Names{"2024_a/up.sql"});
}

TEST_CASE("listed files: Flyway's versions are compared part by part, repeatable ones come last",
          "[sim]") {
  CHECK(listed_of({"R__views.sql", "V10__d.sql", "V1.10__c.sql", "V1_2__b.sql", "V1__a.sql",
                   "U1__a.sql", "more/V2__x.sql"}) == Names{"V1__a.sql", "V1_2__b.sql",
                                                            "V1.10__c.sql", "more/V2__x.sql",
                                                            "V10__d.sql", "R__views.sql"});
}

TEST_CASE("listed files: Prisma's folders go by their dates", "[sim]") {
  CHECK(
      listed_of({"20240201_b/migration.sql", "20240101_a/migration.sql", "migration_lock.toml"}) ==
      Names{"20240101_a/migration.sql", "20240201_b/migration.sql"});
}

TEST_CASE("listed files: Sqitch's plan is its order", "[sim]") {
  InputFolder folder;
  folder.file("m/sqitch.plan",
              "%project=x\n\nzeta 2024-01-01T00:00:00Z me\n@v1\nalpha [zeta] me\n");
  for (const char* way : {"deploy", "revert", "verify"})
    for (const char* change : {"alpha", "zeta"})
      folder.file(std::string("m/") + way + "/" + change + ".sql", "");
  Names names;
  for (const auto& file : listed_files(folder.path(), "m"))
    names.push_back(file.parent_path().filename().string() + "/" + file.stem().string());
  CHECK(names == Names{"deploy/zeta", "deploy/alpha"});
}

TEST_CASE("listed files: a glob fits names, and folders with two stars", "[sim]") {
  const Names files = {"1_a.up.sql", "1_a.down.sql", "deep/2_b.up.sql", "3_c.sql"};
  CHECK(listed_of(files, "m/*.up.sql") == Names{"1_a.up.sql"});
  CHECK(listed_of(files, "m/**/*.up.sql") == Names{"1_a.up.sql", "deep/2_b.up.sql"});
  CHECK(listed_of(files, "*/3*.sql") == Names{"3_c.sql"});
  CHECK(listed_of(files, "m/*.txt").empty());
}

TEST_CASE("listed files: a file that is named is meant, whatever its name says", "[sim]") {
  CHECK(listed_of({"1_a.down.sql"}, "m/1_a.down.sql") == Names{"1_a.down.sql"});
  CHECK(listed_of({}, "m/gone.sql") == Names{"gone.sql"});
}

TEST_CASE("listed files: what is no SQL, or no text, is told as what they are", "[sim]") {
  const auto refusal = [](const std::string& name, const std::string& text) {
    return InputFolder()
        .file("protocol.toml", "schema = [\"" + name + "\"]\n" + kRest)
        .file("q.sql", "-- name: observe :many\nSELECT 1")
        .file(name, text)
        .protocol_refusal();
  };
  const auto in = [](const std::string& name) {
    return "protocol.toml:1: schema names \"" + name + "\"";
  };
  CHECK(
      refusal("m/schema.rb", "x").starts_with(in("m/schema.rb") + ", which is not SQL; of Rails"));
  CHECK(refusal("s.sql", "SELECT 1;\n-- caf\xE9\n") ==
        in("s.sql") +
            ", but s.sql:2: the byte E9 is not UTF-8; if the file is Latin-1, write it anew with: "
            "iconv -f LATIN1 -t UTF-8");
  CHECK(refusal("s.sql", std::string("\xFF\xFES\0", 4)) ==
        in("s.sql") +
            ", but s.sql: this is UTF-16, but schema is UTF-8 text; write it anew with: "
            "iconv -f UTF-16 -t UTF-8");
  CHECK(refusal("s.sql", std::string("PGDMP\x01\0", 7)).find("pg_restore -f schema.sql") !=
        std::string::npos);
  CHECK(
      refusal("s.sql", "A;\n\\i b.sql\n") ==
      "s.sql:2: \\i is a command of psql, which is not there; name that file in schema, before or "
      "behind this one");
  CHECK(
      InputFolder().file("protocol.toml", "schema = [\"m/*.sql\"]\n" + kRest).protocol_refusal() ==
      in("m/*.sql") +
          ", but no .sql file is there; name a file, a folder of them, or a glob such "
          "as \"migrations/*.up.sql\"");
}

TEST_CASE(
    "listed files: a file beside the folder is called without a detour, unless a link is gone "
    "through",
    "[sim]") {
  InputFolder folder;
  folder.file("app/a.sql", "");
  folder.file("queue/protocol.toml", "");
  const fs::path queue = folder.path() / "queue";
  CHECK(listed_files(queue, "../app/a.sql") == std::vector{folder.path() / "app/a.sql"});
  CHECK(listed_files(queue, "../app") == std::vector{folder.path() / "app/a.sql"});
  fs::create_directories(folder.path() / "far/away");
  folder.file("far/app/a.sql", "");
  fs::create_directory_symlink(folder.path() / "far/away", folder.path() / "linked");
  const fs::path linked = folder.path() / "linked";
  CHECK(listed_files(linked, "../app/a.sql") == std::vector{linked / "../app/a.sql"});
}
