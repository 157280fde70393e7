// Statements and the plan cache.
#include "base/error.hpp"
#include "base/settings.hpp"
#include "queries/parse/grammar.hpp"
#include "queries/session_impl.hpp"
#include "queries/type_oids.hpp"

namespace forklore {

namespace {

// The cache by text: enough for a program's statements, too small to matter in an idle process.
constexpr std::size_t k_cached_texts = 256;
constexpr std::size_t k_cached_bytes = 1024 * 1024;
constexpr std::size_t k_longest_cached_text = 16 * 1024;
constexpr std::size_t k_idle_executions = 2;

std::size_t bytes_of(const CachedText& text) { return 2 * text.tree->text.size() + text.tree->arena.footprint() + 2048; }

std::string statement_text(const ParsedTree& tree, const ast::Statement* raw) {
    if (raw == nullptr) return {};
    const std::string_view whole = tree.text;
    std::string_view part = whole.substr(static_cast<std::size_t>(raw->location),
                                         raw->length > 0 ? static_cast<std::size_t>(raw->length) : whole.npos);
    while (!part.empty() && (part.front() == ' ' || (part.front() >= '\t' && part.front() <= '\r'))) part.remove_prefix(1);
    return std::string(part);
}

}  // namespace

std::string_view CachedText::tag(std::size_t index) const { return command_tag(tree->statements[index].node); }

OurStatement::OurStatement(std::shared_ptr<const ParsedTree> tree, const ast::Statement* raw, std::string_view tag)
    : tree_(std::move(tree)), raw_(raw), text_(statement_text(*tree_, raw)), tag_(tag) {}

QueryStatement::QueryStatement(std::shared_ptr<const ParsedTree> tree, const ast::Statement* raw, const ast::Select& select,
                               std::span<const Oid> declared, bool infer, Session& session)
    : OurStatement(std::move(tree), raw, "SELECT"), select_(&select), query_(analyze_query(whole_text(), select, declared, infer, session)) {
    session.impl().current_epoch();
    names_epoch_ = session.impl().names_epoch;
    parameters_ = query_->parameters;
    columns_ = query_->columns;
}

const std::shared_ptr<PreparedQuery>& QueryStatement::planned(Session& session) const {
    session.impl().current_epoch();
    if (query_ == nullptr || names_epoch_ != session.impl().names_epoch) {
        auto anew = analyze_query(whole_text(), *select_, parameters_, false, session);
        const auto same = [](const ResultColumn& a, const ResultColumn& b) { return a.name == b.name && a.type == b.type && a.typmod == b.typmod; };
        if (!std::ranges::equal(anew->columns, columns_, same))
            throw Error(sqlstate::feature_not_supported, "cached plan must not change result type");
        query_ = std::move(anew);
        names_epoch_ = session.impl().names_epoch;
        idle_.clear();
    }
    if (query_->plan == nullptr) {
        try {
            plan_query(*query_);
        } catch (...) {
            query_.reset();
            throw;
        }
    }
    return query_;
}

std::unique_ptr<Execution> QueryStatement::take_execution(Session& session) const {
    const std::shared_ptr<PreparedQuery>& query = planned(session);
    if (idle_.empty()) return std::make_unique<Execution>(query);
    std::unique_ptr<Execution> kept = std::move(idle_.back());
    idle_.pop_back();
    return kept;
}

void QueryStatement::give_back(std::unique_ptr<Execution> execution) const noexcept {
    if (execution->query() == query_.get() && idle_.size() < k_idle_executions && execution->worth_keeping()) idle_.push_back(std::move(execution));
}

UtilityStatement::UtilityStatement(std::shared_ptr<const ParsedTree> tree, const ast::Statement* raw, std::span<const Oid> declared,
                                   Session& session)
    : OurStatement(std::move(tree), raw, command_tag(raw == nullptr ? nullptr : raw->node)), declared_(declared.begin(), declared.end()) {
    for (std::size_t i = 0; i < declared.size(); ++i)
        if (declared[i] == 0 || declared[i] == k_unknown)
            throw Error(sqlstate::indeterminate_datatype, "could not determine data type of parameter ${}", i + 1);
    describe(session);
}

bool UtilityStatement::ends_failed_transaction() const {
    const auto* transaction = ast::maybe<ast::Transaction>(node());
    if (transaction == nullptr) return false;
    using Op = ast::Transaction::Op;
    return transaction->op == Op::commit || transaction->op == Op::rollback || transaction->op == Op::rollback_to ||
           transaction->op == Op::prepare;
}

ParsedTextPtr Session::parse(std::string_view text) {
    Impl& my = *impl_;
    my.current_epoch();  // a change of standard_conforming_strings empties the cache
    if (const auto found = my.by_text.find(text); found != my.by_text.end()) {
        my.recent.splice(my.recent.begin(), my.recent, found->second);
        return *found->second;
    }
    auto tree = std::make_shared<ParsedTree>(text);
    bool said = false;
    tree->statements = parse_text(tree->text, tree->arena, said);
    auto cached = std::make_shared<const CachedText>(std::move(tree));
    if (said || text.size() > k_longest_cached_text) return cached;
    my.recent.push_front(cached);
    my.by_text.emplace(cached->tree->text, my.recent.begin());
    my.cached_bytes += bytes_of(*cached);
    while (my.recent.size() > k_cached_texts || (my.cached_bytes > k_cached_bytes && my.recent.size() > 1)) {
        my.cached_bytes -= bytes_of(*my.recent.back());
        my.by_text.erase(my.recent.back()->tree->text);
        my.recent.pop_back();
    }
    return cached;
}

void Session::Impl::require_no_failure(bool ends_transaction) const {
    if (block.failed() && !ends_transaction)
        throw Error(sqlstate::in_failed_sql_transaction,
                    "current transaction is aborted, commands ignored until end of transaction block");
}

StatementPtr Session::prepare(const ParsedTextPtr& text, std::size_t index, std::span<const Oid> parameter_types, bool infer) {
    Impl& my = *impl_;
    const auto& cached = static_cast<const CachedText&>(*text);
    const std::uint64_t epoch = my.current_epoch();
    for (const CachedText::Variant& variant : cached.variants) {
        if (variant.index != index || variant.epoch != epoch || variant.infer != infer || !std::ranges::equal(variant.declared, parameter_types)) continue;
        my.require_no_failure(variant.statement->ends_failed_transaction());
        return variant.statement;
    }
    const bool empty = index >= cached.tree->statements.size();
    const ast::Statement* raw = empty ? nullptr : &cached.tree->statements[index];
    if (!empty) {
        using Op = ast::Transaction::Op;
        const auto* transaction = ast::maybe<ast::Transaction>(raw->node);
        my.require_no_failure(transaction != nullptr && (transaction->op == Op::commit || transaction->op == Op::rollback ||
                                                         transaction->op == Op::rollback_to || transaction->op == Op::prepare));
    }
    bool repeatable = true;
    StatementPtr statement = my.make_statement(cached.tree, raw, parameter_types, infer, repeatable);
    std::erase_if(cached.variants, [&](const CachedText::Variant& v) { return v.epoch != epoch; });
    if (repeatable)
        cached.variants.push_back({index, {parameter_types.begin(), parameter_types.end()}, infer, epoch, statement});
    return statement;
}

StatementPtr Session::Impl::make_statement(const std::shared_ptr<const ParsedTree>& tree, const ast::Statement* raw,
                                           std::span<const Oid> declared, bool infer, bool& repeatable) {
    if (raw != nullptr) {
        if (const auto* select = ast::maybe<ast::Select>(raw->node)) {
            auto query = std::make_shared<QueryStatement>(tree, raw, *select, declared, infer, session);
            repeatable = query->repeatable();
            return query;
        }
        switch (raw->node->kind) {
            case ast::Kind::transaction:
            case ast::Kind::variable_set:
            case ast::Kind::listen:
            case ast::Kind::unlisten:
            case ast::Kind::notify: repeatable = true; break;
            default: repeatable = false;
        }
    }
    return std::make_shared<UtilityStatement>(tree, raw, declared, session);
}

// ---------------------------------------------------------------- names

void Session::store_statement(std::string_view name, StatementPtr statement) {
    if (name.empty()) {
        impl_->unnamed_statement = std::move(statement);
        return;
    }
    if (impl_->statements.contains(name))
        throw Error(sqlstate::duplicate_pstatement, "prepared statement \"{}\" already exists", name);
    NamedStatement named;
    named.text = static_cast<const OurStatement&>(*statement).whole_text();
    named.prepared = impl_->statement_time;
    named.statement = std::move(statement);
    impl_->statements.emplace(std::string(name), std::move(named));
}

StatementPtr Session::find_statement(std::string_view name) {
    if (name.empty()) {
        if (impl_->unnamed_statement == nullptr)
            throw Error(sqlstate::invalid_sql_statement_name, "unnamed prepared statement does not exist");
        return impl_->unnamed_statement;
    }
    const auto found = impl_->statements.find(name);
    if (found == impl_->statements.end())
        throw Error(sqlstate::invalid_sql_statement_name, "prepared statement \"{}\" does not exist", name);
    return found->second.statement;
}

void Session::drop_statement(std::string_view name) {
    if (name.empty()) impl_->unnamed_statement.reset();
    else if (const auto found = impl_->statements.find(name); found != impl_->statements.end()) impl_->statements.erase(found);
}

}  // namespace forklore
