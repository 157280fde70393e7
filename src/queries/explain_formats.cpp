// EXPLAIN's answer as text, JSON, YAML and XML.
#include <algorithm>

#include "base/error.hpp"
#include "queries/explain_tree.hpp"

namespace forklore {

namespace {

std::string indent(std::size_t blanks) { return std::string(blanks, ' '); }

// ---------------------------------------------------------------- text

class TextFormat {
public:
    std::vector<std::string> lines;

    void node(const ExplainNode& n, std::size_t depth, std::size_t left) {
        std::size_t at = left;
        for (const std::string& note : n.notes) lines.push_back(indent(at) + note), at += 2;
        if (depth > 0) {
            lines.push_back(indent(at) + "->  " + n.title + n.figures);
            at += 4;
        } else {
            lines.push_back(n.title + n.figures);
        }
        at += 2;
        for (const ExplainProperty& p : n.details) lines.push_back(indent(at) + property(p));
        for (const ExplainNode& child : n.children) node(child, depth + 1, at);
    }
    static std::string property(const ExplainProperty& p) {
        std::string all;
        for (const std::string& value : p.values) all += (all.empty() ? "" : ", ") + value;
        return p.label + ": " + all;
    }
};

// ---------------------------------------------------------------- JSON

std::string json_string(std::string_view text) {
    std::string quoted = "\"";
    for (const char c : text) {
        switch (c) {
            case '"': quoted += "\\\""; break;
            case '\\': quoted += "\\\\"; break;
            case '\n': quoted += "\\n"; break;
            case '\r': quoted += "\\r"; break;
            case '\t': quoted += "\\t"; break;
            case '\b': quoted += "\\b"; break;
            case '\f': quoted += "\\f"; break;
            default:
                if (static_cast<unsigned char>(c) < 0x20) quoted += fmt::format("\\u{:04x}", static_cast<unsigned char>(c));
                else quoted += c;
        }
    }
    return quoted + '"';
}

class JsonFormat {
public:
    std::string answer(const ExplainAnswer& a) {
        std::string out = "[\n  {\n    \"Plan\": " + node(a.top, 4);
        for (const ExplainProperty& p : a.before) out += ",\n    " + property(p);
        if (a.analyzed) out += ",\n    \"Triggers\": [\n    ]";
        for (const ExplainProperty& p : a.after) out += ",\n    " + property(p);
        return out + "\n  }\n]";
    }

private:
    static std::string value(const ExplainProperty& p, const std::string& text) { return p.quoted ? json_string(text) : text; }
    static std::string property(const ExplainProperty& p) {
        std::string all;
        for (const std::string& text : p.values) all += (all.empty() ? "" : ", ") + value(p, text);
        return json_string(p.label) + ": " + (p.is_list ? "[" + all + "]" : all);
    }
    static std::string node(const ExplainNode& n, std::size_t left) {
        std::string out = "{";
        const char* separator = "\n";
        for (const auto* list : {&n.identity, &n.numbers, &n.details})
            for (const ExplainProperty& p : *list) {
                out += separator + indent(left + 2) + property(p);
                separator = ",\n";
            }
        if (!n.children.empty()) {
            out += separator + indent(left + 2) + "\"Plans\": [";
            separator = "\n";
            for (const ExplainNode& child : n.children) {
                out += separator + indent(left + 4) + node(child, left + 4);
                separator = ",\n";
            }
            out += "\n" + indent(left + 2) + "]";
        }
        return out + "\n" + indent(left) + "}";
    }
};

// ---------------------------------------------------------------- YAML

class YamlFormat {
public:
    std::string answer(const ExplainAnswer& a) {
        std::string out = "- Plan: " + node(a.top, 4, "\n" + indent(4));
        for (const ExplainProperty& p : a.before) out += "\n  " + property(p, 2);
        if (a.analyzed) out += "\n  Triggers: ";
        for (const ExplainProperty& p : a.after) out += "\n  " + property(p, 2);
        return out;
    }

private:
    static std::string value(const ExplainProperty& p, const std::string& text) { return p.quoted ? json_string(text) : text; }
    static std::string property(const ExplainProperty& p, std::size_t left) {
        if (!p.is_list) return p.label + ": " + value(p, p.values.empty() ? "" : p.values[0]);
        std::string out = p.label + ": ";
        for (const std::string& text : p.values) out += "\n" + indent(left + 2) + "- " + value(p, text);
        return out;
    }
    static std::string node(const ExplainNode& n, std::size_t left, std::string first) {
        std::string out, separator = std::move(first);
        for (const auto* list : {&n.identity, &n.numbers, &n.details})
            for (const ExplainProperty& p : *list) {
                out += separator + property(p, left);
                separator = "\n" + indent(left);
            }
        if (!n.children.empty()) {
            out += separator + "Plans: ";
            for (const ExplainNode& child : n.children) out += "\n" + indent(left + 2) + node(child, left + 4, "- ");
        }
        return out;
    }
};

// ---------------------------------------------------------------- XML

class XmlFormat {
public:
    std::string answer(const ExplainAnswer& a) {
        std::string out = "<explain xmlns=\"http://www.postgresql.org/2009/explain\">\n  <Query>\n" + node(a.top, 4);
        for (const ExplainProperty& p : a.before) out += property(p, 4);
        if (a.analyzed) out += "    <Triggers>\n    </Triggers>\n";
        for (const ExplainProperty& p : a.after) out += property(p, 4);
        return out + "  </Query>\n</explain>";
    }

private:
    static std::string tag(std::string label) {
        std::replace_if(label.begin(), label.end(), [](char c) { return c == ' ' || c == '/'; }, '-');
        return label;
    }
    static std::string escape(std::string_view text) {
        std::string out;
        for (const char c : text) {
            switch (c) {
                case '&': out += "&amp;"; break;
                case '<': out += "&lt;"; break;
                case '>': out += "&gt;"; break;
                case '\r': out += "&#x0d;"; break;
                default: out += c;
            }
        }
        return out;
    }
    static std::string property(const ExplainProperty& p, std::size_t left) {
        const std::string name = tag(p.label);
        if (!p.is_list) return fmt::format("{}<{}>{}</{}>\n", indent(left), name, escape(p.values.empty() ? "" : p.values[0]), name);
        std::string out = fmt::format("{}<{}>\n", indent(left), name);
        for (const std::string& text : p.values) out += fmt::format("{}<Item>{}</Item>\n", indent(left + 2), escape(text));
        return out + fmt::format("{}</{}>\n", indent(left), name);
    }
    static std::string node(const ExplainNode& n, std::size_t left) {
        std::string out = indent(left) + "<Plan>\n";
        for (const auto* list : {&n.identity, &n.numbers, &n.details})
            for (const ExplainProperty& p : *list) out += property(p, left + 2);
        if (!n.children.empty()) {
            out += indent(left + 2) + "<Plans>\n";
            for (const ExplainNode& child : n.children) out += node(child, left + 4);
            out += indent(left + 2) + "</Plans>\n";
        }
        return out + indent(left) + "</Plan>\n";
    }
};

}  // namespace

std::vector<std::string> format_explain(const ExplainAnswer& answer, ExplainFormat format) {
    switch (format) {
        case ExplainFormat::json: return {JsonFormat().answer(answer)};
        case ExplainFormat::yaml: return {YamlFormat().answer(answer)};
        case ExplainFormat::xml: return {XmlFormat().answer(answer)};
        case ExplainFormat::text: break;
    }
    TextFormat text;
    text.node(answer.top, 0, 0);
    for (const auto* list : {&answer.before, &answer.after})
        for (const ExplainProperty& p : *list) text.lines.push_back(TextFormat::property(p) + " ms");
    return text.lines;
}

}  // namespace forklore
