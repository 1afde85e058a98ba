// Times in sentences as a person would say them; rows, pictures and files keep every digit.
#pragma once

#include <string>
#include <string_view>

namespace fencepost {

/// The sentence with its times cut after the third decimal: "302 s" for "302.000016 s", "4 h 10 s"
/// for "14410.5 s", "the start" for "0.000004 s" behind "at". Where two different times would then
/// be the same, these keep their digits, because they are what the sentence is about.
std::string plain_times(std::string_view sentence);

}  // namespace fencepost
