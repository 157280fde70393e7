#include "queries/types/zone_abbreviations.hpp"

#include <algorithm>
#include <array>
#include <string>

namespace forklore {

namespace {

// The abbreviations of PostgreSQL's set "Default".
constexpr ZoneAbbreviation k_default[] = {
    {"ACDT", 37800, true}, {"ACSST", 37800, true}, {"ACST", 34200}, {"ACT", -18000}, {"ACWST", 31500},
    {"ADT", -10800, true}, {"AEDT", 39600, true}, {"AESST", 39600, true}, {"AEST", 36000}, {"AFT", 16200},
    {"AKDT", -28800, true}, {"AKST", -32400}, {"ALMST", 25200, true}, {"ALMT", 21600},
    {"AMST", 0, false, "Asia/Yerevan"}, {"AMT", -14400}, {"ANAST", 0, false, "Asia/Anadyr"},
    {"ANAT", 0, false, "Asia/Anadyr"}, {"ARST", 0, false, "America/Argentina/Buenos_Aires"},
    {"ART", 0, false, "America/Argentina/Buenos_Aires"}, {"AST", -14400}, {"AWSST", 32400, true},
    {"AWST", 28800}, {"AZOST", 0, true}, {"AZOT", -3600}, {"AZST", 0, false, "Asia/Baku"},
    {"AZT", 0, false, "Asia/Baku"}, {"BDST", 7200, true}, {"BDT", 21600}, {"BNT", 28800}, {"BORT", 28800},
    {"BOT", -14400}, {"BRA", -10800}, {"BRST", -7200, true}, {"BRT", -10800}, {"BST", 3600, true},
    {"BTT", 21600}, {"CADT", 37800, true}, {"CAST", 34200}, {"CCT", 28800}, {"CDT", -18000, true},
    {"CEST", 7200, true}, {"CET", 3600}, {"CETDST", 7200, true}, {"CHADT", 49500, true}, {"CHAST", 45900},
    {"CHUT", 36000}, {"CKT", 0, false, "Pacific/Rarotonga"}, {"CLST", -10800, true},
    {"CLT", 0, false, "America/Santiago"}, {"COT", -18000}, {"CST", -21600}, {"CXT", 25200},
    {"DAVT", 0, false, "Antarctica/Davis"}, {"DDUT", 36000}, {"EASST", 0, false, "Pacific/Easter"},
    {"EAST", 0, false, "Pacific/Easter"}, {"EAT", 10800}, {"EDT", -14400, true}, {"EEST", 10800, true},
    {"EET", 7200}, {"EETDST", 10800, true}, {"EGST", 0, true}, {"EGT", -3600}, {"EST", -18000},
    {"FET", 10800}, {"FJST", 46800, true}, {"FJT", 43200}, {"FKST", 0, false, "Atlantic/Stanley"},
    {"FKT", 0, false, "Atlantic/Stanley"}, {"FNST", -3600, true}, {"FNT", -7200}, {"GALT", -21600},
    {"GAMT", -32400}, {"GEST", 0, false, "Asia/Tbilisi"}, {"GET", 0, false, "Asia/Tbilisi"}, {"GFT", -10800},
    {"GILT", 43200}, {"GMT", 0}, {"GYT", 0, false, "America/Guyana"}, {"HKT", 28800}, {"HST", -36000},
    {"ICT", 25200}, {"IDT", 10800, true}, {"IOT", 0, false, "Indian/Chagos"},
    {"IRKST", 0, false, "Asia/Irkutsk"}, {"IRKT", 0, false, "Asia/Irkutsk"}, {"IRT", 12600}, {"IST", 7200},
    {"JAYT", 32400}, {"JST", 32400}, {"KDT", 36000, true}, {"KGST", 21600, true},
    {"KGT", 0, false, "Asia/Bishkek"}, {"KOST", 0, false, "Pacific/Kosrae"},
    {"KRAST", 0, false, "Asia/Krasnoyarsk"}, {"KRAT", 0, false, "Asia/Krasnoyarsk"}, {"KST", 32400},
    {"LHDT", 0, false, "Australia/Lord_Howe"}, {"LHST", 37800}, {"LIGT", 36000},
    {"LINT", 0, false, "Pacific/Kiritimati"}, {"LKT", 0, false, "Asia/Colombo"},
    {"MAGST", 0, false, "Asia/Magadan"}, {"MAGT", 0, false, "Asia/Magadan"}, {"MART", -34200},
    {"MAWT", 0, false, "Antarctica/Mawson"}, {"MDT", -21600, true}, {"MEST", 7200, true},
    {"MESZ", 7200, true}, {"MET", 3600}, {"METDST", 7200, true}, {"MEZ", 3600}, {"MHT", 43200},
    {"MMT", 23400}, {"MPT", 36000}, {"MSD", 14400, true}, {"MSK", 0, false, "Europe/Moscow"},
    {"MST", -25200}, {"MUST", 18000, true}, {"MUT", 14400}, {"MVT", 18000}, {"MYT", 28800},
    {"NDT", -9000, true}, {"NFT", -12600}, {"NOVST", 0, false, "Asia/Novosibirsk"},
    {"NOVT", 0, false, "Asia/Novosibirsk"}, {"NPT", 20700}, {"NST", -12600},
    {"NUT", 0, false, "Pacific/Niue"}, {"NZDT", 46800, true}, {"NZST", 43200}, {"NZT", 43200},
    {"OMSST", 0, false, "Asia/Omsk"}, {"OMST", 0, false, "Asia/Omsk"}, {"PDT", -25200, true},
    {"PET", -18000}, {"PETST", 0, false, "Asia/Kamchatka"}, {"PETT", 0, false, "Asia/Kamchatka"},
    {"PGT", 36000}, {"PHT", 28800}, {"PKST", 21600, true}, {"PKT", 18000}, {"PMDT", -7200, true},
    {"PMST", -10800}, {"PONT", 39600}, {"PST", -28800}, {"PWT", 32400}, {"PYST", -10800, true},
    {"PYT", 0, false, "America/Asuncion"}, {"RET", 14400}, {"SADT", 37800, true}, {"SAST", 7200},
    {"SCT", 14400}, {"SGT", 0, false, "Asia/Singapore"}, {"TAHT", -36000}, {"TFT", 18000}, {"TJT", 18000},
    {"TKT", 0, false, "Pacific/Fakaofo"}, {"TMT", 0, false, "Asia/Ashgabat"}, {"TOT", 46800},
    {"TRUT", 36000}, {"TVT", 43200}, {"UCT", 0}, {"ULAST", 32400, true},
    {"ULAT", 0, false, "Asia/Ulaanbaatar"}, {"UT", 0}, {"UTC", 0}, {"UYST", -7200, true}, {"UYT", -10800},
    {"UZST", 21600, true}, {"UZT", 18000}, {"VET", 0, false, "America/Caracas"},
    {"VLAST", 0, false, "Asia/Vladivostok"}, {"VLAT", 0, false, "Asia/Vladivostok"},
    {"VOLT", 0, false, "Europe/Volgograd"}, {"VUT", 39600}, {"WADT", 28800, true}, {"WAKT", 43200},
    {"WAST", 25200}, {"WAT", 3600}, {"WDT", 32400, true}, {"WET", 0}, {"WETDST", 3600, true}, {"WFT", 43200},
    {"WGST", -7200, true}, {"WGT", -10800}, {"XJT", 21600}, {"YAKST", 0, false, "Asia/Yakutsk"},
    {"YAKT", 0, false, "Asia/Yakutsk"}, {"YAPT", 36000}, {"YEKST", 21600, true},
    {"YEKT", 0, false, "Asia/Yekaterinburg"}, {"Z", 0}, {"ZULU", 0},
};

// What the other two sets say differently.
constexpr ZoneAbbreviation k_australia[] = {
    {"CST", 34200}, {"EAST", 36000}, {"EST", 36000}, {"SAST", 34200}, {"SAT", 34200}, {"WST", 28800},
};
constexpr ZoneAbbreviation k_india[] = {{"IST", 19800}};

bool by_name(const ZoneAbbreviation& a, const ZoneAbbreviation& b) { return a.name < b.name; }

}  // namespace

const ZoneAbbreviation* ZoneAbbreviations::find(std::string_view name) const {
    std::string key(name);
    for (char& c : key)
        if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
    const auto found = std::lower_bound(all_.begin(), all_.end(), ZoneAbbreviation{key}, by_name);
    return found != all_.end() && found->name == key ? &*found : nullptr;
}

const ZoneAbbreviations* ZoneAbbreviations::named(std::string_view name) {
    const auto make = [](const auto& changes) {
        ZoneAbbreviations set;
        set.all_.assign(std::begin(changes), std::end(changes));
        // A stable sort keeps the set's own meaning before the default one.
        set.all_.insert(set.all_.end(), std::begin(k_default), std::end(k_default));
        std::stable_sort(set.all_.begin(), set.all_.end(), by_name);
        const auto last = std::unique(set.all_.begin(), set.all_.end(), [](const auto& a, const auto& b) { return a.name == b.name; });
        set.all_.erase(last, set.all_.end());
        return set;
    };
    static const ZoneAbbreviations standard = make(std::array<ZoneAbbreviation, 0>{});
    static const ZoneAbbreviations australia = make(k_australia), india = make(k_india);
    if (name == "Default") return &standard;
    if (name == "Australia") return &australia;
    if (name == "India") return &india;
    return nullptr;
}

}  // namespace forklore
