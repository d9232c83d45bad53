// Start and end of the process-wide client.

#include "base/contain.hpp"
#include "base/deadline.hpp"
#include "client/engine.hpp"
#include "client/start.hpp"
#include "crash/handler.hpp"
#include "crash/pick_up.hpp"
#include "crash/terminate.hpp"
#include "picket/crash.hpp"
#include "picket/picket.hpp"
#include "scope/thread_scopes.hpp"
#include "sdk/current_client.hpp"
#include "sdk/trace_from_environment.hpp"
#include "sdk/watch_thread.hpp"

#include <atomic>
#include <cstdlib>
#include <optional>
#include <utility>

namespace picket {
namespace {

bool close_core(const std::shared_ptr<client::Core>& core, std::chrono::milliseconds timeout) {
  if (!core) return true;
  const base::Deadline deadline = base::deadline_in(timeout);
  sdk::unbind(core);
  if (!sdk::is_active()) sdk::stop_watch_thread(deadline);  // what it reports is still sent
  const bool done = core->close(deadline);
  crash::unwatch_terminate(core);
  crash::disarm(core);  // last: a failure while it closes is reported too
  sdk::forget_settings_of_unbound();
  return done;
}

std::chrono::milliseconds shutdown_timeout(const std::shared_ptr<client::Core>& core) {
  return core ? core->config().options.shutdown_timeout : std::chrono::milliseconds(0);
}

void close_current() {
  const auto core = sdk::current_core();
  close_core(core, shutdown_timeout(core));
}

/// A client that nobody closed is closed before the libraries under it are taken down: handlers
/// run in reverse order, and those libraries registered theirs while a client started. So there is
/// one handler for each of the first few clients; it does nothing when it finds none. `quick_exit`
/// takes nothing down and needs just one.
void close_at_exit() {
  constexpr int kMostHandlers = 8;  // what the standard promises is 32 for the whole program
  static constinit std::atomic<int> handlers{0};
  const int handler = handlers.fetch_add(1);
  if (handler >= kMostHandlers) return;
  std::atexit(close_current);
  if (handler == 0) std::at_quick_exit(close_current);
}

// As of the last `init`: -1: not known, else whether there was a crash.
constinit std::atomic<int> crashed{-1};

/// Before the worker starts, which takes away what is found here. What fails from now on is found
/// by the next start.
void prepare_for_crashes(const Options& options) {
  client::set_spool_visitor(&crash::pick_up);
  const auto resolved = client::resolve(options);
  const auto found = resolved.config.dsn ? crash::look_for_crash(resolved.config.options,
                                                                 resolved.config.dsn->to_string())
                                         : std::nullopt;
  crashed.store(found ? static_cast<int>(*found) : -1);
  crash::arm_for_init(resolved.config);
  crash::watch_for_init(resolved.config.options);
}

void bind_and_watch(const std::shared_ptr<client::Core>& core) {
  sdk::bind(core);
  if (core->is_enabled()) {
    crash::arm(core);
    close_at_exit();
    crash::watch_terminate(core);
    sdk::continue_trace_of_environment();
    sdk::start_watch_thread();
  }
}

std::shared_ptr<client::Core> start(Options options) {
  if (const auto former = sdk::current_core()) close_core(former, shutdown_timeout(former));
  if (!options.spool_directory.empty()) prepare_for_crashes(options);
  auto core = client::start(std::move(options), client::Role::process_wide, scope::global_scope());
  if (core) bind_and_watch(core);
  crash::unwatch_without_client();
  crash::disarm_without_client();
  return core;
}

}  // namespace

Guard init(Options options) noexcept {
  return base::contain(Guard{}, [&] { return Guard(Client(start(std::move(options)))); });
}

InitStatus setup(Options options) noexcept {
  return base::contain(InitStatus::transport_failed,
                       [&] { return Client(start(std::move(options))).status(); });
}

bool flush(std::chrono::milliseconds timeout) noexcept {
  const auto core = sdk::current_core();
  return !core || core->flush(base::deadline_in(timeout));
}

bool flush_to_spool(std::chrono::milliseconds timeout) noexcept {
  return current_client().flush_to_spool(timeout);
}

bool purge(std::chrono::milliseconds timeout) noexcept { return current_client().purge(timeout); }

DrainReport drain(std::chrono::milliseconds timeout) noexcept {
  return current_client().drain(timeout);
}

bool close(std::chrono::milliseconds timeout) noexcept {
  return close_core(sdk::current_core(), timeout);
}

bool close() noexcept {
  const auto core = sdk::current_core();
  return close_core(core, shutdown_timeout(core));
}

std::optional<bool> crashed_last_run() noexcept {
  const int known = crashed.load();
  return known < 0 ? std::nullopt : std::optional(known > 0);
}

bool is_initialized() noexcept { return sdk::is_active(); }

Client current_client() noexcept { return Client(sdk::current_core()); }

Stats stats() {
  const auto core = sdk::last_core();
  return core ? core->stats() : Stats{};
}

InitStatus init_status() noexcept { return Client(sdk::last_core()).status(); }

std::string init_message() {
  const auto core = sdk::last_core();
  return core ? core->message() : "picket is off: picket::init was not called";
}

Guard::Guard(Guard&& other) noexcept : client_(std::exchange(other.client_, Client{})) {}

Guard& Guard::operator=(Guard&& other) noexcept {
  if (this != &other) {
    close_core(client_.core(), shutdown_timeout(client_.core()));
    client_ = std::exchange(other.client_, Client{});
  }
  return *this;
}

Guard::~Guard() { close_core(client_.core(), shutdown_timeout(client_.core())); }

}  // namespace picket
