#include "base/contain.hpp"
#include "picket/scope.hpp"
#include "scope/thread_scopes.hpp"

namespace picket {

ScopeGuard::ScopeGuard() noexcept = default;
ScopeGuard::ScopeGuard(std::unique_ptr<scope::ThreadScopes> former) noexcept
    : former_(std::move(former)) {}
ScopeGuard::ScopeGuard(ScopeGuard&& other) noexcept = default;

ScopeGuard& ScopeGuard::operator=(ScopeGuard&& other) noexcept {
  if (this != &other) {
    const ScopeGuard ended(std::move(*this));
    former_ = std::move(other.former_);
  }
  return *this;
}

ScopeGuard::~ScopeGuard() {
  if (former_ != nullptr) scope::exchange(std::move(*former_));
}

Context::Context() noexcept = default;
Context::Context(const Context&) noexcept = default;
Context::Context(Context&&) noexcept = default;
Context& Context::operator=(const Context&) noexcept = default;
Context& Context::operator=(Context&&) noexcept = default;
Context::~Context() = default;

Context Context::current() noexcept {
  Context context;
  base::contain([&] {
    context.scopes_ = std::make_shared<const scope::ThreadScopes>(
        scope::ThreadScopes{.isolation = scope::isolation_scope(),
                            .current = scope::current_scope(),
                            .span = scope::active_span()});
  });
  return context;
}

ScopeGuard Context::enter() const noexcept {
  if (scopes_ == nullptr) return {};
  return base::contain(ScopeGuard(), [&] { return scope::enter(*scopes_); });
}

}  // namespace picket
