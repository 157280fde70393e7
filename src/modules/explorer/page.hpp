/// \file
/// The page: the files beside this one, as they are, built into the module.
#pragma once

#include <string_view>

namespace explorer {

extern const std::string_view k_page_html;  ///< explorer.html
extern const std::string_view k_page_css;   ///< explorer.css
extern const std::string_view k_page_js;    ///< explorer.js
extern const std::string_view k_page_svg;   ///< explorer.svg

}  // namespace explorer
