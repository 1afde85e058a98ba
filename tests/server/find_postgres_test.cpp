// Which PostgreSQL is taken, and where it may live.
#include "sim/server/find_postgres.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <fstream>

#include "sim/server/data_directory.hpp"
#include "sim/text/error.hpp"
#include "tests/fixtures/catch.hpp"

namespace fencepost {
namespace {

namespace fs = std::filesystem;
using Catch::Matchers::Message;

/// A folder that is gone after the test.
struct PostgresFolder {
  fs::path path;
  PostgresFolder() {
    std::string name = "/tmp/fencepost-test-XXXXXX";
    path = mkdtemp(name.data());
  }
  ~PostgresFolder() { fs::remove_all(path); }
  PostgresFolder(const PostgresFolder&) = delete;
  PostgresFolder& operator=(const PostgresFolder&) = delete;
};

/// Programs that say this version and do nothing else.
void pretend(const fs::path& folder, const std::string& version) {
  fs::create_directories(folder);
  for (const char* name : {"postgres", "initdb"}) {
    std::ofstream(folder / name) << "#!/bin/sh\necho 'postgres (PostgreSQL) " << version << "'\n";
    chmod((folder / name).c_str(), 0755);
  }
}

TEST_CASE("find_postgres: a version is read from what the server says", "[sim]") {
  CHECK(version_from_text("postgres (PostgreSQL) 15.20 (Debian 15.20-0+deb12u1)\n") == "15.20");
  CHECK(version_from_text("postgres (PostgreSQL) 18.4\n") == "18.4");
  CHECK(version_from_text("postgres (PostgreSQL) 19beta1") == "19");
  CHECK(version_from_text("postgres (PostgreSQL) ") == std::nullopt);
  CHECK(version_from_text("mysqld 8.0") == std::nullopt);
}

TEST_CASE("find_postgres: the first folder with a supported version wins", "[sim]") {
  const PostgresFolder folder;
  pretend(folder.path / "old", "13.1");
  pretend(folder.path / "good", "17.2");
  pretend(folder.path / "later", "16.1");
  const Postgres found = find_postgres(
      {folder.path / "none", folder.path / "old", folder.path / "good", folder.path / "later"});
  CHECK(found.bin == folder.path / "good");
  CHECK(found.version == "17.2");
  CHECK(found.major == 17);
}

TEST_CASE("find_postgres: of each version there is one server, also in folders below", "[sim]") {
  const PostgresFolder folder;
  pretend(folder.path / "seventeen", "17.2");
  pretend(folder.path / "all" / "18" / "bin", "18.1");
  pretend(folder.path / "all" / "17" / "bin", "17.9");
  pretend(folder.path / "all" / "14", "14.3");
  pretend(folder.path / "all" / "13", "13.3");
  std::vector<std::string> found;
  for (const Postgres& each : every_postgres({folder.path / "seventeen", folder.path / "all"}))
    found.push_back(each.version + " in " + each.bin.lexically_relative(folder.path).string());
  CHECK(found ==
        std::vector<std::string>{"14.3 in all/14", "17.2 in seventeen", "18.1 in all/18/bin"});
}

TEST_CASE("find_postgres: other versions are named when there is nothing better", "[sim]") {
  const PostgresFolder folder;
  pretend(folder.path / "old", "13.1");
  pretend(folder.path / "new", "19beta1");
  CHECK_THROWS_MATCHES(
      find_postgres({folder.path / "old", folder.path / "new"}), EnvironmentError,
      Message(
          "found only PostgreSQL 13.1 in " + (folder.path / "old").string() + ", 19 in " +
          (folder.path / "new").string() +
          ", but the server must be of version 14 to 18; install one of those (on Debian: apt-get "
          "install postgresql)"));
}

TEST_CASE("data_directory: the first place with room is taken, and the others are named", "[sim]") {
  const PostgresFolder folder;
  const auto user = server_user();
  chmod(folder.path.c_str(), 0755);
  const fs::path made = make_server_folder({"/nowhere", folder.path}, Megabytes{1}, user);
  CHECK(made.parent_path() == folder.path);
  CHECK(fs::status(made).permissions() == fs::perms::owner_all);
  CHECK_THROWS_MATCHES(
      make_server_folder({"/nowhere", "/proc/sys"}, server_room, user), EnvironmentError,
      Message(
          "no room for a private server, which needs 128 MB: /nowhere is no folder, /proc/sys has "
          "0 MB; make room there or set TMPDIR to a folder that has it"));
}

TEST_CASE("data_directory: a place is named as the kernel names it, and has a name to be told",
          "[sim]") {
  const PostgresFolder folder;
  const auto user = server_user();
  chmod(folder.path.c_str(), 0755);
  const fs::path real = folder.path / "real", link = folder.path / "it's a link";
  fs::create_directory(real);
  fs::create_directory_symlink(real, link);
  CHECK(make_server_folder({link}, Megabytes{1}, user).parent_path() == fs::canonical(real));
  for (const char* name : {"a b", "a,b", "a:b", "a'b", "a\"b", "a\\b", "a$b"}) {
    const fs::path place = folder.path / name;
    fs::create_directory(place);
    CHECK(make_server_folder({place, real}, Megabytes{1}, user).parent_path() ==
          fs::canonical(real));
    CHECK_THROWS_WITH(make_server_folder({place}, Megabytes{1}, user),
                      Catch::Matchers::Contains(
                          place.string() + " has a blank or one of , : ' \" \\ $ in its name"));
  }
}

TEST_CASE("data_directory: a place that the server's user can't enter is passed over", "[sim]") {
  const PostgresFolder folder;
  const auto user = server_user();
  if (!user) return;  // we are the server's user
  CHECK_THROWS_MATCHES(
      make_server_folder({folder.path}, Megabytes{1}, user), EnvironmentError,
      Message("no room for a private server, which needs 1 MB: " + folder.path.string() +
              " can't be entered by the server's user; make room there or set TMPDIR to "
              "a folder that has it"));
}

}  // namespace
}  // namespace fencepost
