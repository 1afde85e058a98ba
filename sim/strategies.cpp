#include "sim/choices.hpp"
namespace fencepost {
namespace {
std::uint64_t mix(std::uint64_t z) { z += 0x9e3779b97f4a7c15ULL; z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL; z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL; return z ^ (z >> 31); }
struct Walk : Choices {
  std::uint64_t seed; explicit Walk(std::uint64_t s) : seed(s) {}
  std::int64_t choose(const ChoicePoint& p, const Alternatives& a) override {
    std::uint64_t h = mix(seed); for (char c : p.kind + "|" + p.who) h = mix(h ^ static_cast<unsigned char>(c)); h = mix(h ^ static_cast<std::uint64_t>(p.ordinal));
    if (a.values.size() == 1) return a.values[0];
    if (p.kind == "next") { if (h % 4 != 0) return a.values[0]; return a.values[1 + mix(h) % (a.values.size() - 1)]; }
    if (a.odds.hits == a.odds.of) return a.values[mix(h) % a.values.size()];
    if (h % a.odds.of >= a.odds.hits) return a.values[0];
    return a.values[1 + mix(h) % (a.values.size() - 1)];
  }
};
}
Strategy portfolio(std::uint64_t) { return Strategy::random_walk; }
std::string_view to_text(Strategy) { return "random_walk"; }
std::unique_ptr<Choices> random_choices(std::uint64_t seed, Strategy) { return std::make_unique<Walk>(seed); }
}
