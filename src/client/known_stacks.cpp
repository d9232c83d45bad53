#include "client/known_stacks.hpp"

#include <string_view>
#include <utility>

namespace picket::client {
namespace {

std::size_t hash_of(const std::vector<std::uintptr_t>& addresses) noexcept {
  std::uint64_t hash = addresses.size();
  for (const std::uintptr_t address : addresses) {
    hash = (hash ^ address) * 0x9E37'79B9'7F4A'7C15U;
    hash ^= hash >> 32U;
  }
  return static_cast<std::size_t>(hash);
}

/// Texts of a module that was loaded again may lie elsewhere.
bool is_same(const char* left, const char* right) noexcept {
  if (left == nullptr || right == nullptr) return left == right;
  return left == right || std::string_view(left) == right;
}

bool is_same(const SourceLocation& left, const SourceLocation& right) noexcept {
  return left.line == right.line && is_same(left.file, right.file) &&
         is_same(left.function, right.function);
}

}  // namespace

void KnownStacks::keep_to(std::uint64_t generation) noexcept {
  if (generation == generation_) return;
  stacks_.clear();
  bytes_ = 0;
  generation_ = generation;
}

std::shared_ptr<const StackText> KnownStacks::find(const std::vector<std::uintptr_t>& addresses,
                                                   const SourceLocation& site) const {
  const auto [begin, end] = stacks_.equal_range(hash_of(addresses));
  for (auto stack = begin; stack != end; ++stack) {
    if (stack->second.addresses == addresses && is_same(stack->second.site, site)) {
      return stack->second.text;
    }
  }
  return nullptr;
}

std::shared_ptr<const StackText> KnownStacks::remember(std::vector<std::uintptr_t> addresses,
                                                       const SourceLocation& site, StackText text) {
  const std::size_t bytes = sizeof(Stack) + addresses.size() * sizeof(std::uintptr_t) +
                            text.stacktrace.size() + text.images.size();
  auto kept = std::make_shared<const StackText>(std::move(text));
  if (stacks_.size() >= kMaxStacks || bytes_ + bytes > kMaxBytes) {
    stacks_.clear();
    bytes_ = 0;
  }
  if (bytes > kMaxBytes) return kept;
  const std::size_t hash = hash_of(addresses);
  stacks_.emplace(hash, Stack{std::move(addresses), site, kept});
  bytes_ += bytes;
  return kept;
}

}  // namespace picket::client
