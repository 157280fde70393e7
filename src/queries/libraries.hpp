/// \file
/// Libraries: where LOAD leads. Which code is loaded into a process is another layer's business.
#pragma once

#include <string_view>

namespace forklore {

/// Loads libraries into this process.
class Libraries {
public:
    virtual ~Libraries() = default;
    /// LOAD. Throws Error when that cannot be. \param file name or path of the library \param superuser whether whoever asks is one;
    /// others may load what the operator has laid out for them
    virtual void load(std::string_view file, bool superuser) = 0;
};

/// This process's. A layer puts its own in; null: there is none.
inline Libraries*& libraries() {
    static Libraries* the_libraries = nullptr;
    return the_libraries;
}

}  // namespace forklore
