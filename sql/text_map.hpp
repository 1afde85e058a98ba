// Where the bytes of a text that was made of another one come from: "$1" stands where the user
// wrote ":job_id", and what is said of it is said of that.
#pragma once

#include <cstddef>
#include <vector>

#include "sql/sql_clause.hpp"

namespace fencepost {

/// The bytes of a made text with those that each stands for. Without pieces every byte stands for
/// itself.
class TextMap {
 public:
  /// What is made from byte `made` on is a copy of the original from byte `original` on.
  void copied(std::size_t made, std::size_t original);
  /// What is made from byte `made` on stands, as a whole, for these bytes of the original.
  void replaced(std::size_t made, Clause original);
  /// The bytes of the original that these stand for; of a replaced piece all.
  Clause original(Clause made) const;
  /// The bytes of the original that are replaced where these of the made text are; for none, where
  /// something is put in: behind all of a replaced piece that ends there.
  Clause replaceable(Clause made) const;

 private:
  struct Piece {
    std::size_t made = 0;
    Clause original;  ///< of a copy its end is not known, and as its beginning
    enum class How { copied, replaced } how = How::copied;
  };
  const Piece* piece_at(std::size_t made) const;

  std::vector<Piece> pieces_;
};

}  // namespace fencepost
