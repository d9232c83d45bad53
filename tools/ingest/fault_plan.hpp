#pragma once

// What goes wrong next: the faults that somebody asked for and the chaos behind them, with the
// counts that both go by. The server asks it for each connection and each request, and lets it
// spoil the honest answer.

#include "ingest/chaos.hpp"
#include "ingest/fault.hpp"
#include "ingest/http_host.hpp"

#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace picket::ingest {

/// Threads: any.
class FaultPlan {
 public:
  FaultPlan(std::vector<Fault> faults, std::optional<Chaos> chaos)
      : faults_(std::move(faults)), chaos_(std::move(chaos)) {}

  /// Each replaces what it names and counts from 1 again.
  void set_faults(std::vector<Fault> faults);
  void set_chaos(std::optional<Chaos> chaos);

  /// Counts a request, of which the head has arrived; nothing: it is served.
  std::optional<Fault> next_request(const std::string& endpoint);

  /// Counts a connection.
  Opening next_connection();

 private:
  void start_counting();

  std::mutex mutex_;
  std::vector<Fault> faults_;
  std::optional<Chaos> chaos_;
  std::uint64_t connections_ = 0;
  std::uint64_t requests_ = 0;
  std::map<std::string, std::uint64_t> requests_by_endpoint_;
};

/// An answer that says no, as Sentry words it.
HttpReply error_reply(int status, const std::string& reason);

/// Turns the honest reply into what the fault wants.
HttpReply spoiled(const Fault& fault, HttpReply reply);

}  // namespace picket::ingest
