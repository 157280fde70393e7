/// \file
/// Names longer than 63 bytes: the grammar library cuts them and says nothing; PostgreSQL tells the client.
#pragma once

#include <cstddef>
#include <string_view>

namespace forklore {

/// Says NOTICE 42622 for each name that is cut. A text with no name of that length costs a look at every 64th byte.
/// \param text of a query \param end the last byte that the grammar saw the token of
/// \return whether anything was said
bool notice_long_names(std::string_view text, std::size_t end);

}  // namespace forklore
