#pragma once

// An `Engine` is the part of a client that does not survive a `fork()`: the worker with its thread,
// queue and connection, the pipeline that only that thread uses, and the ledger that knows what is
// in them. A core has the engine of its process; in the child of a fork the first capture makes a
// fresh one, and the parent's is left behind as it is: its thread does not exist there, and its
// connection is the parent's.

#include "base/fork.hpp"
#include "client/admission.hpp"
#include "client/config.hpp"
#include "client/metrics_buffer.hpp"
#include "client/pipeline.hpp"
#include "figures/recorder.hpp"
#include "protocol/loss_ledger.hpp"
#include "transport/worker.hpp"

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

namespace picket::client {

class FiguresWatch;

struct Engine {
  /// Starts everything.
  /// Errors: `error` tells why nothing can be sent; there is no worker then, or one without a
  /// thread, which drops and counts what it is given.
  explicit Engine(const std::shared_ptr<const Config>& config);
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;

  /// False in the child of a fork, where nothing of it may be touched.
  [[nodiscard]] bool is_of_this_process() const noexcept {
    return base::fork_generation() == generation;
  }

  const std::uint32_t generation = base::fork_generation();
  const std::shared_ptr<protocol::LossLedger> ledger = std::make_shared<protocol::LossLedger>();
  std::shared_ptr<figures::Recorder> figures{};  // null: not wanted
  Admission admission;
  const std::shared_ptr<MetricsBuffer> metrics;
  std::shared_ptr<FiguresWatch> watch{};  // null: there is nobody to tell
  std::chrono::nanoseconds slow_run{};    // longer ones are worth a look at the alerts
  std::shared_ptr<Pipeline> pipeline{};
  std::string error{};
  std::unique_ptr<transport::Worker> worker{};  // last: it ends before what its thread uses
  Engine* next_left_behind = nullptr;
};

/// Called on the worker's thread with every spool that has been opened, before anything is sent;
/// null: nobody. The crash handler of an earlier run may have left something to be put in.
using SpoolVisitor = void (*)(const Config&, transport::Spool&, protocol::LossLedger&);
void set_spool_visitor(SpoolVisitor visitor) noexcept;

/// Gives up an engine of the parent process without touching it. It stays reachable: it is no leak
/// that anybody should look for.
void leave_behind(Engine* engine) noexcept;

}  // namespace picket::client
