#include "bot/tally.hpp"

#include <chrono>

#include <fmt/format.h>

namespace bot {

std::string describe(const Tally& tally) {
  return fmt::format("{} ok, {} user errors, {} failed", tally.ok.load(), tally.user_errors.load(),
                     tally.failed.load());
}

picket::Object to_context(const Tally& tally) {
  const std::chrono::duration<double> uptime = picket::Clock().steady() - tally.start;
  return {{"commands_ok", tally.ok.load()},
          {"user_errors", tally.user_errors.load()},
          {"commands_failed", tally.failed.load()},
          {"uptime_s", uptime.count()}};
}

}  // namespace bot
