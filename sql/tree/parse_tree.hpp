// The tree that PostgreSQL's parser makes of a text, to be walked. query_view.hpp and
// schema_view.hpp say what is in it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "sql/sql_clause.hpp"
#include "sql/tree/pg_parser.hpp"

namespace fencepost {

struct TreeRows;

/// One node of a parse tree, or none. Borrowed: it is good as long as its tree lives.
class TreeNode {
 public:
  TreeNode() = default;
  TreeNode(const TreeRows& rows, std::uint32_t at) : rows_(&rows), at_(at) {}

  /// Whether there is one.
  explicit operator bool() const { return rows_ != nullptr; }
  bool operator==(const TreeNode& other) const { return rows_ == other.rows_ && at_ == other.at_; }
  /// PostgreSQL's name of it, such as "UpdateStmt"; empty for lists and values, and where its field
  /// has only nodes of one kind.
  std::string_view kind() const;
  /// The field of the node around it that it stands in, or the list that it is in.
  std::string_view field() const;
  /// What is in a field; no node where that is empty.
  TreeNode operator[](std::string_view field) const;
  /// The items of a list, or what is in the fields, in order.
  std::vector<TreeNode> items() const;
  /// A value's text; a number's, too: "1".
  std::string_view text() const;
  /// Where it begins in the text, or where its operator stands; in bytes.
  std::optional<std::size_t> location() const;
  /// The node around it, over lists.
  TreeNode around() const;

  /// Whether the other one is inside of it, or it itself.
  bool holds(const TreeNode& other) const {
    return rows_ == other.rows_ && at_ <= other.at_ && other.at_ < last();
  }
  /// Itself and everything inside, in the tree's order.
  template <typename Each>
  void for_each(const Each& each) const {
    for (std::uint32_t row = at_, end = last(); rows_ != nullptr && row < end; ++row)
      each(TreeNode(*rows_, row));
  }
  /// The same, but not what is inside of nodes for which `inside` says false.
  template <typename Inside, typename Each>
  void for_each_but(const Inside& inside, const Each& each) const {
    for (std::uint32_t row = at_, end = last(); rows_ != nullptr && row < end;) {
      const TreeNode node(*rows_, row);
      each(node);
      row = inside(node) ? row + 1 : node.last();
    }
  }
  /// From the first location in it to the last one; nullopt where it has none.
  std::optional<Clause> located() const;

 private:
  std::uint32_t last() const;

  const TreeRows* rows_ = nullptr;
  std::uint32_t at_ = 0;
};

/// A text and its parse tree.
class ParseTree {
 public:
  /// What is wrong is the parser's own sentence, or ours (pg_parser.hpp).
  static std::variant<ParseTree, SqlError> of(std::string sql);

  ParseTree(ParseTree&&) noexcept;
  ParseTree& operator=(ParseTree&&) noexcept;
  ~ParseTree();

  const std::string& sql() const;
  /// One statement: its node, such as an UpdateStmt, and its bytes, without the semicolon, blanks
  /// and comments at its ends.
  struct Root {
    TreeNode node;
    Clause span;
  };
  /// In the text's order; an empty text, comments and semicolons alone are none.
  std::vector<Root> roots() const;

 private:
  explicit ParseTree(std::unique_ptr<TreeRows> rows);
  std::unique_ptr<TreeRows> rows_;
};

}  // namespace fencepost
