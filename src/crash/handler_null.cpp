// Where crashes are not handled: the process ends as it does without picket, and leaves nothing
// behind that a next start could find.

#include "crash/handler.hpp"
#include "crash/pick_up.hpp"

namespace picket::crash {

void arm_for_init(const client::Config&) noexcept {}
void disarm_without_client() noexcept {}
void arm(const std::shared_ptr<client::Core>&) noexcept {}
void disarm(const std::shared_ptr<client::Core>&) noexcept {}

std::optional<bool> look_for_crash(const Options&, const std::string&) noexcept {
  return std::nullopt;
}
void pick_up(const client::Config&, transport::Spool&, protocol::LossLedger&) {}

}  // namespace picket::crash
