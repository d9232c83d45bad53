#include "picket/scope.hpp"

#include "base/contain.hpp"
#include "scope/scope_state.hpp"
#include "scope/tag.hpp"
#include "scope/thread_scopes.hpp"

#include <algorithm>
#include <optional>

namespace picket {
namespace {

constexpr std::size_t kMaxAttachments = 30;  // P1.11

// Tags, contexts and extras of one scope each: ever new names would make it grow without end, and
// every look-up slower.
constexpr std::size_t kMaxNames = 250;

using scope::ScopeData;
using scope::ScopeState;
using Data = base::Shared<ScopeData>;
using State = std::shared_ptr<ScopeState>;

// Every setter goes through here: what is thrown ends here, and a moved-from handle does nothing.
template <class Use>
void use(const State& state, Use&& work) noexcept {
  if (state == nullptr) return;
  base::contain([&] { work(*state); });
}

// `value`, which the former one is swapped into, dies in the caller, after the lock is released.
template <class T>
void replace(ScopeState& state, T ScopeData::*member, T value) {
  const T nothing{};
  state.edit_if_needed([&](Data& data) {
    const T& present = data ? (*data).*member : nothing;
    if (present != value) std::swap(data.edit().*member, value);
  });
}

template <class T>
using Named = std::vector<std::pair<std::string, T>>;

template <class T>
std::optional<std::size_t> find(const Data& data, Named<T> ScopeData::*member,
                                std::string_view name) {
  if (!data) return {};
  const Named<T>& list = (*data).*member;
  for (std::size_t i = 0; i < list.size(); ++i) {
    if (list[i].first == name) return i;
  }
  return {};
}

void tell_full(const char* what, std::string_view name) noexcept {
  diag::warn("a scope takes {} {}; '{}' is left out", kMaxNames, what, name);
}

template <class T>
void remove(ScopeState& state, Named<T> ScopeData::*member, std::string_view name) {
  state.edit_if_needed([&](Data& data) {
    const auto index = find(data, member, name);
    if (!index) return;
    Named<T>& list = data.edit().*member;
    list.erase(list.begin() + static_cast<std::ptrdiff_t>(*index));
  });
}

}  // namespace

Scope::Scope() : state_(std::make_shared<ScopeState>()) {}

void scope::ScopeState::set_tag(std::string_view key, const ValueRef& value) {
  const Tag tag(key, value);
  if (tag.is_empty()) return;
  bool full = false;
  edit_if_needed([&](Data& data) {
    const auto index = find(data, &ScopeData::tags, tag.key());
    full = !index && data && data->tags.size() >= kMaxNames;
    if (full) return;
    if (!index) {
      data.edit().tags.emplace_back(tag.key(), tag.value());
    } else if (data->tags[*index].second != tag.value()) {
      data.edit().tags[*index].second = tag.value();
    }
  });
  if (full) tell_full("tags", tag.key());
}

void Scope::set_tag(std::string_view key, ValueRef value) noexcept {
  use(state_, [&](ScopeState& state) { state.set_tag(key, value); });
}

void Scope::remove_tag(std::string_view key) noexcept {
  use(state_, [&](ScopeState& state) {
    std::string storage;
    remove(state, &ScopeData::tags, scope::tag_key(key, storage));
  });
}

void Scope::set_user(User user) noexcept {
  use(state_, [&](ScopeState& state) {
    replace(state, &ScopeData::user, std::optional<User>(std::move(user)));
  });
}

void Scope::remove_user() noexcept {
  use(state_, [](ScopeState& state) { replace(state, &ScopeData::user, {}); });
}

void Scope::set_context(std::string_view name, Attributes facts) noexcept {
  if (name.empty()) return;
  if (scope::is_reserved_context(name)) {
    diag::warn("context '{}' is reserved and was not set, choose another name", name);
    return;
  }
  use(state_, [&](ScopeState& state) {
    Object block = facts.to_object();
    bool full = false;
    state.edit_if_needed([&](Data& data) {
      const auto index = find(data, &ScopeData::contexts, name);
      full = !index && data && data->contexts.size() >= kMaxNames;
      if (full) return;
      if (!index) {
        data.edit().contexts.emplace_back(name, std::move(block));
      } else if (!(data->contexts[*index].second == block)) {
        std::swap(data.edit().contexts[*index].second, block);
      }
    });
    if (full) tell_full("contexts", name);
  });
}

void Scope::remove_context(std::string_view name) noexcept {
  use(state_, [&](ScopeState& state) { remove(state, &ScopeData::contexts, name); });
}

void Scope::set_extra(std::string_view key, ValueRef value) noexcept {
  if (key.empty()) return;
  use(state_, [&](ScopeState& state) {
    Value copy = value.to_value();
    bool full = false;
    state.edit_if_needed([&](Data& data) {
      const Value* const present = data ? data->extra.find(key) : nullptr;
      full = present == nullptr && data && data->extra.size() >= kMaxNames;
      if (full) return;
      if (present == nullptr || !(*present == copy)) data.edit().extra.set(key, std::move(copy));
    });
    if (full) tell_full("extras", key);
  });
}

void Scope::remove_extra(std::string_view key) noexcept {
  use(state_, [&](ScopeState& state) {
    state.edit_if_needed([&](Data& data) {
      if (data && data->extra.contains(key)) data.edit().extra.erase(key);
    });
  });
}

void Scope::set_request(Request request) noexcept {
  use(state_, [&](ScopeState& state) {
    replace(state, &ScopeData::request, std::optional<Request>(std::move(request)));
  });
}

void Scope::remove_request() noexcept {
  use(state_, [](ScopeState& state) { replace(state, &ScopeData::request, {}); });
}

void Scope::set_level(Level level) noexcept {
  use(state_,
      [&](ScopeState& state) { replace(state, &ScopeData::level, std::optional<Level>(level)); });
}

void Scope::remove_level() noexcept {
  use(state_, [](ScopeState& state) { replace(state, &ScopeData::level, {}); });
}

void Scope::set_fingerprint(std::vector<std::string> fingerprint) noexcept {
  use(state_,
      [&](ScopeState& state) { replace(state, &ScopeData::fingerprint, std::move(fingerprint)); });
}

void Scope::remove_fingerprint() noexcept {
  use(state_, [](ScopeState& state) { replace(state, &ScopeData::fingerprint, {}); });
}

void Scope::set_transaction_name(std::string_view name) noexcept {
  use(state_,
      [&](ScopeState& state) { replace(state, &ScopeData::transaction_name, std::string(name)); });
}

void Scope::remove_transaction_name() noexcept {
  use(state_, [](ScopeState& state) { replace(state, &ScopeData::transaction_name, {}); });
}

void Scope::add_attachment(Attachment attachment) noexcept {
  use(state_, [&](ScopeState& state) {
    auto shared = std::make_shared<const Attachment>(std::move(attachment));
    bool added = false;
    state.edit([&](ScopeData& data) {
      added = data.attachments.size() < kMaxAttachments;
      if (added) data.attachments.push_back(std::move(shared));
    });
    if (!added) diag::warn("a scope takes {} attachments; one more is left out", kMaxAttachments);
  });
}

void Scope::clear_attachments() noexcept {
  use(state_, [](ScopeState& state) { replace(state, &ScopeData::attachments, {}); });
}

void Scope::add_breadcrumb(std::string_view message, const BreadcrumbOptions& options) noexcept {
  const std::size_t max = scope::max_breadcrumbs();
  if (max == 0) return;
  use(state_, [&](ScopeState& state) {
    state.add_breadcrumb(scope::breadcrumb_time(), message, options, max);
  });
}

void Scope::add_breadcrumb(const Breadcrumb& breadcrumb) noexcept {
  const std::size_t max = scope::max_breadcrumbs();
  if (max == 0) return;
  use(state_, [&](ScopeState& state) {
    const bool has_time = breadcrumb.timestamp != WallTime{};
    state.add_breadcrumb(has_time ? breadcrumb.timestamp : scope::breadcrumb_time(),
                         breadcrumb.message,
                         {.category = breadcrumb.category,
                          .level = breadcrumb.level,
                          .type = breadcrumb.type,
                          .data = breadcrumb.data},
                         max);
  });
}

void Scope::clear_breadcrumbs() noexcept {
  use(state_, [](ScopeState& state) { state.clear_breadcrumbs(); });
}

void Scope::add_event_processor(EventProcessor processor) noexcept {
  if (!processor) return;
  use(state_, [&](ScopeState& state) {
    auto shared = std::make_shared<const EventProcessor>(std::move(processor));
    state.edit([&](ScopeData& data) { data.processors.push_back(std::move(shared)); });
  });
}

void Scope::clear() noexcept {
  use(state_, [](ScopeState& state) { state.clear(); });
}

Scope Scope::fork() const { return state_ != nullptr ? Scope(state_->fork()) : Scope(); }

}  // namespace picket
