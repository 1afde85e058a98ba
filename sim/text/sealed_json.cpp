#include "sim/text/sealed_json.hpp"

#include <fmt/format.h>

#include "model/hash.hpp"
#include "sim/text/words.hpp"

namespace fencepost {
namespace {

constexpr std::uint64_t kFormat = 1;

/// Everything before the digest's own line, with the line ends that it was written with: a checkout
/// may have changed them, and no text in it holds any.
std::string sealed_body(const std::string& text) {
  std::string body = text.substr(0, text.rfind("  \"digest\": "));
  std::erase(body, '\r');
  return body;
}

bool is_of(const SealedKind& kind, const JsonNode& root) {
  return root.find("kind") != nullptr && root.find("kind")->text == kind.kind;
}

}  // namespace

std::vector<std::string> SealedKind::all_keys() const {
  std::vector<std::string> all = keys;
  for (const char* const each : {"format", "kind", "digest"}) all.emplace_back(each);
  return all;
}

std::string sealed(const SealedKind& kind, const std::vector<std::string>& entries) {
  std::string text =
      fmt::format("{{\n  \"format\": {},\n  \"kind\": \"{}\",\n", kFormat, kind.kind);
  for (const std::string& entry : entries) text += fmt::format("  {},\n", entry);
  return fmt::format("{}  \"digest\": \"{}\"\n}}\n", text, fingerprint(text));
}

JsonNode unsealed(const SealedKind& kind, const std::string& text, const std::string& file) {
  JsonNode root = json_tree(text, file);
  if (!is_of(kind, root))
    root.fail(fmt::format(
        "this is not {}: its kind is {}, but must be \"{}\"; name another file", kind.called,
        root.find("kind") == nullptr ? "not said" : root.find("kind")->shown(), kind.kind));
  const JsonNode* const format = root.find("format");
  if (format != nullptr && format->natural != kFormat)
    format->fail(fmt::format(
        "format {} is not known; this fencepost reads format {}: take the fencepost that wrote the "
        "file, or {}",
        format->shown(), kFormat, kind.again));
  const JsonTable table(root, std::string(kind.called), kind.all_keys());
  const std::string found = fingerprint(sealed_body(text)), expected = table.text("digest");
  if (found != expected)
    table["digest"].fail(fmt::format(
        "this file was edited: its digest is {}, but it was written with {}; restore the file, or "
        "{}",
        found, in_quotes(expected), kind.again));
  return root;
}

bool is_sealed(const SealedKind& kind, const std::string& text, const std::string& file) {
  return is_of(kind, json_tree(text, file));
}

}  // namespace fencepost
