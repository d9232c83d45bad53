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
  former_->mine = client::start(std::move(options), nullptr);
  if (!former_->mine) throw std::runtime_error("picket could not start a client for a test");
  former_->scopes = scope::exchange({});
  former_->core = sdk::bind(former_->mine);
}

ClientOverride::~ClientOverride() {
  sdk::bind(std::move(former_->core));
  scope::exchange(std::move(former_->scopes));
  former_->mine->close(base::deadline_in(former_->mine->config().options.shutdown_timeout));
}

Client ClientOverride::client() const noexcept { return Client(former_->mine); }

}  // namespace picket::testing
