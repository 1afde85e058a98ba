// What the lease machine says, in lines short enough to be compared by eye.
#pragma once

#include <string>
#include <vector>

#include "model/history.hpp"

namespace fencepost {

/// "changed 1 #2 by w1 ready → owned"; for applied "applied 1 #2 by w1 ITEM 1 → 2". No "#": by no
/// attempt; "-" is what was not there before.
inline std::string text_of(const Event& event) {
  std::string text(to_text(event.kind));
  text += " " + event.job.text;
  if (event.attempt) text += " #" + std::to_string(event.attempt.number);
  if (!event.worker.empty()) text += " by " + event.worker.text;
  if (event.kind == EventKind::applied)
    return text + " " + event.item.text + " " +
           (event.count_before ? std::to_string(*event.count_before) : "-") + " → " +
           std::to_string(event.count_after);
  return text + " " + (event.before ? std::string(to_text(event.before->state)) : "-") + " → " +
         (event.after ? std::string(to_text(event.after->state)) : "gone");
}

/// One line for each.
inline std::string texts(const std::vector<Event>& events) {
  std::string text;
  for (const Event& event : events) text += text_of(event) + "\n";
  return text;
}

}  // namespace fencepost
