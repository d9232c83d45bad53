#include "bot/conversations.hpp"

#include "picket/picket.hpp"

namespace bot {

picket::Context Conversations::of(const Person& person) {
  const std::lock_guard lock(mutex_);
  const auto found = by_person_.find(person.id);
  if (found != by_person_.end()) return found->second;
  const auto start = start_.enter();
  const auto own = picket::isolate();
  return by_person_.emplace(person.id, picket::Context::current()).first->second;
}

}  // namespace bot
