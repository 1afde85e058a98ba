// What makes two failures the same one.
#pragma once

#include <string>

#include "model/history.hpp"

namespace fencepost {

/// What an event adds to a schedule: "claim.take", "⚡ stall advance.save:before", "▶"; empty:
/// nothing.
std::string deed_of(const Event& event);

/// The schedule of a (shrunk) history, one deed per line: "A claim.take_job 1",
/// "A ⚡ stall advance.save:before", "A ▶". Workers and jobs are named anew in the order in which
/// they come up (A, B, … and 1, 2, …), and what differs between two seeds without making another
/// story is left out: times, how long a fault lasted, values, sessions, polling that found nothing.
std::string schedule_of(const History& history);
/// 8 hex digits of a property's full name and that schedule: what two failures have in common that
/// are one, the same part of the same property and the same schedule of statements and faults.
std::string signature(const std::string& property, const History& history);

}  // namespace fencepost
