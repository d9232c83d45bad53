#include "base/contain.hpp"
#include "picket/scope.hpp"
#include "scope/thread_scopes.hpp"
#include "scope/unwound.hpp"

#include <exception>
#include <utility>

namespace picket {

ScopeGuard::ScopeGuard() noexcept = default;
ScopeGuard::ScopeGuard(std::unique_ptr<scope::ThreadScopes> former) noexcept
    : former_(std::move(former)), exceptions_(std::uncaught_exceptions()) {}
ScopeGuard::ScopeGuard(ScopeGuard&& other) noexcept = default;

ScopeGuard& ScopeGuard::operator=(ScopeGuard&& other) noexcept {
  if (this != &other) {
    const ScopeGuard ended(std::move(*this));
    former_ = std::move(other.former_);
    exceptions_ = other.exceptions_;
  }
  return *this;
}

ScopeGuard::~ScopeGuard() {
  if (former_ == nullptr) return;
  auto left = scope::exchange(std::move(*former_));
  if (std::uncaught_exceptions() > exceptions_) scope::keep_unwound(std::move(left));
}

Context::Context() noexcept = default;
Context::Context(const Context&) noexcept = default;
Context::Context(Context&&) noexcept = default;
Context& Context::operator=(const Context&) noexcept = default;
Context& Context::operator=(Context&&) noexcept = default;
Context::~Context() = default;

Context Context::current() noexcept {
  Context context;
  base::contain(
      [&] { context.scopes_ = std::make_shared<const scope::ThreadScopes>(scope::scopes_here()); });
  return context;
}

ScopeGuard Context::enter() const noexcept {
  if (scopes_ == nullptr) return {};
  return base::contain(ScopeGuard(), [&] { return scope::enter(*scopes_); });
}

}  // namespace picket
