// BEGIN, COMMIT, ROLLBACK, SAVEPOINT and their kin.
#include "base/error.hpp"
#include "queries/utility.hpp"

namespace forklore {

namespace {

// ISOLATION LEVEL …, READ ONLY, DEFERRABLE after BEGIN: for this transaction only.
void apply_modes(Session::Impl& my, ast::NodeList options) {
    for (const ast::Node* node : options) {
        const auto& option = ast::as<ast::Option>(node);
        set_for_session(my, option.option, option_text(option), true);
    }
}

}  // namespace

std::string option_text(const ast::Option& option) {
    if (const auto* name = ast::maybe<ast::Name>(option.value)) return std::string(name->text);
    if (const auto* value = ast::maybe<ast::Constant>(option.value)) {
        switch (value->form) {
            case ast::Constant::Form::integer: return std::to_string(value->integer);
            case ast::Constant::Form::boolean: return value->boolean ? "on" : "off";
            default: return std::string(value->text);
        }
    }
    return "on";
}

void run_transaction(Session::Impl& my, const ast::Transaction& command, OurPortal& portal) {
    using Op = ast::Transaction::Op;
    switch (command.op) {
        case Op::begin:
        case Op::start:
            my.block.begin();
            apply_modes(my, command.options);
            break;
        case Op::commit:
            // Cursors WITH HOLD read the rest of their rows while the transaction still lives.
            if (my.block.state() == TransactionBlock::State::block) my.hold_cursors();
            if (!my.block.commit(command.chain)) portal.tag = "ROLLBACK";
            if (command.chain) my.note_transaction_start();
            my.drop_portals(1, true);
            break;
        case Op::rollback:
            my.block.rollback(command.chain);
            if (command.chain) my.note_transaction_start();
            my.drop_portals(1, true);
            break;
        case Op::savepoint: my.block.savepoint(command.savepoint); break;
        case Op::release: my.block.release(command.savepoint); break;
        case Op::rollback_to:
            my.block.rollback_to(command.savepoint);
            my.drop_portals(my.block.level(), true);
            break;
        case Op::prepare: refuse_unsupported("PREPARE TRANSACTION");
        case Op::commit_prepared: refuse_unsupported("COMMIT PREPARED");
        case Op::rollback_prepared: refuse_unsupported("ROLLBACK PREPARED");
    }
}

}  // namespace forklore
