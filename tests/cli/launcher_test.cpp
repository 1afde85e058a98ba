// The launcher of a clone, with everything that it calls replaced by small scripts: what it asks
// for, what it says, and what it hands over.
#include <stdlib.h>
#include <sys/wait.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>

#include "tests/fixtures/catch.hpp"

namespace fencepost {
namespace {

namespace fs = std::filesystem;

/// Says that every package is there but $MISSING.
const std::string kDpkgQuery =
    "for package in \"$@\"; do\n"
    "  case $package in -*|*status*|\"$MISSING\") ;; *) printf '%s:installed ' $package ;; esac\n"
    "done\n";
const std::string kAptGet =
    "echo \"$*\" >> apt.log\n"
    "[ -z \"$NO_NETWORK\" ] || { echo 'Temporary failure resolving'; exit 100; }\n";
const std::string kSudo = "[ \"$1\" != -n ] || shift\nexec \"$@\"\n";
const std::string kCmake =
    "mkdir -p build/release && cd build/release && : > build.ninja\n"
    "echo CMAKE_HOME_DIRECTORY:INTERNAL=\"$(dirname $(dirname $PWD))\" > CMakeCache.txt\n";
/// A build of two files; what is built tells what it was given. Where there is a gate it waits.
const std::string kNinja =
    "cd \"$2\"\n"
    "[ ! -e fencepost ] || { echo 'ninja: no work to do.'; exit 0; }\n"
    "[ ! -p ../../gate ] || { echo > ../../started; read go < ../../gate; }\n"
    "echo '[1/2] one'\n"
    "[ -z \"$BROKEN\" ] || { echo 'one.cpp:1: error: no'; exit 1; }\n"
    "echo '[2/2] two'\n"
    "printf '#!/bin/sh\\necho ran as $FENCEPOST_PROGRAM: $*\\nexit 4\\n' > fencepost\n"
    "cat fencepost > fencepost_bench\n"
    "chmod +x fencepost fencepost_bench\n";
const std::string kCtest = "echo \"ctest $*\"\n";

/// A clone that holds nothing but the launcher.
class Clone {
 public:
  Clone() {
    std::string name = "/tmp/launcher-test-XXXXXX";
    REQUIRE(mkdtemp(name.data()) != nullptr);
    folder_ = name;
    fs::create_directory(folder_ / "bin");
    fs::copy(fs::path(FENCEPOST_SOURCE_DIR) / "fencepost", folder_ / "fencepost");
    for (const auto& [program, text] :
         std::map<std::string, std::string>{{"dpkg-query", kDpkgQuery},
                                            {"apt-get", kAptGet},
                                            {"sudo", kSudo},
                                            {"cmake", kCmake},
                                            {"ninja", kNinja},
                                            {"ctest", kCtest},
                                            {"initdb", ""}}) {
      std::ofstream(folder_ / "bin" / program) << "#!/bin/sh\n" << text;
      fs::permissions(folder_ / "bin" / program, fs::perms::owner_all);
    }
  }
  ~Clone() {
    std::error_code none;
    fs::remove_all(folder_, none);
  }
  Clone(const Clone&) = delete;
  Clone& operator=(const Clone&) = delete;

  /// The exit status of a shell's line in the clone.
  int run(const std::string& line) const {
    const int status =
        std::system(("cd " + folder_.string() + " && export PATH=$PWD/bin:$PATH && { " + line +
                     "; } >out 2>err </dev/null")
                        .c_str());
    return WEXITSTATUS(status);
  }
  /// A file of the clone, with its own folder called CLONE.
  std::string read(const std::string& file) const {
    std::ifstream in(folder_ / file);
    std::ostringstream text;
    text << in.rdbuf();
    std::string out = text.str();
    for (std::size_t at = out.find(folder_.string()); at != std::string::npos;
         at = out.find(folder_.string()))
      out.replace(at, folder_.string().size(), "CLONE");
    return out;
  }

 private:
  fs::path folder_;
};

const std::string kBuilding =
    "fencepost: building, 1 of 2 (log: CLONE/build/release/build.log)\n"
    "fencepost: building, 2 of 2 (log: CLONE/build/release/build.log)\n";

TEST_CASE("launcher: the first run builds, every run hands over arguments and status",
          "[launcher]") {
  const Clone clone;
  CHECK(clone.run("./fencepost run a 'b c'") == 4);
  CHECK(clone.read("out") == "ran as ./fencepost: run a b c\n");
  CHECK(clone.read("err") == kBuilding);
  CHECK(clone.run("cd / && \"$OLDPWD/fencepost\" list") == 4);
  CHECK(clone.read("out") == "ran as CLONE/fencepost: list\n");
  CHECK(clone.read("err").empty());
}

TEST_CASE("launcher: without a terminal it installs what is missing and asks nothing",
          "[launcher]") {
  const Clone clone;
  CHECK(clone.run("MISSING=catch2 ./fencepost list") == 4);
  CHECK(clone.read("err") == "fencepost: installing from Debian: catch2\n" + kBuilding);
  CHECK(clone.read("apt.log") ==
        "update -q\n"
        "install -q -y --no-install-recommends -o DPkg::Lock::Timeout=300 catch2\n");
}

TEST_CASE("launcher: without a network it shows what apt-get said and where all of it is",
          "[launcher]") {
  const Clone clone;
  CHECK(clone.run("NO_NETWORK=1 MISSING=catch2 ./fencepost list") == 3);
  const std::string err = clone.read("err");
  CHECK(err.starts_with("fencepost: installing from Debian: catch2\nTemporary failure"));
  CHECK(
      err.ends_with("fencepost: apt-get could not install the packages; all of it is in "
                    "CLONE/build/install.log\n"));
  CHECK(clone.run("./fencepost list") == 4);
}

TEST_CASE("launcher: a build that fails shows its end", "[launcher]") {
  const Clone clone;
  CHECK(clone.run("BROKEN=1 ./fencepost list") == 3);
  CHECK(clone.read("err").ends_with(
      "[1/2] one\none.cpp:1: error: no\nfencepost: the build failed; all of it is in "
      "CLONE/build/release/build.log\n"));
  CHECK(clone.read("out").empty());
}

TEST_CASE("launcher: of two at once one waits for the other's build", "[launcher]") {
  const Clone clone;
  CHECK(clone.run("mkfifo started gate; ./fencepost first >first.out 2>first.err & "
                  "read begun <started; ./fencepost second >second.out 2>second.err & "
                  "until grep -q waiting second.err; do sleep 0.1; done; echo >gate; wait") == 0);
  CHECK(clone.read("first.out") == "ran as ./fencepost: first\n");
  CHECK(clone.read("first.err") == kBuilding);
  CHECK(clone.read("second.out") == "ran as ./fencepost: second\n");
  CHECK(clone.read("second.err") ==
        "fencepost: waiting for another build in CLONE/build/release\n");
}

TEST_CASE("launcher: test runs the gate, and hands the rest to ctest", "[launcher]") {
  const Clone clone;
  CHECK(clone.run("./fencepost test -R unit") == 0);
  CHECK(clone.read("out").starts_with(
      "ctest --test-dir CLONE/build/release --output-on-failure --no-tests=error -j "));
  CHECK(clone.read("out").ends_with(" -L gate -R unit\n"));
}

TEST_CASE("launcher: another tier than the gate is run when it is named", "[launcher]") {
  const Clone clone;
  for (const char* asked : {"-L nightly", "--label-regex nightly", "-LE gate", "-L once"}) {
    INFO(asked);
    CHECK(clone.run(std::string("CHROMIUM=there ./fencepost test ") + asked) == 0);
    CHECK(clone.read("out").find("-L gate") == std::string::npos);
    CHECK(clone.read("out").ends_with(" " + std::string(asked) + "\n"));
  }
}

TEST_CASE("launcher: a tier with a browser installs one, and the gate does not", "[launcher]") {
  const Clone clone;
  // A path with neither node nor chromium, but with all that the launcher itself calls.
  const std::string bare =
      "for tool in bash sh cat sed awk grep tail mkdir rm nproc dirname readlink flock env chmod; "
      "do "
      "ln -s $(command -v $tool) bin; done; for tool in c++ pkg-config xmllint; do "
      "ln -s sh bin/$tool; done; export PATH=$PWD/bin; ";
  CHECK(clone.run(bare + "./fencepost test") == 0);
  CHECK(clone.read("err").find("chromium") == std::string::npos);
  CHECK(clone.run("export PATH=$PWD/bin; ./fencepost test -L nightly") == 0);
  CHECK(clone.read("err").find(" nodejs npm chromium") != std::string::npos);
}

TEST_CASE("launcher: bench runs the program of the figures", "[launcher]") {
  const Clone clone;
  CHECK(clone.run("./fencepost bench --against b lanes") == 4);
  CHECK(clone.read("out") == "ran as : --against b lanes\n");
}

TEST_CASE("launcher: help and version are told before anything is built", "[launcher]") {
  const Clone clone;
  CHECK(clone.run("mkdir -p sim/commands; echo 'project(fencepost VERSION 1.2.3 LANGUAGES C)' "
                  ">CMakeLists.txt; printf '    {\"check\", \"The gate\",\\n' "
                  ">sim/commands/commands.cpp; ./fencepost --version") == 0);
  CHECK(clone.read("out") == "fencepost 1.2.3\n");
  CHECK(clone.run("./fencepost --help") == 0);
  CHECK(clone.read("out").find("\n  check     The gate\n") != std::string::npos);
  CHECK(clone.read("err").empty());
  CHECK(clone.run("[ -e build ]") == 1);
}

TEST_CASE("launcher: a build that a cache brought back is used, whatever its files' times",
          "[launcher]") {
  const Clone clone;
  const std::string commit =
      "git -c user.name=a -c user.email=a@b.c -c commit.gpgsign=false commit -q -a -m x";
  CHECK(clone.run("git init -q . && git add fencepost && " + commit) == 0);
  CHECK(clone.run("./fencepost list") == 4);
  // Whoever builds now fails.
  CHECK(clone.run("printf '#!/bin/sh\\nexit 1\\n' >bin/ninja; touch fencepost; ./fencepost list") ==
        4);
  CHECK(clone.read("err").empty());
  CHECK(clone.run("echo '# changed' >>fencepost; ./fencepost list") == 3);
}

TEST_CASE("launcher: that goes for what is no clone, or where there is no git, too", "[launcher]") {
  const Clone clone;
  CHECK(clone.run("mkdir app && cp fencepost app && cd app && ./fencepost list") == 4);
  CHECK(clone.run("printf '#!/bin/sh\nexit 1\n' >bin/ninja; cd app; touch fencepost; ./fencepost "
                  "list") == 4);
  CHECK(clone.read("err").empty());
  CHECK(clone.run("cd app; echo '# changed' >>fencepost; ./fencepost list") == 3);
}

TEST_CASE("launcher: a clone that was moved is configured anew", "[launcher]") {
  const Clone clone;
  CHECK(clone.run("./fencepost list") == 4);
  CHECK(clone.run("echo CMAKE_HOME_DIRECTORY:INTERNAL=/elsewhere >build/release/CMakeCache.txt; "
                  "./fencepost list") == 4);
  CHECK(clone.read("build/release/CMakeCache.txt") == "CMAKE_HOME_DIRECTORY:INTERNAL=CLONE\n");
}

}  // namespace
}  // namespace fencepost
