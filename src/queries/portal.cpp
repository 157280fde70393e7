// Portals: parameters in, rows out, by and by.
#include <limits>
#include <numeric>

#include "base/error.hpp"
#include "base/interrupts.hpp"
#include "base/log.hpp"
#include "queries/query_hooks.hpp"
#include "queries/session_impl.hpp"

namespace forklore {

Hook<void(Session&, Portal&)> executor_start_hook, executor_end_hook, process_utility_hook;
Hook<std::int64_t(Session&, Portal&, std::int64_t)> executor_run_hook;

namespace {

// The name under which a statement was prepared, for messages.
std::string_view name_of(const Session::Impl& my, const StatementPtr& statement) {
    for (const auto& [name, named] : my.statements)
        if (named.statement == statement) return name;
    return {};
}

// The formats of the result, one for each column.
void spread_formats(std::span<const std::int16_t> given, std::size_t columns, std::vector<std::int16_t>& to) {
    if (given.size() > 1 && given.size() != columns)
        throw Error(sqlstate::protocol_violation, "bind message has {} result formats but query has {} columns", given.size(), columns);
    to.assign(columns, given.empty() ? std::int16_t{0} : given[0]);
    if (given.size() > 1) to.assign(given.begin(), given.end());
}

Datum decode(const Type& type, std::string_view bytes, bool binary, Arena& arena, std::size_t number) {
    const TypeContext context{arena, type};
    if (!binary) return type.input(context, bytes);
    if (type.receive == nullptr)
        throw Error(sqlstate::undefined_function, "no binary input function available for type {}", type.sql_name);
    ByteReader reader(bytes);
    const Datum value = type.receive(context, reader);
    if (!reader.empty()) throw Error(sqlstate::invalid_binary_representation, "incorrect binary data format in bind parameter {}", number);
    return value;
}

}  // namespace

// Tells those who stepped in that a query is done with.
void OurPortal::end() noexcept {
    if (session == nullptr) return;
    try {
        executor_end_hook.call([](Session&, Portal&) {}, *session, *this);
    } catch (const std::exception& error) {
        log_line(sqlstate::internal_error, "the end of a query: {}", error.what());
    }
    session = nullptr;
}

void OurPortal::fail() noexcept {
    if (state != State::failed) end();
    session = nullptr;
    if (execution != nullptr) {
        execution->finish();
        static_cast<const QueryStatement&>(*runs).give_back(std::move(execution));
        execution.reset();
    }
    runs.reset();
    store.reset();
    left = Batch{};
    state = State::failed;
}

void OurPortal::reset() noexcept {
    fail();
    statement_.reset();
    state = State::fresh;
    position = 0;
    row = 0;
    is_cursor = held = opened = false;
    tag.clear();
    cursor_options = 0;
}

std::vector<std::optional<std::string>> OurPortal::parameter_texts() const {
    std::vector<std::optional<std::string>> texts;
    if (execution == nullptr) return texts;
    Arena scratch;
    ByteWriter text;
    for (const Oid oid : statement_->parameter_types()) {
        const Datum& value = execution->parameters()[texts.size()];
        const Type& type = registry().type(oid);
        text.clear();
        if (!value.is_null) type.output(TypeContext{scratch, type}, value, text);
        texts.push_back(value.is_null ? std::nullopt : std::optional<std::string>(text.view()));
    }
    return texts;
}

Portal& Session::open_portal(std::string_view name, const StatementPtr& statement, std::span<const ParameterValue> parameters,
                             std::span<const std::int16_t> result_formats) {
    Impl& my = *impl_;
    const std::span<const Oid> types = statement->parameter_types();
    if (parameters.size() != types.size())
        throw Error(sqlstate::protocol_violation, "bind message supplies {} parameters, but prepared statement \"{}\" requires {}",
                    parameters.size(), name_of(my, statement), types.size());
    my.require_no_failure(statement->ends_failed_transaction());

    OurPortal* portal = &my.unnamed_portal;
    std::unique_ptr<OurPortal> named;
    if (name.empty()) {
        portal->reset();
        my.unnamed_open = false;
    } else {
        if (my.portals.contains(name)) throw Error(sqlstate::duplicate_cursor, "cursor \"{}\" already exists", name);
        named = std::make_unique<OurPortal>();
        portal = named.get();
        portal->name = name;
    }
    // A portal that does not come about gives everything back.
    struct Undo {
        OurPortal* portal;
        ~Undo() {
            if (portal != nullptr) portal->reset();
        }
    } undo{portal};
    portal->statement_ = statement;
    portal->level = my.block.level();
    portal->created = my.statement_time;
    Arena unused;  // a command's parameters are read, but nobody asks for them
    std::vector<Datum> unused_values;
    Arena* arena = &unused;
    std::vector<Datum>* values = &unused_values;
    if (const auto* query = dynamic_cast<const QueryStatement*>(statement.get())) {
        portal->runs = statement;
        portal->execution = query->take_execution(*this);
        arena = &portal->execution->parameter_arena();
        values = &portal->execution->parameters();
    }
    values->resize(parameters.size());
    for (std::size_t i = 0; i < parameters.size(); ++i) {
        Datum& value = (*values)[i];
        value = Datum{};
        if (!parameters[i].bytes) continue;
        try {
            value = decode(registry().type(types[i]), *parameters[i].bytes, parameters[i].binary, *arena, i + 1);
            // A value that only points into the message must not outlive it.
            if (value.size != 0) value.bytes = arena->copy(value.view()).data();
        } catch (Error& error) {
            std::string& context = error.report().context;
            context += fmt::format("{}{} parameter ${}{}", context.empty() ? "" : "\n",
                                   name.empty() ? "unnamed portal" : fmt::format("portal \"{}\"", name), i + 1, parameters[i].binary ? "" : " = '...'");
            throw;
        }
    }
    if (portal->execution != nullptr && !parameters.empty()) portal->execution->fold_parameters(this);
    if (statement->returns_rows()) spread_formats(result_formats, statement->columns().size(), portal->formats_);
    undo.portal = nullptr;
    if (named != nullptr) my.portals.emplace(std::string(name), std::move(named));
    else my.unnamed_open = true;
    return *portal;
}

Portal& Session::find_portal(std::string_view name) {
    Impl& my = *impl_;
    if (name.empty() && my.unnamed_open) return my.unnamed_portal;
    const auto found = my.portals.find(name);
    if (found == my.portals.end()) throw Error(sqlstate::undefined_cursor, "portal \"{}\" does not exist", name);
    return *found->second;
}

void Session::close_portal(std::string_view name) {
    Impl& my = *impl_;
    if (name.empty()) {
        my.unnamed_portal.reset();
        my.unnamed_open = false;
    } else if (const auto found = my.portals.find(name); found != my.portals.end()) {
        found->second->reset();
        my.portals.erase(found);
    }
}

void Session::Impl::drop_portals(int level, bool keep_held) noexcept {
    if (unnamed_open && unnamed_portal.level >= level && !unnamed_portal.running) {
        unnamed_portal.reset();
        unnamed_open = false;
    }
    for (auto it = portals.begin(); it != portals.end();) {
        OurPortal& portal = *it->second;
        const bool stays = portal.running || portal.level < level || (keep_held && portal.held);
        if (stays) {
            ++it;
        } else {
            portal.reset();
            it = portals.erase(it);
        }
    }
}

void Session::Impl::fail_portals(int level) noexcept {
    if (unnamed_open && unnamed_portal.level >= level) unnamed_portal.fail();
    for (auto& [name, portal] : portals)
        if (portal->level >= level) portal->fail();
}

// Bind takes any format code; that there is no such format is noticed with the first row.
void OurPortal::require_formats() const {
    for (const std::int16_t format : formats_)
        if (format != 0 && format != 1) throw Error(sqlstate::invalid_parameter_value, "unsupported format code: {}", format);
}

std::int64_t OurPortal::pull(std::int64_t max_rows, RowReceiver& receiver) {
    std::int64_t given = 0;
    EvalContext& context = execution->context();
    while (max_rows == 0 || given < max_rows) {
        check_for_interrupts();
        if (left.rows.empty() && !execution->next(left)) {
            state = State::done;
            left = Batch{};
            break;
        }
        if (left.rows.empty()) continue;
        if (given == 0) require_formats();
        const std::int64_t count = left.rows.count();
        if (max_rows == 0 || given + count <= max_rows) {
            receiver.rows(context, left);
            given += count;
            left.rows = Rows(0);
            continue;
        }
        // The client wants only the first of these rows now: the rest stays as a list of row numbers.
        const auto wanted = static_cast<std::uint32_t>(max_rows - given);
        const std::uint16_t* index = left.rows.index();
        if (index == nullptr) {
            row_numbers.resize(k_batch_rows);
            std::iota(row_numbers.begin(), row_numbers.end(), std::uint16_t{0});
            index = row_numbers.data();
        }
        receiver.rows(context, Batch{left.columns, Rows(index, wanted)});
        left.rows = Rows(index + wanted, static_cast<std::uint32_t>(count) - wanted);
        given += wanted;
    }
    return given;
}

std::int64_t OurPortal::read_store(std::int64_t max_rows, RowReceiver& receiver) {
    Arena scratch;
    EvalContext context{scratch};
    std::int64_t given = 0;
    const auto most = max_rows == 0 ? std::numeric_limits<std::size_t>::max() : static_cast<std::size_t>(max_rows);
    while (position < store->size() && static_cast<std::size_t>(given) < most) {
        if (given == 0) require_formats();
        Batch batch;
        store->read(position, most - static_cast<std::size_t>(given), batch);
        receiver.rows(context, batch);
        position += batch.rows.count();
        given += batch.rows.count();
    }
    if (position >= store->size()) state = State::done;
    return given;
}

namespace {

// Marks a portal as running; one that did not end well cannot be run again.
struct Running {
    OurPortal& portal;
    bool finished = false;
    explicit Running(OurPortal& p) : portal(p) { p.running = true; }
    ~Running() {
        if (finished) return;
        portal.running = false;
        portal.state = OurPortal::State::failed;
    }
    Running(const Running&) = delete;
    Running& operator=(const Running&) = delete;
};

}  // namespace

void Session::start(Portal& any) {
    Impl& my = *impl_;
    OurPortal& portal = my.portal(any);
    my.require_no_failure(portal.statement_->ends_failed_transaction());
    if (portal.state == OurPortal::State::failed || (portal.state == OurPortal::State::done && !portal.statement_->returns_rows()))
        throw Error(sqlstate::object_not_in_prerequisite_state, "portal \"{}\" cannot be run", portal.name);
    if (portal.state != OurPortal::State::fresh) return;
    Running running(portal);
    portal.state = OurPortal::State::active;
    if (portal.execution == nullptr)
        process_utility_hook.call([&](Session&, Portal&) { my.run_utility(portal); }, *this, portal);
    running.finished = true;
    portal.running = false;
}

Completion Session::execute(Portal& any, std::int64_t max_rows, RowReceiver& receiver) {
    Impl& my = *impl_;
    OurPortal& portal = my.portal(any);
    start(portal);
    Completion completion;
    Running running(portal);
    if (portal.execution != nullptr && !portal.opened) {
        my.block.note_query();
        portal.opened = true;
        executor_start_hook.call([&](Session&, Portal&) { portal.execution->start(this); }, *this, portal);
        if (!executor_end_hook.empty()) portal.session = this;
    }
    std::int64_t count = 0;
    if (portal.state == OurPortal::State::active) {
        if (portal.store != nullptr && !portal.is_cursor) count = portal.read_store(max_rows, receiver);
        else if (portal.execution != nullptr)
            count = executor_run_hook.call([&](Session&, Portal&, std::int64_t most) { return portal.pull(most, receiver); }, *this,
                                           portal, max_rows);
        else portal.state = OurPortal::State::done;
    }
    // As PostgreSQL, which notices the end only when it asks for a row too many.
    if (max_rows != 0 && count == max_rows && (portal.execution != nullptr || portal.store != nullptr)) {
        completion.suspended = true;
        if (portal.state == OurPortal::State::done) portal.state = OurPortal::State::active;
    }
    if (portal.execution != nullptr && !completion.suspended) {
        completion.tag = "SELECT ";
        char digits[24];
        completion.tag.append(digits, static_cast<std::size_t>(fmt::format_to(digits, "{}", count) - digits));
    } else {
        completion.tag = portal.tag.empty() ? portal.statement_->tag() : std::string_view(portal.tag);
    }
    running.finished = true;
    portal.running = false;
    // The command that ended the transaction has spared the portal it ran in.
    if (!my.block.in_transaction()) my.drop_portals(1, true);
    return completion;
}

}  // namespace forklore
