/// \file
/// Runs a program, sits between it and the server at PGHOST and PGPORT, and writes down each message that passes, with what its
/// bytes mean:
///
///     wiretap FILE COMMAND…
///
/// Takes the command's connections through a Unix socket, one after the other. Ends with the command, and with its exit status.
#include <poll.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <map>
#include <string>
#include <string_view>

namespace {

constexpr std::size_t k_bytes_shown = 10;  // of one field; more are an ellipsis
constexpr std::size_t k_text_shown = 38;   // characters of one text
constexpr int k_column = 36;               // where the meaning begins

std::FILE* out = stdout;

/// The body of one message, taken apart field by field, each printed as it is taken.
class Body {
public:
    explicit Body(std::string_view bytes) : rest_(bytes) {}

    bool empty() const { return rest_.empty(); }
    char next() const { return rest_.empty() ? '\0' : rest_[0]; }
    std::string_view peek(std::size_t size) const { return rest_.substr(0, size); }

    /// Prints the next bytes and what they are. \param size how many
    std::string_view take(std::size_t size, const std::string& meaning) {
        const std::string_view bytes = rest_.substr(0, size);
        rest_.remove_prefix(bytes.size());
        std::string hex = "   ";
        for (const char c : bytes.substr(0, k_bytes_shown)) {
            char two[4];
            std::snprintf(two, sizeof two, " %02x", static_cast<unsigned char>(c));
            hex += two;
        }
        if (bytes.size() > k_bytes_shown) hex += " …";
        const int blanks = k_column - static_cast<int>(hex.size()) + (bytes.size() > k_bytes_shown ? 2 : 0);
        std::fprintf(out, "%s%*s%s\n", hex.c_str(), blanks, "", meaning.c_str());
        return bytes;
    }

    /// An integer of `size` bytes, most significant first.
    std::int64_t number(std::size_t size, const std::string& meaning) {
        std::int64_t value = size > 0 && static_cast<signed char>(next()) < 0 ? -1 : 0;
        for (const char c : rest_.substr(0, size)) value = value << 8 | static_cast<unsigned char>(c);
        take(size, meaning + ' ' + std::to_string(value));
        return value;
    }

    /// A text that ends with a NUL.
    void text(const std::string& meaning) {
        const std::size_t end = rest_.find('\0');
        take(end == std::string_view::npos ? end : end + 1,
             meaning + (meaning.empty() ? "" : " ") + quoted(rest_.substr(0, end)));
    }

    /// A letter, and the text that it announces.
    void field() {
        const std::size_t end = std::min(rest_.find('\0'), rest_.size() - 1);
        take(end + 1, std::string{next(), ' '} + quoted(rest_.substr(1, end - 1)));
    }

    /// A value: its length, or -1 for null, and its bytes.
    void value(const std::string& meaning) {
        const std::int64_t length = number(4, meaning + ": length");
        if (length > 0)
            take(static_cast<std::size_t>(length), quoted(rest_.substr(0, static_cast<std::size_t>(length))));
    }

    /// A count of two bytes, and so many things.
    template <typename Each>
    void list(const std::string& meaning, Each each) {
        for (std::int64_t n = number(2, meaning), i = 1; i <= n && !empty(); ++i) each(std::to_string(i));
    }

    /// What SCRAM says: attributes with commas between them.
    void scram() {
        if (next() == 'n' || next() == 'y' || next() == 'p')
            if (const std::size_t end = rest_.find(",,"); end != std::string_view::npos)
                take(end + 2, quoted(rest_.substr(0, end + 2)));
        while (!empty()) {
            const std::size_t end = rest_.find(',');
            take(end == std::string_view::npos ? end : end + 1,
                 std::string(rest_.substr(0, end)).substr(0, k_text_shown));
        }
    }

private:
    static std::string quoted(std::string_view text) {
        std::string shown = "\"";
        for (const char c : text.substr(0, k_text_shown)) shown += c >= ' ' && c <= '~' ? c : '.';
        return shown + (text.size() > k_text_shown ? "…\"" : "\"");
    }

    std::string_view rest_;
};

void start_up(Body& body) {
    const std::string code{body.peek(4)};
    const int major = code[0] << 8 | code[1], minor = code[2] << 8 | code[3];
    body.take(4, "protocol " + std::to_string(major) + '.' + std::to_string(minor));
    if (major != 3) return;
    while (body.next() != '\0') {
        body.text("name");
        body.text("value");
    }
    body.take(1, "the end");
}

std::int64_t asked = 0;  // kind of the last Authentication message: what the next message of type 'p' answers

void authentication(Body& body) {
    const std::int64_t kind = asked = body.number(4, "kind");
    if (kind == 10)
        while (!body.empty() && body.next() != '\0') body.text("mechanism");
    if (kind == 10) body.take(1, "the end");
    if (kind == 11 || kind == 12) body.scram();
}

const char* answer_name() {
    return asked == 10 ? "SASLInitialResponse" : asked == 11 ? "SASLResponse" : "PasswordMessage";
}

void answer(Body& body) {
    if (asked != 10 && asked != 11) return body.text("");
    if (asked == 10) {
        body.text("mechanism");
        body.number(4, "length");
    }
    body.scram();
}

void copy_response(Body& body) {
    body.take(1, body.next() == '\0' ? "as text" : "binary");
    body.list("columns:", [&](const std::string&) { body.number(2, "format"); });
}

void negotiate(Body& body) {
    body.number(2, "newest major version");
    body.number(2, "newest minor version");
    body.number(4, "options unknown:");
    while (!body.empty()) body.text("option");
}

void bind(Body& body) {
    body.text("portal");
    body.text("statement");
    body.list("formats:", [&](const std::string&) { body.number(2, "format"); });
    body.list("values:", [&](const std::string& i) { body.value("$" + i); });
    body.list("formats of the result:", [&](const std::string&) { body.number(2, "format"); });
}

void row_description(Body& body) {
    body.list("columns:", [&](const std::string&) {
        body.text("column");
        body.number(4, "of table");
        body.number(2, "its column");
        body.number(4, "type");
        body.number(2, "size");
        body.number(4, "modifier");
        body.number(2, "format");
    });
}

void report(Body& body) {
    while (body.next() != '\0') body.field();
    body.take(1, "the end");
}

struct Kind {
    const char* name;
    void (*fields)(Body&);
};
const auto nothing = [](Body&) {};
const auto one_text = [](Body& body) { body.text(""); };
const auto data = [](Body& body) { body.take(std::string_view::npos, "data"); };
const auto kind_and_name = [](Body& body) {
    body.take(1, body.next() == 'S' ? "a statement" : "a portal");
    body.text("name");
};

const std::map<char, Kind> k_from_client{{'Q', {"Query", one_text}},
                                         {'P',
                                          {"Parse",
                                           [](Body& body) {
                                               body.text("statement");
                                               body.text("text");
                                               body.list("types given:",
                                                         [&](const std::string&) { body.number(4, "type"); });
                                           }}},
                                         {'B', {"Bind", bind}},
                                         {'D', {"Describe", kind_and_name}},
                                         {'E',
                                          {"Execute",
                                           [](Body& body) {
                                               body.text("portal");
                                               body.number(4, "rows at most:");
                                           }}},
                                         {'C', {"Close", kind_and_name}},
                                         {'H', {"Flush", nothing}},
                                         {'d', {"CopyData", data}},
                                         {'c', {"CopyDone", nothing}},
                                         {'f', {"CopyFail", one_text}},
                                         {'S', {"Sync", nothing}},
                                         {'X', {"Terminate", nothing}}};

const std::map<char, Kind> k_from_server{
    {'R', {"Authentication", authentication}},
    {'S',
     {"ParameterStatus",
      [](Body& body) {
          body.text("name");
          body.text("value");
      }}},
    {'K',
     {"BackendKeyData",
      [](Body& body) {
          body.number(4, "process");
          body.take(std::string_view::npos, "its secret");
      }}},
    {'Z',
     {"ReadyForQuery",
      [](Body& body) {
          body.take(1, std::string{'\'', body.next(), '\''});
      }}},
    {'1', {"ParseComplete", nothing}},
    {'2', {"BindComplete", nothing}},
    {'3', {"CloseComplete", nothing}},
    {'n', {"NoData", nothing}},
    {'I', {"EmptyQueryResponse", nothing}},
    {'s', {"PortalSuspended", nothing}},
    {'t',
     {"ParameterDescription",
      [](Body& body) { body.list("parameters:", [&](const std::string&) { body.number(4, "type"); }); }}},
    {'T', {"RowDescription", row_description}},
    {'D',
     {"DataRow",
      [](Body& body) { body.list("values:", [&](const std::string& i) { body.value("value " + i); }); }}},
    {'C', {"CommandComplete", one_text}},
    {'E', {"ErrorResponse", report}},
    {'N', {"NoticeResponse", report}},
    {'A',
     {"NotificationResponse",
      [](Body& body) {
          body.number(4, "from process");
          body.text("channel");
          body.text("payload");
      }}},
    {'G', {"CopyInResponse", copy_response}},
    {'H', {"CopyOutResponse", copy_response}},
    {'d', {"CopyData", data}},
    {'c', {"CopyDone", nothing}},
    {'v', {"NegotiateProtocolVersion", negotiate}}};

const std::map<char, const char*> k_authentication{
    {0, "Ok"}, {3, "CleartextPassword"}, {10, "SASL"}, {11, "SASLContinue"}, {12, "SASLFinal"}};

/// One direction: cuts what comes into messages, and prints them.
class Side {
public:
    explicit Side(bool client) : client_(client) {}

    void hear(std::string_view bytes) {
        heard_ += bytes;
        for (;;) {
            const bool first = client_ && !started_;  // the first packet has no type
            const std::size_t header = first ? 4 : 5;
            if (heard_.size() < header) break;
            std::size_t length = 0;
            for (std::size_t i = header - 4; i < header; ++i)
                length = length << 8 | static_cast<unsigned char>(heard_[i]);
            if (heard_.size() < header - 4 + length) break;
            print(std::string_view(heard_).substr(0, header - 4 + length), first);
            heard_.erase(0, header - 4 + length);
        }
    }

private:
    void print(std::string_view message, bool first) {
        const char type = first ? '\0' : message[0];
        const auto& kinds = client_ ? k_from_client : k_from_server;
        const auto known = kinds.find(type);
        const bool proof = client_ && type == 'p';
        std::string name = known != kinds.end() ? known->second.name : "?";
        if (first) name = "StartupMessage";
        if (proof) name = answer_name();
        if (type == 'R' && message.size() > 8)
            name += k_authentication.count(message[8]) ? k_authentication.at(message[8]) : "?";
        std::fprintf(out, "%s: %s\n", client_ ? "client" : "server", name.c_str());
        Body body(message);
        if (!first) body.take(1, std::string{'\'', type, '\''});
        body.number(4, "length");
        if (first)
            start_up(body);
        else if (proof)
            answer(body);
        else if (known != kinds.end())
            known->second.fields(body);
        if (!body.empty()) body.take(std::string_view::npos, "");
        started_ = true;
    }

    bool client_, started_ = false;
    std::string heard_;
};

[[noreturn]] void fail(const char* what) {
    std::perror(what);
    std::exit(1);
}

int unix_socket(const std::string& path, int (*act)(int, const sockaddr*, socklen_t)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path.copy(address.sun_path, sizeof address.sun_path - 1);
    const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || act(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) fail(path.c_str());
    return fd;
}

void send_all(int to, std::string_view bytes) {
    while (!bytes.empty()) {
        const ssize_t sent = send(to, bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (sent <= 0) return;
        bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
}

/// Passes everything on between a client and the server until one of them goes.
void relay(int client, int server) {
    Side sides[2] = {Side(true), Side(false)};
    pollfd ends[2] = {{client, POLLIN, 0}, {server, POLLIN, 0}};
    for (char bytes[8192]; poll(ends, 2, -1) > 0;)
        for (int i = 0; i < 2; ++i) {
            if (ends[i].revents == 0) continue;
            const ssize_t got = recv(ends[i].fd, bytes, sizeof bytes, 0);
            if (got <= 0) return;
            const std::string_view heard(bytes, static_cast<std::size_t>(got));
            sides[i].hear(heard);
            send_all(ends[1 - i].fd, heard);
        }
}

}  // namespace

int main(int argc, char** argv) {
    const char *host = std::getenv("PGHOST"), *port = std::getenv("PGPORT");
    if (argc < 3 || host == nullptr || host[0] != '/' || port == nullptr) {
        std::fprintf(stderr,
                     "usage: %s FILE COMMAND…\nwith PGHOST (the folder of a Unix socket) and PGPORT set\n",
                     argv[0]);
        return 2;
    }
    if ((out = std::fopen(argv[1], "we")) == nullptr) fail(argv[1]);
    char folder[] = "/tmp/wiretap-XXXXXX";
    if (mkdtemp(folder) == nullptr) fail(folder);
    const std::string name = std::string("/.s.PGSQL.") + port, tap = folder + name, server = host + name;
    const int listener = unix_socket(tap, bind);
    if (listen(listener, 8) != 0) fail(tap.c_str());
    const pid_t command = fork();
    if (command == 0) {
        setenv("PGHOST", folder, 1);
        execvp(argv[2], argv + 2);
        fail(argv[2]);
    }
    pollfd news[2] = {{listener, POLLIN, 0},
                      {static_cast<int>(syscall(SYS_pidfd_open, command, 0)), POLLIN, 0}};
    while (poll(news, 2, -1) > 0 && news[1].revents == 0) {
        const int client = accept(listener, nullptr, nullptr), to = unix_socket(server, connect);
        relay(client, to);
        close(client);
        close(to);
    }
    unlink(tap.c_str());
    rmdir(folder);
    int status = 0;
    waitpid(command, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}
