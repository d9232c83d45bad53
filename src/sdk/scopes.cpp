// The scope functions of the front door: while off nothing happens and nothing is kept.

#include "base/contain.hpp"
#include "picket/picket.hpp"
#include "scope/thread_scopes.hpp"
#include "sdk/current_client.hpp"

#include <utility>

namespace picket {
namespace {

template <class Change>
void on_innermost(Change&& change) noexcept {
  if (!sdk::is_active()) return;
  base::contain([&] {
    Scope scope(scope::innermost_scope());
    change(scope);
  });
}

template <class Change>
void on_isolation(Change&& change) noexcept {
  if (!sdk::is_active()) return;
  base::contain([&] {
    Scope scope(scope::isolation_scope());
    change(scope);
  });
}

}  // namespace

namespace live {

// The two calls that hosts make most often work on the thread's scope itself. A clock of the host's
// is asked first: it might leave the scope.
void add_breadcrumb(std::string_view message, const BreadcrumbOptions& options) noexcept {
  const std::size_t max = scope::max_breadcrumbs();
  if (max == 0) return;
  base::contain([&] {
    const WallTime now = scope::breadcrumb_time();
    if (scope::ThreadScopes* const mine = scope::scopes_in_place()) {
      mine->isolation->add_breadcrumb(now, message, options, max);
    }
  });
}

void add_breadcrumb(const Breadcrumb& breadcrumb) noexcept {
  on_isolation([&](Scope& scope) { scope.add_breadcrumb(breadcrumb); });
}

void set_tag(std::string_view key, const ValueRef& value) noexcept {
  base::contain([&] {
    if (scope::ScopeState* const mine = scope::innermost_in_place()) mine->set_tag(key, value);
  });
}

void remove_tag(std::string_view key) noexcept {
  on_innermost([&](Scope& scope) { scope.remove_tag(key); });
}

void set_user(const User& user) noexcept {
  on_innermost([&](Scope& scope) { scope.set_user(user); });
}

void remove_user() noexcept {
  on_innermost([](Scope& scope) { scope.remove_user(); });
}

void set_request(const Request& request) noexcept {
  on_innermost([&](Scope& scope) { scope.set_request(request); });
}

void remove_request() noexcept {
  on_innermost([](Scope& scope) { scope.remove_request(); });
}

void set_context(std::string_view name, const Attributes& facts) noexcept {
  on_innermost([&](Scope& scope) { scope.set_context(name, facts); });
}

void remove_context(std::string_view name) noexcept {
  on_innermost([&](Scope& scope) { scope.remove_context(name); });
}

void set_extra(std::string_view key, const ValueRef& value) noexcept {
  on_innermost([&](Scope& scope) { scope.set_extra(key, value); });
}

void remove_extra(std::string_view key) noexcept {
  on_innermost([&](Scope& scope) { scope.remove_extra(key); });
}

void set_level(Level level) noexcept {
  on_innermost([&](Scope& scope) { scope.set_level(level); });
}

void remove_level() noexcept {
  on_innermost([](Scope& scope) { scope.remove_level(); });
}

void set_fingerprint(const std::vector<std::string>& fingerprint) noexcept {
  on_innermost([&](Scope& scope) { scope.set_fingerprint(fingerprint); });
}

void remove_fingerprint() noexcept {
  on_innermost([](Scope& scope) { scope.remove_fingerprint(); });
}

void set_transaction_name(std::string_view name) noexcept {
  on_innermost([&](Scope& scope) {
    scope.set_transaction_name(name);
    const auto span = scope::active_span();
    if (span.tree) span.tree->set_name(name, TransactionSource::custom);  // P4.4
  });
}

void remove_transaction_name() noexcept {
  on_innermost([](Scope& scope) { scope.remove_transaction_name(); });
}

void add_attachment(const Attachment& attachment) noexcept {
  on_innermost([&](Scope& scope) { scope.add_attachment(attachment); });
}

void clear_attachments() noexcept {
  on_innermost([](Scope& scope) { scope.clear_attachments(); });
}

ScopeGuard push_scope() noexcept {
  return base::contain(ScopeGuard{}, [] { return scope::enter_temporary_scope(); });
}

ScopeGuard isolate() noexcept {
  return base::contain(ScopeGuard{}, [] { return scope::enter_isolation_scope(); });
}

}  // namespace live

void configure_scope(const std::function<void(Scope&)>& change) noexcept { on_innermost(change); }

void configure_isolation_scope(const std::function<void(Scope&)>& change) noexcept {
  on_isolation(change);
}

void configure_global_scope(const std::function<void(Scope&)>& change) noexcept {
  if (!sdk::is_active()) return;
  base::contain([&] {
    const sdk::BorrowedCore core;
    if (!core) return;
    Scope scope(core->global());
    change(scope);
  });
}

}  // namespace picket
