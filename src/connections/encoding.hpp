/// \file
/// Encodings: the bytes a client speaks, and the UTF-8 that the server works in.
///
/// Counterpart in PostgreSQL: mbutils.c, wchar.c.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace forklore {

/// Client encodings. SQL_ASCII means: bytes pass unchanged, but what comes in must still be valid UTF-8.
enum class Encoding { sql_ascii, utf8, latin1 };

/// The encoding that a name stands for, or none. \param name in any spelling: case and everything but letters and digits
/// does not count.
std::optional<Encoding> find_encoding(std::string_view name);

/// The name that clients are told. \param encoding which.
std::string_view encoding_name(Encoding encoding);

/// Checks and converts what a client sent. UTF-8 is returned as it is, without a copy.
/// \param text the client's bytes. \param from its encoding. \param room for a converted text, kept by the
/// caller. \return UTF-8. Throws Error 22021 `invalid byte sequence for encoding "UTF8": 0xff` for bytes that
/// do not belong.
std::string_view to_server_encoding(std::string_view text, Encoding from, std::string& room);

/// Converts what the server has to say. \param text UTF-8. \param to the client's encoding. \param room see
/// above. \return the client's bytes. Throws Error 22P05 for a character that the client's encoding lacks.
std::string_view to_client_encoding(std::string_view text, Encoding to, std::string& room);

/// Offset of the first byte that is not part of a valid UTF-8 character, or npos. \param text any bytes.
std::size_t find_invalid_utf8(std::string_view text);

}  // namespace forklore
