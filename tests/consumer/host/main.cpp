// A host with designated initializers and a transport of its own; it is compiled under strict
// warnings.

#include <picket/picket.hpp>

#include <atomic>
#include <chrono>
#include <cstdio>
#include <memory>
#include <stdexcept>
#include <string_view>

namespace {

class Counter final : public picket::Transport {
 public:
  picket::TransportResponse send(std::string_view envelope) override {
    if (envelope.find("\"runtime_error\"") != std::string_view::npos) ++errors;
    return {.status = 200};
  }
  std::atomic<int> errors = 0;
};

}  // namespace

int main() {
  const auto counter = std::make_shared<Counter>();
  const auto guard = picket::init(
      {.dsn = "https://key@127.0.0.1:9/1", .release = "shop@1.4.0", .transport = counter});
  picket::set_user({.id = "7"});
  picket::add_breadcrumb("start", {.category = "app", .data = {{"step", 1}}});
  try {
    throw std::runtime_error("disk full");
  } catch (const std::exception& error) {
    picket::capture_exception(error, {.extra_context = {{"operation", "save"}}});
  }
  const bool flushed = guard.flush(std::chrono::seconds(20));
  std::printf("flushed: %d, errors: %d\n", flushed, counter->errors.load());
  return flushed && counter->errors == 1 ? 0 : 1;
}
