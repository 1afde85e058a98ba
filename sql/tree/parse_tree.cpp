#include "sql/tree/parse_tree.hpp"

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>

#include "sql/sql_text.hpp"

namespace fencepost {

/// The whole tree in one array, each node before what is inside of it: a text of a million values
/// must not cost a million maps.
struct TreeRows {
  struct Row {
    std::uint32_t field = 0;   ///< number of a text; 0: none
    std::uint32_t kind = 0;    ///< the same
    std::uint32_t value = 0;   ///< the same
    std::uint32_t around = 0;  ///< row of what it is in; its own number: nothing
    std::uint32_t end = 0;     ///< row behind all that is inside
    std::int32_t location = -1;
  };
  std::string sql;
  std::vector<Row> rows;
  std::vector<std::string> texts{""};
};

namespace {

using Json = nlohmann::json;

/// An object with one field whose name begins with a capital letter says the kind of the object in
/// it; both are one row here.
class Reader : public nlohmann::json_sax<Json> {
 public:
  explicit Reader(TreeRows& into) : into_(into) {}

  bool null() override { return value(""); }
  bool boolean(bool yes) override { return value(yes ? "true" : "false"); }
  bool number_integer(std::int64_t number) override {
    if (known(field_) != "location") return value(std::to_string(number));
    into_.rows[open_.back().row].location = static_cast<std::int32_t>(number);
    return true;
  }
  bool number_unsigned(std::uint64_t number) override {
    return number_integer(static_cast<std::int64_t>(number));
  }
  bool number_float(double, const std::string& text) override { return value(text); }
  bool string(std::string& text) override { return value(text); }
  bool binary(Json::binary_t&) override { return false; }
  bool start_object(std::size_t) override {
    if (wraps_) {
      wraps_ = false;
      open_.push_back({open_.back().row, Open::Kind::wrapped});
    } else {
      open_.push_back({add(), Open::Kind::own});
      begun_ = true;
    }
    return true;
  }
  bool key(std::string& name) override {
    field_ = number_of(name);
    if (begun_) {
      TreeRows::Row& row = into_.rows[open_.back().row];
      wraps_ = name.front() >= 'A' && name.front() <= 'Z';
      // Some fields hold one kind only, and don't say it.
      const std::string inside = known(row.field);
      if (wraps_)
        row.kind = field_;
      else if (inside == "larg" || inside == "rarg")
        row.kind = number_of("SelectStmt");
      else if (inside == "relation")
        row.kind = number_of("RangeVar");
    }
    begun_ = false;
    return true;
  }
  bool end_object() override {
    begun_ = false;
    close();
    return true;
  }
  bool start_array(std::size_t) override {
    open_.push_back({add(), Open::Kind::own});
    begun_ = false;
    field_ = 0;
    return true;
  }
  bool end_array() override {
    close();
    return true;
  }
  bool parse_error(std::size_t, const std::string&, const Json::exception&) override {
    return false;
  }

 private:
  struct Open {
    std::uint32_t row = 0;
    enum class Kind { own, wrapped } kind = Kind::own;
  };

  const std::string& known(std::uint32_t text) const { return into_.texts[text]; }
  std::uint32_t number_of(const std::string& name) {
    const auto [found, is_new] =
        names_.emplace(name, static_cast<std::uint32_t>(into_.texts.size()));
    if (is_new) into_.texts.push_back(name);
    return found->second;
  }
  std::uint32_t add() {
    const auto row = static_cast<std::uint32_t>(into_.rows.size());
    into_.rows.push_back({field_, 0, 0, open_.empty() ? row : open_.back().row, row + 1, -1});
    field_ = 0;
    return row;
  }
  bool value(const std::string& text) {
    const std::uint32_t row = add();
    if (text.size() < 32) {
      into_.rows[row].value = number_of(text);
    } else {
      into_.rows[row].value = static_cast<std::uint32_t>(into_.texts.size());
      into_.texts.push_back(text);
    }
    return true;
  }
  void close() {
    into_.rows[open_.back().row].end = static_cast<std::uint32_t>(into_.rows.size());
    open_.pop_back();
    field_ = 0;
  }

  TreeRows& into_;
  std::vector<Open> open_;
  std::map<std::string, std::uint32_t> names_{{"", 0}};
  std::uint32_t field_ = 0;
  bool wraps_ = false;  ///< the next object belongs to the row of the one that it is in
  bool begun_ = false;  ///< the next field is an object's first
};

}  // namespace

std::uint32_t TreeNode::last() const { return rows_ == nullptr ? 0 : rows_->rows[at_].end; }

std::string_view TreeNode::kind() const {
  return rows_ == nullptr ? "" : std::string_view(rows_->texts[rows_->rows[at_].kind]);
}
std::string_view TreeNode::field() const {
  if (rows_ == nullptr) return "";
  std::uint32_t row = at_;
  while (rows_->rows[row].field == 0 && rows_->rows[row].around != row)
    row = rows_->rows[row].around;
  return rows_->texts[rows_->rows[row].field];
}
std::string_view TreeNode::text() const {
  return rows_ == nullptr ? "" : std::string_view(rows_->texts[rows_->rows[at_].value]);
}

TreeNode TreeNode::operator[](std::string_view field) const {
  for (const TreeNode& each : items())
    if (each.field() == field) return each;
  return {};
}

std::vector<TreeNode> TreeNode::items() const {
  std::vector<TreeNode> found;
  if (rows_ == nullptr) return found;
  for (std::uint32_t row = at_ + 1; row < last(); row = rows_->rows[row].end)
    found.emplace_back(*rows_, row);
  return found;
}

std::optional<std::size_t> TreeNode::location() const {
  if (rows_ == nullptr || rows_->rows[at_].location < 0) return std::nullopt;
  return static_cast<std::size_t>(rows_->rows[at_].location);
}

TreeNode TreeNode::around() const {
  if (rows_ == nullptr) return {};
  std::uint32_t row = at_;
  do {
    const std::uint32_t outer = rows_->rows[row].around;
    if (outer == row) return {};
    row = outer;
    // A list has neither a kind nor, in it, fields.
  } while (rows_->rows[row].kind == 0 && rows_->rows[row].field != 0 &&
           row + 1 < rows_->rows[row].end && rows_->rows[row + 1].field == 0);
  return {*rows_, row};
}

std::optional<Clause> TreeNode::located() const {
  std::optional<Clause> found;
  for_each([&](const TreeNode& node) {
    const auto at = node.location();
    if (!at) return;
    if (!found) found = Clause{*at, *at};
    found->begin = std::min(found->begin, *at);
    found->end = std::max(found->end, *at);
  });
  return found;
}

ParseTree::ParseTree(std::unique_ptr<TreeRows> rows) : rows_(std::move(rows)) {}
ParseTree::ParseTree(ParseTree&&) noexcept = default;
ParseTree& ParseTree::operator=(ParseTree&&) noexcept = default;
ParseTree::~ParseTree() = default;

std::variant<ParseTree, SqlError> ParseTree::of(std::string sql) {
  const ParserAnswer answer = ask_pg_parser(sql);
  if (answer.error) return *answer.error;
  auto rows = std::make_unique<TreeRows>();
  rows->sql = std::move(sql);
  Reader reader(*rows);
  if (!Json::sax_parse(answer.json, &reader))
    return SqlError{"has a parse tree that is not JSON", 0};
  return ParseTree(std::move(rows));
}

const std::string& ParseTree::sql() const { return rows_->sql; }

std::vector<ParseTree::Root> ParseTree::roots() const {
  std::vector<Root> found;
  const auto number = [](const TreeNode& node) {
    return node ? std::stoul(std::string(node.text())) : std::size_t{0};
  };
  for (const TreeNode& each : TreeNode(*rows_, 0)["stmts"].items()) {
    const std::size_t begin = number(each["stmt_location"]), length = number(each["stmt_len"]);
    const std::size_t end = length == 0 ? rows_->sql.size() : begin + length;
    Root root{each["stmt"], {begin, begin}};
    bool first = true;
    for (const SqlPart& part : sql_parts(std::string_view(rows_->sql).substr(begin, end - begin))) {
      if (!part.counts() || part.kind == SqlKind::semicolon) continue;
      if (first) root.span.begin = begin + part.begin;
      first = false;
      root.span.end = begin + part.end();
    }
    found.push_back(root);
  }
  return found;
}

}  // namespace fencepost
