#include "client/start.hpp"

#include "base/contain.hpp"
#include "base/diagnostics.hpp"
#include "client/config.hpp"

#include <utility>

namespace picket::client {
namespace {

void tell(const Core& core) {
  switch (core.status()) {
    case InitStatus::active:
      diag::debug("{}; {}", core.message(), describe(core.config()));
      break;
    case InitStatus::no_dsn:
      diag::info("{}", core.message());
      break;
    default:
      diag::error("{}", core.message());
  }
}

}  // namespace

std::shared_ptr<Core> start(Options options, Role role,
                            std::shared_ptr<scope::ScopeState> global) noexcept {
  return base::contain(std::shared_ptr<Core>{}, [&] {
    Resolved resolved = resolve(std::move(options));
    if (role == Role::process_wide) {
      diag::configure(resolved.config.diagnostic_level, resolved.config.options.logger);
    }
    for (const std::string& complaint : resolved.complaints) diag::warn("{}", complaint);
    if (!global) global = std::make_shared<scope::ScopeState>();
    auto core = std::make_shared<Core>(std::move(resolved.config), std::move(global));
    tell(*core);
    return core;
  });
}

}  // namespace picket::client
