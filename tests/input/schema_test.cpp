// The schemas for editors say what the readers say: the keys of every table, and the words that a
// key takes.
#include <nlohmann/json.hpp>
#include <set>

#include "model/fault.hpp"
#include "tests/fixtures/catch.hpp"
#include "tests/fixtures/input_folder.hpp"

namespace fencepost {
namespace {

nlohmann::json editor_schema(const std::string& name) {
  std::ifstream file(std::string(FENCEPOST_SOURCE_DIR) + "/docs/schema/" + name + ".json");
  return nlohmann::json::parse(file);
}

std::set<std::string> keys_at(const nlohmann::json& schema, const std::string& pointer) {
  std::set<std::string> keys;
  const nlohmann::json properties =
      schema.at(nlohmann::json::json_pointer(pointer + "/properties"));
  for (const auto& each : properties.items()) keys.insert(each.key());
  return keys;
}

/// What stands behind `mark` in a message, up to a semicolon or the end: "a, b and c" as a set.
std::set<std::string> listed_behind(const std::string& message, const std::string& mark) {
  const std::size_t at = message.find(mark);
  INFO(message);
  REQUIRE(at != std::string::npos);
  std::string list = message.substr(at + mark.size());
  list = list.substr(0, list.find(';'));
  list = list.substr(0, list.find(", and "));
  std::set<std::string> words;
  while (!list.empty()) {
    const std::size_t comma = list.find(", "), also = list.find(" and ");
    const std::size_t end = std::min({comma, also, list.size()});
    std::string word = list.substr(0, end);
    std::erase(word, '"');
    words.insert(word);
    list.erase(0, end == list.size() ? end : end + (end == also ? 5 : 2));
  }
  return words;
}

std::string refusal_of_toml(const std::string& toml) {
  return InputFolder()
      .file("protocol.toml", toml)
      .file("q.sql",
            "-- name: pick :one\nSELECT id FROM t;\n-- name: observe :many\nSELECT 1 AS job;\n")
      .protocol_refusal();
}

const std::string kQueriesLine = "queries = [\"q.sql\"]\n";
const std::string kLeaseTable = "[lease]\njob = \"id\"\n";
const std::string kRoleTable = "[role.worker]\nprogram = [\"claim\"]\nclaim = [\"pick\"]\n";
const std::string kWholeFile = kQueriesLine + kLeaseTable + kRoleTable;

/// A table of protocol.toml, and a file in which it has a key that nobody knows.
struct KeyCase {
  std::string pointer, toml;
};

}  // namespace

TEST_CASE("schema: of protocol.toml every table has the keys that its reader knows", "[input]") {
  const nlohmann::json json = editor_schema("protocol");
  const std::string role = "/properties/role/additionalProperties";
  const std::string step = "/$defs/step/anyOf/";
  const std::vector<KeyCase> cases = {
      {"", "zzz = 1\n" + kWholeFile},
      {"/properties/lease", kQueriesLine + kLeaseTable + "zzz = 1\n" + kRoleTable},
      {"/properties/jobs", kQueriesLine + "[jobs]\nzzz = 1\n" + kLeaseTable + kRoleTable},
      {"/properties/versions", kWholeFile + "[versions]\nzzz = 1\n"},
      {"/properties/check", kWholeFile + "[check]\nzzz = 1\n"},
      {"/properties/expect", kWholeFile + "[expect]\nzzz = 1\n"},
      {"/properties/init", kWholeFile + "[init]\nzzz = 1\n"},
      {"/properties/mutants", kWholeFile + "[mutants]\nzzz = 1\n"},
      {"/properties/mutants/properties/equivalent/items",
       kWholeFile + "[mutants]\nequivalent = [{ zzz = 1 }]\n"},
      {"/$defs/pooler", kWholeFile + "[pooler]\nzzz = 1\n"},
      {role, kWholeFile + "zzz = 1\n"},
      {role + "/properties/on", kWholeFile + "on = { zzz = 1 }\n"},
      {"/$defs/handler/anyOf/1", kWholeFile + "on = { error = { zzz = 1 } }\n"},
      {role + "/properties/heartbeat", kWholeFile + "heartbeat = { zzz = 1 }\n"},
      {step + "1", kWholeFile + "other = [{ run = \"pick\", zzz = 1 }]\n"},
      {step + "2", kWholeFile + "other = [{ tx = [\"pick\"], zzz = 1 }]\n"},
      {step + "3", kWholeFile + "other = [{ loop = [\"pick\"], zzz = 1 }]\n"},
      {step + "4", kWholeFile + "other = [{ each = \"pick\", do = [\"pick\"], zzz = 1 }]\n"},
      {step + "5", kWholeFile + "other = [{ first = [\"pick\"], zzz = 1 }]\n"},
      {step + "6", kWholeFile + "other = [{ work = \"1s\", zzz = 1 }]\n"},
      {step + "7", kWholeFile + "other = [{ sleep = \"1s\", zzz = 1 }]\n"},
  };
  for (const KeyCase& each : cases) {
    INFO(each.pointer);
    const std::string message = refusal_of_toml(each.toml);
    const auto known = listed_behind(
        message, message.find("known are ") == std::string::npos ? "known is " : "known are ");
    CHECK(known == keys_at(json, each.pointer));
    const nlohmann::json more =
        json.at(nlohmann::json::json_pointer(each.pointer + "/additionalProperties"));
    CHECK_FALSE((more.is_boolean() && more.get<bool>()));
  }
}

TEST_CASE("schema: of protocol.toml every word that a key takes is one of its reader's",
          "[input]") {
  const nlohmann::json json = editor_schema("protocol");
  std::size_t words = 0;
  for (const std::string table : {"lease", "jobs"})
    for (const auto& each : json["properties"][table]["properties"].items()) {
      if (!each.value().contains("enum")) continue;
      const std::string text = each.key() + " = \"zzz\"\n";
      const std::string message = refusal_of_toml(
          table == "lease" ? kQueriesLine + kLeaseTable + text + kRoleTable
                           : kQueriesLine + "[jobs]\n" + text + kLeaseTable + kRoleTable);
      INFO(message);
      for (const auto& word : each.value()["enum"])
        CHECK(message.find(word.get<std::string>()) != std::string::npos);
      ++words;
    }
  CHECK(words == 6);
}

TEST_CASE("schema: of a scenario every table has the keys that its reader knows", "[input]") {
  const nlohmann::json json = editor_schema("scenario");
  const auto known = [](const std::string& toml) {
    return listed_behind(InputFolder().scenario_refusal(toml), "known are ");
  };
  CHECK(known("zzz = 1\n") == keys_at(json, ""));
  CHECK(known("[load]\nworker = 1\n") == keys_at(json, "/properties/load"));
  CHECK(known("[load.slow]\nzzz = 1\n") == keys_at(json, "/properties/load/properties/slow"));
  CHECK(known("[load.pooler]\nzzz = 1\n") == keys_at(json, "/properties/load/properties/pooler"));
  CHECK(known("[run]\nzzz = 1\n") == keys_at(json, "/properties/run"));
  CHECK(known("[faults.zzz]\n") == keys_at(json, "/properties/faults"));
  for (const std::string& fault : keys_at(json, "/properties/faults"))
    CHECK(known("[faults." + fault + "]\nzzz = 1\n") ==
          keys_at(json, "/properties/faults/properties/" + fault));
}

}  // namespace fencepost
