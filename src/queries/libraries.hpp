/// \file
/// Libraries: where LOAD leads. Which code is loaded into a process is another layer's business.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "queries/registry.hpp"

namespace forklore {

/// What CREATE FUNCTION … LANGUAGE C says.
struct CFunction {
    std::string name;                                ///< for SQL
    std::vector<Oid> arguments;                      ///< their types
    Oid result = 0;                                  ///< its type
    Volatility volatility = Volatility::volatile_;   ///< may it be folded, or moved
    bool strict = false;                             ///< null in, null out
    std::string library;                             ///< name or path
    std::string symbol;                              ///< what the library calls it
};

/// Loads libraries into this process.
class Libraries {
public:
    virtual ~Libraries() = default;
    /// LOAD. Throws Error when that cannot be. \param file name or path of the library \param superuser whether whoever asks is one;
    /// others may load what the operator has laid out for them
    virtual void load(std::string_view file, bool superuser) = 0;
    /// CREATE FUNCTION … LANGUAGE C. Throws Error when there is none such in the library, or one of that name and arguments already.
    /// \param function all that was said \param replace whether it may take another's place
    virtual void create_function(const CFunction& function, bool replace) = 0;
    /// DROP FUNCTION. Throws Error when the function was not made by create_function(). \param function which
    virtual void drop_function(const Function& function) = 0;
};

/// This process's. A layer puts its own in; null: there is none.
inline Libraries*& libraries() {
    static Libraries* the_libraries = nullptr;
    return the_libraries;
}

}  // namespace forklore
