// A value that a statement asks for newly, as each style of parameters has it written, and what the
// steps that run it say then.
#include "tests/fixtures/repaired.hpp"

namespace fencepost {
namespace repairs_tests {

const std::string kNumberedRole = R"([role.worker]
program = ["claim", { work = "1s" }, "succeed"]
claim = [{ run = "take", with = { "$1" = "worker" }, empty = "nothing" }]
succeed = ["finish"]
)";
std::string take(const std::string& parameter) {
  return "-- name: take :one\nUPDATE jobs SET state = 'running', epoch = epoch + 1, owner = " +
         parameter +
         "\n WHERE id = (SELECT id FROM jobs WHERE state = 'ready' LIMIT 1)\nRETURNING id, "
         "epoch;\n";
}
Small finishing(const std::string& parameter, const std::string& sql,
                const std::string& succeed = "[\"finish\"]") {
  return Small(
      take(parameter) + "-- name: finish :exec\n" + sql + ";\n",
      "[role.worker]\nprogram = [\"claim\", { work = \"1s\" }, \"succeed\"]\nclaim = [{ run "
      "= \"take\", with = { \"$1\" = \"worker\" }, empty = \"nothing\" }]\nsucceed = " +
          succeed + "\n");
}
/// As in Small::has, and read again it is one protocol.
void has_compare(const Small& small, const std::string& lines) {
  CHECK(small.has("compare", "finish", lines));
  for (const Repair& repair : small.repairs)
    if (repair.changes.front() == "compare") CHECK_NOTHROW(mended(small.protocol, repair));
}

TEST_CASE("new parameters: a number is the next free one, and named where the text does not say it",
          "[repairs]") {
  const Small small = finishing("$1", "UPDATE jobs SET state = $2 WHERE id = $1",
                                "[{ run = \"finish\", with = { \"$2\" = \"=done\" } }]");
  has_compare(small,
              "-UPDATE jobs SET state = $2 WHERE id = $1;\n"
              "+UPDATE jobs SET state = $2 WHERE id = $1 AND epoch = $3;\n");
  has_compare(small,
              "-succeed = [{ run = \"finish\", with = { \"$2\" = \"=done\" } }]\n"
              "+succeed = [{ run = \"finish\", with = { \"$2\" = \"=done\", \"$3\" = \"worker\" } "
              "}]\n-UPDATE jobs SET state = $2 WHERE id = $1;\n"
              "+UPDATE jobs SET state = $2 WHERE id = $1 AND owner = $3;\n");
}

TEST_CASE("new parameters: what the statement is given already it is not given again",
          "[repairs]") {
  const Small small = finishing("$1", "UPDATE jobs SET until = now(), owner = $2 WHERE id = $1",
                                "[{ run = \"finish\", with = { \"$2\" = \"worker\" } }]");
  has_compare(small,
              "-UPDATE jobs SET until = now(), owner = $2 WHERE id = $1;\n"
              "+UPDATE jobs SET until = now(), owner = $2 WHERE id = $1 AND owner = $2;\n");
}

TEST_CASE("new parameters: a step that is a name becomes a table, once", "[repairs]") {
  const Small small = finishing("$1", "UPDATE jobs SET state = 'done' WHERE id = $1");
  has_compare(small,
              "-succeed = [\"finish\"]\n"
              "+succeed = [{ run = \"finish\", with = { \"$2\" = \"worker\" } }]\n"
              "-UPDATE jobs SET state = 'done' WHERE id = $1;\n"
              "+UPDATE jobs SET state = 'done' WHERE id = $1 AND owner = $2;\n");
  const auto by = [&](std::string_view change, const std::string& words) {
    return *std::find_if(small.repairs.begin(), small.repairs.end(), [&](const Repair& each) {
      return each.changes.front() == change &&
             small.lines_of(each).find(words) != std::string::npos;
    });
  };
  const Repair owner = by("compare", "owner = $2"), noticed = by("outcome", "\"lost\"");
  for (const auto& two : {both(owner, noticed), both(noticed, owner)}) {
    REQUIRE(two);
    const Protocol now = mended(small.protocol, *two);
    CHECK(now.find("finish")->command == Command::execrows);
    const std::string toml =
        texts_with(small.protocol, *two).at(small.folder.path() / "protocol.toml");
    CHECK((toml.find("{ run = \"finish\", with = { \"$2\" = \"worker\" }, empty = \"lost\" }") !=
               std::string::npos ||
           toml.find("{ run = \"finish\", empty = \"lost\", with = { \"$2\" = \"worker\" } }") !=
               std::string::npos));
  }
  CHECK_FALSE(both(owner, by("compare", "epoch = $2")));
}

TEST_CASE("new parameters: where order tells them apart, those behind are numbered anew",
          "[repairs]") {
  const Small small = finishing("?", "UPDATE jobs SET state = ? WHERE id = ? AND tries < ?",
                                "[{ run = \"finish\", with = { \"$1\" = \"=done\", \"$3\" = "
                                "\"=9\" } }]");
  has_compare(small,
              "-UPDATE jobs SET state = ? WHERE id = ? AND tries < ?;\n"
              "+UPDATE jobs SET state = ? WHERE id = ? AND tries < ? AND epoch = ?;\n");
  const Small conflict = finishing(
      "?",
      "INSERT INTO jobs AS j (id, state) VALUES (?, ?)\nON CONFLICT (id) DO UPDATE SET state = "
      "'done' RETURNING j.id + ?",
      "[{ run = \"finish\", with = { \"$2\" = \"=new\", \"$3\" = \"=9\" } }]");
  has_compare(conflict,
              "-succeed = [{ run = \"finish\", with = { \"$2\" = \"=new\", \"$3\" = \"=9\" } }]\n"
              "+succeed = [{ run = \"finish\", with = { \"$2\" = \"=new\", \"$4\" = \"=9\", "
              "\"$3\" = \"worker\" } }]\n"
              "-ON CONFLICT (id) DO UPDATE SET state = 'done' RETURNING j.id + ?;\n"
              "+ON CONFLICT (id) DO UPDATE SET state = 'done' WHERE j.owner = ? RETURNING j.id + "
              "?;\n");
}

TEST_CASE("new parameters: each in the style of its statement", "[repairs]") {
  const auto asks = [](const std::string& id, const std::string& epoch) {
    const std::string sql = "UPDATE jobs SET state = 'done' WHERE id = " + id + "::bigint";
    INFO(sql);
    has_compare(finishing("$1", sql), "-" + sql + ";\n+" + sql + " AND epoch = " + epoch + ";\n");
  };
  asks("$1", "$2");
  asks(":1", ":2");
  asks("?1", "?2");
  asks("?", "?");
  asks("%s", "%s");
  asks(":id", ":epoch");
  asks("@id", "@epoch");
  asks("sqlc.arg(id)", "sqlc.arg(epoch)");
  asks("sqlc.narg('id')", "sqlc.arg(epoch)");
  asks("%(id)s", "%(epoch)s");
  asks("#{id}", "#{epoch}");
  asks("#{job.id,jdbcType=BIGINT}", "#{epoch}");
}

TEST_CASE("new parameters: a statement without any is written like the others of its file",
          "[repairs]") {
  has_compare(finishing("$1", "UPDATE jobs SET state = 'done' WHERE state = 'running'"),
              "-UPDATE jobs SET state = 'done' WHERE state = 'running';\n"
              "+UPDATE jobs SET state = 'done' WHERE state = 'running' AND epoch = $1;\n");
}

TEST_CASE("new parameters: a name that stands for something else is not taken", "[repairs]") {
  const Small small(
      kClaim + "-- name: finish :exec\nUPDATE jobs SET tries = :epoch WHERE id = :id;\n",
      kRole.substr(0, kRole.find("succeed = [")) +
          "succeed = [{ run = \"finish\", with = { epoch = \"=3\" } }]\n");
  for (const std::string& lines : small.by("compare", "finish"))
    CHECK(lines.find("AND epoch =") == std::string::npos);
}

TEST_CASE("new parameters: what another statement asks or sets keeps its meaning", "[repairs]") {
  const Small small(take("$1") +
                        "-- name: give_up :exec\nUPDATE jobs SET state = 'ready', owner = 'none'\n"
                        " WHERE id = $1;\n-- name: keep :exec\nUPDATE jobs SET owner = $2\n"
                        " WHERE id = $1 AND tries < $3;\n",
                    "[constants]\nmost = \"5\"\n[role.worker]\nprogram = [\"claim\", \"giving\", "
                    "\"keeping\"]\nclaim = [{ run = \"take\", with = { \"$1\" = \"worker\" }, "
                    "empty = \"nothing\" }]\ngiving = [\"give_up\"]\nkeeping = [{ run = \"keep\", "
                    "with = { \"$2\" = \"worker\", \"$3\" = \"most\" } }]\n");
  CHECK(small.has("set-as", "give_up",
                  "-giving = [\"give_up\"]\n"
                  "+giving = [{ run = \"give_up\", with = { \"$2\" = \"worker\" } }]\n"
                  "-UPDATE jobs SET state = 'ready', owner = 'none'\n"
                  "+UPDATE jobs SET state = 'ready', owner = $2\n"));
  CHECK(small.has("ask-too", "give_up",
                  "-giving = [\"give_up\"]\n"
                  "+giving = [{ run = \"give_up\", with = { \"$2\" = \"most\" } }]\n"
                  "- WHERE id = $1;\n+ WHERE id = $1 AND tries < $2;\n"));
}

TEST_CASE("new parameters: every write that could be lost asks for the token in one repair",
          "[repairs]") {
  const Small small(
      take("$1") +
          "-- name: finish :exec\nUPDATE jobs SET state = 'done' WHERE id = $1;\n"
          "-- name: fail :exec\nUPDATE jobs SET state = 'ready', owner = $2 WHERE id = $1;\n",
      kNumberedRole +
          "failing = [{ run = \"fail\", with = { \"$2\" = \"=none\" } "
          "}]\non = { error = \"failing\" }\n");
  CHECK(small.has("compare", "fail and finish",
                  "-UPDATE jobs SET state = 'done' WHERE id = $1;\n"
                  "+UPDATE jobs SET state = 'done' WHERE id = $1 AND epoch = $2;\n"
                  "-UPDATE jobs SET state = 'ready', owner = $2 WHERE id = $1;\n"
                  "+UPDATE jobs SET state = 'ready', owner = $2 WHERE id = $1 AND epoch = $3;\n"));
}

}  // namespace repairs_tests
}  // namespace fencepost
