// One hash of bytes, as text: what digests of histories and fingerprints of files are made with.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace fencepost {

/// By which each byte multiplies it.
inline constexpr std::uint64_t kFnvPrime = 0x100000001b3ULL;
/// FNV-1a, 64 bits (Fowler, Noll, Vo 1991), of these bytes behind others that came to `hash`.
constexpr std::uint64_t fnv1a(std::string_view bytes, std::uint64_t hash = 0xcbf29ce484222325ULL) {
  for (const char c : bytes) hash = (hash ^ static_cast<unsigned char>(c)) * kFnvPrime;
  return hash;
}

/// 16 hex digits.
inline std::string hex_digits(std::uint64_t number) {
  std::string text;
  for (int shift = 60; shift >= 0; shift -= 4) text += "0123456789abcdef"[(number >> shift) & 15];
  return text;
}

/// What bytes are told apart by: 16 hex digits.
inline std::string fingerprint(std::string_view bytes) { return hex_digits(fnv1a(bytes)); }

}  // namespace fencepost
