// A program that does nothing, built with picket, with the official native SDK, and with neither,
// to see what they add.

#ifdef PICKET_BENCH_WITH_PICKET
#include "picket/picket.hpp"

#include <exception>

int main() {
  const auto guard = picket::init({.release = "shop@1.4.0"});
  picket::set_tag("region", "eu");
  try {
    picket::capture_message("hello");
  } catch (const std::exception& error) {
    picket::capture_exception(error);
  }
  const auto transaction = picket::start_transaction({.op = "command", .name = "ban_user"});
  return 0;
}
#elif defined(PICKET_BENCH_WITH_PEER)
#include <sentry.h>

int main() {
  sentry_options_t* const options = sentry_options_new();
  sentry_options_set_release(options, "shop@1.4.0");
  sentry_options_set_database_path(options, "/nonexistent/picket-bench");
  const bool is_on = sentry_init(options) == 0;
  sentry_set_tag("region", "eu");
  sentry_capture_event(sentry_value_new_message_event(SENTRY_LEVEL_INFO, nullptr, "hello"));
  sentry_transaction_finish(sentry_transaction_start(
      sentry_transaction_context_new("ban_user", "command"), sentry_value_new_null()));
  if (is_on) sentry_close();
  return 0;
}
#else
int main() { return 0; }
#endif
