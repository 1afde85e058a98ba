#include "sql/text_map.hpp"

#include <algorithm>

namespace fencepost {

void TextMap::copied(std::size_t made, std::size_t original) {
  // A copy that goes on where the last one ends is the same piece.
  if (!pieces_.empty() && pieces_.back().how == Piece::How::copied &&
      original - pieces_.back().original.begin == made - pieces_.back().made)
    return;
  pieces_.push_back({made, {original, original}, Piece::How::copied});
}

void TextMap::replaced(std::size_t made, Clause original) {
  pieces_.push_back({made, original, Piece::How::replaced});
}

const TextMap::Piece* TextMap::piece_at(std::size_t made) const {
  const auto behind =
      std::upper_bound(pieces_.begin(), pieces_.end(), made,
                       [](std::size_t byte, const Piece& piece) { return byte < piece.made; });
  return behind == pieces_.begin() ? nullptr : &*std::prev(behind);
}

Clause TextMap::original(Clause made) const {
  const std::size_t last = std::max(made.begin, made.end == 0 ? 0 : made.end - 1);
  const Piece* first_piece = piece_at(made.begin);
  const Piece* last_piece = piece_at(last);
  if (first_piece == nullptr || last_piece == nullptr) return made;
  const auto byte_of = [](const Piece& piece, std::size_t byte) {
    return piece.original.begin +
           (piece.how == Piece::How::copied ? byte - piece.made : std::size_t{0});
  };
  Clause found;
  found.begin = byte_of(*first_piece, made.begin);
  if (made.end <= made.begin)
    found.end = found.begin;
  else if (last_piece->how == Piece::How::replaced)
    found.end = last_piece->original.end;
  else
    found.end = byte_of(*last_piece, last) + 1;
  return found;
}

Clause TextMap::replaceable(Clause made) const {
  if (made.end > made.begin) return original(made);
  const std::size_t end = made.begin == 0 ? 0 : original({made.begin - 1, made.begin}).end;
  return {end, end};
}

}  // namespace fencepost
