// SET, SET LOCAL and the ends of transactions.
//
// The first change of a setting at a level notes the value from before. When the level is left by rollback, that comes
// back. When it is left by commit, the note goes to the level below, where it may meet an older one, which then knows
// better what was before; at the lowest level SET's value stays and SET LOCAL's goes.
#include <iterator>

#include "base/settings_impl.hpp"

namespace forklore {

Settings::Impl::Change* Settings::Impl::change_at_level(const SettingBase& setting, int at) {
    for (auto change = changes.rbegin(); change != changes.rend() && change->level >= at; ++change) {
        if (change->setting == &setting && change->level == at) return &*change;
    }
    return nullptr;
}

// Notes what to put back when the present level ends.
void Settings::Impl::remember(SettingBase& setting, SettingScope scope) {
    if (level == 0) return;
    Change* change = change_at_level(setting, level);
    if (change == nullptr) {
        auto kind = scope == SettingScope::local ? Change::Kind::local : Change::Kind::set;
        changes.push_back({&setting, level, kind, setting.present_value(), setting.source(), nullptr});
    } else if (scope == SettingScope::session) {
        change->kind = Change::Kind::set;
        change->masked = nullptr;
    } else if (change->kind == Change::Kind::set) {
        change->kind = Change::Kind::set_then_local;
        change->masked = setting.present_value();
    }
}

// The server has decided on another value than SET: that is what comes back when SET is undone.
void Settings::Impl::replace_prior(const SettingBase& setting, const Value& value, SettingSource source) {
    for (Change& change : changes) {
        if (change.setting != &setting || change.prior_source > source) continue;
        change.prior = value;
        change.prior_source = source;
    }
}

void Settings::Impl::put_back(SettingBase& setting, const Value& value, SettingSource source) {
    if (setting.is_present(value)) {
        setting.source_ = source;  // the hooks have nothing to act on
    } else {
        assign(setting, value, source);
    }
}

// Ends one note at the level that is being left; true when it stays, at the level below.
bool Settings::Impl::end_change(Change& change, bool commit) {
    using Kind = Change::Kind;
    if (!commit || (change.level == 1 && change.kind == Kind::local)) {
        put_back(*change.setting, change.prior, change.prior_source);
        return false;
    }
    if (change.level == 1) {
        if (change.kind == Kind::set_then_local)
            put_back(*change.setting, change.masked, SettingSource::session);
        return false;
    }
    Change* outer = change_at_level(*change.setting, change.level - 1);
    if (outer == nullptr) {
        --change.level;
        return true;
    }
    switch (change.kind) {
        case Kind::set:
            outer->kind = Kind::set;
            outer->masked = nullptr;
            break;
        case Kind::local:
            if (outer->kind == Kind::set) {
                outer->kind = Kind::set_then_local;
                outer->masked = std::move(change.prior);
            }
            break;
        case Kind::set_then_local:
            outer->kind = Kind::set_then_local;
            outer->masked = std::move(change.masked);
            break;
    }
    return false;
}

void Settings::begin_level() { ++impl_->level; }

void Settings::end_level(bool commit) {
    std::vector<Impl::Change>& changes = impl_->changes;
    std::vector<Impl::Change> staying;
    while (!changes.empty() && changes.back().level == impl_->level) {
        Impl::Change change = std::move(changes.back());
        changes.pop_back();
        if (impl_->end_change(change, commit)) staying.push_back(std::move(change));
    }
    changes.insert(changes.end(), std::make_move_iterator(staying.begin()),
                   std::make_move_iterator(staying.end()));
    --impl_->level;
}

}  // namespace forklore
