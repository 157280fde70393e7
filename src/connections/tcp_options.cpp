#include "connections/tcp_options.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <optional>

#include "base/log.hpp"
#include "connections/connection_settings.hpp"

namespace forklore {

namespace {

//! [tcp-options]
int client_socket = -1;  // over a Unix socket there is nothing to set

struct TcpOption {
    IntSetting& setting;
    int number;
    const char* name;
    std::optional<int> usual{};  // the kernel's own value, known once it has been changed
};
std::array<TcpOption, 4> tcp_options{{{setting::tcp_keepalives_idle, TCP_KEEPIDLE, "TCP_KEEPIDLE"},
                                      {setting::tcp_keepalives_interval, TCP_KEEPINTVL, "TCP_KEEPINTVL"},
                                      {setting::tcp_keepalives_count, TCP_KEEPCNT, "TCP_KEEPCNT"},
                                      {setting::tcp_user_timeout, TCP_USER_TIMEOUT, "TCP_USER_TIMEOUT"}}};

int kernels_value(const TcpOption& option) {
    int value = 0;
    socklen_t size = sizeof value;
    if (client_socket >= 0) getsockopt(client_socket, IPPROTO_TCP, option.number, &value, &size);
    return value;
}

/// 0 means: as the kernel had it.
void tell_kernel(TcpOption& option, int wanted) {
    if (client_socket < 0 || (wanted == 0 && !option.usual)) return;
    if (!option.usual) option.usual = kernels_value(option);
    const int value = wanted == 0 ? *option.usual : wanted;
    if (setsockopt(client_socket, IPPROTO_TCP, option.number, &value, sizeof value) != 0)
        log_line(sqlstate::successful_completion, "setsockopt({}) failed: {}", option.name, errno_text(errno));
}
//! [tcp-options]

}  // namespace

//! [configure-tcp]
void configure_tcp(int socket) {
    client_socket = socket;
    const int on = 1;
    setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    setsockopt(socket, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
    for (TcpOption& option : tcp_options) tell_kernel(option, option.setting.value());
}

void hook_tcp_settings() {
    for (TcpOption& option : tcp_options)
        option.setting.on_assign([&option](const int& value) { tell_kernel(option, value); })
            .on_show([&option](const int&) { return std::to_string(kernels_value(option)); });
}
//! [configure-tcp]

}  // namespace forklore
