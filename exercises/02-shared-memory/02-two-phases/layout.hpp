/// \file
/// Where things will lie in a segment that does not exist yet.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace forklore::exercise {

/// Structures begin on boundaries of so many bytes.
inline constexpr std::size_t k_alignment = 128;

/// The plan of a segment. First everybody requests what they need, then it is sealed, and then everybody may ask where things
/// lie.
class Layout {
public:
    /// First phase. Throws Error 55000 once the layout is sealed, XX000 when the name has been requested with another size.
    /// \param name of a structure. Whoever shares it requests it, so that the same name may come several times.
    /// \param bytes that it takes.
    void request(std::string_view name, std::size_t bytes);

    /// Ends the first phase. Throws Error 54000 when the sum does not fit in a std::size_t.
    /// \return bytes that the segment will have, a multiple of k_alignment
    std::size_t seal();

    /// Second phase. Throws Error 55000 before the layout is sealed, 42704 when nobody has requested the name.
    /// \param name of a structure. \return bytes from the segment's beginning, a multiple of k_alignment
    std::size_t offset_of(std::string_view name) const;

private:
    struct Structure {
        std::string name;
        std::size_t bytes;
        std::size_t offset;  // once sealed
    };
    std::vector<Structure> structures_;
    bool sealed_ = false;
};

}  // namespace forklore::exercise
