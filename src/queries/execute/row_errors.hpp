/// \file
/// RowErrors: an error in one row of a batch does not hide the rows before it.
///
/// PostgreSQL computes a row, sends it and goes on to the next, so a client has had four rows when the fifth fails, and
/// LIMIT 4 never sees the failure. We compute a thousand rows at a time. So when a batch fails it is computed again row
/// by row, up to the row that fails; the rows before it are handed up, and the error is thrown when somebody asks for
/// more. Nothing is paid for a batch that does not fail.
///
/// Computing twice is right because only expressions without effects come this far in batches: a step with a volatile
/// function gets its rows one by one (see SingleRowsStep), and a batch of one row is never computed again.
#pragma once

#include <exception>
#include <utility>

#include "base/error.hpp"
#include "base/interrupts.hpp"
#include "queries/datum.hpp"

namespace forklore {

/// Keeps the error of one step until its turn comes.
class RowErrors {
public:
    /// Computes something for rows; of rows that fail only those before the first failure remain.
    /// \param rows which \param compute called with Rows, perhaps several times: the last time with the result
    /// \return the rows that are good
    template <typename F>
    Rows settle(Rows rows, F&& compute) {
        try {
            compute(rows);
            return rows;
        } catch (const Error& error) {
            if (rows.count() <= 1 || !is_about_a_row(error)) throw;
        }
        std::uint32_t good = 0;
        try {
            for (; good < rows.count(); ++good) {
                check_for_interrupts();
                const auto number = static_cast<std::uint16_t>(rows[good]);
                compute(Rows(&number, 1));
            }
        } catch (const Error& error) {
            if (good == 0 || !is_about_a_row(error)) throw;
            waiting_ = std::current_exception();
        }
        rows = Rows(rows.index(), good);
        compute(rows);
        return rows;
    }
    /// Whether an error waits.
    bool waiting() const { return waiting_ != nullptr; }
    /// Throws the error that waits, if one does.
    void rethrow() {
        if (waiting_ != nullptr) std::rethrow_exception(std::exchange(waiting_, nullptr));
    }
    /// Forgets it: nobody will ask.
    void clear() noexcept { waiting_ = nullptr; }

private:
    // A cancel request, a time-out, or a lack of memory is nobody's row's.
    static bool is_about_a_row(const Error& error) {
        const SqlState code = error.code();
        const std::string_view kind = code.error_class();
        return error.report().severity == Severity::error && kind != "57" && kind != "53" && kind != "58" && kind != "XX";
    }
    std::exception_ptr waiting_;
};

}  // namespace forklore
