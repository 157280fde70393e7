/// \file
/// What a transaction will tell when it commits.
#pragma once

#include <cstddef>
#include <set>
#include <string>
#include <vector>

namespace forklore::exercise {

/// How often messages have been compared. The test counts.
inline std::size_t comparisons = 0;

/// What is told to whom.
struct Message {
    std::string channel;  ///< to those who listen to it
    std::string payload;  ///< may be empty

    /// Both texts must be the same. \param other than this
    bool operator==(const Message& other) const {
        ++comparisons;
        return channel == other.channel && payload == other.payload;
    }
    /// An order, for sets. \param other than this
    bool operator<(const Message& other) const {
        ++comparisons;
        return channel != other.channel ? channel < other.channel : payload < other.payload;
    }
};

/// See the top of this file.
class Wishes {
public:
    /// Adds a message, unless it is there already. \param message to be told
    void tell(const Message& message);

    /// Begins a savepoint within those that there are.
    void savepoint();
    /// Forgets the last savepoint. What was told since stays. There must be one.
    void release();
    /// Forgets what was told since the last savepoint, which stays. There must be one.
    void rollback();

    const std::vector<Message>& messages() const { return messages_; }  ///< what will be told, in this order

private:
    std::vector<Message> messages_;
    std::set<Message> known_;              // the same ones, to be found quickly
    std::vector<std::size_t> savepoints_;  // how many messages there were at each
};

}  // namespace forklore::exercise
