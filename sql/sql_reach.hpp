// What a statement reaches for outside of its database, as far as its words tell.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace fencepost {

/// Something that is not in a database.
struct SqlReach {
  enum class Kind {
    program,     ///< another program is started
    connection,  ///< another server is called
    data,        ///< its client is to send data
    rights,      ///< what only a superuser may: files of the server, native code, other roles
  } kind = Kind::rights;
  std::string what;  ///< "runs a program on the server (COPY … PROGRAM)"
};

/// Of one statement; what stands in functions that it calls is not seen.
std::optional<SqlReach> sql_reach(std::string_view statement);

}  // namespace fencepost
