#include "crash/terminate.hpp"

#include "base/contain.hpp"
#include "base/deadline.hpp"
#include "base/ids.hpp"
#include "client/start.hpp"
#include "crash/once.hpp"
#include "crash/terminate_stack.hpp"
#include "json/sink.hpp"
#include "scope/thread_scopes.hpp"
#include "scope/unwound.hpp"
#include "stacktrace/demangle.hpp"
#include "stacktrace/exception_info.hpp"
#include "transport/named_thread.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <exception>
#include <string_view>
#include <thread>
#include <typeinfo>
#include <utility>

namespace picket::crash {
namespace {

constinit std::atomic<client::Core*> watched{nullptr};
constinit std::atomic<unsigned> looking{0};      // threads between `watched` and an owner of it
constinit std::atomic<bool> notes_alone{false};  // while `init` is at work
constexpr int kMostYields = 10'000;
constexpr std::chrono::milliseconds kGrace{50};  // for who is about to come back

// Whom to call when we are done, and whom when that one calls us again: a handler that the host
// set on top of ours, before we came back.
constinit std::atomic<std::terminate_handler> former{nullptr};
constinit std::atomic<std::terminate_handler> first_former{nullptr};
thread_local constinit bool is_in_former = false;

std::shared_ptr<client::Core> watched_core() noexcept {
  looking.fetch_add(1);
  client::Core* const core = watched.load();
  auto owner = core != nullptr ? core->weak_from_this().lock() : nullptr;
  looking.fetch_sub(1);
  return owner;
}

std::string_view text_of(TerminateCause cause) noexcept {
  switch (cause) {
    case TerminateCause::thrown:
      return "an exception was rethrown while there was none, or it is of another language";
    case TerminateCause::pure_virtual:
      return "a pure virtual function was called";
    case TerminateCause::deleted_virtual:
      return "a deleted virtual function was called";
    case TerminateCause::called:
      break;
  }
  return "std::terminate was called without an exception";
}

using client::kNoException;

struct Failure {
  EventId id{};
  std::exception_ptr exception{};
  TerminateStack stack{};
};

/// As the compiler spells it.
void note_type(Story& story, const std::type_info* type) noexcept {
  if (type == nullptr) return set_text(story.type, kNoException);
  std::array<char, sizeof story.type> symbol{};
  json::FixedBuffer text(symbol.data(), symbol.size());
  text.append(kTypeSymbol);
  text.append(type->name());
  set_text(story.type, text.has_overflowed() ? std::string_view(type->name()) : text.view());
}

/// What the signal handler would say in our place. The text comes last: it is the host's code that
/// yields it, and that may fail.
void note_story(const Failure& failure) noexcept {
  Story& story = story_to_note();
  story = {};
  story.id = failure.id;
  const auto addresses = failure.stack.addresses.view();
  std::copy(addresses.begin(), addresses.end(), story.addresses.begin());
  story.address_count = addresses.size();
  const stacktrace::ThrownObject thrown = stacktrace::inspect(failure.exception);
  note_type(story, thrown.type);
  publish_story();
  if (!failure.exception) return set_text(story.value, text_of(failure.stack.cause));
  base::contain([&] {  // needs memory
    if (thrown.type != nullptr) set_text(story.type, stacktrace::type_name(*thrown.type).type);
  });
  if (const std::exception* const error = thrown.as_std_exception) {
    if (const char* const what = error->what()) set_text(story.value, what);
    return;
  }
  base::contain([&] { set_text(story.value, stacktrace::describe_value(thrown)); });
}

scope::ThreadScopes scopes_of_failure() {
  scope::ThreadScopes here = scope::scopes_here();
  scope::ThreadScopes left = scope::take_unwound();
  if (left.isolation == nullptr) return here;
  left.span = std::move(here.span);
  return left;
}

/// A client for this one report, when the watched one cannot send it any more.
std::shared_ptr<client::Core> make_last_client(const client::Core& broken) {
  Options options = broken.config().options;
  options.alert_rules.clear();
  options.on_stats = nullptr;
  options.on_crashed_last_run = nullptr;
  options.enable_metrics = options.enable_figures = false;
  if (!broken.is_in_hook()) return client::start(std::move(options), client::Role::further);
  // What failed there would fail again. The event then carries no data that these would look at.
  options.before_send = nullptr;
  options.before_breadcrumb = nullptr;
  options.event_processors.clear();
  options.ignore_errors = {};
  options.on_delivery = nullptr;
  return client::start(std::move(options), client::Role::further);
}

/// Errors that picket itself has lost: without memory, or for a fault of its own.
std::uint64_t lost_by_us(const client::Core& core) {
  const auto dropped = core.stats().errors().dropped;
  const auto found = dropped.find("internal_sdk_error");
  return found == dropped.end() ? 0 : found->second;
}

/// False when nobody can say that it was delivered, stored, or not wanted.
bool deliver(client::Core& core, const Failure& failure, base::Deadline until) {
  const bool has_exception = failure.exception != nullptr;
  const client::Fatal fatal{
      .id = failure.id,
      .exception = failure.exception,
      .type = has_exception ? std::string_view{} : kNoException,
      .value = has_exception ? std::string_view{} : text_of(failure.stack.cause),
      .addresses = failure.stack.addresses.view()};
  const bool in_hook = core.is_in_hook();
  const scope::ThreadScopes scopes = in_hook ? scope::ThreadScopes{} : scopes_of_failure();
  const scope::ScopeState* const global = in_hook ? nullptr : core.global().get();
  const std::uint64_t lost_before = lost_by_us(core);
  client::FatalFate fate = core.capture(fatal, scopes, global);
  if (fate == client::FatalFate::unwanted) return true;
  if (fate == client::FatalFate::taken) {
    return core.drain(until) && lost_by_us(core) == lost_before;
  }

  const auto last = make_last_client(core);
  fate = last ? last->capture(fatal, scopes, global) : client::FatalFate::refused;
  if (fate == client::FatalFate::unwanted) return true;
  return fate == client::FatalFate::taken && last->close(until);
}

void note(Failure& failure) noexcept {
  failure.exception = std::current_exception();
  failure.id = base::new_event_id();
  take_terminate_stack(failure.stack);
  note_story(failure);
}

/// False: whoever comes next may tell it.
bool tell(client::Core& core, base::Deadline until) noexcept {
  Failure failure;
  note(failure);
  return base::contain(false, [&] { return deliver(core, failure, until); });
}

/// Leaves the telling to the handler of the SIGABRT.
void note_alone() noexcept {
  constexpr std::chrono::milliseconds kMost{2000};
  if (begin_telling(Teller::terminate_handler, base::deadline_in(kMost)) != Turn::tell) return;
  Failure failure;
  note(failure);
  end_telling(false);
}

/// As the process would have ended. May throw what the host's handler throws: the runtime knows
/// what to do then.
[[noreturn]] void end_process() {
  if (std::exchange(is_in_former, true)) {  // the former handler is one that calls us
    if (const auto handler = first_former.exchange(nullptr)) handler();
    std::abort();
  }
  if (const auto handler = former.load()) handler();
  std::abort();
}

/// What is called on the failed thread may never come back: its stack was not unwound, so it still
/// holds the locks of the host that it held. Then the process ends from here.
void watch_time(base::Deadline until) noexcept {
  base::contain([&] {
    transport::start_named_thread("picket-last", [until] {
      std::this_thread::sleep_until(until);
      if (expire_telling()) end_process();
    }).detach();
  });
}

/// The last part of the time is the signal handler's, which tells what did not get through.
base::Deadline end_of_turn(std::chrono::milliseconds timeout) noexcept {
  constexpr std::chrono::milliseconds kMostForSignal{500};
  return telling_deadline() - std::min(timeout / 4, kMostForSignal);
}

/// In our turn, or until another thread has had its turn: the process must not end before.
void tell_in_turn() noexcept {
  const auto core = watched_core();
  if (!core && notes_alone.load()) return note_alone();
  if (!core) return;
  const auto timeout = core->config().options.crash_timeout;
  switch (begin_telling(Teller::terminate_handler, base::deadline_in(timeout))) {
    case Turn::tell: {
      const base::Deadline until = end_of_turn(timeout);
      watch_time(until + kGrace);
      return end_telling(tell(*core, until));
    }
    case Turn::busy:
      // The other one may be waiting for this very thread.
      if (!core->is_in_hook()) wait_for_teller();
      return;
    case Turn::told:
    case Turn::nested:
      return;
  }
}

[[noreturn]] void on_terminate() {
  if (!is_in_former) tell_in_turn();
  end_process();
}

void install() noexcept {
  if (std::get_terminate() == &on_terminate) return;
  former.store(std::set_terminate(&on_terminate));
  std::terminate_handler none = nullptr;
  first_former.compare_exchange_strong(none, former.load());
}

void uninstall() noexcept {
  if (std::get_terminate() == &on_terminate) std::set_terminate(former.load());
}

}  // namespace

void watch_for_init(const Options& options) noexcept {
  if (!options.capture_uncaught || !options.capture_crashes || watched.load() != nullptr) return;
  notes_alone.store(true);
  install();
}

void unwatch_without_client() noexcept {
  if (notes_alone.exchange(false) && watched.load() == nullptr) uninstall();
}

void watch_terminate(const std::shared_ptr<client::Core>& core) noexcept {
  if (!core || !core->is_enabled() || !core->config().options.capture_uncaught) return;
  watched.store(core.get());
  notes_alone.store(false);
  install();
}

void unwatch_terminate(const std::shared_ptr<client::Core>& core) noexcept {
  client::Core* expected = core.get();
  if (!core || !watched.compare_exchange_strong(expected, nullptr)) return;
  // Who has seen the core owns it a moment later. In the child of a fork such a thread may be gone.
  for (int i = 0; i < kMostYields && looking.load() > 0; ++i) std::this_thread::yield();
  uninstall();
}

}  // namespace picket::crash
