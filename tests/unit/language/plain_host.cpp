// A host that is compiled without exceptions and run-time types; picket itself has both. It cannot
// use doctest, which throws, so each check that fails says so and decides how the program ends.

#include "picket/command.hpp"
#include "picket/guarded.hpp"
#include "picket/picket.hpp"
#include "picket/service.hpp"
#include "picket/task.hpp"

#include <cstdio>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#if PICKET_HAS_EXCEPTIONS || PICKET_HAS_RTTI
#error "this host goes without"
#endif

namespace {

int failures = 0;

void check(bool is_true, const char* what) {
  if (is_true) return;
  std::fprintf(stderr, "failed: %s\n", what);
  ++failures;
}

/// A class of the host's, which picket calls and never asks for its type.
class Keeper final : public picket::Transport {
 public:
  picket::TransportResponse send(std::string_view envelope) override {
    const std::lock_guard lock(mutex_);
    kept_ += envelope;
    return {.status = 200};
  }
  [[nodiscard]] std::string kept() const {
    const std::lock_guard lock(mutex_);
    return kept_;
  }

 private:
  mutable std::mutex mutex_;
  std::string kept_{};
};

struct Ledger {};

void work() {
  check(picket::guarded(
            "sum", [] { return 3; }, 0) == 3,
        "guarded returns what the work returns");
  check(picket::traced({.name = "day"}, [] { return 5; }) == 5, "traced runs the work");
  check(picket::run_task("tidy", [] { return 7; }) == 7, "a task runs");
  check(picket::run_command(picket::CommandContext{.name = "ban"}, [] { return 9; }) == 9,
        "a command runs");
  picket::init_service<Ledger>("open", [] {});
  check(picket::type_name<Ledger>().ends_with("Ledger"), "types are named as they are spelled");
}

}  // namespace

int main() {  // P7.9: without exceptions a host still has messages, breadcrumbs, traces and stacks
  const auto keeper = std::make_shared<Keeper>();
  {
    const auto guard = picket::init({.dsn = "http://key@127.0.0.1/1", .transport = keeper});
    work();
    check(!picket::capture_message("no throw").is_nil(), "a message is captured");
    check(picket::capture_exception().is_nil(), "there is no exception to capture");
    check(picket::flush(std::chrono::seconds(10)), "everything is sent");
  }
  check(keeper->kept().find("no throw") != std::string::npos, "the message arrived");
  check(keeper->kept().find("Ledger: open done") != std::string::npos, "so did its breadcrumbs");
  return failures == 0 ? 0 : 1;
}
