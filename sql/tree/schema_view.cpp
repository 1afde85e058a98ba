#include "sql/tree/schema_view.hpp"

#include <algorithm>

#include "sql/sql_statements.hpp"
#include "sql/sql_text.hpp"
#include "sql/tree/deep_parts.hpp"

namespace fencepost {
namespace {

/// A text of the same length that holds these statements, where they are, and blanks.
std::string only(const std::string& text, const std::vector<SqlStatement>& statements) {
  std::string kept(text.size(), ' ');
  for (const SqlStatement& each : statements) {
    kept.replace(each.begin, each.text.size(), each.text);
    if (const std::size_t end = each.begin + each.text.size(); end < kept.size()) kept[end] = ';';
  }
  return kept;
}

/// Reads the statements of one text into a schema.
class SchemaReader {
 public:
  SchemaReader(SchemaView& into, const ParseTree& tree)
      : into_(into), tree_(tree), parts_(tree.sql()), text_(into.texts) {}

  void read() {
    for (const ParseTree::Root& root : tree_.roots()) {
      const std::string_view kind = root.node.kind();
      if (kind == "CreateStmt") create_table(root.node);
      if (kind == "AlterTableStmt") alter_table(root.node);
      if (kind == "CreateEnumStmt") create_enumeration(root.node);
      if (kind == "CreateDomainStmt")
        into_.domains.emplace_back(last_name(root.node["domainname"]),
                                   last_name(root.node["typeName"]["names"]));
      if (kind == "CreateFunctionStmt") create_routine(root);
      if (kind == "CreateTrigStmt")
        into_.triggers.push_back({std::string(root.node["trigname"].text()),
                                  std::string(root.node["relation"]["relname"].text()),
                                  last_name(root.node["funcname"]), root.span, text_});
      if (kind == "ViewStmt") create_view(root);
      if (kind == "DropStmt") drop(root.node);
      if (kind == "RenameStmt") rename(root.node);
    }
  }

 private:
  Clause word_at(const TreeNode& node) const {
    const auto at = node.location();
    const std::size_t part = at ? parts_.at(*at) : DeepParts::kNone;
    return part == DeepParts::kNone ? Clause{} : parts_.bytes({part, part});
  }
  std::string text_of(const TreeNode& expression) const {
    const auto located = expression.located();
    if (!located) return "";
    const Clause span =
        parts_.bytes(parts_.completed({parts_.at(located->begin), parts_.at(located->end)}));
    return tree_.sql().substr(span.begin, span.end - span.begin);
  }

  TableDefinition* table(const TreeNode& relation) {
    for (TableDefinition& each : into_.tables)
      if (each.name == relation["relname"].text()) return &each;
    return nullptr;
  }
  static ColumnDefinition* column(TableDefinition& table, std::string_view name) {
    for (ColumnDefinition& each : table.columns)
      if (each.name == name) return &each;
    return nullptr;
  }

  void create_table(const TreeNode& node) {
    const TreeNode relation = node["relation"];
    if (table(relation) != nullptr) return;
    TableDefinition made;
    made.name = relation["relname"].text();
    made.schema = relation["schemaname"].text();
    made.span = word_at(relation);
    made.text = text_;
    for (const TreeNode& element : node["tableElts"].items())
      if (element.kind() == "ColumnDef") add_column(made, element);
    for (const TreeNode& element : node["tableElts"].items())
      if (element.kind() == "Constraint") constrain(made, nullptr, element);
    into_.tables.push_back(std::move(made));
  }

  void set_type(ColumnDefinition& column, const TreeNode& type) {
    column.type = last_name(type["names"]);
    column.is_array = static_cast<bool>(type["arrayBounds"]);
    if (column.type == "serial" || column.type == "bigserial" || column.type == "smallserial") {
      column.generated = column.not_null = true;
      column.type = column.type == "serial" ? "int4" : column.type == "bigserial" ? "int8" : "int2";
    }
    for (const auto& [name, base] : into_.domains)
      if (name == column.type) column.type = base;
    for (const auto& [name, labels] : into_.enumerations)
      if (name == column.type) column.labels = labels;
  }

  void add_column(TableDefinition& table, const TreeNode& node) {
    ColumnDefinition made;
    made.name = node["colname"].text();
    made.span = word_at(node);
    made.text = text_;
    set_type(made, node["typeName"]);
    table.columns.push_back(std::move(made));
    for (const TreeNode& constraint : node["constraints"].items())
      constrain(table, &table.columns.back(), constraint);
  }

  void constrain(TableDefinition& table, ColumnDefinition* own, const TreeNode& node) {
    const std::string_view kind = node["contype"].text();
    if (kind == "CONSTR_NOTNULL" && own != nullptr) own->not_null = true;
    if (kind == "CONSTR_DEFAULT" && own != nullptr) own->initial = text_of(node["raw_expr"]);
    if ((kind == "CONSTR_IDENTITY" || kind == "CONSTR_GENERATED") && own != nullptr) {
      own->generated = true;
      own->not_null = own->not_null || kind == "CONSTR_IDENTITY";
    }
    if (kind == "CONSTR_CHECK") read_labels(table, node["raw_expr"]);
    if (kind == "CONSTR_FOREIGN" || kind == "CONSTR_UNIQUE") tie(table, own, node);
    if (kind != "CONSTR_PRIMARY") return;
    if (own != nullptr) table.primary_key = {own->name};
    for (const TreeNode& key : node["keys"].items())
      table.primary_key.emplace_back(key["sval"].text());
    for (const std::string& key : table.primary_key)
      if (ColumnDefinition* found = column(table, key)) found->not_null = true;
  }

  /// A foreign key or a uniqueness of one column.
  static void tie(TableDefinition& table, ColumnDefinition* own, const TreeNode& node) {
    const bool foreign = node["contype"].text() == "CONSTR_FOREIGN";
    const auto columns = node[foreign ? "fk_attrs" : "keys"].items();
    if (own == nullptr && columns.size() == 1) own = column(table, last_name(columns[0]));
    if (own == nullptr) return;
    if (!foreign) {
      own->is_unique = true;
      return;
    }
    own->references = node["pktable"]["relname"].text();
    const auto referred = node["pk_attrs"].items();
    own->references_column = referred.empty() ? "" : last_name(referred[0]);
  }

  /// CHECK (a IN ('b', 'c')), and as pg_dump writes it, CHECK (a = ANY (ARRAY['b'::text, …])).
  static void read_labels(TableDefinition& table, const TreeNode& check) {
    check.for_each([&](const TreeNode& node) {
      const std::string_view kind = node["kind"].text();
      if (node.kind() != "A_Expr" || (kind != "AEXPR_IN" && kind != "AEXPR_OP_ANY")) return;
      if (last_name(node["name"]) != "=") return;
      const Operand left = operand_of(node["lexpr"]);
      ColumnDefinition* own =
          left.kind == Operand::Kind::column ? column(table, left.text) : nullptr;
      if (own == nullptr || !own->labels.empty()) return;
      node["rexpr"].for_each([&](const TreeNode& value) {
        if (value.kind() == "A_Const" && value["sval"])
          own->labels.emplace_back(value["sval"]["sval"].text());
      });
    });
  }

  void alter_table(const TreeNode& node) {
    TableDefinition* altered = table(node["relation"]);
    if (altered == nullptr) return;
    for (const TreeNode& command : node["cmds"].items()) {
      const std::string_view what = command["subtype"].text();
      const TreeNode definition = command["def"];
      if (what == "AT_AddColumn") add_column(*altered, definition);
      if (what == "AT_AddConstraint") constrain(*altered, nullptr, definition);
      ColumnDefinition* own = column(*altered, command["name"].text());
      if (own == nullptr) continue;
      if (what == "AT_ColumnDefault")
        own->initial = definition ? std::optional(text_of(definition)) : std::nullopt;
      if (what == "AT_SetNotNull" || what == "AT_DropNotNull")
        own->not_null = what == "AT_SetNotNull";
      if (what == "AT_AddIdentity") own->generated = true;
      if (what == "AT_AlterColumnType") {
        own->labels.clear();
        set_type(*own, definition["typeName"]);
      }
      if (what == "AT_DropColumn")
        altered->columns.erase(altered->columns.begin() + (own - altered->columns.data()));
    }
  }

  void create_enumeration(const TreeNode& node) {
    std::vector<std::string> labels;
    for (const TreeNode& label : node["vals"].items()) labels.push_back(last_name(label));
    into_.enumerations.emplace_back(last_name(node["typeName"]), std::move(labels));
  }

  void create_routine(const ParseTree::Root& root) {
    RoutineDefinition made;
    made.name = last_name(root.node["funcname"]);
    made.span = root.span;
    made.text = text_;
    for (const TreeNode& option : root.node["options"].items()) {
      const std::string_view name = option["defname"].text();
      if (name == "language") made.language = folded(last_name(option["arg"]));
      if (name == "as")
        for (const TreeNode& part : option["arg"]["items"].items())
          if (made.body.empty()) made.body = last_name(part);
    }
    made.returned_type = last_name(root.node["returnType"]["names"]);
    for (const TreeNode& parameter : root.node["parameters"].items()) {
      const std::string_view mode = parameter["mode"].text();
      const std::string name(parameter["name"].text());
      const bool out = mode == "FUNC_PARAM_OUT" || mode == "FUNC_PARAM_TABLE";
      if (!out) made.arguments.push_back(name);
      if (out || mode == "FUNC_PARAM_INOUT") made.returns.push_back(name);
    }
    made.queries = body_queries(
        std::string_view(tree_.sql()).substr(root.span.begin, root.span.end - root.span.begin));
    std::erase_if(into_.routines,
                  [&](const RoutineDefinition& each) { return each.name == made.name; });
    into_.routines.push_back(std::move(made));
  }

  void create_view(const ParseTree::Root& root) {
    const std::string name(root.node["view"]["relname"].text());
    std::erase_if(into_.views, [&](const ViewDefinition& each) { return each.name == name; });
    into_.views.push_back(
        {name, tree_.sql().substr(root.span.begin, root.span.end - root.span.begin)});
  }

  void drop(const TreeNode& node) {
    if (node["removeType"].text() != "OBJECT_TABLE") return;
    for (const TreeNode& name : node["objects"].items())
      std::erase_if(into_.tables, [&](const TableDefinition& each) {
        return each.name == last_name(name["items"]);
      });
  }

  void rename(const TreeNode& node) {
    TableDefinition* altered = table(node["relation"]);
    if (altered == nullptr) return;
    const std::string to(node["newname"].text());
    if (node["renameType"].text() == "OBJECT_TABLE") altered->name = to;
    if (node["renameType"].text() != "OBJECT_COLUMN") return;
    if (ColumnDefinition* own = column(*altered, node["subname"].text())) own->name = to;
  }

  SchemaView& into_;
  const ParseTree& tree_;
  DeepParts parts_;
  std::size_t text_;
};

}  // namespace

std::string_view unit_in_name(std::string_view column) {
  for (const std::string_view end : {"_ms", "Ms", "_millis", "Millis", "_milliseconds", "_us",
                                     "_micros", "Micros", "_seconds", "Seconds"})
    if (column.ends_with(end)) return column.substr(column.size() - end.size() + (end[0] == '_'));
  return {};
}

bool holds_time(const ColumnDefinition& column) {
  if (column.type.starts_with("timestamp")) return true;
  if (column.type != "int8" && column.type != "int4") return false;
  std::string_view name = column.name;
  name.remove_suffix(unit_in_name(name).size());
  if (name.ends_with('_')) name.remove_suffix(1);
  const std::string small = folded(name);
  for (const std::string_view said : {"until", "expir", "deadline", "epoch", "since"})
    if (small.find(said) != small.npos) return true;
  return small.ends_with("_at") || name.ends_with("At") || small.ends_with("_ts");
}

const ColumnDefinition* TableDefinition::column(std::string_view column) const {
  for (const ColumnDefinition& each : columns)
    if (each.name == column) return &each;
  return nullptr;
}

void SchemaView::add(const ParseTree& tree) {
  SchemaReader(*this, tree).read();
  ++texts;
}

void SchemaView::add_text(const std::string& text) {
  std::vector<SqlStatement> defines;
  for (SqlStatement& each : sql_statements(text))
    if (each.begins({"create"}) || each.begins({"alter"}) || each.begins({"drop"}))
      defines.push_back(std::move(each));
  auto tree = ParseTree::of(only(text, defines));
  if (std::holds_alternative<SqlError>(tree)) {
    std::erase_if(defines, [](const SqlStatement& each) {
      return std::holds_alternative<SqlError>(ParseTree::of(std::string(each.text)));
    });
    tree = ParseTree::of(only(text, defines));
  }
  if (const auto* parsed = std::get_if<ParseTree>(&tree))
    add(*parsed);
  else
    ++texts;
}

const ColumnDefinition* SchemaView::column(std::string_view of, std::string_view name) const {
  const TableDefinition* known = table(of);
  return known == nullptr ? nullptr : known->column(name);
}

const TableDefinition* SchemaView::table(std::string_view table) const {
  for (const TableDefinition& each : tables)
    if (each.name == table) return &each;
  return nullptr;
}

}  // namespace fencepost
