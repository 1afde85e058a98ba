// The page's own style and script, as they stand in failure_page.css and failure_page.js.
#pragma once

#include <string_view>

namespace fencepost {

std::string_view page_style();
/// In a CDATA section, so that the page is well-formed as XML as well.
std::string_view page_script();
/// 64 hex digits over page_script(): the page lets no other script run.
std::string_view page_script_sha256();

}  // namespace fencepost
