/// \file
/// Planner: from what a query means to how it is run.
#pragma once

#include <functional>
#include <set>
#include <unordered_map>
#include <vector>

#include "queries/plan/plan.hpp"
#include "queries/session.hpp"

namespace forklore {

/// Computes at planning time what will always be the same, as PostgreSQL's eval_const_expressions() does: `1/0` fails
/// here, before anything was sent. \param e is replaced \param pool owns new nodes
void fold_constants(Expr*& e, NodePool& pool);

/// Finds what parameters and constants alone decide, wherever it is sure to be computed: PostgreSQL folds it in Bind,
/// when it plans with the parameters' values, so that `1 / $1` fails there. \param e folded \param to gets the expressions
void find_known_early(Expr* e, std::vector<Expr*>& to);

/// Plans the queries of one statement.
class Planner {
public:
    /// \param pool owns the plan
    explicit Planner(NodePool& pool) : pool_(pool) {}
    /// The plan of a query; its outputs are the visible targets. \param query is changed: constants folded, outer columns tied to slots
    Plan* plan(Query& query);
    int slots() const { return slots_; }  ///< how many slots the plan needs in Frame::outer
    const std::vector<Expr*>& known_early() const { return known_early_; }  ///< see find_known_early()

private:
    using Relations = std::set<int>;
    /// A part of FROM, planned, or to be joined.
    struct Part {
        Plan* plan = nullptr;
        Relations relations;
        std::vector<Expr*> lateral_values;  // columns of other parts that it looks at
        std::vector<int> lateral_slots;
    };
    /// What is known while one query is planned.
    struct Level {
        Query& query;
        std::set<std::pair<int, int>> needed;   // columns by entry and number
        std::unordered_map<int, Part> prepared; // laterally dependent entries
    };

    template <typename T>
    T* make(PlanKind kind) {
        T* p = pool_.make<T>();
        p->kind = kind;
        p->query = current_;
        return p;
    }
    ColumnExpr* column(int entry, int number, const Query& query);

    // ---- planner.cpp
    Plan* plan_simple(Query& query);
    void prepare(Query& query);
    void plan_sublinks(Query& query);
    void plan_sublink(SubLinkExpr& link);
    void tie_outer(Query& query, std::vector<Expr*>& values, std::vector<int>& slots);
    Expr* slot_for(Expr* own, const Expr& seen, std::vector<Expr*>& values, std::vector<int>& slots);
    Expr* slot_for(const ColumnExpr& column, std::vector<Expr*>& values, std::vector<int>& slots);
    Plan* aggregate(Plan* input, Query& query);
    Plan* project_sets(Plan* input, std::vector<Expr*> targets);
    Plan* sort(Plan* input, std::vector<SortKey> keys);
    Plan* windows(Plan* input, Query& query, std::vector<Expr*>& targets);
    Plan* distinct(Plan* input, Query& query);
    Plan* limit(Plan* input, Query& query);
    void cost(Plan& plan);

    // ---- from.cpp
    Plan* from(Level& level, std::vector<Expr*> conjuncts);
    Part join_list(Level& level, const std::vector<FromItem*>& items, std::vector<Expr*> conjuncts);
    Part part(Level& level, const FromItem& item, std::vector<Expr*> conjuncts);
    Part entry(Level& level, int index, std::vector<Expr*> conjuncts);
    Part outer_join(Level& level, const FromItem& item, std::vector<Expr*> conjuncts);
    Plan* join(Part left, Part right, JoinType type, std::vector<Expr*> conjuncts, const Level& level);
    Plan* common_table(const RangeEntry& entry, int index, Level& level);
    void collect_needed(Level& level);
    Expr* all_of(std::vector<Expr*> conjuncts);
    bool hash_keys(Expr* conjunct, const Relations& left, const Relations& right, Expr*& left_key, Expr*& right_key);

    // ---- sets.cpp
    Plan* set_operation(Query& query);
    Plan* set_node(Query& query, const SetNode& node);
    Plan* set_side(Query& query, const SetNode& side, const std::vector<Expr*>& outputs, Plan* child);
    Plan* set_pair(Query& query, const SetNode& node, const std::vector<Plan*>& sides);

    NodePool& pool_;
    int slots_ = 0;
    const Query* current_ = nullptr;  // the one whose steps are being made
    int sublink_depth_ = 0;           // inside so many sub-selects of expressions
    std::vector<Expr*> known_early_;
    std::unordered_map<const CommonTable*, Plan*> definitions_;             // shared by all who read the table
    std::unordered_map<const CommonTable*, const CommonTable*> work_tables_;  // of recursions being planned
};

/// Calls f(e) for every expression of a query at the top, sub-queries not entered (but what joins and FROM hold is).
/// \param query whose \param f takes Expr*&
void for_each_expression(Query& query, const std::function<void(Expr*&)>& f);

/// Calls f(e, depth) for every expression node of a query and of the queries inside it. \param query whose \param depth of
/// the query \param f takes Expr*& and how many queries deep it is
void walk_query(Query& query, int depth, const std::function<void(Expr*&, int)>& f);

/// Splits an AND into its parts. \param e may be null \param to gets them
void split_conjuncts(Expr* e, std::vector<Expr*>& to);

/// The entries of this query that an expression looks at. \param e the expression
std::set<int> relations_of(const Expr* e);

/// Estimated bytes of a value. \param e whose
int width_of(const Expr& e);

}  // namespace forklore
