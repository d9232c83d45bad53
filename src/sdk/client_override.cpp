#include "picket/testing/client_override.hpp"

#include "base/deadline.hpp"
#include "client/start.hpp"
#include "scope/thread_scopes.hpp"
#include "sdk/current_client.hpp"

#include <stdexcept>
#include <utility>

namespace picket::testing {

struct ClientOverride::Former {
  std::shared_ptr<client::Core> mine;
  std::shared_ptr<client::Core> core;
  scope::ThreadScopes scopes;
};

ClientOverride::ClientOverride(Options options) : former_(std::make_unique<Former>()) {
  former_->mine = client::start(std::move(options), client::Role::process_wide);
  if (!former_->mine) throw std::runtime_error("picket could not start a client for a test");
  former_->scopes = scope::exchange({});
  former_->core = sdk::bind(former_->mine);
}

ClientOverride::~ClientOverride() {
  const auto& mine = former_->mine;
  sdk::unbind(mine);
  mine->close(base::deadline_in(mine->config().options.shutdown_timeout));
  sdk::forget_settings_of_unbound();
  scope::exchange(std::move(former_->scopes));
  if (former_->core) sdk::bind(std::move(former_->core));
}

Client ClientOverride::client() const noexcept { return Client(former_->mine); }

}  // namespace picket::testing
