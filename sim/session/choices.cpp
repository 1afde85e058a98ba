#include "sim/session/choices.hpp"

#include <algorithm>

#include "sim/text/error.hpp"

namespace fencepost {
std::int64_t& Asker::times(std::string_view kind) {
  const auto known = stood_.find(kind);
  return known != stood_.end() ? known->second : stood_[std::string(kind)];
}

std::int64_t Asker::choose(Choices& choices, std::string_view kind, std::string_view where,
                           const Alternatives& alternatives) {
  SIM_CHECK(!alternatives.values.empty(), "{} has nothing to choose as {} at {}", name(), kind,
            where);
  point_.kind = kind;
  point_.where = where;
  point_.ordinal = times(kind)++;
  return choices.choose(point_, alternatives);
}

std::int64_t Asker::choose_part(Choices& choices, std::string_view kind, std::string_view part,
                                std::string_view where, const Alternatives& alternatives) {
  const std::int64_t stood = times(kind);
  SIM_CHECK(stood > 0, "{} is asked for the {} of a {} that it never stood before", name(), part,
            kind);
  point_.kind.assign(kind).append(".").append(part);
  point_.where = where;
  point_.ordinal = stood - 1;
  return choices.choose(point_, alternatives);
}

Alternatives lengths_aimed_at(const std::vector<Instant>& deadlines,
                              const std::vector<Length>& lengths, const Declared& declared,
                              Instant now) {
  std::vector<std::int64_t> values;
  const auto add = [&](std::int64_t value) {
    if (value >= 0 && std::find(values.begin(), values.end(), value) == values.end())
      values.push_back(value);
  };
  for (const Length& length : lengths) add(length.resolve(declared).count());
  const std::size_t given = values.size();
  std::vector<Instant> ahead = deadlines;
  if (declared.lease > 0us) ahead.push_back(now + declared.lease);
  for (const Instant deadline : ahead)
    if (deadline > now && deadline < Instant::max())
      for (const std::int64_t off : {-1, 0, 1})
        if (const auto value = (deadline - now).count() + off; value > 0) add(value);
  if (declared.lease > 0us) add(declared.lease.count() / 3);
  if (values.empty()) values.push_back(0);
  return {std::move(values), std::nullopt, true, {}, given};
}

std::vector<std::int64_t> polls_aimed_at(const std::vector<Instant>& instants,
                                         const std::vector<Duration>& ticks, Duration usual,
                                         Instant now) {
  std::vector<std::int64_t> values = {usual.count()};
  for (const Instant instant : instants) {
    if (instant > now + usual + 1s) continue;
    for (const Duration behind : ticks)
      for (const Duration off : {-1us, 0us, 1us}) {
        const Duration sleeps = instant - now - behind + off;
        const bool known = std::find(values.begin(), values.end(), sleeps.count()) != values.end();
        if (sleeps > 0us && sleeps < usual && !known) values.push_back(sleeps.count());
      }
  }
  return values;
}

Alternatives jumps_aimed_at(const std::vector<Instant>& ends, const std::vector<Length>& lengths,
                            const Declared& declared, Instant shown) {
  std::vector<std::int64_t> values;
  for (const Length& length : lengths) values.push_back(length.resolve(declared).count());
  for (const Instant end : ends)
    if (end > shown && end < Instant::max())
      for (const std::int64_t off : {-1, 0, 1}) values.push_back((end - shown).count() + off);
  return {std::move(values), std::nullopt, true, {}, lengths.size()};
}

}  // namespace fencepost
