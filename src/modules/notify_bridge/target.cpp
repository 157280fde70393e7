#include <arpa/inet.h>

#include <charconv>
#include <cstring>

#include "base/error.hpp"
#include "far_side.hpp"

namespace bridge {

using namespace forklore;

//! [target-parse]
Target::Target(std::string_view text) : text_(text) {
    const auto refuse = [&](const char* why) {
        return Error(sqlstate::invalid_parameter_value, "invalid address \"{}\": {}", text_, why)
            .hint("An address is \"unix:/path\", \"tcp:127.0.0.1:7000\" or \"tcp:[::1]:7000\".");
    };
    if (text.starts_with("unix:/")) {
        auto& to = reinterpret_cast<sockaddr_un&>(address_);
        text.remove_prefix(5);
        if (text.size() >= sizeof to.sun_path) throw refuse("the path is too long");
        to.sun_family = AF_UNIX;
        text.copy(to.sun_path, text.size());
        length_ = sizeof to;
        return;
    }
    if (!text.starts_with("tcp:")) throw refuse("neither \"unix:\" nor \"tcp:\" stands in front");
    text.remove_prefix(4);
    const std::size_t colon = text.rfind(':');
    if (colon == std::string_view::npos) throw refuse("it has no port");
    const std::string_view digits = text.substr(colon + 1);
    std::uint16_t port = 0;
    const auto [end, error] = std::from_chars(digits.begin(), digits.end(), port);
    if (error != std::errc() || end != digits.end() || port == 0)
        throw refuse("a port is a number from 1 to 65535");
    // Names are not looked up: that can take a minute, in which nothing else is done.
    std::string host(text.substr(0, colon));
    auto& four = reinterpret_cast<sockaddr_in&>(address_);
    auto& six = reinterpret_cast<sockaddr_in6&>(address_);
    if (inet_pton(AF_INET, host.c_str(), &four.sin_addr) == 1) {
        four.sin_family = AF_INET;
        four.sin_port = htons(port);
        length_ = sizeof four;
    } else if (host.size() > 2 && host.front() == '[' && host.back() == ']' &&
               inet_pton(AF_INET6, host.substr(1, host.size() - 2).c_str(), &six.sin6_addr) == 1) {
        six.sin6_family = AF_INET6;
        six.sin6_port = htons(port);
        length_ = sizeof six;
    } else {
        throw refuse("the host must be given in numbers");
    }
}
//! [target-parse]

}  // namespace bridge
