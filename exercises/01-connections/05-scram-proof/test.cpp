#include <sys/mman.h>

#include <array>
#include <csignal>
#include <string>

#include "guarded_bytes.hpp"
#include "not_written_yet.hpp"
#include "scram_proof.hpp"
#include "tests/catch.hpp"

using namespace std::string_literals;
using namespace forklore::exercise;

namespace {

std::string unhex(std::string_view digits) {
    std::string bytes;
    for (std::size_t i = 0; i < digits.size(); i += 2) {
        bytes += static_cast<char>(std::stoi(std::string(digits.substr(i, 2)), nullptr, 16));
    }
    return bytes;
}

// The example of RFC 7677, section 3: user "user", password "pencil", 4096 rounds.
const Verifier k_verifier{
    unhex("586e5df283e6dceb5c3e791d8b8528ec191e664045ce971792e2e6b5bb13e2a6"),
    unhex("c1f3cbc1c13a9d35a14c0990eed97629ea225863e566a4314ab99f3f00e5d9d5"),
};
const std::string k_auth_message =
    "n=user,r=rOprNGfwEbeRWgbNEkqO,"
    "r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096,"
    "c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0";
const std::string k_proof = unhex("747cdb65aa56224e2352137e52d7bdcad6a0f738df30782caa69a2cfb0277554");
const std::string k_signature = unhex("eabae24d1062db75a9451ff0b6ea7e98c8546549ff741e672d3251b2397de46e");

// A secret on three pages; which of them are looked at?
class WatchedSecret {
public:
    explicit WatchedSecret(char first, char last) {
        void* memory =
            ::mmap(nullptr, k_pages * page(), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        REQUIRE(memory != MAP_FAILED);
        start_ = static_cast<char*>(memory);
        start_[0] = first;
        start_[k_pages * page() - 1] = last;
    }
    ~WatchedSecret() { ::munmap(start_, k_pages * page()); }
    WatchedSecret(const WatchedSecret&) = delete;
    WatchedSecret& operator=(const WatchedSecret&) = delete;

    std::string_view view() const { return {start_, k_pages * page()}; }

    // Runs something with all pages locked away. The first touch of each is counted, and unlocks it.
    template <typename Work>
    int pages_touched_by(Work&& work) {
        watched_ = start_;
        touched_ = 0;
        struct sigaction action {
        }, before{};
        action.sa_flags = SA_SIGINFO;
        action.sa_sigaction = [](int, siginfo_t* info, void*) {
            const auto at = static_cast<char*>(info->si_addr) - watched_;
            if (at < 0 || static_cast<std::size_t>(at) >= k_pages * page()) {
                ::signal(SIGSEGV, SIG_DFL);  // not ours: let it happen
                return;
            }
            touched_ = touched_ + 1;
            ::mprotect(watched_ + static_cast<std::size_t>(at) / page() * page(), page(), PROT_READ);
        };
        ::sigaction(SIGSEGV, &action, &before);
        ::mprotect(start_, k_pages * page(), PROT_NONE);
        try {
            work();
        } catch (...) {
            restore(before);
            throw;
        }
        restore(before);
        return touched_;
    }

private:
    static constexpr std::size_t k_pages = 3;
    static std::size_t page() { return static_cast<std::size_t>(::sysconf(_SC_PAGESIZE)); }
    void restore(const struct sigaction& before) {
        ::mprotect(start_, k_pages * page(), PROT_READ | PROT_WRITE);
        ::sigaction(SIGSEGV, &before, nullptr);
    }

    static inline char* watched_ = nullptr;
    static inline volatile int touched_ = 0;
    char* start_ = nullptr;
};

}  // namespace

TEST_CASE("equal secrets are equal, and others are not", "[task_1]") {
    CHECK(same_secret("", ""));
    CHECK(same_secret("a\0b"s, "a\0b"s));
    CHECK_FALSE(same_secret("a\0b"s, "a\0c"s));
    CHECK_FALSE(same_secret("abc", "abd"));
    CHECK_FALSE(same_secret("abc", "bbc"));
    CHECK_FALSE(same_secret("abc", "abcd"));
    CHECK_FALSE(same_secret("abc", ""));
    INFO("the last bytes are 7f and ff: they differ in the highest bit alone");
    CHECK_FALSE(same_secret("\x7f", "\xff"));
}

TEST_CASE("two differences do not make an equality", "[task_1]") {
    INFO("01 02 compared with 02 01, and with 03 00");
    CHECK_FALSE(same_secret("\1\2", "\2\1"));
    CHECK_FALSE(same_secret("\1\2"s, "\3\0"s));
}

TEST_CASE("a comparison looks at everything, wherever the difference is", "[task_1]") {
    WatchedSecret right('r', 'r');
    for (const auto& [first, last, where] :
         {std::array<char, 3>{'x', 'r', 'f'}, {'r', 'x', 'l'}, {'r', 'r', 'n'}}) {
        const WatchedSecret guess(first, last);
        bool same = false;
        const int touched = right.pages_touched_by([&] { same = same_secret(right.view(), guess.view()); });
        INFO("two secrets of 3 pages that differ " << (where == 'f'   ? "in their first byte"
                                                       : where == 'l' ? "in their last byte"
                                                                      : "nowhere")
                                                   << "; pages looked at: " << touched);
        CHECK(same == (where == 'n'));
        CHECK(touched == 3);
    }
}

TEST_CASE("the proof of RFC 7677's example is valid", "[task_2]") {
    INFO("user \"user\", password \"pencil\", 4096 rounds");
    CHECK(proof_is_valid(k_verifier, k_auth_message, k_proof));
}

TEST_CASE("a proof with one wrong bit is not", "[task_2]") {
    for (const std::size_t at : {0U, 15U, 31U}) {
        std::string proof = k_proof;
        proof[at] = static_cast<char>(proof[at] ^ 1);
        INFO("the lowest bit of byte " << at << " is turned over");
        CHECK_FALSE(proof_is_valid(k_verifier, k_auth_message, proof));
    }
}

TEST_CASE("yesterday's proof is not valid today", "[task_2]") {
    INFO("the same proof with a message in which the server's nonce is another");
    std::string message = k_auth_message;
    message.replace(message.rfind("k0"), 2, "k1");
    CHECK_FALSE(proof_is_valid(k_verifier, message, k_proof));
}

TEST_CASE("what the server has stored is no proof", "[task_2]") {
    const std::string signature = hmac_sha256(k_verifier.stored_key, k_auth_message);
    std::string forged = k_verifier.stored_key;
    for (std::size_t i = 0; i < k_hash_size; ++i) forged[i] = static_cast<char>(forged[i] ^ signature[i]);
    INFO("a thief sends StoredKey XOR ClientSignature");
    CHECK_FALSE(proof_is_valid(k_verifier, k_auth_message, forged));
    INFO("a thief sends the ClientSignature alone");
    CHECK_FALSE(proof_is_valid(k_verifier, k_auth_message, signature));
}

TEST_CASE("a proof of another size is refused, and not read beyond", "[task_2]") {
    for (const std::size_t size : {0U, 1U, 31U}) {
        const GuardedBytes proof(k_proof.substr(0, size));
        INFO("the first " << size << " bytes of the right proof; beyond them is no memory");
        CHECK_FALSE(proof_is_valid(k_verifier, k_auth_message, proof.view()));
    }
    INFO("the right proof and one byte more");
    CHECK_FALSE(proof_is_valid(k_verifier, k_auth_message, k_proof + "x"));
}

TEST_CASE("the server's answer is that of RFC 7677's example", "[task_3]") {
    CHECK(server_signature(k_verifier, k_auth_message) == k_signature);
}
