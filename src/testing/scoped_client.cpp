#include "picket/testing/scoped_client.hpp"

#include "picket/level.hpp"

#include <chrono>
#include <mutex>
#include <stdexcept>
#include <utility>

namespace picket::testing {
namespace {

constexpr auto kPatience = std::chrono::seconds(10);

}  // namespace

struct ScopedClient::Lines {
  std::mutex mutex;
  std::vector<std::string> lines;
};

ScopedClient::ScopedClient(Options options)
    : lines_(std::make_shared<Lines>()), transport_(std::make_shared<MemoryTransport>()) {
  if (options.dsn.empty()) options.dsn = "http://testkey@localhost:9/1";
  options.transport = transport_;
  options.clock = clock_.handle();
  options.random = random_.handle();
  options.logger = [lines = lines_](Level level, std::string_view line) {
    const std::lock_guard lock(lines->mutex);
    lines->lines.push_back(std::string(to_text(level)).append(": ").append(line));
  };
  override_.emplace(std::move(options));
}

Captured ScopedClient::captured() const {
  if (!override_->client().flush(kPatience)) {
    throw std::runtime_error("picket::testing: what was captured did not pass the worker in time");
  }
  return transport_->captured();
}

std::vector<std::string> ScopedClient::diagnostics() const {
  const std::lock_guard lock(lines_->mutex);
  return lines_->lines;
}

Stats ScopedClient::stats() const { return override_->client().stats(); }

}  // namespace picket::testing
