// What a schema's statements make.
#include "sql/tree/schema_view.hpp"

#include "tests/fixtures/catch.hpp"

namespace fencepost {
namespace {

SchemaView schema_of(const std::vector<std::string>& texts) {
  SchemaView schema;
  for (const std::string& text : texts) {
    auto tree = ParseTree::of(text);
    if (const auto* error = std::get_if<SqlError>(&tree)) throw std::runtime_error(error->message);
    schema.add(std::get<ParseTree>(tree));
  }
  return schema;
}

std::string joined_by(const std::vector<std::string>& words, const std::string& mark) {
  std::string all;
  for (const std::string& word : words) all += (all.empty() ? "" : mark) + word;
  return all;
}

std::string shown(const SchemaView& schema) {
  std::string all;
  for (const TableDefinition& table : schema.tables) {
    all += table.name + " (" + joined_by(table.primary_key, ", ") + ")\n";
    for (const ColumnDefinition& column : table.columns)
      all += "  " + column.name + " " + column.type + (column.is_array ? "[]" : "") +
             (column.not_null ? " not null" : "") + (column.generated ? " generated" : "") +
             (column.initial ? " = " + *column.initial : "") +
             (column.labels.empty() ? "" : " in " + joined_by(column.labels, "|")) + "\n";
  }
  return all;
}

}  // namespace

TEST_CASE("schema_view: columns with type, NOT NULL, default and labels", "[sql]") {
  CHECK(
      shown(schema_of({"CREATE TYPE level AS ENUM ('low', 'high');\n"
                       "CREATE DOMAIN moment AS timestamptz;\n"
                       "CREATE TABLE s.jobs (\n"
                       "  id bigserial PRIMARY KEY,\n"
                       "  state text NOT NULL DEFAULT 'ready' CHECK (state IN ('ready', 'done')),\n"
                       "  how level, made moment DEFAULT now() + interval '1 s',\n"
                       "  tags text[], until timestamp, number int GENERATED ALWAYS AS IDENTITY,\n"
                       "  CHECK (length(state) > 1))"})) ==
      "jobs (id)\n"
      "  id int8 not null generated\n"
      "  state text not null = 'ready' in ready|done\n"
      "  how level in low|high\n"
      "  made timestamptz = now() + interval '1 s'\n"
      "  tags text[]\n"
      "  until timestamp\n"
      "  number int4 not null generated\n");
}

TEST_CASE("schema_view: a dump's keys, defaults and checks come behind its tables", "[sql]") {
  CHECK(
      shown(schema_of(
          {"CREATE TABLE public.jobs (id bigint NOT NULL, state character varying(20), CONSTRAINT "
           "c CHECK (((state)::text = ANY ((ARRAY['a'::character varying, 'b'::character "
           "varying])::text[]))))",
           "ALTER TABLE ONLY public.jobs ALTER COLUMN id SET DEFAULT "
           "nextval('public.jobs_id_seq'::regclass);\n"
           "ALTER TABLE ONLY public.jobs ADD CONSTRAINT jobs_pkey PRIMARY KEY (id);\n"
           "ALTER TABLE jobs ADD COLUMN locked_at timestamp without time zone, ALTER COLUMN state "
           "SET NOT NULL",
           "ALTER TABLE jobs RENAME COLUMN locked_at TO taken_at; ALTER TABLE jobs ALTER COLUMN "
           "taken_at TYPE timestamptz; CREATE TABLE gone (a int); DROP TABLE gone"})) ==
      "jobs (id)\n"
      "  id int8 not null = nextval('public.jobs_id_seq'::regclass)\n"
      "  state varchar not null in a|b\n"
      "  taken_at timestamptz\n");
}

TEST_CASE("schema_view: functions with their bodies, and triggers", "[sql]") {
  const SchemaView schema = schema_of(
      {"CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.a := now(); "
       "RETURN "
       "NEW; END $$;\nCREATE TRIGGER t BEFORE UPDATE ON jobs FOR EACH ROW EXECUTE FUNCTION touch();"
       "\nCREATE PROCEDURE p() LANGUAGE SQL AS 'SELECT 1'"});
  REQUIRE(schema.routines.size() == 2);
  CHECK(schema.routines[0].name == "touch");
  CHECK(schema.routines[0].language == "plpgsql");
  CHECK(schema.routines[0].body == " BEGIN NEW.a := now(); RETURN NEW; END ");
  CHECK(schema.routines[1].language == "sql");
  REQUIRE(schema.triggers.size() == 1);
  CHECK(schema.triggers[0].table == "jobs");
  CHECK(schema.triggers[0].function == "touch");
}

TEST_CASE("schema_view: a column's place is its name in the text that made it", "[sql]") {
  const std::string second = "CREATE TABLE b (c int,\n  d_é timestamp)";
  const SchemaView schema = schema_of({"CREATE TABLE a ()", second});
  const ColumnDefinition* column = schema.table("b")->column("d_é");
  REQUIRE(column != nullptr);
  CHECK(column->text == 1);
  CHECK(second.substr(column->span.begin, column->span.end - column->span.begin) == "d_é");
}

}  // namespace fencepost
