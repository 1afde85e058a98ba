// By which means a database is put back to its start: one value for whoever compares them.
#pragma once

namespace fencepost {

/// How the tables are put back before a history. Each can do what those before it can't.
enum class PutBack {
  pages,  ///< what changed of every table, index and sequence, with the load; tables of other kinds
          ///< of pages, or too many, are put back by rows
  rows,   ///< TRUNCATE, the schema's own rows, and the load again
  whole,  ///< the server begins again from a copy of all its data: whatever a history defined, of
          ///< the server, too, is gone, and numbers of transactions and objects are the same
};

/// What may be used; every choice gives the same histories.
struct Means {
  PutBack put_back = PutBack::pages;
  bool operator==(const Means&) const = default;
};

}  // namespace fencepost
