#include "sim/database/sql_client.hpp"

#include <pqxx/pqxx>
#include <set>

#pragma GCC diagnostic ignored "-Wdeprecated-declarations"

namespace fencepost {

struct SqlClient::State {
  pqxx::connection connection;
  std::set<std::string> prepared;
  explicit State(const std::string& conninfo) : connection(conninfo) {
#if PQXX_VERSION_MAJOR < 7
    // libpqxx 6 reconnects behind one's back and loses SETs with it.
    connection.inhibit_reactivation(true);
#endif
  }
};

namespace {

/// Translates libpqxx's exceptions; `action` is called at once.
template <typename Action>
auto translated(Action action) {
  try {
    return action();
  } catch (const pqxx::broken_connection& e) {
    throw SqlFailure("08006", e.what(), SqlFailure::Connection::broke);
#if PQXX_VERSION_MAJOR < 7
    // In libpqxx 6 an aborted transaction is no sql_error, though the connection is well.
  } catch (const pqxx::serialization_failure& e) {
    throw SqlFailure("40001", e.what(), SqlFailure::Connection::lives);
  } catch (const pqxx::deadlock_detected& e) {
    throw SqlFailure("40P01", e.what(), SqlFailure::Connection::lives);
  } catch (const pqxx::statement_completion_unknown& e) {
    throw SqlFailure("40003", e.what(), SqlFailure::Connection::lives);
  } catch (const pqxx::transaction_rollback& e) {
    throw SqlFailure("40000", e.what(), SqlFailure::Connection::lives);
#endif
  } catch (const pqxx::sql_error& e) {
    throw SqlFailure(e.sqlstate(), e.what(), SqlFailure::Connection::lives);
  } catch (const pqxx::failure& e) {
    throw SqlFailure("08006", e.what(), SqlFailure::Connection::broke);
  }
}

SqlResult to_result(const pqxx::result& result) {
  SqlResult out;
  const auto columns = result.columns();
  for (pqxx::row::size_type c = 0; c < columns; ++c)
    out.columns.emplace_back(result.column_name(c));
  out.is_stored = columns == 1 && result.column_table(0) != 0;
  for (const auto& row : result) {
    Row values;
    for (pqxx::row::size_type c = 0; c < columns; ++c)
      values.insert_or_assign(out.columns[static_cast<std::size_t>(c)],
                              row[c].is_null() ? Value() : Value(row[c].c_str()));
    out.rows.push_back(std::move(values));
  }
  out.affected = static_cast<long long>(result.affected_rows());
  return out;
}

pqxx::result exec_prepared(pqxx::nontransaction& tx, const std::string& name,
                           const std::vector<Value>& arguments) {
#if PQXX_VERSION_MAJOR < 7
  std::vector<const char*> pointers;
  for (const Value& argument : arguments)
    pointers.push_back(argument ? argument->c_str() : nullptr);
  return tx.exec_prepared(name, pqxx::prepare::make_dynamic_params(pointers));
#else
  pqxx::params parameters;
  for (const Value& argument : arguments) {
    if (argument)
      parameters.append(*argument);
    else
      parameters.append();
  }
  return tx.exec_prepared(name, parameters);
#endif
}

}  // namespace

SqlClient::SqlClient(const std::string& conninfo)
    : state_(translated([&] { return std::make_unique<State>(conninfo); })) {}
SqlClient::~SqlClient() = default;

SqlResult SqlClient::run(const std::string& name, const std::string& sql,
                         const std::vector<Value>& arguments) {
  return translated([&] {
    if (state_->prepared.insert(name).second) state_->connection.prepare(name, sql);
    pqxx::nontransaction tx(state_->connection);
    return to_result(exec_prepared(tx, name, arguments));
  });
}

void SqlClient::run(const std::string& sql) {
  translated([&] {
    pqxx::nontransaction tx(state_->connection);
    tx.exec(sql);
    return 0;
  });
}

}  // namespace fencepost
