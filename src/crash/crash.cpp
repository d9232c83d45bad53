#include "picket/crash.hpp"

#include "base/alternate_stack.hpp"

#include <new>

namespace picket {
namespace {

base::AlternateStack* stack_in(std::byte* memory) noexcept {
  return std::launder(reinterpret_cast<base::AlternateStack*>(memory));
}

}  // namespace

AlternateStack::AlternateStack() noexcept {
  static_assert(sizeof(base::AlternateStack) <= sizeof memory_);
  new (memory_) base::AlternateStack();
}

AlternateStack::~AlternateStack() { stack_in(memory_)->~AlternateStack(); }

bool AlternateStack::is_ours() const noexcept {
  return std::launder(reinterpret_cast<const base::AlternateStack*>(memory_))->is_ours();
}

}  // namespace picket
