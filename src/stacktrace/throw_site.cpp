#include "stacktrace/throw_site.hpp"

#include <algorithm>
#include <atomic>

namespace picket::stacktrace {
namespace {

// Set while the program starts, before or after what else runs then.
constinit std::atomic<FindThrowSite> lent{nullptr};

}  // namespace

void lend_throw_sites(FindThrowSite find) noexcept { lent.store(find, std::memory_order_release); }

bool knows_throw_sites() noexcept { return lent.load(std::memory_order_relaxed) != nullptr; }

bool find_throw_site(const void* object, const std::type_info& type,
                     Addresses& addresses) noexcept {
  addresses.size = 0;
  const FindThrowSite find = lent.load(std::memory_order_acquire);
  if (find == nullptr || object == nullptr) return false;
  addresses.size = std::min(find(object, type, addresses.values), addresses.values.size());
  return addresses.size > 0;
}

bool find_throw_site(const std::exception_ptr& error, Addresses& addresses) noexcept {
  addresses.size = 0;
  if (!error || !knows_throw_sites()) return false;
  const ThrownObject thrown = inspect(error);
  return thrown.type != nullptr && find_throw_site(thrown.object, *thrown.type, addresses);
}

}  // namespace picket::stacktrace
