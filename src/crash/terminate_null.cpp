// Where uncaught exceptions are not reported: the process ends as it does without picket.

#include "crash/terminate.hpp"

namespace picket::crash {

void watch_for_init(const Options&) noexcept {}
void unwatch_without_client() noexcept {}
void watch_terminate(const std::shared_ptr<client::Core>&) noexcept {}
void unwatch_terminate(const std::shared_ptr<client::Core>&) noexcept {}

}  // namespace picket::crash
