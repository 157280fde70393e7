/// \file
/// Reading JSON (RFC 8259): a text becomes calls of a handler, or an error that names the token.
///
/// Counterpart in PostgreSQL: common/jsonapi.c.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/arena.hpp"

namespace forklore {

/// Told what a JSON text consists of, in order.
class JsonHandler {
public:
    virtual ~JsonHandler() = default;
    virtual void begin_object() {}                        ///< `{`
    virtual void key(std::string_view name) { (void)name; }  ///< of a member \param name unescaped when the parser unescapes, else as written, without quotes
    virtual void end_object() {}                          ///< `}`
    virtual void begin_array() {}                         ///< `[`
    virtual void end_array() {}                           ///< `]`
    virtual void string(std::string_view value) { (void)value; }  ///< \param value as for key()
    virtual void number(std::string_view text) { (void)text; }    ///< \param text as written
    virtual void boolean(bool value) { (void)value; }     ///< \param value true or false
    virtual void null() {}                                ///< null
};

/// Reads a whole JSON text. Throws Error 22P02, 22P05, and 54001 when it is nested too deeply.
/// \param text UTF-8 \param handler told of everything \param unescape whether strings are unescaped; then their bytes
/// live in this arena
void parse_json(std::string_view text, JsonHandler& handler, Arena* unescape);

/// Unescapes a string as written, without its quotes; it has been checked before. \param arena where the result lives \param written the string
std::string_view unescape_json(Arena& arena, std::string_view written);

/// What a JSON value is.
enum class JsonKind : std::uint8_t { null, string, number, boolean, array, object };

/// What a value is, from its text. \param text a valid value, blanks allowed
JsonKind json_kind(std::string_view text);

/// Walks over the members of an object or the elements of an array, whose text has been checked before.
class JsonCursor {
public:
    /// \param text a valid object or array
    explicit JsonCursor(std::string_view text);
    bool next();                                      ///< goes to the next one \return false when there is none
    std::string_view key() const { return key_; }     ///< the member's name, as written, without quotes
    std::string_view value() const { return value_; } ///< the value, as written

private:
    void skip_blanks();
    std::string_view take_value();
    std::string_view rest_;
    std::string_view key_, value_;
    bool object_ = false;
};

}  // namespace forklore
